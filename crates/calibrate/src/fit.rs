//! Fits target volatility and margin rates to history.
//!
//! 2. target volatility `=` the median, over the history, of the annual volatility that the chain's
//!    exponentially weighted mean shows. Half of the time the multiplier is above one, half of the
//!    time below.
//! 3. margin rate `= Q_p(move / m)`, the upper 95% confidence bound of the `p` quantile over all
//!    horizons, with the multiplier `m` in force when the horizon began. `rate * m` then covers the
//!    move with probability `p`: the rate is the part of moves that volatility does not explain.
//!    Initial margin has `p = 99.9%`, maintenance margin `p = 99.5%`. For example, a rate of 4%
//!    with `m = 1.5` asks for 6% of notional.
//!
//! Regulation asks for 99% (PFMI principle 6) or, for OTC derivatives, 99.5% (EMIR article 41;
//! Regulation 153/2013 article 24) over a horizon of one to five days (article 26). The horizon
//! here is an hour, of which a year has 8,766, so the confidence must be higher for a breach to be
//! as rare in time. Each member is below maintenance margin, hence liquidated, long before its
//! initial margin is used up.
//!
//! The floor under the multiplier is the regulation's remedy against procyclicality (article 28):
//! margins do not follow a calm all the way down, so they have less far to rise.

use {
    crate::{
        error::PriceError,
        moves::{self, Move},
        path,
        quantile::{Estimate, Sample},
        series::Series,
        settings::{Settings, DAY_SECS},
    },
    bulkhead_math::volatility::Ewma,
    serde::Serialize,
    std::ops::Range,
};

/// Least number of horizons for a tail: ten beyond its 99% quantile.
const LEAST_OBSERVATIONS: usize = 1_000;

/// Step that a target is rounded to, in bps: more digits would pretend to a precision that history
/// does not give.
const TARGET_STEP_BPS: f64 = 100.0;

/// The evidence of a history for margins.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// The file.
    pub file: String,
    /// First and last time that counts, unix seconds.
    pub from: i64,
    /// See [`Fit::from`].
    pub to: i64,
    /// Annual volatility at which the multiplier is one.
    pub target_volatility_bps: u16,
    /// Annual volatility at the 5% quantile of time.
    pub volatility_low: f64,
    /// Annual volatility at the 95% quantile of time.
    pub volatility_high: f64,
    /// Mean of the multiplier.
    pub multiplier_mean: f64,
    /// Moves over the multiplier, at the quantile of initial margin.
    pub initial: Estimate,
    /// Moves over the multiplier, at the quantile of maintenance margin.
    pub maintenance: Estimate,
    /// Moves without the multiplier: at 99%, 99.5% and 99.9%.
    pub raw: Vec<Estimate>,
    /// The largest move without the multiplier.
    pub largest: f64,
    /// The largest move of the warm-up, which is not counted.
    pub largest_in_warm_up: f64,
}

/// Fits the horizons of `history` that begin within `period`, after the warm-up.
pub fn fit(
    history: &Series,
    decimals: u8,
    settings: &Settings,
    period: Range<i64>,
) -> Result<Fit, PriceError> {
    let moves = moves::over(&history.bars, history.step_secs, settings.horizon_secs);
    let seen = path::walk(&history.bars, decimals, settings.volatility_half_life_secs, Ewma::default(), 0);
    let warm = history.start() + settings.warm_up_secs;
    let counts = |ts: i64| ts >= warm && period.contains(&ts);

    let volatilities =
        seen.iter().filter(|seen| counts(seen.next.ts)).map(|seen| path::annual(seen.variance));
    let volatilities = Sample::new(volatilities);
    let target = (volatilities.median() * 1e4 / TARGET_STEP_BPS).round() * TARGET_STEP_BPS;
    let target_volatility_bps = target.clamp(TARGET_STEP_BPS, f64::from(u16::MAX)) as u16;

    let horizons: Vec<(Move, f64)> = history
        .bars
        .iter()
        .zip(moves.iter().zip(&seen))
        .filter(|(bar, _)| counts(bar.ts))
        .filter_map(|(_, (found, seen))| {
            let multiplier = path::multiplier(seen.variance, target_volatility_bps, settings);
            found.map(|found| (found, f64::from(multiplier) / 1e4))
        })
        .collect();
    if horizons.len() < LEAST_OBSERVATIONS {
        return Err(PriceError::TooShort {
            symbol: history.symbol.clone(),
            observations: horizons.len(),
            warm_up_days: settings.warm_up_secs / DAY_SECS,
            least: LEAST_OBSERVATIONS,
        });
    }
    let normalised = Sample::new(horizons.iter().map(|(found, multiplier)| found.size() / multiplier));
    let raw = Sample::new(horizons.iter().map(|(found, _)| found.size()));
    let multipliers = horizons.iter().map(|(_, multiplier)| multiplier).sum::<f64>();
    let warming = history.bars.iter().zip(&moves).filter(|(bar, _)| bar.ts < warm);
    Ok(Fit {
        file: history.file.clone(),
        from: period.start.max(warm),
        to: period.end.min(history.end()),
        target_volatility_bps,
        volatility_low: volatilities.quantile(0.05),
        volatility_high: volatilities.quantile(0.95),
        multiplier_mean: multipliers / horizons.len() as f64,
        initial: normalised.estimate(settings.initial_quantile),
        maintenance: normalised.estimate(settings.maintenance_quantile),
        raw: [0.99, 0.995, 0.999].map(|part| raw.estimate(part)).into(),
        largest: raw.max(),
        largest_in_warm_up: Sample::new(warming.filter_map(|(_, found)| found.map(|found| found.size())))
            .max(),
    })
}

/// The cost of a half-life: the average margin for the same coverage.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HalfLife {
    /// Half-life; `None` if the rates do not follow volatility at all.
    pub secs: Option<u32>,
    /// Quantile of initial margin times the mean multiplier.
    pub average_margin: f64,
}

/// The cost of half-lives from three hours to a week, and of none. A shorter half-life follows
/// faster and is noisier.
pub fn half_lives(history: &Series, decimals: u8, settings: &Settings) -> Result<Vec<HalfLife>, PriceError> {
    let always = i64::MIN..i64::MAX;
    let mut costs = Vec::new();
    for hours in [3, 6, 12, 24, 48, 168] {
        let tried = Settings { volatility_half_life_secs: hours * 3_600, ..settings.clone() };
        let fit = fit(history, decimals, &tried, always.clone())?;
        let average_margin = fit.initial.point * fit.multiplier_mean;
        costs.push(HalfLife { secs: Some(hours * 3_600), average_margin });
    }
    let constant = Settings { multiplier_min_bps: 10_000, multiplier_max_bps: 10_000, ..settings.clone() };
    let average_margin = fit(history, decimals, &constant, always)?.initial.point;
    costs.push(HalfLife { secs: None, average_margin });
    Ok(costs)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::synthetic::{walk, walk_with},
    };

    const ALWAYS: Range<i64> = i64::MIN..i64::MAX;

    #[test]
    fn a_random_walk_gives_its_volatility_back_as_the_target() {
        for volatility in [0.4, 0.9] {
            let fit = fit(&walk("X", 3_600, 20_000, volatility, 3), 8, &Settings::default(), ALWAYS).unwrap();
            let target = f64::from(fit.target_volatility_bps) / 1e4;
            assert!((target / volatility - 1.0).abs() < 0.05, "{volatility}: {target}");
            assert!(fit.initial.point > fit.maintenance.point && fit.initial.upper >= fit.initial.point);
        }
    }

    #[test]
    fn normalised_moves_do_not_know_the_regime() {
        // The volatility is 40% and 160% in turns of 40 days, so the quantile is that of the
        // quieter one at a multiplier of one.
        let regimes =
            walk_with("X", 3_600, 40_000, 3, |index| if (index / 960) % 2 == 0 { 0.4 } else { 1.2 });
        let settings =
            Settings { multiplier_min_bps: 2_500, multiplier_max_bps: 50_000, ..Settings::default() };
        let fit = fit(&regimes, 8, &settings, ALWAYS).unwrap();
        let raw = fit.raw.last().unwrap().point;
        assert!(
            fit.initial.point * fit.multiplier_mean < 0.9 * raw,
            "the same coverage for less margin: {fit:?}"
        );
    }

    #[test]
    fn the_warm_up_counts_for_nothing() {
        let mut series = walk("X", 3_600, 5_000, 0.5, 3);
        series.bars[10].high *= 3.0;
        let fit = fit(&series, 8, &Settings::default(), ALWAYS).unwrap();
        assert!(fit.largest < 0.2 && fit.largest_in_warm_up > 1.9);
        assert_eq!(fit.from, series.start() + Settings::default().warm_up_secs);
    }

    #[test]
    fn a_short_history_is_refused() {
        let refused = fit(&walk("X", 3_600, 1_500, 0.5, 3), 8, &Settings::default(), ALWAYS);
        assert!(matches!(refused, Err(PriceError::TooShort { observations: 780, .. })), "{refused:?}");
    }
}
