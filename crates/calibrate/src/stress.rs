//! Finds the stress move: the worst move of all series, against the margins that members would have
//! had.
//!
//! 4. stress `= max(a, b)`, over every series of every source:
//!    - `a` is for a position opened when the move began: `max(move_s / max(m, 1))` over the stress
//!      horizon `s`, with the multiplier `m` of that moment. The default of `s` is four liquidation
//!      horizons, the time in which a default is declared and the house sells. The chain stresses
//!      with `stress * max(m, 1)`, so it covers every move of the data.
//!    - `b` is for a position opened before, in a calm, at the base rate alone: `initial +
//!      max(move_h - mm)` over the liquidation horizon `h`, with the maintenance margin `mm` in
//!      force. The cover limit is checked when risk is added. From then on a member need have no
//!      more than maintenance margin, so it may cost the fund `move - mm`, while the limit counts
//!      `stress - initial`.
//!
//! Spot, perpetual and mark prices count alike: venues part ways in a crash, and an oracle may be
//! near any of them. This is the historical half of "extreme but plausible" (PFMI principle 4;
//! Regulation 153/2013 article 30). Governance must add the moves that have never happened.

use {
    crate::{
        moves,
        rates::Proposal,
        replay::{replay, state_at, Step},
        series::{Series, Source},
        settings::Settings,
    },
    anyhow::Result,
    serde::Serialize,
};

/// A worst move of a series.
#[derive(Clone, Debug, Serialize)]
pub struct Worst {
    /// The file.
    pub file: String,
    /// Kind of its prices.
    pub source: Source,
    /// Start of the move, unix seconds.
    pub ts: i64,
    /// `up` or `down`.
    pub direction: &'static str,
    /// The move as a fraction.
    pub raw: f64,
    /// Multiplier at the start.
    pub multiplier_bps: u16,
    /// Maintenance margin at the start.
    pub maintenance_bps: u16,
    /// The stress move that covers it.
    pub needed: f64,
}

/// The worst moves, one for each series, by the stress move they need, falling.
#[derive(Clone, Debug, Serialize)]
pub struct Stress {
    /// For positions opened when the move began, over the stress horizon.
    pub opened: Vec<Worst>,
    /// For positions opened before, over the liquidation horizon.
    pub held: Vec<Worst>,
    /// The largest move over the stress horizon, without the multiplier.
    pub largest_raw: f64,
}

impl Stress {
    /// The stress move that covers all of history.
    pub fn needed(&self) -> f64 {
        let first = |worst: &[Worst]| worst.first().map(|worst| worst.needed).unwrap_or_default();
        first(&self.opened).max(first(&self.held))
    }
}

/// Replays every series that is fine enough with the proposed margins. `known` is the replay of the
/// history: a series goes on from its state, or begins as a new market where the history has none.
pub fn worst(
    series: &[Series],
    history: &Series,
    known: &[Step],
    proposal: &Proposal,
    decimals: u8,
    settings: &Settings,
) -> Result<Stress> {
    let mut found = Stress { opened: Vec::new(), held: Vec::new(), largest_raw: 0.0 };
    for series in series.iter().filter(|series| series.step_secs <= settings.stress_horizon_secs) {
        let (start, begins) = match series.file == history.file {
            true => (None, series.start() + settings.warm_up_secs),
            false => (state_at(known, series.start()), i64::MIN),
        };
        let steps = replay(series, proposal, decimals, settings.horizon_secs, start);
        let ahead = moves::over(&series.bars, series.step_secs, settings.stress_horizon_secs);
        let of = |step: &Step, ahead: moves::Move, needed: f64| Worst {
            file: series.file.clone(),
            source: series.source,
            ts: step.state.ts,
            direction: ahead.direction(),
            raw: ahead.size(),
            multiplier_bps: step.state.multiplier_bps,
            maintenance_bps: step.maintenance_bps,
            needed,
        };
        let rows = || steps.iter().zip(&ahead).filter(|(step, _)| step.state.ts >= begins);
        let opened = rows().filter_map(|(step, ahead)| {
            let ahead = (*ahead)?;
            Some((step, ahead, ahead.size() / f64::from(step.state.multiplier_bps.max(10_000)) * 1e4))
        });
        // A series does not show horizons shorter than its bars.
        let fine = series.step_secs <= settings.horizon_secs;
        let held = rows().filter(|_| fine).filter_map(|(step, _)| {
            let ahead = step.ahead?;
            let covered = f64::from(step.maintenance_bps) - f64::from(proposal.initial_bps);
            Some((step, ahead, ahead.size() - covered / 1e4))
        });
        found.largest_raw = ahead
            .iter()
            .zip(&series.bars)
            .filter(|(_, bar)| bar.ts >= begins)
            .filter_map(|(ahead, _)| *ahead)
            .map(|ahead| ahead.size())
            .fold(found.largest_raw, f64::max);
        found.opened.extend(
            opened.max_by(|a, b| a.2.total_cmp(&b.2)).map(|(step, ahead, needed)| of(step, ahead, needed)),
        );
        found.held.extend(
            held.max_by(|a, b| a.2.total_cmp(&b.2)).map(|(step, ahead, needed)| of(step, ahead, needed)),
        );
    }
    for worst in [&mut found.opened, &mut found.held] {
        worst.sort_by(|a, b| b.needed.total_cmp(&a.needed).then_with(|| a.file.cmp(&b.file)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{replay::tests::proposal, synthetic::walk},
    };

    fn crash() -> [Series; 2] {
        let history = walk("X", 3_600, 3_000, 0.5, 3);
        let mut window =
            Series { file: "crash.csv".into(), window: "crash".into(), ..walk("X", 300, 200, 0.5, 4) };
        window.bars[120].low *= 0.6;
        [history, window]
    }

    fn of(target_volatility_bps: u16) -> Stress {
        let (settings, series) = (Settings::default(), crash());
        let proposal = Proposal { target_volatility_bps, ..proposal() };
        let known = replay(&series[0], &proposal, 8, settings.horizon_secs, None);
        worst(&series, &series[0], &known, &proposal, 8, &settings).unwrap()
    }

    #[test]
    fn the_worst_is_found_in_any_series() {
        let found = of(8_000);
        for worst in [&found.opened, &found.held] {
            assert_eq!((worst.len(), worst[0].file.as_str(), worst[0].direction), (2, "crash.csv", "down"));
            assert!(worst[0].raw > 0.35 && worst[0].raw < 0.45, "{found:?}");
        }
        // In a calm, maintenance margin is at its least: 0.8 of 3.5%, where initial margin is 6%.
        let held = &found.held[0];
        assert!((held.needed - (held.raw - f64::from(held.maintenance_bps) / 1e4 + 0.06)).abs() < 1e-12);
        assert_eq!(found.needed(), held.needed, "a calm: what is held has the least margin");
    }

    #[test]
    fn what_was_announced_counts_by_what_was_not() {
        // A market whose target is a tenth of its volatility: the multiplier is at its cap.
        let found = of(500);
        assert_eq!(found.opened[0].multiplier_bps, 30_000);
        assert!((found.opened[0].needed - found.opened[0].raw / 3.0).abs() < 1e-12);
        assert!(found.held[0].needed < of(8_000).held[0].needed, "its maintenance margin was higher");
    }
}
