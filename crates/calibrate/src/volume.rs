//! Measures the usual volume of a market.
//!
//! 7. usual volume `=` the median of the daily volumes in the last year of the history that has
//!    volumes. Without one, it is the quietest whole day of the windows' spot files, because their
//!    other days are crashes, in which everything trades.
//!
//! The volume is that of the one venue of the file. An asset trades on others too, so the figure is
//! on the safe side.

use {
    crate::{
        folder::HISTORY,
        quantile::Sample,
        series::{Series, Source},
        settings::DAY_SECS,
    },
    serde::Serialize,
    std::collections::BTreeMap,
};

/// Days of a year.
const YEAR_DAYS: usize = 365;

/// The usual volume of a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Volume {
    /// Assets a day.
    pub daily: f64,
    /// Number of whole days behind it.
    pub days: usize,
    /// Whether it is the quietest day of crash weeks, for want of a history.
    pub from_windows: bool,
}

/// The usual volume, if any file has volumes.
pub fn usual(series: &[Series]) -> Option<Volume> {
    let histories = series.iter().filter(|series| series.window == HISTORY);
    let days: Vec<f64> = histories.map(days).max_by_key(Vec::len).unwrap_or_default();
    if !days.is_empty() {
        let last = &days[days.len().saturating_sub(YEAR_DAYS)..];
        let daily = Sample::new(last.iter().copied()).median();
        return Some(Volume { daily, days: last.len(), from_windows: false });
    }
    let spot = series.iter().filter(|series| series.window != HISTORY && series.source == Source::Spot);
    let days: Vec<f64> = spot.flat_map(self::days).collect();
    let daily = days.iter().copied().min_by(f64::total_cmp)?;
    Some(Volume { daily, days: days.len(), from_windows: true })
}

/// Volume of each whole day, in order.
fn days(series: &Series) -> Vec<f64> {
    let bars_a_day = (DAY_SECS / series.step_secs.max(1)).max(1) as usize;
    let mut days: BTreeMap<i64, (usize, f64)> = BTreeMap::new();
    for bar in &series.bars {
        if let Some(volume) = bar.volume {
            let day = days.entry(bar.ts.div_euclid(DAY_SECS)).or_default();
            *day = (day.0 + 1, day.1 + volume);
        }
    }
    days.into_values()
        .filter(|(bars, volume)| *bars == bars_a_day && *volume > 0.0)
        .map(|(_, volume)| volume)
        .collect()
}

#[cfg(test)]
mod tests {
    use {super::*, crate::synthetic::walk};

    #[test]
    fn the_median_day_of_the_history_or_the_quietest_of_the_windows() {
        let history = walk("X", 3_600, 24 * 500, 0.5, 1);
        let mut window = Series { window: "crash".into(), ..walk("X", 300, 288 * 4, 0.5, 1) };
        for bar in &mut window.bars[288..576] {
            bar.volume = Some(10.0);
        }
        let usual_of = |series: &[Series]| usual(series);
        let found = usual_of(&[window.clone(), history.clone()]).unwrap();
        assert_eq!(found, Volume { daily: 24_000.0, days: YEAR_DAYS, from_windows: false });
        let found = usual_of(&[window.clone()]).unwrap();
        assert!(found.from_windows && found.daily < 288_000.0, "{found:?}");
        for bar in &mut window.bars {
            bar.volume = None;
        }
        assert_eq!(usual(&[window]), None);
    }
}
