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
    units::{Bps, Lots, Price},
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
