//! Replays a market's rates along a series with the math that runs on chain: volatility, ramp,
//! regime, rates in force.

use {
    crate::{
        moves::{self, Move},
        path::mantissa,
        rates::Proposal,
        series::Series,
    },
    bulkhead_math::{
        rates::{effective, ramp, ramp_target, RampBps},
        units::{Bps, Price},
        volatility::{multiplier_bps, target_variance, Ewma, Regime},
    },
};

/// The state that a market carries from crank to crank.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Its volatility.
    pub ewma: Ewma,
    /// Maintenance margin in force.
    pub maintenance: RampBps,
    /// Multiplier in force.
    pub multiplier_bps: u16,
    /// Regime.
    pub regime: Regime,
    /// Time of the last crank, unix seconds.
    pub ts: i64,
}

/// A market at the opening of a bar, with the move that follows.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// After the crank at the opening price.
    pub state: State,
    /// The opening price.
    pub price: f64,
    /// The move over the horizon that begins here, if the series contains it.
    pub ahead: Option<Move>,
    /// Initial margin in force.
    pub initial_bps: u16,
    /// Maintenance margin in force.
    pub maintenance_bps: u16,
}

impl State {
    /// A new market, at its target.
    pub fn new(proposal: &Proposal, price: Price, ts: i64) -> Self {
        let variance = target_variance(proposal.target_volatility_bps);
        Self {
            ewma: Ewma { variance, price, ts },
            maintenance: ramp_target(Bps(proposal.maintenance_bps), 10_000),
            multiplier_bps: 10_000,
            regime: Regime::Neutral,
            ts,
        }
    }

    /// The state after a crank. Maintenance margin has moved towards the target of the crank
    /// before.
    pub fn crank(&self, proposal: &Proposal, price: Price, ts: i64) -> Self {
        let target = target_variance(proposal.target_volatility_bps);
        let secs = ts.saturating_sub(self.ts).max(0).unsigned_abs();
        let heading = ramp_target(Bps(proposal.maintenance_bps), self.multiplier_bps);
        let maintenance = ramp(self.maintenance, heading, proposal.maintenance_ramp_bps_per_hour, secs);
        let seen = self.ewma.observe(price, ts, proposal.volatility_half_life_secs, target);
        let raw = multiplier_bps(seen.variance, target);
        let range = (proposal.multiplier_min_bps, proposal.multiplier_max_bps);
        let multiplier_bps = raw.clamp(range.0.into(), range.1.into()) as u16;
        let regime = if seen.sampled { self.regime.after(raw) } else { self.regime };
        Self { ewma: seen.next, maintenance, multiplier_bps, regime, ts }
    }
}

/// Cranks a market at the opening of each bar. It begins as `start` at the series' own first price,
/// or else new.
pub fn replay(
    series: &Series,
    proposal: &Proposal,
    decimals: u8,
    horizon_secs: i64,
    start: Option<State>,
) -> Vec<Step> {
    let moves = moves::over(&series.bars, series.step_secs, horizon_secs);
    let rates = proposal.rates();
    let mut steps = Vec::with_capacity(series.bars.len());
    let Some(first) = series.bars.first() else { return steps };
    let price = mantissa(first.open, decimals);
    let mut state = match start {
        // A difference between two venues' levels is not a move.
        Some(state) => State { ewma: Ewma { price, ts: first.ts, ..state.ewma }, ts: first.ts, ..state },
        None => State::new(proposal, price, first.ts),
    };
    for (bar, ahead) in series.bars.iter().zip(moves) {
        state = state.crank(proposal, mantissa(bar.open, decimals), bar.ts);
        let rates = effective(&rates, state.multiplier_bps, state.maintenance);
        let (initial_bps, maintenance_bps) = (rates.initial.0, rates.maintenance.0);
        steps.push(Step { state, price: bar.open, ahead, initial_bps, maintenance_bps });
    }
    steps
}

/// The market at `ts`, if the replay has a state within a day before.
pub fn state_at(steps: &[Step], ts: i64) -> Option<State> {
    let after = steps.partition_point(|step| step.state.ts <= ts);
    let last = steps[..after].last()?.state;
    (ts - last.ts <= 86_400).then_some(last)
}

#[cfg(test)]
pub(crate) mod tests {
    use {super::*, crate::synthetic::walk_with};

    /// A market at 80% volatility.
    pub fn proposal() -> Proposal {
        Proposal {
            initial_bps: 600,
            maintenance_bps: 350,
            contribution_bps: 75,
            stress_bps: 2_000,
            target_volatility_bps: 8_000,
            volatility_half_life_secs: 86_400,
            multiplier_min_bps: 8_000,
            multiplier_max_bps: 30_000,
            maintenance_ramp_bps_per_hour: 50,
            breaker_bps: 1_000,
            breaker_window_secs: 900,
            breaker_cooloff_secs: 1_800,
            premium_bps_per_year: 100,
            concentration_lots: 1_000,
            concentration_bps: 500,
            bounds: vec![],
        }
    }

    #[test]
    fn margins_follow_volatility_and_maintenance_ramps() {
        let proposal = proposal();
        let series = walk_with("X", 3_600, 2_000, 9, |index| if index < 1_000 { 0.8 } else { 2.4 });
        let steps = replay(&series, &proposal, 8, 3_600, None);
        assert_eq!(
            (steps[0].initial_bps, steps[0].maintenance_bps),
            (600, 350),
            "a new market is at its base"
        );
        let mean = |steps: &[Step]| {
            steps.iter().map(|step| f64::from(step.initial_bps)).sum::<f64>() / steps.len() as f64
        };
        let (calm, wild) = (mean(&steps[200..1_000]), mean(&steps[1_200..]));
        assert!((500.0..750.0).contains(&calm) && wild > 1.8 * calm, "{calm} {wild}");
        for pair in steps.windows(2) {
            assert!(pair[1].maintenance_bps.abs_diff(pair[0].maintenance_bps) <= 51, "an hour's ramp");
            assert!(pair[1].maintenance_bps < pair[1].initial_bps);
        }
        assert!(steps.iter().any(|step| step.state.regime == Regime::RiskOff));
    }

    #[test]
    fn a_window_goes_on_from_the_history() {
        let series = walk_with("X", 3_600, 500, 9, |_| 2.0);
        let steps = replay(&series, &proposal(), 8, 3_600, None);
        let known = state_at(&steps, series.bars[400].ts + 1).unwrap();
        assert_eq!(known.multiplier_bps, steps[400].state.multiplier_bps);
        let window = walk_with("X", 300, 10, 10, |_| 0.8);
        let on = replay(&window, &proposal(), 8, 3_600, Some(known));
        assert_eq!(on[0].state.multiplier_bps, known.multiplier_bps);
        assert!(state_at(&steps, series.bars[0].ts - 1).is_none());
    }
}
