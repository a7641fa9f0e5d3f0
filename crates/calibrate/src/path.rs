//! Computes the multiplier along a series with the math that runs on chain.

use {
    crate::{
        series::Bar,
        settings::{Settings, YEAR_SECS},
    },
    bulkhead_math::{
        units::Price,
        volatility::{multiplier_bps, target_variance, Ewma, Observation, Variance},
    },
};

/// Converts a price to the mantissa of an oracle with `decimals` decimals, at least one.
pub fn mantissa(price: f64, decimals: u8) -> Price {
    // A float cast saturates; prices were checked when they were read.
    ((price * 10f64.powi(i32::from(decimals))).round() as Price).max(1)
}

/// Walks the volatility along the opening prices, from `start` on. A market without a history
/// starts from `initial`.
pub fn walk(
    bars: &[Bar],
    decimals: u8,
    half_life_secs: u32,
    start: Ewma,
    initial: Variance,
) -> Vec<Observation> {
    let mut ewma = start;
    let observe = |bar: &Bar| {
        let seen = ewma.observe(mantissa(bar.open, decimals), bar.ts, half_life_secs, initial);
        ewma = seen.next;
        seen
    };
    bars.iter().map(observe).collect()
}

/// Converts a variance per second to annual volatility: 0.5 is 50%.
pub fn annual(variance: Variance) -> f64 {
    (variance as f64 / (1u64 << 48) as f64 * YEAR_SECS).sqrt()
}

/// The multiplier in force at a variance: `sqrt(variance / target)` within the settings' range.
pub fn multiplier(variance: Variance, target_volatility_bps: u16, settings: &Settings) -> u16 {
    let raw = multiplier_bps(variance, target_variance(target_volatility_bps));
    raw.clamp(settings.multiplier_min_bps.into(), settings.multiplier_max_bps.into()) as u16
}

#[cfg(test)]
mod tests {
    use {super::*, crate::synthetic::walk as synthetic};

    #[test]
    fn a_random_walk_gives_its_volatility_back() {
        for volatility in [0.3, 0.8, 1.5] {
            let series = synthetic("X", 3_600, 8_000, volatility, 7);
            let seen = walk(&series.bars, 8, 86_400, Ewma::default(), 0);
            let settled = &seen[500..];
            let mean =
                settled.iter().map(|seen| annual(seen.variance).powi(2)).sum::<f64>() / settled.len() as f64;
            assert!((mean.sqrt() / volatility - 1.0).abs() < 0.05, "{volatility}: {}", mean.sqrt());
        }
    }

    #[test]
    fn a_price_is_never_nothing() {
        assert_eq!((mantissa(1.5, 8), mantissa(1e-12, 8), mantissa(1e30, 8)), (150_000_000, 1, u64::MAX));
    }
}
