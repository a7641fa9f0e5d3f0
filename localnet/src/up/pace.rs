//! Parameters for prices that move faster than the clock. Times that are measured against prices
//! are shortened with them, within the program's bounds. Otherwise an hour's move within a minute
//! would keep every breaker tripped.

use {
    crate::migration::Parameters,
    bulkhead::constants::{
        MAX_RAMP_BPS_PER_HOUR, MIN_BREAKER_WINDOW_SECS, MIN_COOLOFF_SECS, MIN_HALF_LIFE_SECS,
    },
};

/// The parameters at `speed` times the pace. Volatility grows with its square root.
pub fn quickened(mut parameters: Parameters, speed: u32) -> Parameters {
    let speed = speed.max(1);
    for market in &mut parameters.markets {
        let terms = &mut market.params.terms.adjustment;
        let shorter = |secs: u32, least: u32| (secs / speed).max(least.min(secs));
        terms.volatility_half_life_secs = shorter(terms.volatility_half_life_secs, MIN_HALF_LIFE_SECS);
        terms.breaker_window_secs = shorter(terms.breaker_window_secs, MIN_BREAKER_WINDOW_SECS);
        terms.breaker_cooloff_secs = shorter(terms.breaker_cooloff_secs, MIN_COOLOFF_SECS);
        let volatility = f64::from(terms.target_volatility_bps) * f64::from(speed).sqrt();
        terms.target_volatility_bps = volatility.min(f64::from(u16::MAX)) as u16;
        let ramp = u32::from(terms.maintenance_ramp_bps_per_hour).saturating_mul(speed);
        terms.maintenance_ramp_bps_per_hour = ramp.min(MAX_RAMP_BPS_PER_HOUR.into()) as u16;
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_every_pace_the_parameters_are_within_bounds() {
        let bundled = Parameters::bundled().unwrap();
        for speed in [1, 2, 60, 10_000, u32::MAX] {
            let parameters = quickened(bundled.clone(), speed);
            for market in &parameters.markets {
                market.params.validate(&parameters.fund).unwrap();
            }
        }
        let (once, sixty) = (quickened(bundled.clone(), 1), quickened(bundled.clone(), 60));
        assert_eq!(once.markets[0].params.terms.adjustment, bundled.markets[0].params.terms.adjustment);
        let terms = sixty.markets[0].params.terms.adjustment;
        assert_eq!((terms.breaker_window_secs, terms.volatility_half_life_secs), (60, 1_440));
        assert_eq!(terms.target_volatility_bps, 39_504);
    }
}
