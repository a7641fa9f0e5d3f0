//! Finds the breaker's limit.
//!
//! 6. breaker `=` the 99.5% quantile, over the breaker windows in the weeks of crashes, of the
//!    furthest distance of a price from the highest and lowest of its window and the one before.
//!    This is the chain's own rule, `bulkhead_math::interval::Range`. The breaker stops the sharpest
//!    moments of the worst weeks and hardly trips in an ordinary year. It lies between initial
//!    margin, which is there for smaller moves, and the stress move. A future on bitcoin at CME has
//!    the same kind of breaker, 10% within an hour.

use {
    crate::{
        moves,
        path::mantissa,
        quantile::{Estimate, Sample},
        series::{Bar, Series},
        settings::Settings,
    },
    bulkhead_math::{
        interval::{Interval, Range},
        units::{Bps, Price},
    },
    serde::Serialize,
};

/// The evidence of the windows of crashes for a breaker.
#[derive(Clone, Debug, Serialize)]
pub struct Trips {
    /// Furthest distance in a breaker window, at the quantile of the settings.
    pub distance: Estimate,
    /// Number of files behind it; zero where none is fine enough and the history's horizons stand
    /// in.
    pub files: usize,
}

/// Distances in the windows of `fine`, or moves of `history` where no file is fine enough.
pub fn distances(fine: &[&Series], history: &Series, decimals: u8, settings: &Settings) -> Trips {
    if fine.is_empty() {
        let moves = moves::over(&history.bars, history.step_secs, settings.horizon_secs);
        let sample = Sample::new(moves.into_iter().flatten().map(|found| found.size()));
        return Trips { distance: sample.estimate(settings.breaker_quantile), files: 0 };
    }
    let all = fine.iter().flat_map(|series| along(series, decimals, settings.breaker_window_secs));
    Trips { distance: Sample::new(all).estimate(settings.breaker_quantile), files: fine.len() }
}

/// The furthest distance in each breaker window of a series.
fn along(series: &Series, decimals: u8, window_secs: u32) -> Vec<f64> {
    let mut furthest: Vec<(u64, f64)> = Vec::new();
    follow(series, decimals, window_secs, |_, price, window| {
        let Interval { low, high } = window.interval();
        let distance = |from: Price| price.abs_diff(from) as f64 / from as f64;
        let here = distance(high).max(distance(low));
        match furthest.last_mut() {
            Some((number, distance)) if *number == window.cell => *distance = distance.max(here),
            _ => furthest.push((window.cell, here)),
        }
    });
    furthest.into_iter().map(|(_, distance)| distance).collect()
}

/// Number and duration of the halts that a breaker would have made in a series.
pub fn halts(series: &Series, decimals: u8, breaker_bps: u16, settings: &Settings) -> (usize, i64) {
    let (mut halts, mut halted, mut until) = (0, 0, i64::MIN);
    let cooloff = i64::from(settings.breaker_cooloff_secs);
    follow(series, decimals, settings.breaker_window_secs, |ts, price, window| {
        if window.moved_beyond(price, Bps(breaker_bps)) {
            halts += usize::from(ts > until);
            halted += ts + cooloff - until.max(ts);
            until = ts + cooloff;
        }
    });
    (halts, halted)
}

/// Shows a breaker each price of a series in the likeliest order within a bar: against its own
/// direction first.
fn follow(series: &Series, decimals: u8, window_secs: u32, mut see: impl FnMut(i64, Price, &Range)) {
    let (mut window, mut last) = (Range::default(), 0);
    for bar in &series.bars {
        for (part, price) in prices(bar).into_iter().enumerate() {
            let ts = bar.ts + (series.step_secs - 1) * part as i64 / 3;
            let price = mantissa(price, decimals);
            window = match last {
                0 => Range::first(price, ts, window_secs),
                _ => window.add(price, last, ts, window_secs),
            };
            last = price;
            see(ts, price, &window);
        }
    }
}

fn prices(bar: &Bar) -> [f64; 4] {
    if bar.close >= bar.open {
        [bar.open, bar.low, bar.high, bar.close]
    } else {
        [bar.open, bar.high, bar.low, bar.close]
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::synthetic::walk};

    #[test]
    fn a_crash_trips_and_the_distance_is_the_move() {
        let settings = Settings::default();
        let mut series = walk("X", 300, 600, 0.3, 5);
        for bar in &mut series.bars[300..] {
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price *= 0.8;
            }
        }
        let furthest = along(&series, 8, settings.breaker_window_secs).into_iter().fold(0.0, f64::max);
        assert!((0.19..0.22).contains(&furthest), "{furthest}");
        let (count, secs) = halts(&series, 8, 1_500, &settings);
        // The crash is in sight for its own window and for the next one.
        assert!(count == 1 && (1_800..=3_600).contains(&secs), "{count} {secs}");
        assert_eq!(halts(&series, 8, 3_000, &settings), (0, 0));
    }

    #[test]
    fn without_fine_prices_the_horizons_stand_in() {
        let history = walk("X", 3_600, 3_000, 0.5, 5);
        let trips = distances(&[], &history, 8, &Settings::default());
        assert_eq!((trips.files, trips.distance.observations), (0, 3_000));
        assert!(trips.distance.point > 0.0);
    }
}
