//! Crowding: what one whole side of a market could cost the fund bounds trades that add risk.

use {
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        crowding::{rebook, within_limit, CrowdingRates},
        units::{Bps, Money},
    },
};

/// Books what one whole side of the market could cost now, and returns it. Whatever changes open
/// interest books, and so can anyone, because a crank does not write the fund.
#[inline(never)]
pub fn book(fund: &mut Fund, market: &mut Market) -> Result<Money> {
    let now = cost(fund, market)?;
    fund.crowding = rebook(fund.crowding, market.crowding, now).or_fail()?;
    market.crowding = now;
    Ok(now)
}

/// Returns what one whole side of the market costs the fund if it defaults from maintenance margin,
/// at base rates. A final mark moves no more.
fn cost(fund: &Fund, market: &Market) -> Result<Money> {
    if market.final_ts != 0 {
        return Ok(0);
    }
    let rates = CrowdingRates {
        stress: Bps(market.base_rates.stress_bps),
        discount: Bps(fund.params.auction_max_discount_bps),
        maintenance: Bps(market.base_rates.maintenance_bps),
    };
    rates.crowding(market.open_interest, market.mark.price, market.scale()?).or_fail()
}

/// Refuses more crowding than the fund can bear. Liquidations and take-overs are never asked: the
/// fund carries their risk already.
///
/// # Errors
/// `CrowdingLimitExceeded`.
pub fn require_within_limit(fund: &Fund) -> Result<()> {
    let limit = fund.params.crowding_limit_bps;
    let free = add(fund.treasury, fund.contributions)?.saturating_sub(fund.pledged());
    let within = within_limit(fund.crowding, limit, free, 0).or_fail()?;
    require!(within, BulkheadError::CrowdingLimitExceeded);
    Ok(())
}
