//! Stress calls: limits that hold after the trade. A member that the cover limit would no longer
//! admit only reduces, and after a time its excess is sold.

use {
    super::{cover, crowding, margin, positions, positions::Side, requirements, shares, MarketSource, Named},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        crowding::FineRate,
        requirements::{notional, Risk},
        stress_call::{discount, most_lots},
        units::{Lots, Money, Price},
        Round,
    },
    requirements::RiskChange,
};

/// Milliseconds that a slot is taken for.
const SLOT_MS: u64 = 400;

/// Returns by how much a member's stress loss exceeds what the cover limit admits, with every doubt
/// in its favour.
pub fn excess(fund: &Fund, member: &Member, risk: &Risk) -> Result<Money> {
    let loss = risk.stress_loss_favourable(member.margin, fund.params.auction().max_discount).or_fail()?;
    let limit = cover::limit(fund, fund.mutual_resources(shares::contribution(fund, member)?)?)?;
    Ok(loss.saturating_sub(limit))
}

/// Starts the call of a member that exceeds the cover limit, or ends that of one that does not.
/// Returns when the excess may be sold; zero when the call has ended.
///
/// # Errors
/// `NothingToCall`; as [`requirements::risk`].
pub fn call(fund: &Fund, member: &mut Member, markets: &impl MarketSource, clock: &Clock) -> Result<i64> {
    let risk = requirements::risk_of_default(markets, member, clock, fund.params.max_mark_age_slots)?;
    let exceeds = excess(fund, member, &risk)? > 0;
    require!(exceeds != is_called(member), BulkheadError::NothingToCall);
    let due =
        clock.unix_timestamp.checked_add(i64::from(fund.params.call_secs)).ok_or(BulkheadError::Overflow)?;
    member.stress_due_ts = if exceeds { due } else { 0 };
    Ok(member.stress_due_ts)
}

fn is_called(member: &Member) -> bool {
    member.stress_due_ts != 0
}

/// Refuses added risk of a member that is called.
///
/// # Errors
/// `MemberReduceOnly`.
#[inline(always)]
pub fn require_not_called(member: &Member) -> Result<()> {
    require!(!is_called(member), BulkheadError::MemberReduceOnly);
    Ok(())
}

/// An excess that was sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcessSale {
    /// Lots that the taker received.
    pub lots: Lots,
    /// Their price.
    pub price: Price,
    /// What the target paid the taker besides, in margin.
    pub discount: Money,
}

/// Sells up to `lots` of a member whose call is due, unsigned, at the mark less a discount that
/// grows with time. At most what brings the member back within the cover limit is sold.
///
/// The discount takes no more than the equity that belongs to the lots: like a liquidation's bonus
/// it never lowers the member's health, so that nobody can empty a failing account by it (P7, P8).
///
/// # Errors
/// `CallNotDue`, `NothingToCall`, `NothingToTake`; as [`requirements::require_covered`] for the
/// taker.
pub fn sell(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    target: &mut Member,
    mut taker: Side,
    lots: u64,
    clock: &Clock,
) -> Result<ExcessSale> {
    let now = clock.unix_timestamp;
    require!(is_called(target) && now >= target.stress_due_ts, BulkheadError::CallNotDue);
    let markets = Named { market: &*market, others };
    let risk = requirements::risk_of_default(&markets, target, clock, fund.params.max_mark_age_slots)?;
    let excess = excess(fund, target, &risk)?;
    require!(excess > 0, BulkheadError::NothingToCall);
    let kept_free = requirements::kept_free(fund, taker.member, &markets, clock)?;

    let (price, scale, rates) = (market.mark.price, market.scale()?, market.risk_rates());
    let elapsed_ms = now.abs_diff(target.stress_due_ts).saturating_mul(1_000);
    let duration_ms = u64::from(fund.params.auction_slots).saturating_mul(SLOT_MS);
    let discount = discount(rates.maintenance, elapsed_ms, duration_ms).or_fail()?;
    let stress = FineRate::stress(rates.stress, fund.params.auction().max_discount).or_fail()?;
    let held = positions::touch(fund, market, target)?;
    let own = positions::touch(fund, market, taker.member)?;
    let most = most_lots(excess, stress, discount, price, scale).or_fail()?.min(held.lots.unsigned_abs());
    let size = i64::try_from(lots.min(most)).map_err(|_| BulkheadError::Overflow)?;
    require!(size > 0, BulkheadError::NothingToTake);

    let lots = if held.lots < 0 { neg(size)? } else { size };
    let value = notional(lots, price, scale).or_fail()?;
    let affordable =
        risk.affordable(target.margin, rates.maintenance.of(value, Round::Down).or_fail()?).or_fail()?;
    let discount = discount.of(value, Round::Down).or_fail()?.min(affordable); // favours the target

    positions::write(fund, market, target, held, held.trade(neg(lots)?, price).or_fail()?)?;
    let after = own.trade(lots, price).or_fail()?;
    positions::write(fund, market, taker.member, own, after)?;
    crowding::book(fund, market)?;
    margin::debit(fund, target, discount)?;
    margin::credit(fund, taker.member, discount)?;
    taker.concede(market, lots, price, discount, now)?;
    let change = RiskChange::taken_over(own.is_increase(&after), kept_free);
    requirements::require_covered(fund, market, others, taker.address, taker.member, change, clock)?;
    Ok(ExcessSale { lots, price, discount })
}
