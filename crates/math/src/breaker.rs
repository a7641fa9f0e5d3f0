//! The circuit breaker: when a price has moved too far too fast.

use crate::{
    rounding::widening_mul,
    units::{Bps, Lots, Price},
};

/// Highest and lowest price of this window of time and the one before. Windows lie on a fixed grid,
/// so nobody can shift them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceWindow {
    /// Number of the window: time divided by its length.
    pub number: u64,
    /// Highest price in it.
    pub high: Price,
    /// Lowest price in it.
    pub low: Price,
    /// Highest price in the window before.
    pub high_before: Price,
    /// Lowest price in the window before.
    pub low_before: Price,
}

impl PriceWindow {
    /// Sees `price` at `ts`, when `last` was the price until now; zero at the very first.
    ///
    /// After a gap of windows the new price is measured against the price before the gap, because
    /// that was in force.
    #[inline(always)]
    // The length is checked, and one window follows another long before 2^64.
    #[allow(clippy::arithmetic_side_effects)]
    pub fn observe(&self, price: Price, last: Price, ts: i64, window_secs: u32) -> Self {
        let number = if window_secs == 0 { 0 } else { ts.max(0).unsigned_abs() / u64::from(window_secs) };
        if last == 0 {
            return Self { number, high: price, low: price, high_before: price, low_before: price };
        }
        if number == self.number {
            return Self { high: self.high.max(price), low: self.low.min(price), ..*self };
        }
        let follows = number == self.number.wrapping_add(1);
        let (high_before, low_before) = if follows { (self.high, self.low) } else { (last, last) };
        Self { number, high: price, low: price, high_before, low_before }
    }

    /// Whether `price` is more than `limit` away from the highest or the lowest of both windows:
    /// every such move within one window's length is seen, none over more than two is.
    #[inline(always)]
    // High and low hold the price; a rate of 16 bits plus one fits a word.
    #[allow(clippy::arithmetic_side_effects)]
    pub fn moved_beyond(&self, price: Price, limit: Bps) -> bool {
        let (high, low) = (self.high.max(self.high_before), self.low.min(self.low_before));
        let beyond = |from: Price| {
            let distance = price.abs_diff(from);
            if (price | from) >> 48 == 0 {
                return distance.wrapping_mul(Bps::ONE) > from.wrapping_mul(u64::from(limit.0));
                // nearly always: no product exceeds a word
            }
            widening_mul(distance, Bps::ONE) > widening_mul(from, u64::from(limit.0))
        };
        beyond(high) || beyond(low)
    }
}

/// Returns the price that a default is judged at while the breaker is tripped: the less severe of
/// the mark and its mean for the holder of `lots`.
pub fn less_severe(lots: Lots, mark: Price, mean: Price) -> Price {
    if lots < 0 {
        mark.min(mean)
    } else {
        mark.max(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    #[test]
    fn a_jump_trips_and_a_drift_over_many_windows_does_not() {
        let start = PriceWindow::default().observe(1_000, 0, 0, 300);
        let jump = start.observe(880, 1_000, 10, 300);
        assert!(jump.moved_beyond(880, Bps(1_000)));
        assert!(!jump.moved_beyond(880, Bps(1_200)));
        let (mut window, mut price, mut ts) = (start, 1_000u64, 0);
        for _ in 0..20 {
            let next = price * 97 / 100;
            ts += 300;
            window = window.observe(next, price, ts, 300);
            price = next;
            assert!(!window.moved_beyond(price, Bps(1_000)));
        }
    }

    #[test]
    fn a_gap_is_measured_from_the_price_before_it() {
        let start = PriceWindow::default().observe(1_000, 0, 0, 300);
        assert!(start.observe(700, 1_000, 100_000, 300).moved_beyond(700, Bps(2_000)));
    }

    #[test]
    fn a_default_is_judged_at_the_better_price_for_its_holder() {
        assert_eq!((less_severe(5, 80, 90), less_severe(5, 90, 80)), (90, 90));
        assert_eq!((less_severe(-5, 120, 110), less_severe(-5, 110, 120)), (110, 110));
    }

    proptest! {
        /// Every move within one window's length is seen, whenever it began.
        #[test]
        fn no_fast_move_escapes(
            prices in proptest::collection::vec((1i64..100, 9_000u64..11_000), 2..60), window in 60u32..600, limit in 100u16..2_000,
        ) {
            let mut seen = PriceWindow::default();
            let (mut ts, mut last) = (1_000_000, 0);
            let mut path: Vec<(i64, u64)> = Vec::new();
            for (secs, price) in prices {
                ts += secs;
                seen = seen.observe(price, last, ts, window);
                last = price;
                path.push((ts, price));
                let recent = path.iter().filter(|(at, _)| ts - at <= i64::from(window)).map(|(_, price)| *price);
                let moved = recent.clone().any(|from| price.abs_diff(from) * 10_000 > from * u64::from(limit));
                prop_assert!(!moved || seen.moved_beyond(price, Bps(limit)));
                // And none that took longer than two.
                let known = path.iter().rev().filter(|(at, _)| ts - at <= 2 * i64::from(window)).map(|(_, price)| *price);
                let before = path.iter().rev().find(|(at, _)| ts - at > 2 * i64::from(window)).map(|(_, price)| *price);
                let could = known.chain(before).any(|from| price.abs_diff(from) * 10_000 > from * u64::from(limit));
                prop_assert!(could || !seen.moved_beyond(price, Bps(limit)));
            }
        }
    }
}
