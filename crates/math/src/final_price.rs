//! The final mark of a market that closes at `T`, and the price within its last hour.
//!
//! The final mark is the mean of the price over the hour before `T`, so that no print of a moment
//! decides what contracts end at. Every crank adds `price in force * seconds`, over covered
//! seconds only: a print covers time until it is too old to be fresh.
//!
//! ```text
//! final           = sum / covered                       if at least half of the hour is covered
//! within the hour = (sum + p rest) / (covered + rest)   rest: seconds until the hour is over
//! ```
//!
//! If less than half of the hour is covered at `T`, the hour goes on for another one. `rest` counts
//! that hour in as soon as no print can avert it: the price does not jump at `T`.
//!
//! Within the hour the second line *is* the market's price, for every purpose: nobody trades or is
//! liquidated at a price that the contract will not end at. The price that is printed counts less
//! and less, and so does its confidence.
//!
//! *Example.* 200 for the first half hour, 100 in the second: after 45 minutes the price is
//! `(200 * 1,800 + 100 * 900 + 100 * 900) / 3,600 = 150`, and it ends there.

use crate::{
    rounding::{checked_mul, div, mul_ratio, Round},
    units::{Bps, Price},
    MathError, Result,
};

/// Length of the hour before `T` in seconds.
pub const HOUR_SECS: u32 = 3_600;

/// Prices of the last hour, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastHour {
    /// `T` in chain time.
    pub end: i64,
    /// Price times covered seconds.
    pub price_seconds: u128,
    /// Seconds that are covered.
    pub covered: u32,
    /// Chain time up to which it has run.
    pub ts: i64,
    /// Whether `T` has been put off by an hour, which happens once.
    pub extended: bool,
}

/// What a market ends at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is too early.
    Pending,
    /// Too little of the hour is covered: it goes on for another one.
    Extended(LastHour),
    /// The final mark.
    Final(Price),
    /// Too little is covered again: the last mean is the final mark.
    LastMean,
}

impl LastHour {
    /// The hour before `end`.
    pub const fn before(end: i64) -> Self {
        Self { end, price_seconds: 0, covered: 0, ts: 0, extended: false }
    }

    /// `T` without the extension.
    pub const fn announced(&self) -> i64 {
        let extension = if self.extended { HOUR_SECS } else { 0 };
        self.end.saturating_sub(extension as i64)
    }

    /// When it begins. An extended hour begins where the first one did.
    pub const fn begins(&self) -> i64 {
        let length = if self.extended { 2 * HOUR_SECS } else { HOUR_SECS };
        self.end.saturating_sub(length as i64)
    }

    /// Runs to `now` with the price that was in force since it last ran and is fresh until
    /// `fresh_until`, its publish time plus the largest age. Reading the same print again adds no
    /// coverage. A crank comes here before its new print counts.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::final_price::LastHour;
    /// // The hour begins at 10,000. A print of 9,990 is fresh for 75 s.
    /// let hour = LastHour::before(13_600).advance(200, 10_065, 10_200)?;
    /// assert_eq!((hour.price_seconds, hour.covered, hour.ts), (13_000, 65, 10_200));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn advance(&self, in_force: Price, fresh_until: i64, now: i64) -> Result<Self> {
        let since = self.ts.max(self.begins());
        let until = now.min(fresh_until).min(self.end);
        let secs = u32::try_from(until.saturating_sub(since).max(0)).map_err(|_| MathError::Overflow)?;
        let ts = now.max(self.ts);
        if secs == 0 {
            return Ok(Self { ts, ..*self });
        }
        let added = crate::rounding::widening_mul(in_force, u64::from(secs));
        Ok(Self {
            price_seconds: self.price_seconds.checked_add(added).ok_or(MathError::Overflow)?,
            covered: self.covered.checked_add(secs).ok_or(MathError::Overflow)?,
            ts,
            ..*self
        })
    }

    /// Runs to `now` like [`LastHour::advance`], and goes on for another hour if `T` has passed with
    /// too little covered. Nobody decides whether it does: how often it runs changes nothing.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::final_price::LastHour;
    /// // 20 minutes are covered at `T`; the same price lasts for ten more of the next hour.
    /// let hour = LastHour::before(3_600).run(200, 1_200, 3_600)?;
    /// assert_eq!((hour.end, hour.extended, hour.covered), (7_200, true, 1_200));
    /// assert_eq!(hour.announced(), 3_600);
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn run(&self, in_force: Price, fresh_until: i64, now: i64) -> Result<Self> {
        let hour = self.advance(in_force, fresh_until, now)?;
        match hour.outcome(now)? {
            Outcome::Extended(longer) => longer.advance(in_force, fresh_until, now),
            _ => Ok(hour), // nearly always
        }
    }

    /// Seconds from `now` until the hour is over. It will be extended if not even a print that
    /// lasts until `T` covers half of it.
    fn rest(&self, now: i64) -> u32 {
        let left = self.end.saturating_sub(now.max(self.begins())).max(0);
        let left = u32::try_from(left).unwrap_or(0); // two hours at most
        let will_be_short = self.covered.saturating_add(left) < HOUR_SECS / 2;
        match will_be_short && !self.extended {
            true => left.saturating_add(HOUR_SECS),
            false => left,
        }
    }

    /// The market's price and confidence at `now`, after [`LastHour::advance`]: before the hour
    /// they are those of the print, at its end the final mark without doubt. An hour without any
    /// coverage knows no other price than the print's. The price rounds down, and both sides of a
    /// contract are valued at the same one; the confidence rounds up.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::final_price::LastHour;
    /// let hour = LastHour::before(3_600).advance(200, 1_800, 1_800)?.advance(100, 2_700, 2_700)?;
    /// assert_eq!(hour.price(100, 8, 2_700), Ok((150, 2)));
    /// assert_eq!(LastHour::before(3_600).price(100, 8, -5), Ok((100, 8)));
    /// // Five minutes are covered five minutes before `T`: another hour follows.
    /// let short = LastHour::before(3_600).advance(200, 300, 3_300)?;
    /// assert_eq!(short.price(100, 14, 3_300), Ok((107, 13)));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn price(&self, price: Price, confidence: Price, now: i64) -> Result<(Price, Price)> {
        let rest = self.rest(now);
        let secs = self.covered.checked_add(rest).ok_or(MathError::Overflow)?;
        if self.covered == 0 {
            return Ok((price, confidence)); // nearly always: the hour has not begun
        }
        let sum = checked_mul(u128::from(price), u128::from(rest))?;
        let sum = self.price_seconds.checked_add(sum).ok_or(MathError::Overflow)?;
        let mean = div(sum, u128::from(secs), Round::Down)?; // the same for both sides
        let confidence = mul_ratio(confidence, rest, secs, Round::Up)?; // more doubt favours the member that is judged
        Ok((u64::try_from(mean).map_err(|_| MathError::Overflow)?, confidence))
    }

    /// What the market ends at as of `now`, after [`LastHour::advance`]. Half of an hour must be
    /// covered, also of an extended one.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::final_price::{LastHour, Outcome};
    /// let hour = LastHour::before(3_600);
    /// assert_eq!(hour.advance(200, 1_800, 3_600)?.outcome(3_600), Ok(Outcome::Final(200)));
    /// let short = hour.advance(200, 1_799, 3_600)?;
    /// let Outcome::Extended(longer) = short.outcome(3_600)? else { panic!() };
    /// // One more second of a price is enough; the seconds before count on.
    /// assert_eq!(longer.advance(400, 3_601, 7_200)?.outcome(7_200), Ok(Outcome::Final(200)));
    /// assert_eq!(longer.outcome(7_200), Ok(Outcome::LastMean));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn outcome(&self, now: i64) -> Result<Outcome> {
        if now < self.end {
            return Ok(Outcome::Pending);
        }
        if self.covered < HOUR_SECS / 2 {
            if self.extended {
                return Ok(Outcome::LastMean);
            }
            let end = self.end.checked_add(i64::from(HOUR_SECS)).ok_or(MathError::Overflow)?;
            // The time since `T` counts as well if nobody has come by: it has run no further than
            // `T`.
            return Ok(Outcome::Extended(Self { end, extended: true, ts: self.ts.min(self.end), ..*self }));
        }
        let mean = div(self.price_seconds, u128::from(self.covered), Round::Down)?; // the same for both sides
        u64::try_from(mean).map(Outcome::Final).map_err(|_| MathError::Overflow)
    }
}

/// Whether governance may name `named` as the final mark of a silent market: within the stress rate
/// of the last mean. The bounds round towards the mean.
///
/// ```
/// # use bulkhead_math::{final_price::may_be_named, units::Bps};
/// // E16: a mean of 50.
/// assert!(!may_be_named(1_000_000, 50, Bps(3_550)));
/// assert!(may_be_named(67, 50, Bps(3_550)) && !may_be_named(68, 50, Bps(3_550)));
/// ```
pub fn may_be_named(named: Price, mean: Price, stress: Bps) -> bool {
    mul_ratio(mean, u32::from(stress.0), Bps::ONE as u32, Round::Down)
        .is_ok_and(|most| named.abs_diff(mean) <= most)
}

/// From a feed's exponent to the market's. The market keeps its decimals when the feed changes its
/// own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    factor: u64,
    divides: bool,
}

impl Conversion {
    /// The conversion from a feed's decimals to a market's.
    ///
    /// # Errors
    /// `Overflow` when they are more than 19 apart.
    pub fn new(feed_decimals: u8, price_decimals: u8) -> Result<Self> {
        let factor = 10u64
            .checked_pow(u32::from(feed_decimals.abs_diff(price_decimals)))
            .ok_or(MathError::Overflow)?;
        Ok(Self { factor, divides: feed_decimals > price_decimals })
    }

    /// Whether every price converts exactly: the feed has no more decimals than the market.
    pub const fn is_exact(&self) -> bool {
        !self.divides
    }

    /// A feed's price as the market's mantissa, exact.
    ///
    /// # Errors
    /// `Underflow` when the market has too few decimals for this price, `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::{final_price::Conversion, MathError};
    /// // I4: the feed moves from 8 to 5 decimals, the market keeps 8.
    /// assert_eq!(Conversion::new(5, 8)?.price(20_000_000), Ok(20_000_000_000));
    /// assert_eq!(Conversion::new(8, 5)?.price(20_000_000_000), Ok(20_000_000));
    /// assert_eq!(Conversion::new(8, 5)?.price(20_000_000_001), Err(MathError::Underflow));
    /// # Ok::<(), MathError>(())
    /// ```
    pub fn price(&self, price: Price) -> Result<Price> {
        if !self.divides {
            return price.checked_mul(self.factor).ok_or(MathError::Overflow);
        }
        match (price.checked_div(self.factor), price.checked_rem(self.factor)) {
            (Some(whole), Some(0)) => Ok(whole),
            _ => Err(MathError::Underflow),
        }
    }

    /// A feed's confidence in the market's exponent, rounded up: more doubt is no inexact price.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn confidence(&self, confidence: Price) -> Result<Price> {
        if !self.divides {
            return confidence.checked_mul(self.factor).ok_or(MathError::Overflow);
        }
        Ok(confidence.div_ceil(self.factor)) // never zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_print_covers_its_age_and_no_more() {
        let hour = LastHour::before(3_600).advance(100, 75, 2_000).unwrap();
        assert_eq!(hour.covered, 75);
        let again = hour.advance(100, 75, 2_500).unwrap();
        assert_eq!(again.covered, 75, "the same print read again covers nothing");
    }

    #[test]
    fn what_is_before_and_after_the_hour_does_not_count() {
        let hour = LastHour::before(10_000).advance(100, 90_000, 6_000).unwrap();
        assert_eq!((hour.covered, hour.ts), (0, 6_000));
        let hour = hour.advance(100, 90_000, 50_000).unwrap();
        assert_eq!((hour.covered, hour.price_seconds), (3_600, 360_000));
        assert_eq!(hour.price(7, 7, 50_000), Ok((100, 0)), "the final mark has no doubt");
    }

    #[test]
    fn a_dead_hour_has_no_price_and_ends_at_the_mean() {
        let hour = LastHour::before(3_600).advance(100, 0, 3_600).unwrap();
        assert_eq!(hour.price(100, 1, 3_600), Ok((100, 1)));
        let Ok(Outcome::Extended(longer)) = hour.outcome(3_600) else { panic!() };
        assert_eq!((longer.begins(), longer.end), (0, 7_200));
        assert_eq!(longer.outcome(7_199), Ok(Outcome::Pending));
        assert_eq!(longer.advance(5, 5_000, 7_200).unwrap().outcome(7_200), Ok(Outcome::LastMean));
    }

    #[test]
    fn an_hour_that_will_be_extended_counts_as_extended() {
        let hour = LastHour::before(3_600).advance(100, 900, 2_700).unwrap();
        assert_eq!(hour.price(200, 8, 2_700), Ok((150, 4)), "a print that lasts covers half of it");
        assert_eq!(hour.price(200, 8, 2_701), Ok((183, 7)), "4,499 seconds are left beside 900");
    }

    #[test]
    fn an_hour_that_is_put_off_late_counts_the_time_since() {
        // Nobody comes by until 20 minutes after T; the print in force is fresh since T - 1,000 s.
        let hour = LastHour { ts: 2_600, ..LastHour::before(3_600) }.advance(100, 9_000, 4_800).unwrap();
        let Ok(Outcome::Extended(longer)) = hour.outcome(4_800) else { panic!() };
        assert_eq!((hour.covered, longer.ts), (1_000, 3_600));
        assert_eq!(longer.advance(100, 9_000, 4_800).unwrap().covered, 2_200);
    }

    #[test]
    fn running_late_or_often_is_the_same() {
        // A print of every ten minutes lasts for five: half of an hour is never covered until the
        // extension.
        let prints: [i64; 10] = core::array::from_fn(|print| 600 * print as i64);
        let (mut seldom, mut often) = (LastHour::before(3_600), LastHour::before(3_600));
        for print in prints {
            for now in (print..print + 600).step_by(7) {
                often = often.run(100, print + 290, now).unwrap();
            }
            seldom = seldom.run(100, print + 290, print + 600).unwrap();
            often = often.run(100, print + 290, print + 600).unwrap();
            assert_eq!(seldom, often);
        }
        assert_eq!((seldom.covered, seldom.extended, seldom.announced()), (2_900, true, 3_600));
    }

    #[test]
    fn an_exponent_is_converted_exactly_or_refused() {
        let same = Conversion::new(8, 8).unwrap();
        assert_eq!((same.is_exact(), same.price(7), same.confidence(7)), (true, Ok(7), Ok(7)));
        assert!(Conversion::new(5, 8).unwrap().is_exact() && !Conversion::new(8, 5).unwrap().is_exact());
        assert_eq!(Conversion::new(0, 20), Err(MathError::Overflow));
        assert_eq!(Conversion::new(0, 19).unwrap().price(2), Err(MathError::Overflow));
        assert_eq!(Conversion::new(8, 5).unwrap().confidence(1_001), Ok(2));
    }

    proptest! {
        /// However often it is cranked, the hour is the same; and the final mark is within the
        /// prices of the hour.
        #[test]
        fn cranking_often_changes_nothing(
            prints in proptest::collection::vec((1i64..400, 1u64..1 << 50), 1..40), often in 1i64..20,
            max_age in 30i64..200,
        ) {
            let (mut seldom, mut frequent) = (LastHour::before(3_600), LastHour::before(3_600));
            let (mut now, mut price) = (-100i64, 1 << 40);
            let mut published = now;
            let (mut least, mut most) = (u64::MAX, 0);
            for (secs, next) in prints {
                let until = now + secs;
                if published + max_age > 0 && until > 0 && now < 3_600 {
                    (least, most) = (least.min(price), most.max(price));
                }
                while now < until {
                    now = (now + often).min(until);
                    frequent = frequent.advance(price, published + max_age, now).unwrap();
                }
                seldom = seldom.advance(price, published + max_age, until).unwrap();
                (published, price) = (now, next);
            }
            prop_assert_eq!(seldom, frequent);
            prop_assert!(seldom.covered <= 3_600);
            if seldom.covered >= HOUR_SECS / 2 {
                let end = seldom.price(1, 1, 3_600).unwrap().0;
                prop_assert!(least <= end && end <= most, "{least} {end} {most}");
            }
        }

        /// An extension does not move the price: from whenever half of the hour cannot be covered
        /// any more, the price is what the contract ends at if the last print lasts.
        #[test]
        fn the_price_does_not_jump_at_an_extension(
            first in 1u64..1 << 50, second in 1u64..1 << 50, covered in 1i64..1_800, now in 1_800i64..7_200,
        ) {
            let before = LastHour::before(3_600).advance(first, covered, 1_801 + covered).unwrap();
            let here = before.run(second, 7_200, now.max(1_801 + covered)).unwrap();
            let end = before.run(second, 7_200, 3_600).unwrap().run(second, 7_200, 7_200).unwrap();
            let Ok(Outcome::Final(mark)) = end.outcome(7_200) else { panic!() };
            prop_assert_eq!(here.price(second, 9, now.max(1_801 + covered)).unwrap().0, mark);
        }

        /// The price within the hour is what the contract ends at if nothing is printed any more.
        #[test]
        fn the_price_is_where_it_ends(
            first in 1u64..1 << 50, second in 1u64..1 << 50, turn in 1i64..3_600, later in 0i64..3_600,
        ) {
            let hour = LastHour::before(3_600).advance(first, turn, turn).unwrap();
            let now = turn + later % (3_600 - turn + 1);
            let here = hour.advance(second, 3_600, now).unwrap();
            let end = hour.advance(second, 3_600, 3_600).unwrap();
            let Ok(Outcome::Final(mark)) = end.outcome(3_600) else { panic!() };
            prop_assert_eq!(here.price(second, 9, now).unwrap().0, mark);
        }
    }
}
