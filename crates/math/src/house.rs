//! The house: the positions of defaulters that the fund has taken over, and the Dutch auction that
//! sells them. The longer the fund has held a position, the cheaper it gets.

use crate::{
    positions::{raw_value, Position},
    rounding::{checked_mul, div, mul_div, Round},
    units::{sub_raw, Bps, Lots, Money, Pnl, Price, Raw, Scale},
    MathError, Result,
};

/// One position of a defaulter and where it is marked.
#[derive(Clone, Copy, Debug)]
pub struct DefaultedPosition {
    /// As the member holds it.
    pub position: Position,
    /// What the house takes it at.
    pub price: Price,
    /// The market's scale.
    pub scale: Scale,
}

/// Moves a defaulter's position into the house at the mark. Returns the house afterwards, and the
/// position's profit: a gain is rounded down and a loss up, both in favour of the fund.
///
/// The house takes the position over at this price: every profit is realised, so that it starts with no equity. Gains pay
/// losses of the same member first, then its margin does; the sum over its markets of what is realised is
/// `-(margin + shortfall)`, which is what the pool and the unfunded loss receive (P3).
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
    /// Returns the discount after `elapsed` slots, linear up to the cap, rounded down in favour of
    /// the fund.
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

    /// Returns what one lot costs at `price` less the discount: a quote, for a sale computes its
    /// discount over all lots.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn price(&self, price: Price, house_lots: Lots, elapsed: u64) -> Result<Price> {
        let discount = self.discount(elapsed)?.of(price, Round::Down)?; // favours the fund
        if house_lots < 0 { price.checked_add(discount) } else { price.checked_sub(discount) }
            .ok_or(MathError::Overflow)
    }

    /// Sells `lots`, signed as the house holds them, at `price` less the discount after `elapsed`
    /// slots. `pool` is what cash there is to pay the discount with.
    ///
    /// The discount is computed over all lots and rounded down once, in favour of the fund.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::{house::{AuctionTerms, Sale}, units::{Bps, Scale}};
    /// let terms = AuctionTerms { max_discount: Bps(500), duration_slots: 1_000 };
    /// let scale = Scale::from_stored(100)?;
    /// // Ten lots at 2,000, after half of the time: 2.5% of 20,000 raw quote is 500, or 5 units. The pool has 3.
    /// let sale = terms.sell(10, 2_000, 500, 3, scale)?;
    /// assert_eq!(sale, Sale { lots: 10, received: 19_500, paid: 19_800, discount: 5, in_margin: 3 });
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn sell(&self, lots: Lots, price: Price, elapsed: u64, pool: Money, scale: Scale) -> Result<Sale> {
        let value = raw_value(lots, price)?;
        let discount = checked_mul(value.unsigned_abs(), u128::from(self.discount(elapsed)?.0))?;
        let whole = checked_mul(u128::from(scale.get()), u128::from(Bps::ONE))?;
        let discount = div(discount, whole, Round::Down)?; // favours the fund
        let discount = Money::try_from(discount).map_err(|_| MathError::Overflow)?;
        let in_margin = discount.min(pool);
        let in_price = discount.checked_sub(in_margin).ok_or(MathError::Underflow)?;
        let received = sub_raw(value, scale.raw_of(discount))?;
        Ok(Sale { lots, received, paid: sub_raw(value, scale.raw_of(in_price))?, discount, in_margin })
    }
}

/// Lots that the house has sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The lots, signed as the house held them.
    pub lots: Lots,
    /// What the house receives for them in raw quote, the discount gone.
    pub received: Raw,
    /// What they cost in the taker's position in raw quote.
    pub paid: Raw,
    /// The discount.
    pub discount: Money,
    /// What of it the taker gets in margin, from the pool; the pool lacks the rest, which is in the price.
    pub in_margin: Money,
}

/// The slot from which a house position counts as held, after `added` lots joined `held` ones of the same side: the
/// average weighted by size, rounded up in favour of the fund. A small default can then neither restart the auction of
/// a large position nor inherit its discount.
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

    fn unscaled() -> Scale {
        Scale::from_stored(1).unwrap()
    }

    #[test]
    fn the_discount_grows_to_its_cap() {
        let received = |lots, elapsed| TERMS.sell(lots, 20_000, elapsed, 0, unscaled()).unwrap().received;
        assert_eq!(received(1, 0), 20_000);
        assert_eq!(received(1, 500), 19_500);
        assert_eq!(received(-1, 500), -20_500);
        assert_eq!(received(1, u64::MAX), 19_000);
    }

    #[test]
    fn a_quote_is_the_price_less_the_discount() {
        assert_eq!((TERMS.price(20_000, 1, 500), TERMS.price(20_000, -1, 500)), (Ok(19_500), Ok(20_500)));
        // 3.3% of 20,001 are 660.033: rounded down in favour of the fund.
        let terms = AuctionTerms { max_discount: Bps(330), duration_slots: 0 };
        assert_eq!((terms.price(20_001, 1, 0), terms.price(20_001, -1, 0)), (Ok(19_341), Ok(20_661)));
        assert_eq!(terms.price(u64::MAX, -1, 0), Err(MathError::Overflow));
    }

    #[test]
    fn a_house_starts_with_no_equity() {
        // 10 lots bought at 50 are taken over at 47: a loss of 30 is realised, and the house has them at 47.
        let position = Position::default().trade(10, 50).unwrap();
        let held = DefaultedPosition { position, price: 47, scale: unscaled() };
        let before = Position { lots: -4, raw: 200 };
        let taken = Position { lots: 6, raw: 200 - 470 };
        assert_eq!(take_into_house(&held, before), Ok((taken, -30)));
    }

    #[test]
    fn short_lots_are_as_old_on_average_as_long_ones() {
        assert_eq!(merged_since(-10, 50, -10, 100), Ok(75));
        assert_eq!(merged_since(-10, 50, 4, 100), Ok(50), "what is left of them keeps its age");
        assert_eq!(merged_since(-10, 50, 11, 100), Ok(100));
        assert_eq!(merged_since(0, 50, -1, 100), Ok(100), "an empty house has no age");
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
            let received = |lots, elapsed| TERMS.sell(lots, mark, elapsed, 0, unscaled()).unwrap().received;
            prop_assert!(received(1, early) >= received(1, late));
            prop_assert!(received(-1, early) >= received(-1, late));
        }
    }
}
