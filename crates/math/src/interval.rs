//! Two intervals instead of a price.
//!
//! A single print may be wrong, old, or chosen by the caller among several valid ones. No judgement
//! therefore uses a price; it uses an end of one of two intervals. With mark `p`, confidence `c`,
//! its multiple `k`, base stress rate `st`, maintenance rate `mm` and the mark's age:
//!
//! ```text
//! kc           = min(k c, p mm / 2)
//! A (others)   = [ floor(min(p - kc, range low)),  ceil(max(p + kc, range high)) ]
//! B (oneself)  = [ floor(low(A) (1 - w)),          ceil(high(A) (1 + w)) ],   w = st min(1, age / age_full_secs)
//! a final mark : both are [p, p]
//! ```
//!
//! - **A** judges what is done *to* a member: it takes the end that favours the member. The range
//!   holds every price that was in force during the last ten seconds, so a print harms nobody
//!   before everybody has had that long to see it and to post a newer one.
//! - **B** judges what a member does *for itself*: it takes the end against the member. `w` makes
//!   an old print useless to a caller who knows the next one.
//!
//! The low ends round down and the high ends up: the interval is never narrower than the formula.
//! For A that favours the member that is judged, for B it favours the fund.

use crate::{
    decay::{decay, mean_after},
    rounding::{mul_ratio, widening_mul, word_mul_saturating, Round},
    units::{elapsed, Bps, Lots, Price},
    MathError, Result,
};

/// Length of a cell of the range in seconds of chain time.
pub const CELL_SECS: u32 = 10;

/// Half-life in seconds of the mean that pins and last prices are taken from.
pub const MEAN_HALF_LIFE_SECS: u32 = 30;

/// Milliseconds in a second.
const MILLIS: u32 = 1_000;

/// Prices from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Lowest price.
    pub low: Price,
    /// Highest price.
    pub high: Price,
}

impl Interval {
    /// The interval of one price.
    pub const fn exact(price: Price) -> Self {
        Self { low: price, high: price }
    }

    /// The end that favours a holder of `lots`: the high end of a long position, the low end of a
    /// short one. The house is a holder like any other.
    ///
    /// ```
    /// # use bulkhead_math::interval::Interval;
    /// let interval = Interval { low: 98, high: 103 };
    /// assert_eq!((interval.favouring(5), interval.favouring(-5)), (103, 98));
    /// assert_eq!((interval.against(5), interval.against(-5)), (98, 103));
    /// ```
    #[inline(always)]
    pub const fn favouring(&self, lots: Lots) -> Price {
        if lots < 0 {
            self.low
        } else {
            self.high
        }
    }

    /// The end against a holder of `lots`: the low end of a long position, the high end of a short
    /// one.
    #[inline(always)]
    pub const fn against(&self, lots: Lots) -> Price {
        if lots < 0 {
            self.high
        } else {
            self.low
        }
    }

    /// The smallest interval that holds both.
    #[inline]
    pub fn hull(&self, other: &Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Whether `price` lies within.
    #[inline]
    pub const fn contains(&self, price: Price) -> bool {
        self.low <= price && price <= self.high
    }
}

/// Highest and lowest price of a cell of time and of the cell before.
///
/// Cells lie on a fixed grid, so nobody can shift them. A cell counts every print that was cranked
/// in it and the price in force when it began. The length is an argument: with
/// [`CELL_SECS`] of chain time this is the range of the intervals, with a longer one of the
/// oracle's time it is the window of the circuit breaker.
///
/// Five words without padding: an account may hold them as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Range {
    /// Number of the cell: time divided by its length.
    pub cell: u64,
    /// Highest price in it.
    pub high: Price,
    /// Lowest price in it.
    pub low: Price,
    /// Highest price in the cell before.
    pub high_before: Price,
    /// Lowest price in the cell before.
    pub low_before: Price,
}

/// Seconds of a cell of the window in which the fall of a venue's collateral is measured.
pub const GAP_CELL_SECS: u32 = 900;

impl Range {
    /// The range of a market's first price, or of one from which a breaker measures anew.
    #[inline]
    pub fn first(price: Price, now: i64, cell_secs: u32) -> Self {
        Self { cell: cell(now, cell_secs), high: price, low: price, high_before: price, low_before: price }
    }

    /// The range as of `now`, without a new print; `in_force` is the price until now. Every
    /// instruction that judges by the range advances it first: a range that nobody cranked is not
    /// wider than one that somebody did.
    ///
    /// A clock that goes back changes nothing.
    ///
    /// ```
    /// # use bulkhead_math::interval::{Interval, Range, CELL_SECS};
    /// // 200 since second 0, a dip to 160 in second 12.
    /// let range = Range::first(200, 0, CELL_SECS).add(160, 200, 12, CELL_SECS);
    /// assert_eq!(range.interval(), Interval { low: 160, high: 200 });
    /// // 200 was in force when the cell of second 12 began, and counts until the next cell has ended.
    /// assert_eq!(range.advance(160, 29, CELL_SECS).interval(), Interval { low: 160, high: 200 });
    /// assert_eq!(range.advance(160, 30, CELL_SECS).interval(), Interval { low: 160, high: 160 });
    /// ```
    #[inline]
    pub fn advance(&self, in_force: Price, now: i64, cell_secs: u32) -> Self {
        let cell = cell(now, cell_secs);
        if cell <= self.cell {
            return *self;
        }
        let follows = cell == self.cell.wrapping_add(1);
        let (high_before, low_before) = if follows { (self.high, self.low) } else { (in_force, in_force) };
        Self { cell, high: in_force, low: in_force, high_before, low_before }
    }

    /// The range after a print of `price` at `now`; `in_force` is the price until then.
    #[inline]
    pub fn add(&self, price: Price, in_force: Price, now: i64, cell_secs: u32) -> Self {
        let range = self.advance(in_force, now, cell_secs);
        Self { high: range.high.max(price), low: range.low.min(price), ..range }
    }

    /// Lowest and highest price of both cells.
    #[inline]
    pub fn interval(&self) -> Interval {
        Interval { low: self.low.min(self.low_before), high: self.high.max(self.high_before) }
    }

    /// Whether `price` is more than `limit` away from the highest or the lowest of both cells:
    /// every such move within one cell's length is seen, none over more than two is.
    ///
    /// ```
    /// # use bulkhead_math::{interval::Range, units::Bps};
    /// let range = Range::first(1_000, 0, 300).add(880, 1_000, 10, 300);
    /// assert!(range.moved_beyond(880, Bps(1_199)) && !range.moved_beyond(880, Bps(1_200)));
    /// ```
    #[inline]
    #[allow(clippy::arithmetic_side_effects)] // A rate of 16 bits plus one fits a word.
    pub fn moved_beyond(&self, price: Price, limit: Bps) -> bool {
        let Interval { low, high } = self.interval();
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

/// Number of the cell that holds `now`; a length of zero makes all time one cell.
#[inline(always)]
pub fn cell(now: i64, cell_secs: u32) -> u64 {
    now.max(0).unsigned_abs().checked_div(u64::from(cell_secs)).unwrap_or(0)
}

/// A time-weighted mean of the price.
///
/// A crank first advances the mean with the price that was in force until then; the new print
/// counts only from then on. A print of this moment therefore moves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    /// The mean in Q32: `2^32` times a mantissa.
    pub q32: u128,
    /// Chain time up to which it has run.
    pub ts: i64,
}

impl Mean {
    /// The mean of a market's first price.
    pub const fn first(price: Price, now: i64) -> Self {
        Self { q32: (price as u128) << 32, ts: now }
    }

    /// The mean as of `now`; `in_force` is the price since it last ran. A clock that goes back
    /// changes nothing.
    ///
    /// ```
    /// # use bulkhead_math::interval::{Mean, MEAN_HALF_LIFE_SECS};
    /// // 100 until second 0, then 200 for a half-life: half of the way.
    /// let mean = Mean::first(100, 0).advance(200, 30, MEAN_HALF_LIFE_SECS);
    /// assert_eq!(mean.price(), 150);
    /// ```
    #[inline]
    pub fn advance(&self, in_force: Price, now: i64, half_life_secs: u32) -> Self {
        let secs = elapsed(self.ts, now);
        if secs == 0 {
            return *self;
        }
        Self { q32: mean_after(self.q32, in_force, decay(secs, half_life_secs)), ts: now }
    }

    /// The mean as a mantissa, rounded down. Both sides of every contract are valued at the same
    /// one, so the rounding favours nobody.
    #[inline]
    pub const fn price(&self) -> Price {
        (self.q32 >> 32) as u64
    }
}

/// Age of a mark in milliseconds: by the clock or by slots, whichever is more.
///
/// The clock alone would be fresh for ever on a chain whose clock is behind, slots alone on a chain
/// that has halted. A publish time in the future counts as now.
///
/// ```
/// # use bulkhead_math::interval::age_ms;
/// // Published 3 s ago by the clock, cranked 26 slots of 400 ms ago: 10.4 s.
/// assert_eq!(age_ms(1_003, 1_000, 526, 500, 400), 10_400);
/// // A chain that halted for 17 hours has ten more slots.
/// assert_eq!(age_ms(1_000 + 61_200, 1_000, 510, 500, 400), 61_200_000);
/// ```
#[inline]
pub fn age_ms(now: i64, publish_ts: i64, slot: u64, crank_slot: u64, slot_ms: u16) -> u64 {
    // Beyond a word it is beyond every bound that an age is compared with.
    let by_clock = word_mul_saturating(elapsed(publish_ts, now), u64::from(MILLIS));
    by_clock.max(word_mul_saturating(slot.saturating_sub(crank_slot), u64::from(slot_ms)))
}

/// A market's terms as far as the intervals need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalTerms {
    /// `k`: how many confidences the price is moved by.
    pub confidence_multiple: u8,
    /// `mm`: the maintenance rate; half of it bounds what a confidence can do.
    pub maintenance: Bps,
    /// `st`: the base stress rate, which the width of B ends at; at most 100%.
    pub stress: Bps,
    /// Seconds after which that width is reached; at most 429.
    pub age_full_secs: u32,
}

/// What a market knows of its price at the moment of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The mark.
    pub price: Price,
    /// The oracle's confidence, in the price's exponent.
    pub confidence: Price,
    /// [`Range::interval`] as of now.
    pub range: Interval,
    /// [`age_ms`] as of now.
    pub age_ms: u64,
}

/// The two intervals of a market, computed once an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intervals {
    /// A: judges what is done to a member, at the end that favours it.
    pub others: Interval,
    /// B: judges what a member does for itself, at the end against it.
    pub oneself: Interval,
}

impl Intervals {
    /// Both intervals of a reading.
    ///
    /// # Errors
    /// `Overflow` when an end exceeds `u64`; `Underflow` for rates above 100%.
    ///
    /// ```
    /// # use bulkhead_math::{interval::{Interval, Intervals, IntervalTerms, Reading}, units::Bps};
    /// let terms = IntervalTerms {
    ///     confidence_multiple: 2, maintenance: Bps(500), stress: Bps(3_000), age_full_secs: 45,
    /// };
    /// // 200.00 +- 0.50, a range from 197.00 to 200.00, 15 s old: w = 30% * 15 / 45 = 10%.
    /// let reading = Reading {
    ///     price: 20_000, confidence: 50, range: Interval { low: 19_700, high: 20_000 }, age_ms: 15_000,
    /// };
    /// let both = Intervals::of(&reading, &terms)?;
    /// assert_eq!(both.others, Interval { low: 19_700, high: 20_100 });
    /// assert_eq!(both.oneself, Interval { low: 17_730, high: 22_110 });
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    #[inline]
    pub fn of(reading: &Reading, terms: &IntervalTerms) -> Result<Self> {
        let Reading { price, confidence, range, age_ms } = *reading;
        // Half of maintenance rounded up: the interval is never narrower than the formula.
        let most = mul_ratio(price, u32::from(terms.maintenance.0), TWICE_ONE, Round::Up)?;
        let spread = spread(confidence, terms.confidence_multiple, most);
        let others = around(price, spread)?.hull(&range);
        Ok(Self { others, oneself: widened(&others, age_ms, terms)? })
    }

    /// Both intervals of a final mark: nobody doubts it any more.
    pub const fn fixed(price: Price) -> Self {
        Self { others: Interval::exact(price), oneself: Interval::exact(price) }
    }

    /// The intervals when a newer print is valid but too uncertain to become the mark. It widens
    /// only B, to the hull with that print moved both ways by its own confidences, which end at
    /// the stress rate like every width of B.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::{interval::{Interval, Intervals, IntervalTerms}, units::Bps};
    /// let terms = IntervalTerms {
    ///     confidence_multiple: 2, maintenance: Bps(500), stress: Bps(3_000), age_full_secs: 45,
    /// };
    /// // The mark is 200, the print 150 +- 10.
    /// let both = Intervals::fixed(200).with_uncertain(150, 10, &terms)?;
    /// assert_eq!(both.others, Interval::exact(200));
    /// assert_eq!(both.oneself, Interval { low: 130, high: 200 });
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn with_uncertain(&self, price: Price, confidence: Price, terms: &IntervalTerms) -> Result<Self> {
        let most = mul_ratio(price, u32::from(terms.stress.0), ONE, Round::Up)?; // favours the fund
        let print = around(price, spread(confidence, terms.confidence_multiple, most))?;
        Ok(Self { oneself: self.oneself.hull(&print), ..*self })
    }
}

/// One in bps, and twice that.
const ONE: u32 = Bps::ONE as u32;
const TWICE_ONE: u32 = 2 * Bps::ONE as u32;

/// `min(k c, most)`; a product beyond a word is above every bound.
#[inline(always)]
fn spread(confidence: Price, multiple: u8, most: Price) -> Price {
    word_mul_saturating(confidence, u64::from(multiple)).min(most)
}

#[inline(always)]
fn around(price: Price, spread: Price) -> Result<Interval> {
    Ok(Interval {
        low: price.checked_sub(spread).ok_or(MathError::Underflow)?,
        high: price.checked_add(spread).ok_or(MathError::Overflow)?,
    })
}

/// `[floor(low (1 - w)), ceil(high (1 + w))]` with `w = st min(1, age / full)`.
#[inline]
fn widened(interval: &Interval, age_ms: u64, terms: &IntervalTerms) -> Result<Interval> {
    let stress = u32::from(terms.stress.0);
    let full = terms.age_full_secs.checked_mul(MILLIS).ok_or(MathError::Overflow)?;
    let (width, whole) = match u32::try_from(age_ms) {
        Ok(0) => return Ok(*interval),
        Ok(age) if age < full => (stress.checked_mul(age), ONE.checked_mul(full)),
        _ => (Some(stress), Some(ONE)),
    };
    let (width, whole) = width.zip(whole).ok_or(MathError::Overflow)?;
    let kept = whole.checked_sub(width).ok_or(MathError::Underflow)?;
    let added = mul_ratio(interval.high, width, whole, Round::Up)?; // favours the fund
    Ok(Interval {
        low: mul_ratio(interval.low, kept, whole, Round::Down)?, // favours the fund
        high: interval.high.checked_add(added).ok_or(MathError::Overflow)?,
    })
}

/// The price at which a leg in a silent market is judged by others: its last mark moved in the
/// member's favour by `rate`, the maintenance rate for a liquidation and the initial rate for a
/// declaration. Rounded in the member's favour.
///
/// # Errors
/// `Overflow` when the price exceeds `u64`; `Underflow` for a rate above 100%.
///
/// ```
/// # use bulkhead_math::{interval::silent_price, units::Bps};
/// assert_eq!(silent_price(20_000, 5, Bps(500)), Ok(21_000));
/// assert_eq!(silent_price(20_000, -5, Bps(500)), Ok(19_000));
/// ```
pub fn silent_price(last: Price, lots: Lots, rate: Bps) -> Result<Price> {
    let rate = u32::from(rate.0);
    if lots < 0 {
        let kept = ONE.checked_sub(rate).ok_or(MathError::Underflow)?;
        return mul_ratio(last, kept, ONE, Round::Down); // favours the member
    }
    let added = mul_ratio(last, rate, ONE, Round::Up)?; // favours the member
    last.checked_add(added).ok_or(MathError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    const TERMS: IntervalTerms = IntervalTerms {
        confidence_multiple: 3,
        maintenance: Bps(540),
        stress: Bps(3_550),
        age_full_secs: 45,
    };

    fn reading(price: Price, confidence: Price, age_secs: u64) -> Reading {
        Reading { price, confidence, range: Interval::exact(price), age_ms: age_secs * 1_000 }
    }

    #[test]
    fn a_confidence_moves_a_price_by_at_most_half_of_maintenance() {
        // 3 * 100 = 300 below 2.7% of 20,000 = 540; 3 * 200 = 600 above it.
        let narrow = Intervals::of(&reading(20_000, 100, 0), &TERMS).unwrap();
        assert_eq!(narrow.others, Interval { low: 19_700, high: 20_300 });
        assert_eq!(narrow.oneself, narrow.others, "a mark of this moment is as good for oneself");
        let wide = Intervals::of(&reading(20_000, 200, 0), &TERMS).unwrap();
        assert_eq!(wide.others, Interval { low: 19_460, high: 20_540 });
    }

    #[test]
    fn an_interval_holds_its_ends_and_nothing_beyond() {
        let interval = Interval { low: 5, high: 7 };
        assert!([5, 6, 7].into_iter().all(|price| interval.contains(price)));
        assert!(!interval.contains(4) && !interval.contains(8));
    }

    #[test]
    fn an_uncertain_print_widens_what_is_against_oneself() {
        // 3 * 4,000 is more than the 7,100 of a stress move.
        let sure = Intervals::of(&reading(20_000, 100, 0), &TERMS).unwrap();
        let doubted = sure.with_uncertain(20_000, 4_000, &TERMS).unwrap();
        assert_eq!(doubted.others, sure.others, "nothing is done to a member because of it");
        assert_eq!(doubted.oneself, Interval { low: 12_900, high: 27_100 });
        // A print within the interval changes nothing.
        assert_eq!(sure.with_uncertain(20_000, 50, &TERMS), Ok(sure));
    }

    #[test]
    fn a_move_of_the_limit_is_not_beyond_it() {
        // 10% up, and a unit more; of prices that fit 48 bits, and of longer ones.
        for unit in [1, 1 << 16, 1 << 44] {
            let range = Range::first(10_000 * unit, 0, CELL_SECS);
            let is_beyond = |price| range.moved_beyond(price, Bps(1_000));
            assert!(!is_beyond(11_000 * unit) && is_beyond(11_000 * unit + 1), "{unit}");
            assert!(!is_beyond(9_000 * unit) && is_beyond(9_000 * unit - 1), "{unit}");
            assert!(is_beyond(12_000 * unit) && is_beyond(1), "{unit}");
        }
    }

    #[test]
    fn a_move_is_compared_in_full_when_one_price_is_long() {
        // Products modulo 2^64 would be zero on one side.
        let low = Range::first(1 << 40, 0, CELL_SECS);
        assert!(low.moved_beyond((1 << 40) + (1 << 60), Bps(1_000)));
        let high = Range::first(1 << 58, 0, CELL_SECS);
        assert!(!high.moved_beyond((1 << 58) + 1, Bps(40_000)));
    }

    #[test]
    fn an_old_mark_is_as_wide_as_stress() {
        // E1: 200.00 that is 20 s old is bought at up to 200 * (1 + 0.355 * 20 / 45) = 231.56 and
        // sold at 168.44.
        let both = Intervals::of(&reading(20_000, 0, 20), &TERMS).unwrap();
        assert_eq!(both.oneself, Interval { low: 16_844, high: 23_156 });
        for age in [45, 46, 1 << 40] {
            let both = Intervals::of(&reading(20_000, 0, age), &TERMS).unwrap();
            assert_eq!(both.oneself, Interval { low: 12_900, high: 27_100 }, "{age}");
        }
    }

    #[test]
    fn the_smallest_price_has_intervals() {
        let both = Intervals::of(&reading(1, u64::MAX, 3_600), &TERMS).unwrap();
        assert_eq!((both.others, both.oneself), (Interval { low: 0, high: 2 }, Interval { low: 0, high: 3 }));
    }

    #[test]
    fn a_price_beyond_the_type_is_an_overflow() {
        assert_eq!(Intervals::of(&reading(u64::MAX, 1, 0), &TERMS), Err(MathError::Overflow));
        assert_eq!(silent_price(u64::MAX, 1, Bps(1)), Err(MathError::Overflow));
        assert_eq!(silent_price(100, -1, Bps(10_001)), Err(MathError::Underflow));
        let beyond = IntervalTerms { stress: Bps(10_001), ..TERMS };
        assert_eq!(Intervals::of(&reading(100, 0, 45), &beyond), Err(MathError::Underflow));
    }

    #[test]
    fn neither_a_halted_chain_nor_a_late_clock_keeps_a_mark_fresh() {
        // I2: ten slots and 17 hours. I5: a clock that is half an hour behind, and 5,000 slots of 400 ms.
        assert_eq!(age_ms(61_200, 0, 10, 0, 400), 61_200_000);
        assert_eq!(age_ms(0, 1_800, 5_000, 0, 400), 2_000_000);
        assert_eq!(age_ms(0, 0, 1, 0, 400), 400, "a slot is less than a second");
    }

    #[test]
    fn a_wild_print_harms_nobody_for_ten_to_twenty_seconds() {
        // I1: 43,500, a print of 5,402 in second 19, and 43,500 again in second 21.
        let calm = Range::first(43_500, 0, CELL_SECS);
        let wild = calm.add(5_402, 43_500, 19, CELL_SECS);
        assert_eq!(wild.interval().favouring(1), 43_500);
        let back = wild.add(43_500, 5_402, 21, CELL_SECS);
        for now in 21..40 {
            assert_eq!(back.advance(43_500, now, CELL_SECS).interval().high, 43_500);
        }
        assert_eq!(back.advance(43_500, 40, CELL_SECS).interval(), Interval::exact(43_500));
        // If it stays, it counts once the cell that still began with 43,500 and the one after are
        // over.
        assert_eq!(wild.advance(5_402, 29, CELL_SECS).interval().high, 43_500);
        assert_eq!(wild.advance(5_402, 30, CELL_SECS).interval(), Interval::exact(5_402));
    }

    #[test]
    fn a_clock_that_goes_back_changes_nothing() {
        let range = Range::first(100, 1_000, CELL_SECS);
        assert_eq!(range.advance(100, 900, CELL_SECS), range);
        let mean = Mean::first(100, 1_000);
        assert_eq!(mean.advance(200, 900, 30), mean);
        assert_eq!(age_ms(900, 1_000, 5, 9, 400), 0);
    }

    #[test]
    fn a_print_of_this_moment_does_not_move_the_mean() {
        let mean = Mean::first(100, 0).advance(100, 60, MEAN_HALF_LIFE_SECS);
        assert_eq!(mean.price(), 100, "whatever is printed at second 60");
        assert_eq!(mean.advance(1_000_000, 60, MEAN_HALF_LIFE_SECS), mean);
    }

    proptest! {
        /// Against the formulas in integers of 128 bits: no end is narrower, and none is wider than
        /// by a unit.
        #[test]
        fn the_ends_are_the_rounded_formulas(
            price in 1u64..1 << 60, confidence in 0u64..1 << 56, below in 0u64..10_000, above in 0u64..10_000,
            age in 0u64..300, multiple in 1u8.., mm in 1u16..5_000, stress in 1u16..10_000,
            full in 20u32..=240,
        ) {
            let terms = IntervalTerms {
                confidence_multiple: multiple, maintenance: Bps(mm), stress: Bps(stress), age_full_secs: full,
            };
            let range = Interval { low: price - (price / 10_000 * below), high: price + price / 10_000 * above };
            let both = Intervals::of(&Reading { price, confidence, range, age_ms: age * 1_000 }, &terms).unwrap();
            // A in parts of 20,000, B in parts of 10,000 * full.
            let kc = (u128::from(confidence) * u128::from(multiple) * 20_000).min(u128::from(price) * u128::from(mm));
            let (low, high) = (u128::from(price) * 20_000 - kc, u128::from(price) * 20_000 + kc);
            prop_assert_eq!(u128::from(both.others.low), (low / 20_000).min(range.low.into()));
            prop_assert_eq!(u128::from(both.others.high), high.div_ceil(20_000).max(range.high.into()));
            let whole = 10_000 * u128::from(full);
            let width = u128::from(stress) * u128::from(age.min(full.into()));
            let low = u128::from(both.others.low) * (whole - width) / whole;
            let high = (u128::from(both.others.high) * (whole + width)).div_ceil(whole);
            prop_assert_eq!((u128::from(both.oneself.low), u128::from(both.oneself.high)), (low, high));
        }

        /// An older print is never better for the caller that chooses it, and B is never narrower
        /// than A.
        #[test]
        fn age_only_widens_what_is_against_oneself(
            price in 1u64..1 << 50, confidence in 0u64..1 << 40, age in 0u64..400, older in 0u64..400,
        ) {
            let young = Intervals::of(&reading(price, confidence, age), &TERMS).unwrap();
            let old = Intervals::of(&reading(price, confidence, age + older), &TERMS).unwrap();
            prop_assert_eq!(young.others, old.others);
            prop_assert!(old.oneself.low <= young.oneself.low && young.oneself.high <= old.oneself.high);
            prop_assert!(young.oneself.low <= young.others.low && young.others.high <= young.oneself.high);
            prop_assert!(young.others.contains(price));
        }

        /// The range holds every price that was in force within one cell's length, and none that
        /// was not within two.
        #[test]
        fn the_range_is_of_one_to_two_cells(
            prints in proptest::collection::vec((0i64..25, 1u64..1_000), 1..60), cell in 1u32..30,
            wait in 0i64..40,
        ) {
            let mut in_force = 500;
            let mut range = Range::first(in_force, 0, cell);
            let mut path: Vec<(i64, u64)> = std::vec![(0, in_force)]; // from then on
            let mut now = 0;
            for (secs, price) in prints {
                now += secs;
                range = range.add(price, in_force, now, cell);
                in_force = price;
                path.push((now, price));
            }
            now += wait;
            let seen = range.advance(in_force, now, cell).interval();
            let within = |secs: i64| {
                let until = path.iter().skip(1).map(|(ts, _)| *ts).chain([i64::MAX]);
                let lasting = path.iter().zip(until).filter(move |(_, until)| *until >= now - secs).map(|((_, p), _)| *p);
                lasting.collect::<Vec<u64>>()
            };
            for price in within(i64::from(cell) - 1) {
                prop_assert!(seen.contains(price), "{price} {seen:?}");
            }
            let known = within(2 * i64::from(cell));
            prop_assert!(known.contains(&seen.low) && known.contains(&seen.high));
        }

        /// Advancing often is advancing once.
        #[test]
        fn a_range_advances_the_same_in_pieces(
            steps in proptest::collection::vec(0i64..30, 1..20), cell in 1u32..40,
        ) {
            let start = Range::first(100, 7, cell).add(120, 100, 9, cell);
            let (mut pieces, mut now) = (start, 9);
            for step in steps {
                now += step;
                pieces = pieces.advance(120, now, cell);
            }
            prop_assert_eq!(pieces, start.advance(120, now, cell));
        }

        /// The breaker's use: every move within one length is seen, none that took longer than two.
        #[test]
        fn no_fast_move_escapes(
            prices in proptest::collection::vec((1i64..100, 9_000u64..11_000), 2..60), window in 60u32..600,
            limit in 100u16..2_000,
        ) {
            let (mut ts, mut last) = (1_000_000, 10_000);
            let mut seen = Range::first(last, ts, window);
            let mut path: Vec<(i64, u64)> = std::vec![(ts, last)];
            for (secs, price) in prices {
                ts += secs;
                seen = seen.add(price, last, ts, window);
                last = price;
                path.push((ts, price));
                let recent = path.iter().filter(|(at, _)| ts - at <= i64::from(window)).map(|(_, price)| *price);
                let moved = recent.clone().any(|from| price.abs_diff(from) * 10_000 > from * u64::from(limit));
                prop_assert!(!moved || seen.moved_beyond(price, Bps(limit)));
                let known = path.iter().rev().filter(|(at, _)| ts - at <= 2 * i64::from(window)).map(|(_, price)| *price);
                let before = path.iter().rev().find(|(at, _)| ts - at > 2 * i64::from(window)).map(|(_, price)| *price);
                let could = known.chain(before).any(|from| price.abs_diff(from) * 10_000 > from * u64::from(limit));
                prop_assert!(could || !seen.moved_beyond(price, Bps(limit)));
            }
        }

        /// A mean lies between what it was and the price in force, and cranking often changes
        /// nothing beyond its resolution.
        #[test]
        fn a_mean_runs_the_same_in_pieces(
            start in 1u64..1 << 50, price in 1u64..1 << 50,
            steps in proptest::collection::vec(0i64..20, 1..20),
        ) {
            let first = Mean::first(start, 0);
            let (mut pieces, mut now) = (first, 0);
            for step in &steps {
                now += step;
                pieces = pieces.advance(price, now, MEAN_HALF_LIFE_SECS);
            }
            let once = first.advance(price, now, MEAN_HALF_LIFE_SECS);
            let bound = (u128::from(start.abs_diff(price)) << 6) + 4 * steps.len() as u128;
            prop_assert!(pieces.q32.abs_diff(once.q32) <= bound, "{} {}", pieces.q32, once.q32);
            prop_assert!(once.price() >= start.min(price) && once.price() <= start.max(price));
        }

        /// A silent leg is never judged worse than at its last mark.
        #[test]
        fn a_silent_leg_is_moved_in_the_members_favour(last in 1u64..1 << 60, rate in 0u16..=10_000) {
            let long = silent_price(last, 1, Bps(rate)).unwrap();
            let short = silent_price(last, -1, Bps(rate)).unwrap();
            prop_assert!(short <= last && last <= long);
            prop_assert_eq!(long - last, last - short, "both round away from the mark");
        }
    }
}
