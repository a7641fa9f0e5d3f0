//! Stress calls: limits that hold after the trade. A member that the cover limit would no longer
//! admit only reduces, and after a time its excess is sold.

use {
    super::{
        cover_two, crowding, gains_cut,
        interval::Prices,
        margin,
        positions::{self, Bid, Side},
        requirements, shares, MarketSource, Named,
    },
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        crowding::FineRate,
        positions::{raw_value, Position},
        requirements::{notional, Risk},
        stress_call::{discount, most_lots},
        units::{Lots, Money, Price},
        Round,
    },
    requirements::RiskChange,
};

/// Milliseconds in a second.
const MILLIS: u64 = 1_000;

/// Returns by how much a member's stress loss exceeds what the cover limit admits, with every doubt
/// in its favour.
fn excess(fund: &Fund, member: &Member, risk: &Risk) -> Result<Money> {
    let discount = fund.params.auction().max_discount;
    let loss = risk.stress_loss_favourable(member.margin, discount).or_fail()?;
    let limit = cover_two::limit(fund, fund.mutual_resources(shares::contribution(fund, member)?)?)?;
    Ok(loss.saturating_sub(limit))
}

/// Starts the call of a member that exceeds the cover limit, or ends that of one that does not.
/// Returns the reading of the exit clock from which the excess may be sold; nothing when the call
/// has ended.
///
/// # Errors
/// `NothingToCall`; as [`requirements::risk`].
pub fn call(fund: &Fund, member: &mut Member, markets: &impl MarketSource) -> Result<Option<u64>> {
    let risk = requirements::risk_of_liquidation(fund, markets, member)?;
    let exceeds = excess(fund, member, &risk)? > 0;
    require!(exceeds != member.is_stress_called.get(), BulkheadError::NothingToCall);
    let due = add(fund.exits.secs(), u64::from(fund.params.call_secs))?;
    member.is_stress_called = exceeds.into();
    member.stress_due_secs = if exceeds { due } else { 0 };
    Ok(exceeds.then_some(due))
}

/// Refuses added risk of a member that is called.
///
/// # Errors
/// `MemberReduceOnly`.
#[inline(always)]
pub fn require_not_called(member: &Member) -> Result<()> {
    require!(!member.is_stress_called.get(), BulkheadError::MemberReduceOnly);
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

/// Sells up to `lots` of a member whose call is due, unsigned, at the end of A that favours the
/// member (U1) less a discount that grows with time. At most what brings the member back within the
/// cover limit is sold.
///
/// The discount takes no more than the equity that belongs to the lots: like a liquidation's bonus
/// it never lowers the member's health, so that nobody can empty a failing account by it (P7, P8).
///
/// # Errors
/// `StaleMark`, `CallNotDue`, `NothingToCall`, `NothingToTake`, `PriceBeyondLimit`; as
/// [`requirements::require_covered`] for the taker.
#[inline(never)]
pub fn sell(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    target: &mut Member,
    mut taker: Side,
    bid: Bid,
    clock: &Clock,
) -> Result<ExcessSale> {
    let prices = others.prices(market)?;
    prices.require_recent()?;
    let is_due = fund.exits.secs() >= target.stress_due_secs;
    require!(target.is_stress_called.get() && is_due, BulkheadError::CallNotDue);
    let markets = Named { market: &*market, prices: &prices, others };
    gains_cut::require_registered(fund, target, clock.unix_timestamp)?;
    gains_cut::require_registered(fund, taker.member, clock.unix_timestamp)?;
    let risk = requirements::risk_of_liquidation(fund, &markets, target)?;
    let free_before = requirements::free_before(fund, taker.member, &markets, clock)?;
    let held = positions::touch(market, target)?;
    let own = positions::touch(market, taker.member)?;
    let sale = plan(fund, market, &prices, target, &risk, held, bid.lots)?;
    let raw = raw_value(sale.lots, sale.price).or_fail()?;
    let cost = raw.checked_sub(market.scale()?.raw_of(sale.discount)).ok_or(BulkheadError::Overflow)?;
    bid.require_within(sale.lots, cost)?;

    let after = own.trade(sale.lots, sale.price).or_fail()?;
    positions::write(market, target, held, held.trade(neg(sale.lots)?, sale.price).or_fail()?)?;
    positions::write(market, taker.member, own, after)?;
    crowding::book(fund, market)?;
    margin::debit(fund, target, sale.discount)?;
    margin::credit(fund, taker.member, sale.discount)?;
    taker.concede(market, sale.lots, sale.price, sale.discount, clock.unix_timestamp)?;
    let at_mark = Bid { limit_price: prices.mark, ..bid }.is_within(sale.lots, cost)?;
    let change = RiskChange::taken_over(own.is_increase(&after), at_mark, free_before);
    let markets = Named { market: &*market, prices: &prices, others };
    requirements::require_covered(fund, &markets, taker.address, taker.member, change, None, clock)?;
    Ok(sale)
}

/// Plans the sale of up to `wanted` lots, unsigned, of the target's position `held`.
#[inline(never)]
fn plan(
    fund: &Fund,
    market: &Market,
    prices: &Prices,
    target: &Member,
    risk: &Risk,
    held: Position,
    wanted: u64,
) -> Result<ExcessSale> {
    let excess = excess(fund, target, risk)?;
    require!(excess > 0, BulkheadError::NothingToCall);
    let (mark, scale, rates) = (prices.mark, market.scale()?, market.risk_rates());
    let elapsed_ms = fund.exits.millis.saturating_sub(target.stress_due_secs.saturating_mul(MILLIS));
    let duration_ms = u64::from(fund.params.auction_slots).saturating_mul(fund.params.slot_ms.into());
    let discount = discount(rates.maintenance, elapsed_ms, duration_ms).or_fail()?;
    let stress = FineRate::stress(rates.stress, fund.params.auction().max_discount).or_fail()?;
    let most = most_lots(excess, stress, discount, mark, scale).or_fail()?.min(held.lots.unsigned_abs());
    let size = i64::try_from(wanted.min(most)).map_err(|_| BulkheadError::Overflow)?;
    require!(size > 0, BulkheadError::NothingToTake);

    let lots = if held.lots < 0 { neg(size)? } else { size };
    let value = notional(lots, mark, scale).or_fail()?;
    let taken = rates.maintenance.of(value, Round::Down).or_fail()?; // favours the target
    let affordable = risk.affordable(target.margin, taken).or_fail()?;
    let discount = discount.of(value, Round::Down).or_fail()?.min(affordable); // favours the target
    Ok(ExcessSale { lots, price: prices.intervals.others.favouring(lots), discount })
}
