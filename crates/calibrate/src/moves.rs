//! Measures the move of a price within a horizon.
//!
//! 1. From the opening price `p` of a bar, over the bars of the next `h` seconds with highest price
//!    `H` and lowest `L`: `up = H / p - 1`, `down = 1 - L / p`, `move = max(up, down)`. For example
//!    `p = 100`, `H = 103` and `L = 95` give a move of 5%.
//!
//! Highs and lows count rather than closes, because a member that is under water for a minute is
//! liquidated in that minute. Both directions count, because every contract has a short side. A
//! bar's move is against its own opening. A horizon with a hole is not counted: a move in the hole
//! may have taken longer than the horizon.

use crate::series::Bar;

/// The furthest moves of a price from its start, as fractions of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Move {
    /// Upwards: the loss of a short.
    pub up: f64,
    /// Downwards: the loss of a long.
    pub down: f64,
}

impl Move {
    /// The larger of both.
    pub fn size(&self) -> f64 {
        self.up.max(self.down)
    }

    /// The direction of the larger one, in words.
    pub fn direction(&self) -> &'static str {
        if self.up > self.down {
            "up"
        } else {
            "down"
        }
    }
}

/// The move from each bar's opening; `None` where the horizon has a hole or reaches beyond the end.
pub fn over(bars: &[Bar], step_secs: i64, horizon_secs: i64) -> Vec<Option<Move>> {
    let length = length(step_secs, horizon_secs);
    let highs = extremes(bars, length, |bar| bar.high);
    let lows = extremes(bars, length, |bar| -bar.low);
    let span = (length as i64 - 1) * step_secs;
    let mut moves = Vec::with_capacity(bars.len());
    for (index, bar) in bars.iter().enumerate() {
        let whole = bars.get(index + length - 1).is_some_and(|last| last.ts - bar.ts == span);
        let high_low = highs.get(index).zip(lows.get(index)).filter(|_| whole);
        moves
            .push(high_low.map(|(high, low)| Move { up: high / bar.open - 1.0, down: 1.0 + low / bar.open }));
    }
    moves
}

/// Bars in a horizon, rounded up.
pub fn length(step_secs: i64, horizon_secs: i64) -> usize {
    let step = step_secs.max(1);
    usize::try_from((horizon_secs + step - 1) / step).unwrap_or(1).max(1)
}

/// The largest `value` of each run of `length` bars, in one pass. Candidates are kept in falling
/// order.
fn extremes(bars: &[Bar], length: usize, value: impl Fn(&Bar) -> f64) -> Vec<f64> {
    let mut candidates = std::collections::VecDeque::<usize>::new();
    let mut found = Vec::with_capacity(bars.len());
    for (index, bar) in bars.iter().enumerate() {
        while candidates.back().is_some_and(|last| value(&bars[*last]) <= value(bar)) {
            candidates.pop_back();
        }
        candidates.push_back(index);
        if candidates.front().is_some_and(|first| first + length <= index) {
            candidates.pop_front();
        }
        if let Some(first) = candidates.front().filter(|_| index + 1 >= length) {
            found.push(value(&bars[*first]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use {super::*, crate::synthetic::walk, proptest::prelude::*};

    fn bar(ts: i64, open: f64, high: f64, low: f64) -> Bar {
        Bar { ts, open, high, low, close: open, volume: None }
    }

    #[test]
    fn a_move_is_measured_from_the_opening_to_the_extremes() {
        let bars = [bar(0, 100.0, 110.0, 95.0), bar(60, 100.0, 101.0, 80.0), bar(120, 90.0, 99.0, 90.0)];
        let one: Vec<_> = over(&bars, 60, 60).into_iter().flatten().map(|found| found.size()).collect();
        assert_eq!(one.len(), 3);
        assert!((one[0] - 0.1).abs() < 1e-12 && (one[1] - 0.2).abs() < 1e-12 && (one[2] - 0.1).abs() < 1e-12);
        let two = over(&bars, 60, 120);
        let first = two[0].unwrap();
        assert!((first.up - 0.1).abs() < 1e-12 && (first.down - 0.2).abs() < 1e-12);
        assert_eq!((first.direction(), two[2]), ("down", None));
    }

    #[test]
    fn a_horizon_with_a_hole_counts_for_nothing() {
        let bars = [bar(0, 100.0, 110.0, 95.0), bar(180, 50.0, 50.0, 50.0), bar(240, 50.0, 50.0, 50.0)];
        let moves = over(&bars, 60, 120);
        assert!(moves[0].is_none() && moves[1].is_some() && moves[2].is_none());
    }

    proptest! {
        /// Compares with the definition, bar by bar.
        #[test]
        fn one_pass_finds_what_looking_at_every_bar_finds(seed in 1u64..1_000, length in 1usize..20) {
            let bars = walk("X", 60, 120, 5.0, seed).bars;
            let moves = over(&bars, 60, 60 * length as i64);
            for (index, found) in moves.iter().enumerate() {
                let Some(ahead) = bars.get(index..index + length) else {
                    prop_assert!(found.is_none());
                    continue;
                };
                let high = ahead.iter().map(|bar| bar.high).fold(f64::MIN, f64::max);
                let low = ahead.iter().map(|bar| bar.low).fold(f64::MAX, f64::min);
                let found = found.unwrap();
                prop_assert!((found.up - (high / bars[index].open - 1.0)).abs() < 1e-12);
                prop_assert!((found.down - (1.0 - low / bars[index].open)).abs() < 1e-12);
                prop_assert!(found.up >= 0.0 && found.down >= 0.0);
            }
        }
    }
}
