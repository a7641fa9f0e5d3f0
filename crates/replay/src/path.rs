//! Prices of every second of a crash, made of the bars of its files.
//!
//! Files have bars of a minute to an hour. Within a bar the price walks from its opening over its
//! two extremes to its close: the lower extreme first where the bar has risen. Between these four it
//! is a Brownian bridge with the volatility of the bar's range (Parkinson 1980), kept between the
//! extremes. So open, high, low and close are those of the file, and the seconds between are drawn.

use {
    anyhow::{ensure, Context, Result},
    bulkhead_calibrate::{
        folder::{finest, load},
        progress::Progress,
        series::{Bar, Series},
    },
    rand::{Rng, SeedableRng},
    rand_chacha::ChaCha8Rng,
    std::{collections::BTreeMap, path::Path},
};

/// Coarsest bars that a window is made of.
const COARSEST_SECS: i64 = 3_600;
/// Where the extremes of a bar lie, in parts of its length.
const LEGS: [f64; 4] = [0.0, 0.3, 0.7, 1.0];
/// Time before the worst hour at which a replay begins, and after it at which it ends.
const BEFORE_SECS: usize = 12 * 3_600;
const AFTER_SECS: usize = 6 * 3_600;

/// A crash: the price of every second, by market; `None` for a market without a file.
#[derive(Clone, Debug)]
pub struct Crash {
    /// The window that its files name.
    pub name: String,
    /// Unix time of the first second.
    pub start_ts: i64,
    /// Prices by market, all of the same length.
    pub prices: Vec<Option<Vec<f64>>>,
}

impl Crash {
    /// Length in seconds.
    pub fn secs(&self) -> usize {
        self.prices.iter().flatten().map(Vec::len).min().unwrap_or_default()
    }

    /// All crashes of a folder, each from twelve hours before its worst hour to six hours after.
    ///
    /// # Errors
    /// A folder or a file that cannot be read is named.
    pub fn all(folder: &Path, symbols: &[&str], seed: u64) -> Result<Vec<Self>> {
        let series = load(folder, symbols, &Progress::new(true))?;
        let mut windows: BTreeMap<&str, Vec<Option<&Series>>> = BTreeMap::new();
        for (market, of) in series.iter().enumerate() {
            for found in finest(of, COARSEST_SECS) {
                windows.entry(&found.window).or_insert_with(|| vec![None; symbols.len()])[market] =
                    Some(found);
            }
        }
        ensure!(!windows.is_empty(), "{}: there is no file of a crash", folder.display());
        windows.into_iter().map(|(name, of)| Self::of(name, &of, seed)).collect()
    }

    fn of(name: &str, series: &[Option<&Series>], seed: u64) -> Result<Self> {
        let known = || series.iter().flatten();
        let start = known().map(|series| series.start()).max().context("no series")?;
        let end = known().map(|series| series.end()).min().context("no series")?;
        ensure!(start < end, "{name}: the markets' files do not overlap");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut prices: Vec<Option<Vec<f64>>> = vec![];
        for series in series {
            let whole = series.map(|series| seconds(series, &mut rng));
            prices.push(whole.zip(*series).map(|(whole, series)| {
                whole[(start - series.start()) as usize..(end - series.start()) as usize].to_vec()
            }));
        }
        let worst = worst_hour(prices.iter().flatten());
        let length = (end - start) as usize;
        let (from, to) = (worst.saturating_sub(BEFORE_SECS), (worst + AFTER_SECS).min(length));
        for prices in prices.iter_mut().flatten() {
            *prices = prices[from..to].to_vec();
        }
        Ok(Self { name: name.into(), start_ts: start + from as i64, prices })
    }
}

/// The second at which the deepest fall within an hour begins, over all markets.
fn worst_hour<'a>(prices: impl Iterator<Item = &'a Vec<f64>>) -> usize {
    let falls = prices.flat_map(|prices| {
        let minutes = (0..prices.len().saturating_sub(3_600)).step_by(60);
        minutes.map(|from| {
            let low = prices[from..from + 3_600].iter().step_by(30).copied().fold(f64::MAX, f64::min);
            (low / prices[from], from)
        })
    });
    falls.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, from)| from).unwrap_or_default()
}

/// The price of every second of a series; a gap between bars keeps the last close.
fn seconds(series: &Series, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut prices = Vec::with_capacity(series.span() as usize);
    for (index, bar) in series.bars.iter().enumerate() {
        walk(bar, series.step_secs as usize, rng, &mut prices);
        let next = series.bars.get(index + 1).map_or(series.end(), |next| next.ts);
        prices.resize((next - series.start()) as usize, bar.close);
    }
    prices
}

/// The seconds of one bar.
fn walk(bar: &Bar, secs: usize, rng: &mut ChaCha8Rng, prices: &mut Vec<f64>) {
    let extremes = if bar.close >= bar.open { [bar.low, bar.high] } else { [bar.high, bar.low] };
    let stops = [bar.open, extremes[0], extremes[1], bar.close];
    let sigma = (bar.high / bar.low).ln() / (4.0 * 2f64.ln() * secs as f64).sqrt();
    for leg in 0..3 {
        let [from, to] = [leg, leg + 1].map(|stop| (LEGS[stop] * secs as f64).round() as usize);
        let steps = to - from;
        let mut at = stops[leg].ln();
        for step in 0..steps {
            prices.push(at.exp().clamp(bar.low, bar.high));
            let left = (steps - step) as f64;
            let drift = (stops[leg + 1].ln() - at) / left;
            at += drift + sigma * ((left - 1.0) / left).sqrt() * normal(rng);
        }
    }
}

/// Standard normal (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (a, b): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(ts: i64, open: f64, high: f64, low: f64, close: f64) -> Bar {
        Bar { ts, open, high, low, close, volume: None }
    }

    #[test]
    fn a_bar_keeps_its_four_prices() {
        let mut prices = vec![];
        walk(&bar(0, 100.0, 103.0, 96.0, 98.0), 300, &mut ChaCha8Rng::seed_from_u64(1), &mut prices);
        assert_eq!(prices.len(), 300);
        let (low, high) =
            prices.iter().fold((f64::MAX, 0f64), |(low, high), price| (low.min(*price), high.max(*price)));
        assert!((prices[0] - 100.0).abs() < 1e-9 && (low - 96.0).abs() < 1e-9 && (high - 103.0).abs() < 1e-9);
        assert!(prices[90] > 102.9, "a bar that fell was at its high first: {}", prices[90]);
        assert!((prices[299] - 98.0).abs() < 1.0);
    }

    #[test]
    fn the_worst_hour_is_found() {
        let mut prices = vec![100.0; 10_000];
        prices[5_000..].fill(80.0);
        let worst = worst_hour([&prices].into_iter());
        assert!((1_440..5_000).contains(&worst), "{worst}");
    }
}
