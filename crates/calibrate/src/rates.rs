//! Proposes rates from the measurements, within the program's hard bounds.
//!
//! 5. contribution `= (stress - initial) * s / (cover_limit * (1 - s))`, of notional. With this
//!    contribution of the members, the largest of them is just within the cover limit when it holds
//!    no more than initial margin, where `s` is its part of all notional (default 2.5%). Cover-2 by
//!    construction then costs no member more. For example, a stress move of 21%, 5.3% of initial
//!    margin and a cover limit of 50% give 0.805%.
//! 7. concentration limit `= participation * usual daily volume * horizon / day`, in lots. The
//!    add-on on the notional beyond it is `2 (sqrt(2) - 1) * initial`: the sale of twice the limit
//!    takes twice the horizon, over which a move is `sqrt(2)` times as large, and the whole
//!    position then has the margin for that.
//! 8. The program's hard bounds win over everything above, and [`Proposal::bounds`] says where:
//!    `initial * multiplier_min > 2 * price_band + clearing_fee`, `initial * multiplier_max <=
//!    9,999`, `liquidation costs < maintenance <= 4/5 initial`, `initial <= stress <= 10,000`,
//!    `100, initial <= breaker <= 5,000`.
//!
//! Every rate is rounded up in favour of the fund, and the concentration limit is rounded down.

use {
    crate::{
        base::{Fund, Market},
        fit::Fit,
        settings::{Settings, DAY_SECS},
        stress::Stress,
        trips::Trips,
        volume::Volume,
    },
    anyhow::{ensure, Result},
    bulkhead_math::{requirements::Rates, units::Bps},
    serde::Serialize,
};

/// 100%.
const ONE_BPS: u32 = 10_000;
/// Step that margins are rounded up to.
const MARGIN_STEP_BPS: u32 = 10;
/// Step that contributions are rounded up to.
const CONTRIBUTION_STEP_BPS: u32 = 5;
/// Step that stress and breaker are rounded up to: they rest on a few extremes.
const EXTREME_STEP_BPS: u32 = 50;
/// A market without a known volume gets this part of its most lots: a hundredth.
const UNKNOWN_VOLUME_DIVISOR: u64 = 100;

/// The keys of a market's table in a migration, but for the market's identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Initial margin at the target volatility, of notional.
    pub initial_bps: u16,
    /// Maintenance margin at the target volatility, of notional.
    pub maintenance_bps: u16,
    /// Required contribution at the target volatility, of notional.
    pub contribution_bps: u16,
    /// Stress move at the target volatility.
    pub stress_bps: u16,
    /// Annual volatility at which the rates above are in force.
    pub target_volatility_bps: u16,
    /// Half-life of the volatility.
    pub volatility_half_life_secs: u32,
    /// Least multiplier.
    pub multiplier_min_bps: u16,
    /// Largest multiplier.
    pub multiplier_max_bps: u16,
    /// Speed of maintenance margin.
    pub maintenance_ramp_bps_per_hour: u16,
    /// Move that trips the breaker.
    pub breaker_bps: u16,
    /// Window of that move.
    pub breaker_window_secs: u32,
    /// Time for which the breaker stays tripped.
    pub breaker_cooloff_secs: u32,
    /// Premium that open positions pay.
    pub premium_bps_per_year: u16,
    /// Lots beyond which the add-on is due.
    pub concentration_lots: u64,
    /// The add-on, of the notional beyond.
    pub concentration_bps: u16,
    /// Rates that a hard bound has moved, with the bound.
    pub bounds: Vec<String>,
}

/// The measurements behind a proposal.
pub struct Evidence<'a> {
    /// Margins.
    pub fit: &'a Fit,
    /// The breaker's distances.
    pub trips: &'a Trips,
    /// The usual volume.
    pub volume: Option<&'a Volume>,
}

impl Proposal {
    /// Proposes the rates of a market, with no more stress than initial margin: see
    /// [`Proposal::with_stress`].
    ///
    /// # Errors
    /// When no rates are within the bounds.
    pub fn new(market: &Market, fund: &Fund, evidence: &Evidence, settings: &Settings) -> Result<Self> {
        let mut bounds = Vec::new();
        let (least, most) = initial_range(market, fund, settings)?;
        let initial = up(evidence.fit.initial.upper, MARGIN_STEP_BPS);
        let initial = bounded("initial_bps", initial, least, most, &mut bounds);

        let costs = liquidation_costs(fund);
        let maintenance = up(evidence.fit.maintenance.upper, MARGIN_STEP_BPS);
        let maintenance = bounded("maintenance_bps", maintenance, costs + 1, initial * 4 / 5, &mut bounds);

        let breaker = up(evidence.trips.distance.point, EXTREME_STEP_BPS);
        let breaker = bounded("breaker_bps", breaker, initial.clamp(100, 5_000), 5_000, &mut bounds);

        let add_on = f64::from(initial) / f64::from(ONE_BPS) * 2.0 * (std::f64::consts::SQRT_2 - 1.0);
        let concentration = up(add_on, MARGIN_STEP_BPS).min(5_000);
        Ok(Self {
            initial_bps: narrow(initial),
            maintenance_bps: narrow(maintenance),
            contribution_bps: 0,
            stress_bps: narrow(initial),
            target_volatility_bps: evidence.fit.target_volatility_bps,
            volatility_half_life_secs: settings.volatility_half_life_secs,
            multiplier_min_bps: settings.multiplier_min_bps,
            multiplier_max_bps: settings.multiplier_max_bps,
            maintenance_ramp_bps_per_hour: settings.maintenance_ramp_bps_per_hour,
            breaker_bps: narrow(breaker),
            breaker_window_secs: settings.breaker_window_secs,
            breaker_cooloff_secs: settings.breaker_cooloff_secs,
            premium_bps_per_year: settings.premium_bps_per_year,
            concentration_lots: concentration_lots(market, evidence.volume, settings),
            concentration_bps: narrow(concentration),
            bounds,
        })
    }

    /// Adds the stress move, which is measured against these margins, and the contribution that
    /// follows from it.
    pub fn with_stress(mut self, stress: &Stress, fund: &Fund, settings: &Settings) -> Self {
        let initial = u32::from(self.initial_bps);
        let needed = up(stress.needed(), EXTREME_STEP_BPS);
        let stress = bounded("stress_bps", needed, initial, ONE_BPS, &mut self.bounds);
        self.stress_bps = narrow(stress);

        let share = settings.largest_member / (1.0 - settings.largest_member);
        let cover = f64::from(fund.cover_limit_bps.max(1)) / f64::from(ONE_BPS);
        let uncovered = f64::from(stress - initial) / f64::from(ONE_BPS);
        let contribution = up(uncovered * share / cover, CONTRIBUTION_STEP_BPS);
        self.contribution_bps =
            narrow(bounded("contribution_bps", contribution, 0, ONE_BPS, &mut self.bounds));
        self
    }

    /// The rates in the form of the math crate.
    pub fn rates(&self) -> Rates {
        Rates {
            initial: Bps(self.initial_bps),
            maintenance: Bps(self.maintenance_bps),
            contribution: Bps(self.contribution_bps),
            stress: Bps(self.stress_bps),
            concentration_lots: self.concentration_lots,
            concentration: Bps(self.concentration_bps),
        }
    }
}

/// Bonus and fee of a liquidation: below them a liquidation would take equity that is not there.
fn liquidation_costs(fund: &Fund) -> u32 {
    u32::from(fund.liquidation_bonus_bps) + u32::from(fund.liquidation_fee_bps)
}

/// The least and the most initial margin that the program accepts and that leaves room for
/// maintenance margin.
fn initial_range(market: &Market, fund: &Fund, settings: &Settings) -> Result<(u32, u32)> {
    let edge = 2 * u32::from(market.price_band_bps) + u32::from(fund.clearing_fee_bps);
    let band = ((edge + 1) * ONE_BPS).div_ceil(settings.multiplier_min_bps.into());
    let least = band.max(((liquidation_costs(fund) + 1) * 5).div_ceil(4));
    let most = 9_999 * ONE_BPS / u32::from(settings.multiplier_max_bps);
    ensure!(
        least <= most,
        "{}: a price band of {} bps needs an initial margin of {least} bps, and a multiplier of {} allows \
         {most} at most: \
         lower the band or --multiplier-max-bps",
        market.symbol,
        market.price_band_bps,
        bulkhead_format::times(settings.multiplier_max_bps)
    );
    Ok((least, most))
}

fn concentration_lots(market: &Market, volume: Option<&Volume>, settings: &Settings) -> u64 {
    let most = market.max_open_interest_lots.max(1);
    let Some(volume) = volume else {
        return (most / UNKNOWN_VOLUME_DIVISOR).max(1);
    };
    let assets = settings.participation * volume.daily * settings.horizon_secs as f64 / DAY_SECS as f64;
    let lots = assets * 10f64.powi(i32::from(market.lot_decimals));
    two_digits(lots as u64).clamp(1, most) // a float cast saturates
}

/// Keeps the first two digits: more would pretend to a precision that the volume does not have.
fn two_digits(number: u64) -> u64 {
    let unit = 10u64.pow(number.checked_ilog10().unwrap_or_default().saturating_sub(1));
    number / unit * unit
}

/// Converts a fraction to bps, rounded up to a multiple of `step`, at most a thousand percent.
fn up(fraction: f64, step: u32) -> u32 {
    let bps = (fraction * f64::from(ONE_BPS)).clamp(0.0, 1e5);
    // The value is lowered by a hair, because 0.05 would otherwise be 501 bps.
    ((bps - 1e-6) / f64::from(step)).ceil().max(0.0) as u32 * step
}

fn bounded(name: &str, bps: u32, least: u32, most: u32, bounds: &mut Vec<String>) -> u32 {
    let kept = bps.max(least).min(most);
    if kept != bps {
        bounds.push(format!("{name}: {bps} measured, {kept} by a hard bound"));
    }
    kept
}

fn narrow(bps: u32) -> u16 {
    u16::try_from(bps).unwrap_or(u16::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use {
        super::*,
        crate::{base::tests::bundled, quantile::Estimate, series::Source, stress::Worst},
        proptest::prelude::*,
    };

    fn estimate(upper: f64) -> Estimate {
        Estimate { probability: 0.999, observations: 9_000, point: upper, upper }
    }

    fn proposed(
        initial: f64,
        maintenance: f64,
        stress: f64,
        breaker: f64,
        band: u16,
        settings: &Settings,
    ) -> Result<Proposal> {
        let fit = Fit {
            file: "x.csv".into(),
            from: 0,
            to: 1,
            target_volatility_bps: 8_000,
            volatility_low: 0.4,
            volatility_high: 1.6,
            multiplier_mean: 1.0,
            initial: estimate(initial),
            maintenance: estimate(maintenance),
            raw: vec![],
            largest: initial,
            largest_in_warm_up: 0.0,
        };
        let worst = Worst {
            file: "x.csv".into(),
            source: Source::Spot,
            ts: 0,
            direction: "down",
            raw: stress,
            multiplier_bps: 10_000,
            maintenance_bps: 350,
            needed: stress,
        };
        let stress = Stress { opened: vec![worst], held: vec![], largest_raw: stress };
        let trips = Trips { distance: estimate(breaker), files: 1 };
        let base = bundled();
        let market = Market { price_band_bps: band, ..base.markets[0].clone() };
        let volume = Volume { daily: 17_573.0, days: 365, from_windows: false };
        let evidence = Evidence { fit: &fit, trips: &trips, volume: Some(&volume) };
        Ok(Proposal::new(&market, &base.fund, &evidence, settings)?
            .with_stress(&stress, &base.fund, settings))
    }

    #[test]
    fn rates_are_what_was_measured_rounded_up() {
        let proposal = proposed(0.0523, 0.0321, 0.2071, 0.081, 100, &Settings::default()).unwrap();
        assert_eq!((proposal.initial_bps, proposal.maintenance_bps), (530, 330));
        assert_eq!((proposal.stress_bps, proposal.breaker_bps), (2_100, 850));
        // (21% - 5.3%) * 0.025 / (0.5 * 0.975) = 0.805%
        assert_eq!(proposal.contribution_bps, 85);
        // 0.828 * 530 = 439.06; 10% of 17573 / 24 BTC = 73.2 BTC, in lots of 0.0001.
        assert_eq!((proposal.concentration_bps, proposal.concentration_lots), (440, 730_000));
        assert!(proposal.bounds.is_empty(), "{:?}", proposal.bounds);
    }

    #[test]
    fn a_bound_that_bites_is_named() {
        let calm = proposed(0.0001, 0.0001, 0.0001, 0.0001, 100, &Settings::default()).unwrap();
        // 202 / 0.8 = 252.5: 253 * 0.8 = 202.4 is not above 202 in whole bps, 254 * 0.8 = 203.2 is.
        assert_eq!(
            (calm.initial_bps, calm.maintenance_bps, calm.stress_bps, calm.breaker_bps),
            (254, 151, 254, 254)
        );
        assert!(calm.bounds[0].contains("initial_bps: 10 measured, 254"));
        let wild = proposed(5.0, 4.0, 9.0, 3.0, 100, &Settings::default()).unwrap();
        assert_eq!(
            (wild.initial_bps, wild.maintenance_bps, wild.stress_bps, wild.breaker_bps),
            (3_333, 2_666, 10_000, 5_000)
        );
        let wide = proposed(0.05, 0.03, 0.2, 0.08, 2_000, &Settings::default()).unwrap_err();
        assert!(wide.to_string().contains("lower the band"), "{wide}");
    }

    /// Asserts the program's hard bounds.
    pub fn assert_within_bounds(proposal: &Proposal, market: &Market, fund: &Fund) {
        let times = |multiplier: u16| u32::from(proposal.initial_bps) * u32::from(multiplier) / 10_000;
        let edge = 2 * u32::from(market.price_band_bps) + u32::from(fund.clearing_fee_bps);
        assert!(times(proposal.multiplier_min_bps) > edge, "{proposal:?}");
        assert!(times(proposal.multiplier_max_bps) <= 9_999, "{proposal:?}");
        assert!(
            0 < proposal.maintenance_bps && proposal.maintenance_bps < proposal.initial_bps,
            "{proposal:?}"
        );
        assert!(proposal.initial_bps <= proposal.stress_bps && proposal.stress_bps <= 10_000, "{proposal:?}");
        assert!(proposal.contribution_bps <= 10_000 && proposal.concentration_bps <= 5_000, "{proposal:?}");
        assert!((100..=5_000).contains(&proposal.breaker_bps), "{proposal:?}");
        assert!((1..=market.max_open_interest_lots).contains(&proposal.concentration_lots), "{proposal:?}");
        assert!(proposal.target_volatility_bps > 0, "{proposal:?}");
    }

    proptest! {
        /// The program accepts the proposal, whatever was measured.
        #[test]
        fn every_proposal_is_within_the_hard_bounds(
            initial in 0f64..3.0, maintenance in 0f64..3.0, stress in 0f64..3.0,
            breaker in 0f64..3.0, band in 1u16..500,
            min in 2_500u16..=10_000, max in 10_000u16..=50_000,
        ) {
            let settings =
                Settings { multiplier_min_bps: min, multiplier_max_bps: max, ..Settings::default() };
            if let Ok(proposal) = proposed(initial, maintenance, stress, breaker, band, &settings) {
                let base = bundled();
                let market = Market { price_band_bps: band, ..base.markets[0].clone() };
                assert_within_bounds(&proposal, &market, &base.fund);
            }
        }
    }
}
