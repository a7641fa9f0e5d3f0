//! Tests the proposed rates on history.
//!
//! 9. coverage `=` the part of horizons whose move was no more than the margin in force when they
//!    began. Beside it stands the coverage of constant rates at the average of those, which cost
//!    members as much. Procyclicality is the largest rise of initial margin within a day and within
//!    a week, and its most over its least (the measures of Murphy, Vasios and Vause 2014).
//!
//! A breach is not a loss: it takes a member at the very margin, and no liquidation while the price
//! moves.

use {
    crate::{replay::Step, settings::DAY_SECS},
    serde::Serialize,
    std::{collections::VecDeque, ops::Range},
};

/// A horizon whose move was beyond initial margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Breach {
    /// Start of the horizon, unix seconds.
    pub ts: i64,
    /// The move, in bps.
    pub move_bps: f64,
    /// Initial margin at the start, in bps.
    pub margin_bps: f64,
}

impl Breach {
    /// The part of the move beyond initial margin, in bps.
    pub fn beyond_bps(&self) -> f64 {
        self.move_bps - self.margin_bps
    }
}

/// Breaches of one kind of rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Number of horizons.
    pub horizons: usize,
    /// Horizons with a move beyond initial margin.
    pub beyond_initial: usize,
    /// Horizons with a move beyond maintenance margin.
    pub beyond_maintenance: usize,
    /// The deepest breach.
    pub worst: Option<Breach>,
    /// The parts of moves beyond initial margin, summed over all breaches, in bps of notional.
    pub beyond_sum_bps: f64,
}

impl Coverage {
    /// Part of horizons that initial margin covered.
    pub fn initial(&self) -> f64 {
        1.0 - self.beyond_initial as f64 / self.horizons.max(1) as f64
    }

    /// Part of horizons that maintenance margin covered.
    pub fn maintenance(&self) -> f64 {
        1.0 - self.beyond_maintenance as f64 / self.horizons.max(1) as f64
    }
}

/// A rise of initial margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rise {
    /// Time of the highest margin, unix seconds.
    pub ts: i64,
    /// Its least within the time before, in bps.
    pub from_bps: u16,
    /// Its highest, in bps.
    pub to_bps: u16,
}

/// The results of a replay.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
    /// Coverage of rates that follow volatility.
    pub adjusted: Coverage,
    /// Coverage of constant rates at the averages below.
    pub constant: Coverage,
    /// Mean initial margin, in bps.
    pub mean_initial_bps: f64,
    /// Mean maintenance margin, in bps.
    pub mean_maintenance_bps: f64,
    /// Least initial margin.
    pub least_initial_bps: u16,
    /// Most initial margin.
    pub most_initial_bps: u16,
    /// Largest rise within a day, by its ratio.
    pub rise_in_a_day: Option<Rise>,
    /// Largest rise within a week, by its ratio.
    pub rise_in_a_week: Option<Rise>,
}

/// Tests the steps of a replay that begin within `period`.
pub fn backtest(steps: &[Step], period: Range<i64>) -> Backtest {
    let steps: Vec<&Step> = steps.iter().filter(|step| period.contains(&step.state.ts)).collect();
    let mean = |rate: fn(&Step) -> u16| {
        steps.iter().map(|step| f64::from(rate(step))).sum::<f64>() / steps.len().max(1) as f64
    };
    let (initial, maintenance) = (mean(|step| step.initial_bps), mean(|step| step.maintenance_bps));
    Backtest {
        adjusted: coverage(&steps, |step| (f64::from(step.initial_bps), f64::from(step.maintenance_bps))),
        constant: coverage(&steps, |_| (initial, maintenance)),
        mean_initial_bps: initial,
        mean_maintenance_bps: maintenance,
        least_initial_bps: steps.iter().map(|step| step.initial_bps).min().unwrap_or_default(),
        most_initial_bps: steps.iter().map(|step| step.initial_bps).max().unwrap_or_default(),
        rise_in_a_day: largest_rise(&steps, DAY_SECS),
        rise_in_a_week: largest_rise(&steps, 7 * DAY_SECS),
    }
}

fn coverage(steps: &[&Step], margins: impl Fn(&Step) -> (f64, f64)) -> Coverage {
    let mut coverage = Coverage::default();
    for step in steps {
        let Some(ahead) = step.ahead else { continue };
        let (initial, maintenance) = margins(step);
        let move_bps = ahead.size() * 1e4;
        coverage.horizons += 1;
        coverage.beyond_maintenance += usize::from(move_bps > maintenance);
        if move_bps > initial {
            let breach = Breach { ts: step.state.ts, move_bps, margin_bps: initial };
            coverage.beyond_initial += 1;
            coverage.beyond_sum_bps += breach.beyond_bps();
            if coverage.worst.is_none_or(|worst| worst.beyond_bps() < breach.beyond_bps()) {
                coverage.worst = Some(breach);
            }
        }
    }
    coverage
}

/// The largest ratio of initial margin to its least within the `secs` before. The candidates for
/// the least are kept in rising order.
fn largest_rise(steps: &[&Step], secs: i64) -> Option<Rise> {
    let mut least: VecDeque<&Step> = VecDeque::new();
    let mut largest: Option<Rise> = None;
    for step in steps {
        while least.back().is_some_and(|last| last.initial_bps >= step.initial_bps) {
            least.pop_back();
        }
        least.push_back(step);
        while least.front().is_some_and(|first| step.state.ts - first.state.ts > secs) {
            least.pop_front();
        }
        let from_bps = least.front().map(|first| first.initial_bps).unwrap_or(step.initial_bps);
        let rise = Rise { ts: step.state.ts, from_bps, to_bps: step.initial_bps };
        if rise.to_bps > rise.from_bps && largest.is_none_or(|found| found.ratio() < rise.ratio()) {
            largest = Some(rise);
        }
    }
    largest
}

impl Rise {
    /// The highest margin over the least.
    pub fn ratio(&self) -> f64 {
        f64::from(self.to_bps) / f64::from(self.from_bps.max(1))
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            fit::fit,
            moves::Move,
            rates::Proposal,
            replay::{replay, tests::proposal, State},
            settings::Settings,
            synthetic::walk_with,
        },
    };

    fn step(ts: i64, initial_bps: u16, down: f64) -> Step {
        let state = State { ts, ..State::new(&proposal(), 100, ts) };
        Step {
            state,
            price: 100.0,
            ahead: Some(Move { up: 0.0, down }),
            initial_bps,
            maintenance_bps: initial_bps / 2,
        }
    }

    #[test]
    fn breaches_are_counted_against_the_margin_in_force() {
        let steps =
            [step(0, 500, 0.02), step(3_600, 500, 0.03), step(7_200, 1_000, 0.07), step(10_800, 400, 0.06)];
        let found = backtest(&steps, i64::MIN..i64::MAX);
        assert_eq!(
            (found.adjusted.horizons, found.adjusted.beyond_initial, found.adjusted.beyond_maintenance),
            (4, 1, 3)
        );
        assert_eq!(found.adjusted.worst, Some(Breach { ts: 10_800, move_bps: 600.0, margin_bps: 400.0 }));
        assert_eq!((found.mean_initial_bps, found.constant.beyond_initial), (600.0, 1));
        let rise = found.rise_in_a_day.unwrap();
        assert_eq!(
            (rise.from_bps, rise.to_bps, found.least_initial_bps, found.most_initial_bps),
            (500, 1_000, 400, 1_000)
        );
        assert_eq!(backtest(&steps, 0..1).adjusted.horizons, 1);
        assert_eq!(backtest(&[], 0..1).adjusted.initial(), 1.0);
    }

    #[test]
    fn a_rise_is_within_its_time() {
        let steps = [step(0, 500, 0.0), step(DAY_SECS + 1, 900, 0.0), step(DAY_SECS * 2, 1_000, 0.0)];
        let found = backtest(&steps, i64::MIN..i64::MAX);
        assert_eq!(
            (found.rise_in_a_day.unwrap().from_bps, found.rise_in_a_week.unwrap().from_bps),
            (900, 500)
        );
    }

    #[test]
    fn fitted_rates_cover_what_they_promise_and_more_than_constant_ones() {
        // The volatility changes every 20 days: 0.5, 1, 1.5.
        let series = walk_with("X", 3_600, 40_000, 11, |index| 0.5 * (1 + (index / 480) % 3) as f64);
        let settings = Settings::default();
        let fit = fit(&series, 8, &settings, i64::MIN..i64::MAX).unwrap();
        let proposal = Proposal {
            initial_bps: (fit.initial.upper * 1e4).ceil() as u16,
            maintenance_bps: (fit.maintenance.upper * 1e4).ceil() as u16,
            target_volatility_bps: fit.target_volatility_bps,
            ..proposal()
        };
        let steps = replay(&series, &proposal, 8, settings.horizon_secs, None);
        let found = backtest(&steps, fit.from..i64::MAX);
        assert!(found.adjusted.initial() >= 0.999, "{found:?}");
        assert!(found.adjusted.beyond_initial < found.constant.beyond_initial, "{found:?}");
    }
}
