//! The house: the positions of defaulters that the fund has taken over, and the Dutch auction that
//! sells them. The longer the fund has held a position, the cheaper it gets.

use crate::{
    positions::Position,
    rounding::{mul_div, Round},
    units::{Bps, Lots, Pnl, Price, Scale},
    MathError, Result,
};

/// One position of a defaulter and where it is marked.
#[derive(Clone, Copy, Debug)]
pub struct DefaultedPosition {
    /// As the member holds it.
    pub position: Position,
    /// The mark.
    pub price: Price,
    /// The market's scale.
    pub scale: Scale,
}

/// Moves a defaulter's position into the house at the mark. Returns the house afterwards, and the
/// position's profit: a gain is rounded down and a loss up, both in favour of the fund.
///
/// The house takes the position over at the mark: every profit is realised, so that it starts with
/// no equity. Gains pay losses of the same member first, then its margin does; the sum over its
/// markets of what is realised is `-(margin + shortfall)`, which is what the pool and the unfunded
/// loss receive (P3).
///
/// # Errors
/// `Overflow`.
pub fn take_into_house(held: &DefaultedPosition, house: Position) -> Result<(Position, Pnl)> {
    let profit = held.position.profit(held.price, held.scale)?;
    Ok((house.merge(held.position.realise(profit, held.scale)?)?, profit))
}

/// How the discount grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionTerms {
    /// The largest discount.
    pub max_discount: Bps,
    /// Slots until it is reached.
    pub duration_slots: u32,
}

impl AuctionTerms {
    /// The discount after `elapsed` slots, linear up to the cap, rounded down in favour of the
    /// fund.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn discount(&self, elapsed: u64) -> Result<Bps> {
        let duration = u64::from(self.duration_slots);
        if elapsed >= duration {
            return Ok(self.max_discount);
        }
        // Favours the fund.
        let bps = mul_div(u64::from(self.max_discount.0), elapsed, duration, Round::Down)?;
        u16::try_from(bps).map(Bps).map_err(|_| MathError::Overflow)
    }

    /// Returns the price that a taker pays per lot: below the mark where the house is long, above
    /// it where the house is short.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn price(&self, mark: Price, house_lots: Lots, elapsed: u64) -> Result<Price> {
        let discount = self.discount(elapsed)?.of(mark, Round::Down)?; // favours the fund
        if house_lots < 0 { mark.checked_add(discount) } else { mark.checked_sub(discount) }
            .ok_or(MathError::Overflow)
    }
}

/// The slot from which a house position counts as held, after `added` lots joined `held` ones of
/// the same side: the average weighted by size, rounded up in favour of the fund. A small default
/// can then neither restart the auction of a large position nor inherit its discount.
///
/// # Errors
/// `Overflow`.
pub fn merged_since(held: Lots, since: u64, added: Lots, now: u64) -> Result<u64> {
    if held == 0 || (held < 0) != (added < 0) {
        let remains = held != 0 && held.unsigned_abs() > added.unsigned_abs();
        return Ok(if remains { since } else { now });
    }
    let (held, added) = (held.unsigned_abs(), added.unsigned_abs());
    let total = held.checked_add(added).ok_or(MathError::Overflow)?;
    let age = now.checked_sub(since).ok_or(MathError::Underflow)?;
    now.checked_sub(mul_div(age, held, total, Round::Down)?).ok_or(MathError::Underflow)
    // younger favours the fund
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TERMS: AuctionTerms = AuctionTerms { max_discount: Bps(500), duration_slots: 1_000 };

    #[test]
    fn the_discount_grows_to_its_cap() {
        assert_eq!(TERMS.price(20_000, 1, 0), Ok(20_000));
        assert_eq!(TERMS.price(20_000, 1, 500), Ok(19_500));
        assert_eq!(TERMS.price(20_000, -1, 500), Ok(20_500));
        assert_eq!(TERMS.price(20_000, 1, u64::MAX), Ok(19_000));
    }

    #[test]
    fn a_position_that_turns_starts_anew() {
        assert_eq!(merged_since(10, 50, -4, 100), Ok(50));
        assert_eq!(merged_since(10, 50, -10, 100), Ok(100));
        assert_eq!(merged_since(10, 50, -11, 100), Ok(100));
        assert_eq!(merged_since(10, 50, 10, 100), Ok(75));
    }

    proptest! {
        #[test]
        fn merged_age_lies_between(held in 1i64..1 << 60, added in 1i64..1 << 60, since in 0u64..1 << 40, age in 0u64..1 << 40) {
            let merged = merged_since(held, since, added, since + age).unwrap();
            prop_assert!(merged >= since && merged <= since + age);
        }

        #[test]
        fn the_discount_never_shrinks(a in 0u64..2_000, b in 0u64..2_000, mark in 1u64..1 << 50) {
            let (early, late) = (a.min(b), a.max(b));
            prop_assert!(TERMS.price(mark, 1, early).unwrap() >= TERMS.price(mark, 1, late).unwrap());
            prop_assert!(TERMS.price(mark, -1, early).unwrap() <= TERMS.price(mark, -1, late).unwrap());
        }
    }
}
