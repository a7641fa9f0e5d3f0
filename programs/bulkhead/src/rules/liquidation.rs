//! Liquidation: a member takes lots from another one that is below maintenance margin.

use {
    super::{crowding, positions, positions::Side, requirements, rewards, MarketSource, Named},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::liquidation::{plan_liquidate, LiquidationMarket, LiquidationPlan, Target},
    requirements::RiskChange,
};

/// Moves up to `lots` of the target, unsigned, to the liquidator at the mark less a bonus.
///
/// # Errors
/// `NotLiquidatable`, `NothingToTake`; as [`requirements::require_covered`] for the liquidator.
#[inline(never)]
pub fn liquidate(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    target: &mut Member,
    liquidator: Side,
    lots: u64,
    clock: &Clock,
) -> Result<LiquidationPlan> {
    let markets = Named { market: &*market, others };
    let risk = requirements::risk(&markets, target, clock.slot, fund.params.max_mark_age_slots)?;
    require!(risk.is_liquidatable(target.margin).or_fail()?, BulkheadError::NotLiquidatable);
    let kept_free = requirements::kept_free(fund, liquidator.member, &markets, clock)?;
    let before = Target { margin: target.margin, risk, position: positions::touch(fund, market, target)? };
    let taker = positions::touch(fund, market, liquidator.member)?;
    let rates = market.risk_rates();
    let at = LiquidationMarket { price: market.mark.price, scale: market.scale()?, rates: &rates };
    let plan = plan_liquidate(&before, taker, lots, &at, &fund.params.liquidation()).or_fail()?;
    require!(plan.lots != 0, BulkheadError::NothingToTake);

    positions::write(fund, market, target, before.position, plan.target)?;
    positions::write(fund, market, liquidator.member, taker, plan.liquidator)?;
    crowding::book(fund, market)?;
    rewards::take_fee(fund, target, plan.fee)?;
    rewards::share_fees(fund, 0, plan.fee)?;
    let change = RiskChange::taken_over(taker.is_increase(&plan.liquidator), kept_free);
    requirements::require_covered(
        fund,
        market,
        others,
        liquidator.address,
        liquidator.member,
        change,
        clock,
    )?;
    Ok(plan)
}
