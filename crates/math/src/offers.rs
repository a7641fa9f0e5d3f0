//! Offers: the price at which a taken offer is filled, and the print that is meant.
//!
//! With a print `p`, and a distance `d` in basis points that is positive in favour of the maker:
//!
//! ```text
//! the maker sells:  max(limit, p + p d)
//! the maker buys:   min(limit, p - p d)
//! ```
//!
//! `p d` is rounded down, so that a distance as wide as the band stays within the band.

use crate::{
    positions::Position,
    requirements::{Mark, Rates, Risk},
    rounding::mul_div,
    units::{Bps, Lots, Money, Price, Scale},
    MathError, Result, Round,
};

/// What a maker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Lots that the maker receives, signed: it sells when they are negative.
    pub lots: Lots,
    /// Distance from the print in basis points, positive in favour of the maker.
    pub distance_bps: i16,
    /// The worst price that the maker accepts: the lowest when it sells, the highest when it buys.
    pub limit_price: Price,
}

impl Quote {
    /// Returns the price of a fill at this print.
    ///
    /// # Errors
    /// `Overflow`, `Underflow`: the price does not fit a word, or a purchase is more than 100% below
    /// the print.
    ///
    /// ```
    /// # use bulkhead_math::offers::Quote;
    /// let ask = Quote { lots: -10, distance_bps: 25, limit_price: 0 };
    /// assert_eq!(ask.price(20_000), Ok(20_050));
    /// // It sells at 20,100 or above, wherever the print is.
    /// assert_eq!(Quote { limit_price: 20_100, ..ask }.price(20_000), Ok(20_100));
    /// // A maker that gives way to be taken.
    /// assert_eq!(Quote { distance_bps: -25, ..ask }.price(20_000), Ok(19_950));
    /// let bid = Quote { lots: 10, distance_bps: 25, limit_price: 20_100 };
    /// assert_eq!(bid.price(20_000), Ok(19_950));
    /// assert_eq!(bid.price(30_000), Ok(20_100));
    /// ```
    pub fn price(&self, print: Price) -> Result<Price> {
        let distance = Bps(self.distance_bps.unsigned_abs()).of(print, Round::Down)?; // favours the print
        let sells = self.lots < 0;
        let price = if sells == (self.distance_bps >= 0) {
            print.checked_add(distance).ok_or(MathError::Overflow)?
        } else {
            print.checked_sub(distance).ok_or(MathError::Underflow)?
        };
        Ok(if sells { price.max(self.limit_price) } else { price.min(self.limit_price) })
    }

    /// Returns `true` if the taker, which receives the opposite lots, pays no more than its own
    /// limit: the highest price of a purchase, the lowest of a sale.
    ///
    /// ```
    /// # use bulkhead_math::offers::Quote;
    /// let ask = Quote { lots: -10, distance_bps: 0, limit_price: 0 };
    /// assert!(ask.is_within(20_000, 20_000) && !ask.is_within(20_001, 20_000));
    /// ```
    pub fn is_within(&self, price: Price, limit_price: Price) -> bool {
        if self.lots < 0 {
            price <= limit_price
        } else {
            price >= limit_price
        }
    }
}

/// What a taking locks of each side until it is filled: all that the fill may ask for, whatever the
/// side does meanwhile. Otherwise it could make the fill impossible, wait for the price, and make it
/// possible again.
///
/// The lots count as lots of a new position that are all beyond the concentration limit, for the
/// position that the side holds now need not be the one that it holds then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Initial margin with the concentration add-on, the fee, and [`Self::doubt`].
    pub margin: Money,
    /// The part of the margin that the age of a print asks for: B of the oldest print that fills.
    pub doubt: Money,
    /// Stress loss, the sale and the doubt included.
    pub stress: Money,
    /// Required contribution.
    pub contribution: Money,
}

/// What a lock depends on beside the market's rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockTerms {
    /// Clearing fee of notional.
    pub fee: Bps,
    /// The largest discount of an auction.
    pub discount: Bps,
    /// Age of the oldest print that fills.
    pub fill_age_secs: u32,
    /// Age at which the stress rate is the doubt in a print.
    pub age_full_secs: u32,
}

impl Lock {
    /// Returns what `lots` at `price` lock. Everything is rounded up in favour of the fund.
    ///
    /// # Errors
    /// `Overflow`; `DivByZero` without `age_full_secs`.
    ///
    /// ```
    /// # use bulkhead_math::{offers::{Lock, LockTerms}, requirements::Rates, units::{Bps, Scale}};
    /// let rates = Rates {
    ///     initial: Bps(1_000), contribution: Bps(200), stress: Bps(3_000), concentration: Bps(500),
    ///     concentration_lots: 10_000, ..Rates::NONE
    /// };
    /// let terms = LockTerms { fee: Bps(2), discount: Bps(500), fill_age_secs: 10, age_full_secs: 45 };
    /// // 1,000 lots of 0.01 at 200: notional 2,000. Initial margin and add-on are 300, the fee is 0.40,
    /// // and ten of 45 seconds of the stress rate are 133.33.
    /// let scale = Scale::from_decimals(8, 2, 6).unwrap();
    /// let lock = Lock::of(-1_000, 20_000_000_000, scale, &rates, &terms).unwrap();
    /// assert_eq!((lock.margin, lock.doubt), (433_733_334, 133_333_334));
    /// // 30% and 5% of 2,000, 5% of 2,700 and the doubt; 2% of 2,000.
    /// assert_eq!((lock.stress, lock.contribution), (968_333_334, 40_000_000));
    /// ```
    pub fn of(lots: Lots, price: Price, scale: Scale, rates: &Rates, terms: &LockTerms) -> Result<Self> {
        let mut risk = Risk::default();
        let position = Position::default().trade(lots, price)?;
        risk.add(&position, &Mark::exact(price), scale, &Rates { concentration_lots: 0, ..*rates })?;
        let age = terms.fill_age_secs.min(terms.age_full_secs);
        let moved = rates.stress.of(risk.notional, Round::Up)?;
        let doubt = mul_div(moved, age.into(), terms.age_full_secs.into(), Round::Up)?;
        let fee = terms.fee.of(risk.notional, Round::Up)?;
        let sum = |parts: [Money; 3]| {
            let sum = parts.into_iter().try_fold(0u64, |sum, part| sum.checked_add(part));
            sum.ok_or(MathError::Overflow)
        };
        Ok(Self {
            margin: sum([risk.initial, fee, doubt])?,
            doubt,
            stress: sum([risk.stressed(terms.discount)?, doubt, 0])?,
            contribution: risk.contribution,
        })
    }
}

/// Returns `true` if a print is the first one after the second `ts`: it is of a later second, and the
/// one before it is not. Both times are in the print, so that exactly one print is the first.
///
/// ```
/// # use bulkhead_math::offers::is_first_after;
/// assert!(is_first_after(100, 100, 101));
/// assert!(is_first_after(100, 40, 1_000)); // the feed was silent for a while
/// assert!(!is_first_after(100, 101, 101)); // the second one of that second
/// assert!(!is_first_after(100, 99, 100)); // of the second itself
/// ```
pub const fn is_first_after(ts: i64, previous_publish_ts: i64, publish_ts: i64) -> bool {
    previous_publish_ts <= ts && ts < publish_ts
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: Quote = Quote { lots: -10, distance_bps: 25, limit_price: 0 };
    const BID: Quote = Quote { lots: 10, distance_bps: 25, limit_price: u64::MAX };

    #[test]
    fn a_distance_is_rounded_towards_the_print() {
        // 0.25% of 20,001 are 50.0025.
        assert_eq!((ASK.price(20_001), BID.price(20_001)), (Ok(20_051), Ok(19_951)));
        let gives_way = |quote: Quote| Quote { distance_bps: -25, ..quote }.price(20_001);
        assert_eq!((gives_way(ASK), gives_way(BID)), (Ok(19_951), Ok(20_051)));
        let at_print = |quote: Quote| Quote { distance_bps: 0, ..quote }.price(20_001);
        assert_eq!((at_print(ASK), at_print(BID)), (Ok(20_001), Ok(20_001)));
    }

    #[test]
    fn a_price_that_is_none_is_refused() {
        assert_eq!(ASK.price(u64::MAX), Err(MathError::Overflow));
        assert_eq!(Quote { distance_bps: 10_001, ..BID }.price(10_000), Err(MathError::Underflow));
    }

    #[test]
    fn a_taker_pays_no_more_and_gets_no_less_than_its_limit() {
        assert!(ASK.is_within(99, 100) && ASK.is_within(100, 100) && !ASK.is_within(101, 100));
        assert!(BID.is_within(101, 100) && BID.is_within(100, 100) && !BID.is_within(99, 100));
    }
}
