//! The waterfall (layers 3 and 4): from a loss to the layers that pay it. Layers 1 and 2 are the
//! declaration's.

use {
    super::{
        assessment, cushions, default, final_price, gains_cut, house_round, house_round::RoundEnd,
        recoveries, rewards,
    },
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        units::Money,
        waterfall::{plan_waterfall, Layers, WaterfallPlan},
    },
};

/// Returns the layers that a loss meets after the defaulter's own.
#[inline(always)]
pub fn layers(fund: &Fund) -> Layers {
    Layers { treasury: fund.treasury, book: fund.book(), cushions: fund.cushions }
}

/// An allocated default.
#[derive(Clone, Copy, Debug)]
pub struct Allocation {
    /// The payments of the layers.
    pub plan: WaterfallPlan,
    /// The keeper's bounty for it.
    pub bounty: Money,
    /// The end of the house round, if the houses have waited for this default only.
    pub round: Option<RoundEnd>,
}

/// Pays what the defaulter of an open default could not: the treasury, then contributions and
/// cushions pro rata. The treasury pays a bounty to the keeper first, if there is one.
#[inline(always)]
pub fn allocate_default(
    fund: &mut Fund,
    record: &mut DefaultRecord,
    keeper: Option<&mut Member>,
    now: i64,
) -> Result<Allocation> {
    let bounty = match keeper {
        None => 0,
        Some(keeper) => {
            gains_cut::require_registered(fund, keeper, now)?;
            let bounty = default::bounty(fund, record.shortfall)?.min(fund.treasury);
            default::pay_from_treasury(fund, keeper, bounty)?
        }
    };
    record.bounties = add(record.bounties, bounty)?;
    // The defaulter's gain may cancel as much once it is cut: until then nobody else pays it.
    let waits = if fund.registers_gains() { record.assigned.min(record.unfunded) } else { 0 };
    let plan = plan_waterfall(sub(record.unfunded, waits)?, &layers(fund)).or_fail()?;
    record.allocate(&plan)?;
    record.residual = add(record.residual, waits)?;
    fund.residual = add(fund.residual, waits)?;
    fund.open_defaults = fund.open_defaults.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    apply(fund, &plan, now)?;
    let round = house_round::end(fund)?;
    Ok(Allocation { plan, bounty, round })
}

/// Runs layers 3 to 5 for the loss that no open default owns, and that no gain of a defaulter may still
/// cancel.
#[inline(always)]
pub fn allocate_residual(fund: &mut Fund, now: i64) -> Result<WaterfallPlan> {
    let loss = fund.allocatable();
    let plan = plan_waterfall(loss, &layers(fund)).or_fail()?;
    fund.residual = sub(fund.residual, loss)?;
    apply(fund, &plan, now)?;
    note_paid(fund, plan.paid().or_fail()?);
    Ok(plan)
}

/// Applies a waterfall over a loss that is not in `fund.residual` any more. The money of the layers
/// moves to the pool, and the rest becomes the residual. Once the layers are empty as much of it is
/// called from the survivors as they have agreed to.
#[inline(never)]
pub fn apply(fund: &mut Fund, plan: &WaterfallPlan, now: i64) -> Result<()> {
    let paid = plan.paid().or_fail()?;
    fund.pool = add(fund.pool, paid)?;
    fund.unfunded = sub(fund.unfunded, paid)?;
    fund.residual = add(fund.residual, plan.residual)?;
    fund.treasury = plan.treasury;
    if plan.from_survivors > 0 {
        assessment::start_cooling_off(fund, now)?;
        recoveries::bear_by_shares(fund, plan.from_survivors, plan.surviving_shares)?;
    }
    cushions::bear(fund, plan.from_cushions)?;
    fund.set_book(plan.book);
    if plan.ends_epoch {
        rewards::release_all(fund, plan.surviving_shares)?;
        fund.share_epoch = add(fund.share_epoch, 1)?;
        assessment::make_assessable(fund, plan.surviving_shares, now)?;
    }
    if fund.residual > 0 {
        // A residual that the treasury could pay by now is allocated first (P5).
        if are_layers_empty(fund) {
            assessment::call(fund, now)?;
        }
        if fund.status == FundStatus::Active {
            fund.status = FundStatus::Recovery.into();
        }
    }
    end_recovery(fund);
    Ok(())
}

/// Takes `amount` off the residual: it is nobody's loss any more.
pub fn reduce_residual(fund: &mut Fund, amount: Money) -> Result<()> {
    fund.residual = sub(fund.residual, amount)?;
    fund.unfunded = sub(fund.unfunded, amount)?;
    note_paid(fund, amount);
    Ok(())
}

/// Lets what was paid of the residual count for the loss of a round that registers, before later ones: a
/// later loss does not take its place in the round, whose pins are older than the loss. What was called
/// of the residual is no more than what is left of it.
fn note_paid(fund: &mut Fund, amount: Money) {
    if fund.registers_gains() {
        let round = fund.cut_round_mut(fund.cut_seq);
        round.loss = round.loss.saturating_sub(amount);
    }
    fund.assessment.asked = fund.assessment.asked.min(fund.residual);
}

/// Ends the recovery once every loss is paid: the fund is active again. A wind-down that somebody
/// pays for before its last hour is over too.
pub fn end_recovery(fund: &mut Fund) {
    let is_final = fund.is_wound_up.get() || final_price::is_in_last_hour(fund);
    if !fund.has_open_loss() {
        fund.small_cuts = 0; // they were of a loss that is paid
    }
    if !fund.has_open_loss() && !is_final {
        fund.status = FundStatus::Active.into();
    }
}

/// Whether neither layer 3 nor layer 4 has anything left.
fn are_layers_empty(fund: &Fund) -> bool {
    fund.treasury == 0 && fund.contributions == 0 && fund.cushions == 0
}

/// Refuses while layers 3 to 5 have something left for the residual.
///
/// # Errors
/// `LossPending` while a default is open, `LayerNotEmpty`, `AssessmentOpen`.
pub fn require_layers_empty(fund: &Fund, now: i64) -> Result<()> {
    require!(fund.open_defaults == 0, BulkheadError::LossPending);
    require!(are_layers_empty(fund), BulkheadError::LayerNotEmpty);
    require!(!fund.assessment.holds(fund.params.assessment_secs, now), BulkheadError::AssessmentOpen);
    Ok(())
}
