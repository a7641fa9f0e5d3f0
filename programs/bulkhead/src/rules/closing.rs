//! Closing (layer 7): nothing is left to pay a loss with, so members are closed out and share the
//! pool.

use {
    super::{
        alloc::vec::Vec,
        assessment, cover_two, gains_cut, house,
        house_round::{self, HouseResult, RoundEnd},
        margin, positions, recoveries, vesting, waterfall, MarketSource, MarketSourceMut,
    },
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        closing::PayOut,
        positions::Position,
        units::{to_pnl, Money, Pnl},
        vesting::settled_by_others,
    },
};

/// Starts the wind-down: no new risk, and all markets end together. Paying the residual before their
/// last hour can still avert it. Returns when the markets end.
pub fn start(fund: &mut Fund, now: i64) -> i64 {
    fund.status = FundStatus::WindDown.into();
    fund.wind_down_ts = now;
    now.saturating_add(i64::from(fund.params.wind_down_secs))
}

/// Refuses unless the fund is being wound down.
///
/// # Errors
/// `NotWindDown`.
pub fn require_wind_down(fund: &Fund) -> Result<()> {
    require!(fund.status == FundStatus::WindDown, BulkheadError::NotWindDown);
    Ok(())
}

/// A member whose final positions were closed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedOut {
    /// Their net result: what was settled of it, or in a wind-down all of it.
    pub settled: Pnl,
    /// Assessment that it paid.
    pub assessed: Money,
    /// Results of houses that are flat.
    pub houses: Vec<HouseResult>,
    /// The end of the house round, if all houses are flat.
    pub round: Option<RoundEnd>,
}

/// Closes all positions of a member in final markets at their final marks, against the house, and nets
/// them.
///
/// In an active fund the net is settled: a loss as far as margin reaches and the member's net loss over
/// all its markets goes, a gain as far as the pool may be drawn on. The rest stays in the first slot. In
/// a wind-down margin pays all of a net loss, a net gain is a claim on the pool, and an assessment that
/// the member still owes is collected.
///
/// # Errors
/// - `WrongMarket` when a market that the member holds is missing;
/// - `MarkNotFinal` without a final position, and in a wind-down with another one;
/// - `FinalMarkNotDue` in a wind-down before the end of all markets; `MemberInsolvent` when margin
///   cannot pay then; `GainsNotRegistered`;
/// - in an active fund `StaleMark`, when a market that is left to the member is heard and its mark is not
///   recent: its exposure is reported with it.
#[inline(never)]
pub fn close_out(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    now: i64,
) -> Result<ClosedOut> {
    require_final(fund, member, markets, now)?;
    gains_cut::require_registered(fund, member, now)?;
    let net_of_all = positions::net_profit(markets, member)?;
    let mut houses = Vec::new();
    let mut net: Pnl = 0;
    let mut first = None;
    for place in 0..MAX_POSITIONS {
        let held = member.positions[place];
        let market = markets.find_mut(held.market).filter(|market| market.final_ts != 0);
        if let Some(market) = market.filter(|_| !held.is_free()) {
            let (profit, result) = house::buy_at_final_mark(fund, market, member, place)?;
            net = net.checked_add(profit).ok_or(BulkheadError::Overflow)?;
            houses.extend(result);
            first = first.or(Some((place, held.market)));
        }
    }
    if fund.status == FundStatus::WindDown {
        let assessed = close_out_for_good(fund, address, member, net, now)?;
        return Ok(ClosedOut { settled: net, assessed, houses, round: house_round::end(fund)? });
    }
    let (place, market) = first.ok_or(BulkheadError::MarkNotFinal)?;
    let market = markets.find_mut(market).ok_or(BulkheadError::WrongMarket)?;
    let settled = settle_final(fund, market, member, place, net, net_of_all)?;
    // Its exposure went with the lots. One that stayed in the table would block exits through Cover-2.
    cover_two::report(fund, address, member, markets)?;
    Ok(ClosedOut { settled, assessed: 0, houses, round: house_round::end(fund)? })
}

/// Refuses unless the member can be closed out now.
fn require_final(fund: &Fund, member: &Member, markets: &impl MarketSource, now: i64) -> Result<()> {
    let (mut held, mut last) = (0u32, 0u32);
    for slot in member.held() {
        let market = markets.find(slot.market).ok_or(BulkheadError::WrongMarket)?;
        held = held.saturating_add(1);
        last = last.saturating_add(u32::from(market.final_ts != 0));
    }
    let winds_down = fund.status == FundStatus::WindDown;
    require!(if winds_down { held == last } else { last > 0 }, BulkheadError::MarkNotFinal);
    if winds_down {
        let due = fund.wind_down_ts.saturating_add(i64::from(fund.params.wind_down_secs));
        require!(now >= due, BulkheadError::FinalMarkNotDue);
    }
    Ok(())
}

/// Settles the net result of positions that were closed out in an active fund. What is not settled stays
/// in a slot without lots. Returns what was settled.
fn settle_final(
    fund: &mut Fund,
    market: &mut Market,
    member: &mut Member,
    place: usize,
    net: Pnl,
    net_of_all: Pnl,
) -> Result<Pnl> {
    let settled = match net < 0 {
        true => settled_by_others(net, net_of_all).max(neg(to_pnl(member.margin).or_fail()?)?),
        false => net.min(to_pnl(positions::drawable(fund)).unwrap_or(Pnl::MAX)),
    };
    margin::exchange_with_pool(fund, member, settled)?;
    vesting::book(fund, member, settled)?;
    let rest = net.checked_sub(settled).ok_or(BulkheadError::Overflow)?;
    if rest != 0 {
        let raw =
            i128::from(rest).checked_mul(market.scale()?.get().into()).ok_or(BulkheadError::Overflow)?;
        let held = &mut member.positions[place];
        held.market = market.index;
        positions::set(market, held, Position { lots: 0, raw });
    }
    Ok(settled)
}

/// Takes a member out of a fund that is wound down. Returns the assessment that it paid.
fn close_out_for_good(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    net: Pnl,
    now: i64,
) -> Result<Money> {
    // A claim pays a loss before margin does, as it counts in the equity that a default is judged by.
    let left = to_pnl(gains_cut::leave_round(fund, member)?).or_fail()?;
    let net = net.checked_add(left).ok_or(BulkheadError::Overflow)?;
    let equity = to_pnl(member.margin).or_fail()?.checked_add(net).ok_or(BulkheadError::Overflow)?;
    require!(equity >= 0, BulkheadError::MemberInsolvent);
    margin::exchange_with_pool(fund, member, net.min(0))?;
    let all = member.margin;
    let assessed = assessment::collect(fund, member, all, now)?;
    cover_two::forget(fund, address);
    member.status = MemberStatus::ClosedOut.into();
    member.claim = net.max(0).unsigned_abs();
    fund.claims = add(fund.claims, member.claim)?;
    fund.closed_out = fund.closed_out.checked_add(1).ok_or(BulkheadError::Overflow)?;
    fund.is_wound_up = true.into();
    Ok(assessed)
}

/// Refuses before claims may be paid.
///
/// # Errors
/// `NotWindDown`; `CloseOutPending` while a member is not closed out or a default not allocated;
/// `LayerNotEmpty` or `AssessmentOpen` while other layers can still pay the residual.
pub fn require_payable(fund: &Fund, now: i64) -> Result<()> {
    require_wind_down(fund)?;
    require!(fund.closed_out == fund.members && fund.open_defaults == 0, BulkheadError::CloseOutPending);
    if fund.residual > 0 && fund.payout_claims == 0 {
        waterfall::require_layers_empty(fund, now)?;
    }
    Ok(())
}

/// Pays a claim its part of the pool into margin. Returns the amount paid.
///
/// The first claim fixes the part of all: with nobody left to close out, the claims are pool and
/// residual together (P3). What claims lack is borne then, by all of them: what comes back before is the
/// claims', and afterwards everybody's who has borne a loss, whoever is paid out when.
#[inline(never)]
pub fn pay_out(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    if fund.payout_claims == 0 {
        fund.payout_claims = fund.claims;
        fund.payout_pool = fund.free_pool().min(fund.claims);
        let lost = sub(fund.payout_claims, fund.payout_pool)?;
        fund.payout_units = recoveries::book(fund, lost)?.into();
        fund.payout_loss_epoch = fund.loss_epoch;
    }
    let claim = core::mem::take(&mut member.claim);
    let fixed = PayOut { claims: fund.payout_claims, pool: fund.payout_pool };
    let paid = fixed.pay(claim, sub(fund.payout_claims, fund.claims)?).or_fail()?;
    let lost = sub(claim, paid)?;
    fund.claims = sub(fund.claims, claim)?;
    fund.pool = sub(fund.pool, paid)?;
    margin::credit(fund, member, paid)?;
    waterfall::reduce_residual(fund, lost.min(fund.residual))?;
    let units = recoveries::units_of(lost, fund.payout_units.get(), fixed.lost())?;
    recoveries::bear_booked(fund, member, lost, units, fund.payout_loss_epoch)?;
    if fund.claims == 0 {
        fund.payout_claims = 0;
        waterfall::end_recovery(fund);
    }
    Ok(paid)
}
