//! The choices that people make: horizons, confidences, and the protocol's reactions.

use serde::Serialize;

/// The year of the chain's math, in which volatility is expressed.
pub const YEAR_SECS: f64 = bulkhead_math::units::YEAR_SECS as f64;

/// One day.
pub const DAY_SECS: i64 = 86_400;

/// The settings of a calibration.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// Time from a member's last good mark until its position is liquidated, in seconds.
    pub horizon_secs: i64,
    /// Time for the sale of a defaulter's position, in seconds.
    pub stress_horizon_secs: i64,
    /// Beginning of a history that is not counted, in seconds: the volatility starts from a guess,
    /// and a newly listed price is found at one thin venue.
    pub warm_up_secs: i64,
    /// Part of horizons whose move initial margin covers.
    pub initial_quantile: f64,
    /// Part of horizons whose move maintenance margin covers.
    pub maintenance_quantile: f64,
    /// Part of breaker windows, in the weeks of crashes, that do not trip.
    pub breaker_quantile: f64,
    /// Half-life of the volatility.
    pub volatility_half_life_secs: u32,
    /// Least multiplier: margins in a calm market.
    pub multiplier_min_bps: u16,
    /// Largest multiplier: margins in a panic.
    pub multiplier_max_bps: u16,
    /// Speed of maintenance margin.
    pub maintenance_ramp_bps_per_hour: u16,
    /// Length of the breaker's windows.
    pub breaker_window_secs: u32,
    /// Time for which the breaker stays tripped.
    pub breaker_cooloff_secs: u32,
    /// Premium that open positions pay for being insured.
    pub premium_bps_per_year: u16,
    /// Part of a market's usual volume that a liquidation can be without moving the price.
    pub participation: f64,
    /// Part of all notional that the largest member is expected to hold.
    pub largest_member: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            horizon_secs: 3_600,
            stress_horizon_secs: 4 * 3_600,
            warm_up_secs: 30 * DAY_SECS,
            initial_quantile: 0.999,
            maintenance_quantile: 0.995,
            breaker_quantile: 0.995,
            volatility_half_life_secs: 86_400,
            multiplier_min_bps: 8_000,
            multiplier_max_bps: 30_000,
            maintenance_ramp_bps_per_hour: 50,
            breaker_window_secs: 900,
            breaker_cooloff_secs: 1_800,
            premium_bps_per_year: 100,
            participation: 0.1,
            largest_member: 0.025,
        }
    }
}

impl Settings {
    /// Refuses settings without meaning; [`crate::rates`] keeps the program's hard bounds.
    pub fn validate(&self) -> anyhow::Result<()> {
        let within = |name: &str, ok: bool, range: &str| {
            anyhow::ensure!(ok, "{name} must be {range}");
            Ok(())
        };
        within(
            "--horizon-minutes",
            (60..=30 * DAY_SECS).contains(&self.horizon_secs),
            "between 1 and 43,200",
        )?;
        within(
            "--stress-horizon-minutes",
            self.stress_horizon_secs >= self.horizon_secs,
            "at least --horizon-minutes",
        )?;
        within("--stress-horizon-minutes", self.stress_horizon_secs <= 30 * DAY_SECS, "at most 43,200")?;
        within("--warm-up-days", self.warm_up_secs >= 0, "positive")?;
        for (name, part) in [
            ("--initial-quantile", self.initial_quantile),
            ("--maintenance-quantile", self.maintenance_quantile),
            ("--breaker-quantile", self.breaker_quantile),
        ] {
            within(name, part > 0.5 && part < 1.0, "above 0.5 and below 1")?;
        }
        let lower = self.maintenance_quantile < self.initial_quantile;
        within("--maintenance-quantile", lower, "below --initial-quantile")?;
        within(
            "--half-life-secs",
            (600..=2_592_000).contains(&self.volatility_half_life_secs),
            "between 600 and 2,592,000",
        )?;
        within(
            "--multiplier-min-bps",
            (2_500..=10_000).contains(&self.multiplier_min_bps),
            "between 2,500 and 10,000",
        )?;
        within(
            "--multiplier-max-bps",
            (10_000..=50_000).contains(&self.multiplier_max_bps),
            "between 10,000 and 50,000",
        )?;
        within("--ramp-bps-per-hour", self.maintenance_ramp_bps_per_hour <= 500, "at most 500")?;
        within(
            "--breaker-window-secs",
            (60..=14_400).contains(&self.breaker_window_secs),
            "between 60 and 14,400",
        )?;
        within(
            "--breaker-cooloff-secs",
            (60..=86_400).contains(&self.breaker_cooloff_secs),
            "between 60 and 86,400",
        )?;
        within("--premium-bps-per-year", self.premium_bps_per_year <= 2_000, "at most 2,000")?;
        within(
            "--participation",
            self.participation > 0.0 && self.participation <= 1.0,
            "above 0 and at most 1",
        )?;
        within(
            "--largest-member",
            self.largest_member > 0.0 && self.largest_member < 0.5,
            "above 0 and below 0.5",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_means_nothing_is_named() {
        assert!(Settings::default().validate().is_ok());
        let refused = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.validate().unwrap_err().to_string()
        };
        assert!(refused(|s| s.horizon_secs = 0).contains("--horizon-minutes"));
        assert!(refused(|s| s.stress_horizon_secs = 60).contains("--stress-horizon-minutes"));
        assert!(refused(|s| s.maintenance_quantile = 0.9995).contains("--maintenance-quantile"));
        assert!(refused(|s| s.initial_quantile = f64::NAN).contains("--initial-quantile"));
        assert!(refused(|s| s.multiplier_min_bps = 0).contains("--multiplier-min-bps"));
    }
}
