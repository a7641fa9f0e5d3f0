//! Shares of the default fund: how members contribute, and how rewards and losses accrue to their
//! shares.

use {
    super::{assessment, cover_two, margin, rewards},
    crate::{
        arithmetic::*,
        error::*,
        state::{EpochRecord, Fund, Indices, Member},
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        index::accrued,
        recoveries::units_accrued,
        shares::SharePlan,
        units::{Money, Shares},
    },
};

/// Buys shares for `amount`, rounded down in favour of the shares there are. Rewards that were
/// earned until now are released to these first. Returns the shares bought.
///
/// # Errors
/// `ZeroShares` when the amount buys none; `EpochEnded`.
pub fn contribute(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    amount: Money,
    now: i64,
) -> Result<Shares> {
    let plan = fund.book().plan_mint(amount).or_fail()?;
    require!(plan.shares > 0, BulkheadError::ZeroShares);
    rewards::release(fund, now)?;
    touch(fund, member)?;
    buy(fund, member, &plan, amount, now)?;
    cover_two::correct_contribution(fund, address, amount, 0);
    Ok(plan.shares)
}

/// Turns margin into contribution. Returns the shares bought, rounded down in favour of the shares
/// there are.
///
/// # Errors
/// `ZeroShares` when the amount buys none.
pub fn contribute_margin(fund: &mut Fund, member: &mut Member, amount: Money, now: i64) -> Result<Shares> {
    let plan = fund.book().plan_mint(amount).or_fail()?;
    require!(plan.shares > 0, BulkheadError::ZeroShares);
    margin::debit(fund, member, amount)?;
    buy(fund, member, &plan, amount, now)?;
    Ok(plan.shares)
}

/// Books shares that a member has bought for `paid`.
pub fn buy(fund: &mut Fund, member: &mut Member, plan: &SharePlan, paid: Money, now: i64) -> Result<()> {
    assessment::note_bought(fund, member, plan.shares, paid, now)?;
    member.shares = member.shares.checked_add(plan.shares).ok_or(BulkheadError::Overflow)?;
    fund.set_book(plan.next);
    Ok(())
}

/// Returns the worth of a member's shares.
#[inline(never)]
pub fn contribution(fund: &Fund, member: &Member) -> Result<Money> {
    fund.book().value_of(member.live_shares(fund.share_epoch)).or_fail()
}

/// Returns what the worth of a member's shares lacks of `required`.
#[inline(always)]
pub fn missing(fund: &Fund, member: &Member, required: Money) -> Result<Money> {
    if fund.book().is_worth(member.live_shares(fund.share_epoch), required).or_fail()? {
        return Ok(0); // nearly always
    }
    Ok(required.saturating_sub(contribution(fund, member)?))
}

/// Whether [`touch`] can bring this member up to date: its shares are not of an ended epoch.
pub fn can_touch(fund: &Fund, member: &Member) -> bool {
    member.share_epoch == fund.share_epoch || member.shares.is_zero()
}

/// Brings a member's rewards and losses up to the fund's indices.
///
/// # Errors
/// `EpochEnded` for shares of an ended epoch: they must be settled first, because the indices have
/// moved on without them.
#[inline(never)]
pub fn touch(fund: &Fund, member: &mut Member) -> Result<()> {
    require!(can_touch(fund, member), BulkheadError::EpochEnded);
    member.share_epoch = fund.share_epoch;
    accrue(fund, member, &fund.indices())
}

/// Takes a member out of an ended epoch. Rewards and losses accrue up to the epoch's end. The
/// shares are worth nothing, but an assessment may still call them.
pub fn settle_epoch(fund: &Fund, member: &mut Member, record: &EpochRecord) -> Result<()> {
    accrue(fund, member, &record.indices())?;
    if member.share_epoch.checked_add(1) == Some(fund.assessment.epoch) {
        let shares = member.shares.get();
        member.note_assessable(fund.assessment.epoch, shares);
    }
    member.shares = 0.into();
    member.clear_notice();
    member.share_epoch = fund.share_epoch;
    accrue(fund, member, &fund.indices())
}

fn accrue(fund: &Fund, member: &mut Member, to: &Indices) -> Result<()> {
    member.enter_loss_epoch(fund.loss_epoch);
    let shares = member.shares.get();
    if shares > 0 {
        if member.reward_index != to.reward {
            let reward = accrued(shares, member.reward_index.get(), to.reward.get()).or_fail()?;
            member.rewards = member.rewards.checked_add(reward).ok_or(BulkheadError::Overflow)?;
        }
        if member.loss_index != to.loss {
            let loss = accrued(shares, member.loss_index.get(), to.loss.get()).or_fail()?;
            member.loss_borne = member.loss_borne.checked_add(loss).ok_or(BulkheadError::Overflow)?;
            // Units of an ended loss epoch are worth nothing: everything they stood for was
            // recovered.
            let from = member.loss_units_index.get().max(fund.loss_epoch_index.get());
            let units =
                units_accrued(shares, from.min(to.loss_units.get()), to.loss_units.get()).or_fail()?;
            member.loss_units = member.loss_units.checked_add(units).ok_or(BulkheadError::Overflow)?;
        }
    }
    member.reward_index = to.reward;
    member.loss_index = to.loss;
    member.loss_units_index = to.loss_units;
    Ok(())
}
