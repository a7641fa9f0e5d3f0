//! Liquidation: a member takes lots from another one that is below maintenance margin.

use {
    super::{
        crowding, gains_cut, margin,
        positions::{self, Bid, Side},
        requirements, rewards, MarketSource, Named,
    },
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::liquidation::{plan_liquidate, LiquidationMarket, LiquidationPlan, Target},
    requirements::RiskChange,
};

/// Moves lots of the target to the liquidator, at the end of A that favours the target (U1). The target
/// pays a bonus and a fee besides, out of its margin.
///
/// # Errors
/// `StaleMark`, `NotLiquidatable`, `NothingToTake`, `PriceBeyondLimit`; as [`requirements::require_covered`] for the liquidator.
#[inline(never)]
pub fn liquidate(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    target: &mut Member,
    mut liquidator: Side,
    bid: Bid,
    clock: &Clock,
) -> Result<LiquidationPlan> {
    let prices = others.prices(market)?;
    prices.require_recent()?;
    let markets = Named { market: &*market, prices: &prices, others };
    gains_cut::require_registered(fund, target, clock.unix_timestamp)?;
    gains_cut::require_registered(fund, liquidator.member, clock.unix_timestamp)?;
    let risk = requirements::risk_of_liquidation(fund, &markets, target)?;
    require!(risk.is_liquidatable(target.margin).or_fail()?, BulkheadError::NotLiquidatable);
    let free_before = requirements::free_before(fund, liquidator.member, &markets, clock)?;
    let before = Target { margin: target.margin, risk, position: positions::touch(market, target)? };
    let taker = positions::touch(market, liquidator.member)?;
    let rates = market.risk_rates();
    let (price, scale) = (market.mark.price, market.scale()?);
    let transfer = prices.intervals.others.favouring(before.position.lots);
    let at = LiquidationMarket { price, transfer, scale, rates: &rates };
    let plan = plan_liquidate(&before, taker, bid.lots, &at, &fund.params.liquidation()).or_fail()?;
    require!(plan.lots != 0, BulkheadError::NothingToTake);
    let cost = plan.cost(scale).or_fail()?;
    bid.require_within(plan.lots, cost)?;

    positions::write(market, target, before.position, plan.target)?;
    positions::write(market, liquidator.member, taker, plan.liquidator)?;
    crowding::book(fund, market)?;
    margin::debit(fund, target, plan.bonus)?;
    margin::credit(fund, liquidator.member, plan.bonus)?;
    liquidator.concede(market, plan.lots, transfer, plan.bonus, clock.unix_timestamp)?;
    rewards::take_fee(fund, target, plan.fee)?;
    rewards::share_fees(fund, 0, plan.fee)?;
    let at_mark = Bid { limit_price: price, ..bid }.is_within(plan.lots, cost)?;
    let change = RiskChange::taken_over(taker.is_increase(&plan.liquidator), at_mark, free_before);
    let markets = Named { market: &*market, prices: &prices, others };
    let Side { address, member, .. } = liquidator;
    requirements::require_covered(fund, &markets, address, member, change, None, clock)?;
    Ok(plan)
}
