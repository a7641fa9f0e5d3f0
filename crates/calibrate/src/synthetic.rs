//! Random walks for tests: the same seed gives the same walk.

use crate::{
    folder::HISTORY,
    series::{Bar, Series, Source},
    settings::YEAR_SECS,
};

/// Xorshift: no dependency, the same everywhere.
pub struct Random(u64);

impl Random {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (a, b) = (self.uniform().max(1e-300), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}

/// A geometric Brownian motion of annual `volatility`, from 100, as bars of ten steps each.
pub fn walk(symbol: &str, step_secs: i64, bars: usize, volatility: f64, seed: u64) -> Series {
    walk_with(symbol, step_secs, bars, seed, |_| volatility)
}

/// Does the same with a volatility for each bar.
pub fn walk_with(
    symbol: &str,
    step_secs: i64,
    bars: usize,
    seed: u64,
    volatility: impl Fn(usize) -> f64,
) -> Series {
    const STEPS: usize = 10;
    let mut random = Random::new(seed);
    let mut price: f64 = 100.0;
    let bars = (0..bars).map(|index| {
        let deviation = volatility(index) * (step_secs as f64 / STEPS as f64 / YEAR_SECS).sqrt();
        let open = price;
        let (mut high, mut low) = (open, open);
        for _ in 0..STEPS {
            price *= (deviation * random.normal() - deviation * deviation / 2.0).exp();
            (high, low) = (high.max(price), low.min(price));
        }
        Bar {
            ts: 1_600_000_200 + index as i64 * step_secs,
            open,
            high,
            low,
            close: price,
            volume: Some(1_000.0),
        }
    });
    Series {
        file: format!("{symbol}_synthetic.csv"),
        symbol: symbol.into(),
        window: HISTORY.into(),
        source: Source::Spot,
        step_secs,
        bars: bars.collect(),
    }
}
