//! The parameters of fund and markets, as the replay crate reads them, in the forms that are needed here.

use {
    crate::{
        fit::Asset,
        fund::{Market, Terms},
    },
    anyhow::{Context, Result},
    bulkhead_calibrate::rates::Proposal,
    bulkhead_model::{FundParams, Int, MarketParams},
};

/// Basis points as a fraction.
pub fn fraction(bps: Int) -> f64 {
    bps as f64 / 1e4
}

/// The fund's terms.
pub fn terms(of: &FundParams) -> Terms {
    Terms {
        liquidation_bonus: fraction(of.liquidation_bonus_bps),
        liquidation_fee: fraction(of.liquidation_fee_bps),
        liquidation_buffer: fraction(of.liquidation_buffer_bps),
        most_discount: fraction(of.auction_max_discount_bps),
        auction_secs: of.auction_slots as f64 * of.slot_ms as f64 / 1e3,
        assessment_cap: fraction(of.assessment_cap_bps),
        cover_limit: fraction(of.cover_limit_bps),
        crowding_limit: fraction(of.crowding_limit_bps),
        min_contribution: of.min_contribution as f64 / 10f64.powi(of.quote_decimals as i32),
        outflow_cap: fraction(of.outflow_cap_bps),
    }
}

/// A market at its base rates, with price, volume and deviation as estimated. `confidence` is the
/// oracle's usual one, a part of the price.
pub fn market(of: &MarketParams, asset: &Asset, confidence: f64) -> Market {
    Market {
        symbol: asset.symbol.clone(),
        price: asset.price,
        initial: fraction(of.rates.initial),
        maintenance: fraction(of.rates.maintenance),
        contribution: fraction(of.rates.contribution),
        stress: fraction(of.rates.stress),
        premium: fraction(of.premium_bps_per_year),
        volume: asset.volume * asset.price,
        deviation: asset.deviation,
        confidence: confidence * of.confidence_multiple as f64,
    }
}

/// The rates in the form of the calibration, which replays them.
///
/// # Errors
/// When one of them is out of the program's range.
pub fn proposal(of: &MarketParams) -> Result<Proposal> {
    let narrow = |value: Int| u16::try_from(value).with_context(|| format!("{value} is out of range"));
    let secs = |value: Int| u32::try_from(value).with_context(|| format!("{value} s are out of range"));
    Ok(Proposal {
        initial_bps: narrow(of.rates.initial)?,
        maintenance_bps: narrow(of.rates.maintenance)?,
        contribution_bps: narrow(of.rates.contribution)?,
        stress_bps: narrow(of.rates.stress)?,
        target_volatility_bps: narrow(of.target_volatility_bps)?,
        volatility_half_life_secs: secs(of.volatility_half_life_secs)?,
        multiplier_min_bps: narrow(of.multiplier_min_bps)?,
        multiplier_max_bps: narrow(of.multiplier_max_bps)?,
        maintenance_ramp_bps_per_hour: narrow(of.maintenance_ramp_bps_per_hour)?,
        breaker_bps: narrow(of.breaker_bps)?,
        breaker_window_secs: secs(of.breaker_window_secs)?,
        breaker_cooloff_secs: secs(of.breaker_cooloff_secs)?,
        premium_bps_per_year: narrow(of.premium_bps_per_year)?,
        concentration_lots: u64::try_from(of.concentration_lots).context("concentration_lots")?,
        concentration_bps: narrow(of.concentration_bps)?,
        bounds: vec![],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fit::Fitted, Shipped};

    #[test]
    fn shipped_parameters_become_fractions() {
        let shipped = Shipped::bundled().unwrap();
        let terms = terms(&shipped.fund);
        assert_eq!((terms.most_discount, terms.crowding_limit), (0.1, 8.0));
        assert_eq!((terms.auction_secs, terms.min_contribution), (600.0, 1_000.0));
        let fitted = Fitted::bundled(&shipped).unwrap();
        let params = &shipped.markets[0].1;
        let market = market(params, &fitted.assets[0], 0.001);
        assert_eq!((market.initial, market.confidence), (fraction(params.rates.initial), 0.002));
        assert_eq!(market.volume, fitted.assets[0].volume * fitted.assets[0].price);
        let proposal = proposal(params).unwrap();
        assert_eq!(Int::from(proposal.initial_bps), params.rates.initial);
        let mut wrong = params.clone();
        wrong.breaker_bps = 70_000;
        assert!(super::proposal(&wrong).is_err());
    }
}
