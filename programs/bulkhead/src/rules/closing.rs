//! Closing (layer 7): nothing is left to pay a loss with, so members are closed out and share the
//! pool.

use {
    super::{
        alloc::vec::Vec,
        assessment, cover, crowding, house,
        house_round::{self, HouseResult, RoundEnd},
        interval::Moment,
        margin, premium, recoveries, waterfall, MarketSourceMut,
    },
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        closing::PayOut,
        units::{to_pnl, Money, Pnl, Price},
    },
};

/// Starts the wind-down: no new risk. Paying the residual before the first final mark can still
/// avert it. Returns from when on markets get their final marks.
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

/// A member that was closed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedOut {
    /// Its net profit over all positions.
    pub net: Pnl,
    /// Assessment that it paid.
    pub assessed: Money,
    /// Results of houses that are flat.
    pub houses: Vec<HouseResult>,
    /// The end of the house round, if all houses are flat.
    pub round: Option<RoundEnd>,
}

/// Closes all positions of a member at the final marks, against the house. Its margin pays a net
/// loss; a net gain is a claim on the pool. An assessment that it still owes is collected.
///
/// # Errors
/// `WrongMarket`, `MarkNotFinal`; `MemberInsolvent` when margin cannot pay.
#[inline(never)]
pub fn close_out(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    now: i64,
) -> Result<ClosedOut> {
    let mut houses = Vec::new();
    let mut net: Pnl = 0;
    for place in 0..MAX_POSITIONS {
        if !member.positions[place].is_free() {
            let market =
                markets.find_mut(member.positions[place].market).ok_or(BulkheadError::WrongMarket)?;
            require!(market.final_ts != 0, BulkheadError::MarkNotFinal);
            let (profit, result) = house::buy_at_final_mark(fund, market, member, place)?;
            net = net.checked_add(profit).ok_or(BulkheadError::Overflow)?;
            houses.extend(result);
        }
    }
    let equity = to_pnl(member.margin).or_fail()?.checked_add(net).ok_or(BulkheadError::Overflow)?;
    require!(equity >= 0, BulkheadError::MemberInsolvent);
    margin::exchange_with_pool(fund, member, net.min(0))?;
    let round = house_round::end(fund)?;
    let all = member.margin;
    let assessed = assessment::collect(fund, member, all, now)?;
    cover::forget(fund, address);
    member.status = MemberStatus::ClosedOut.into();
    member.claim = net.max(0).unsigned_abs();
    fund.claims = add(fund.claims, member.claim)?;
    fund.closed_out = fund.closed_out.checked_add(1).ok_or(BulkheadError::Overflow)?;
    Ok(ClosedOut { net, assessed, houses, round })
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
/// residual together (P3).
#[inline(never)]
pub fn pay_out(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    if fund.payout_claims == 0 {
        fund.payout_claims = fund.claims;
        fund.payout_pool = fund.pool.min(fund.claims);
    }
    let claim = core::mem::take(&mut member.claim);
    let fixed = PayOut { claims: fund.payout_claims, pool: fund.payout_pool };
    let paid = fixed.pay(claim, sub(fund.payout_claims, fund.claims)?).or_fail()?;
    let lost = sub(claim, paid)?;
    fund.claims = sub(fund.claims, claim)?;
    fund.pool = sub(fund.pool, paid)?;
    margin::credit(fund, member, paid)?;
    waterfall::reduce_residual(fund, lost.min(fund.residual))?;
    if lost > 0 {
        recoveries::bear(fund, member, lost)?;
    }
    if fund.claims == 0 {
        fund.payout_claims = 0;
        waterfall::end_episode(fund);
    }
    Ok(paid)
}
