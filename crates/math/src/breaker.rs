//! Circuit breakers: when a price has moved too far, and when too much leaves.

use crate::{
    rounding::{mul_div, widening_mul, Round},
    units::{Bps, Lots, Money, Price},
    MathError, Result,
};

/// Highest and lowest price of this window of time and the one before. Windows lie on a fixed grid, so nobody can shift them.
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
    /// After a gap of windows the price before the gap is what the new one is measured against, for it was in force.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects)] // The length is checked, and one window follows another long before 2^64.
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

    /// Whether `price` is more than `limit` away from the highest or the lowest of both windows: every such move within one
    /// window's length is seen, none over more than two is.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects)] // High and low hold the price; a rate of 16 bits plus one fits a word.
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

/// The price a default is judged at while the breaker is tripped: of the mark and its mean the less severe one for whoever
/// holds `lots`.
pub fn less_severe(lots: Lots, mark: Price, mean: Price) -> Price {
    if lots < 0 {
        mark.min(mean)
    } else {
        mark.max(mean)
    }
}

/// A day, over which the outflow of contributions is limited.
pub const OUTFLOW_SECS: u64 = 86_400;

/// Contributions that have left lately. It fades by itself and is measured against what there is now, so no high-water mark
/// of the past locks anybody in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// What counts of it.
    pub used: Money,
    /// As of when.
    pub ts: i64,
}

/// What a withdrawal does to the outflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutflowPlan {
    /// Whether it is within the cap.
    pub within: bool,
    /// The outflow if it is paid.
    pub next: Outflow,
}

impl Outflow {
    /// Lets `amount` leave at `now` out of `contributions`.
    ///
    /// A bucket of half the cap that drains by half the cap in a day: whatever the times, no 24 hours see more than the cap.
    ///
    /// # Errors
    /// `Overflow` when amounts exceed `u64`.
    #[inline(never)]
    pub fn plan(&self, amount: Money, contributions: Money, cap: Bps, now: i64) -> Result<OutflowPlan> {
        let all = contributions.checked_add(self.used).ok_or(MathError::Overflow)?;
        let room = cap.of(all, Round::Down)? / 2; // favours those who stay
        let secs = now.saturating_sub(self.ts).max(0).unsigned_abs();
        // Rounded down in favour of those who stay; more than a word holds drains everything.
        let drained = mul_div(room, secs, OUTFLOW_SECS, Round::Down).unwrap_or(Money::MAX);
        let used = self.used.saturating_sub(drained).checked_add(amount).ok_or(MathError::Overflow)?;
        Ok(OutflowPlan { within: used <= room, next: Outflow { used, ts: now.max(self.ts) } })
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

        /// Whatever the times and sizes, no day sees more leave than the cap of what there was.
        #[test]
        fn no_day_sees_more_than_the_cap(
            tries in proptest::collection::vec((0i64..40_000, 1u64..200_000), 1..80), cap in 100u16..5_000,
        ) {
            let all = 1_000_000u64;
            let (mut outflow, mut contributions, mut now) = (Outflow::default(), all, 1_000_000);
            let mut left: Vec<(i64, u64)> = Vec::new();
            for (secs, amount) in tries {
                now += secs;
                let amount = amount.min(contributions);
                let plan = outflow.plan(amount, contributions, Bps(cap), now).unwrap();
                if plan.within {
                    outflow = plan.next;
                    contributions -= amount;
                    left.push((now, amount));
                }
                let day: u64 = left.iter().filter(|(at, _)| now - at < OUTFLOW_SECS as i64).map(|(_, paid)| *paid).sum();
                prop_assert!(day <= all * u64::from(cap) / 10_000);
            }
        }

        /// No lock-out by a high-water mark: a day after the last payment the whole room is there again.
        #[test]
        fn a_day_later_there_is_room_again(used in 0u64..1 << 40, contributions in 1u64..1 << 40, cap in 2u16..10_000) {
            let outflow = Outflow { used, ts: 0 };
            let all = Bps(cap).of(contributions + used, Round::Down).unwrap() / 2;
            let after = outflow.plan(0, contributions, Bps(cap), OUTFLOW_SECS as i64).unwrap().next;
            prop_assert_eq!(after.used, used.saturating_sub(all));
            // And nothing is remembered for ever.
            let later = outflow.plan(0, contributions, Bps(cap), i64::MAX).unwrap().next;
            prop_assert!(later.used == 0 || all == 0);
        }
    }
}
