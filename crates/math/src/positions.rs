//! Positions: signed lots, and the raw quote paid for them.

use crate::{
    rounding::widening_mul,
    units::{add_pnl, add_raw, raw_to_pnl, sub_raw, to_pnl, Lots, Money, Pnl, Price, Raw, Scale},
    MathError, Result,
};

/// `(lots, raw)`: a buy of q lots at price p does `lots += q; raw -= q * p`, a sale the opposite.
/// The profit at mark m is `lots * m + raw`, exact, in raw quote. Novation adds zero to the sum
/// over both sides, hence P2 and P3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Signed size.
    pub lots: Lots,
    /// Raw quote received minus raw quote paid.
    pub raw: Raw,
}

/// Returns `lots * price`, exact.
///
/// # Errors
/// `Overflow` beyond `i128`, which prices below 2^63 never reach.
#[inline]
pub fn raw_value(lots: Lots, price: Price) -> Result<Raw> {
    if lots.unsigned_abs() >> 19 == 0 && price >> 44 == 0 {
        // Nearly always: 19 and 44 bits make a product of 63, which is a signed word.
        return Ok(i128::from(lots.wrapping_mul(price as i64)));
    }
    let magnitude =
        i128::try_from(widening_mul(lots.unsigned_abs(), price)).map_err(|_| MathError::Overflow)?;
    Ok(if lots < 0 { magnitude.wrapping_neg() } else { magnitude }) // non-negative: its negation exists
}

impl Position {
    /// Returns the position after buying `lots` (selling, if negative) at `price`.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn trade(self, lots: Lots, price: Price) -> Result<Self> {
        self.exchange(lots, raw_value(lots, price)?)
    }

    /// Returns the position after receiving `lots` for `raw` quote paid.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn exchange(self, lots: Lots, raw: Raw) -> Result<Self> {
        Ok(Self { lots: add_pnl(self.lots, lots)?, raw: sub_raw(self.raw, raw)? })
    }

    /// Returns the position after paying raw quote.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(always)]
    pub fn pay(self, raw: u128) -> Result<Self> {
        Ok(Self { raw: self.raw.checked_sub_unsigned(raw).ok_or(MathError::Overflow)?, ..self })
    }

    /// Returns this position and another one together.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn merge(self, other: Self) -> Result<Self> {
        Ok(Self { lots: add_pnl(self.lots, other.lots)?, raw: add_raw(self.raw, other.raw)? })
    }

    /// Returns the profit at `mark` in raw quote, exact.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn profit_raw(&self, mark: Price) -> Result<Raw> {
        add_raw(raw_value(self.lots, mark)?, self.raw)
    }

    /// Returns the profit at `mark` in money: gains round down, losses up, in favour of the fund.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn profit(&self, mark: Price, scale: Scale) -> Result<Pnl> {
        raw_to_pnl(self.profit_raw(mark)?, scale)
    }

    /// Moves `paid` of profit out of the position (a negative amount: of loss), into or out of
    /// cash.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn realise(self, paid: Pnl, scale: Scale) -> Result<Self> {
        let raw = scale.raw_of(paid.unsigned_abs());
        let raw = if paid < 0 { add_raw(self.raw, raw) } else { sub_raw(self.raw, raw) };
        Ok(Self { raw: raw?, ..self })
    }

    /// Returns `true` if nothing is held and nothing is owed.
    pub fn is_empty(&self) -> bool {
        self.lots == 0 && self.raw == 0
    }

    /// Returns `true` if going from here to `next` adds risk: more lots, or the other side.
    pub fn is_increase(&self, next: &Self) -> bool {
        next.lots.unsigned_abs() > self.lots.unsigned_abs()
            || (self.lots < 0) != (next.lots < 0) && next.lots != 0
    }
}

/// Profit and loss turned into cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlePlan {
    /// Cash to the member (negative: from the member).
    pub paid: Pnl,
    /// The position afterwards.
    pub position: Position,
    /// The member's margin afterwards.
    pub margin: Money,
    /// The settlement pool afterwards.
    pub pool: Money,
}

/// Settles a position at `mark`. A loss pays `min(ceil(loss), margin)` into the pool, a gain draws
/// `min(floor(gain), pool)` from it: a winner is paid with money that losers have paid in, never
/// with other members' cash.
///
/// # Errors
/// `Overflow`.
pub fn plan_settle(
    position: Position,
    mark: Price,
    scale: Scale,
    margin: Money,
    pool: Money,
) -> Result<SettlePlan> {
    plan_settle_result(position, position.profit(mark, scale)?, scale, margin, pool)
}

/// Settles `result` of a position: its profit at the mark, or less of a loss when others settle it.
///
/// # Errors
/// `Overflow`.
#[inline(always)]
pub fn plan_settle_result(
    position: Position,
    result: Pnl,
    scale: Scale,
    margin: Money,
    pool: Money,
) -> Result<SettlePlan> {
    let paid = if result < 0 {
        to_pnl(result.unsigned_abs().min(margin))?.wrapping_neg() // non-negative: its negation exists
    } else {
        to_pnl(result.unsigned_abs().min(pool))?
    };
    Ok(SettlePlan {
        paid,
        position: position.realise(paid, scale)?,
        margin: margin.checked_add_signed(paid).ok_or(MathError::Overflow)?,
        pool: pool.checked_sub_signed(paid).ok_or(MathError::Overflow)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale() -> Scale {
        Scale::from_decimals(8, 4, 6).unwrap()
    }

    #[test]
    fn profit_is_lots_times_the_move() {
        // 5 lots of 0.0001 at 60,000.00 (1e-8), marked at 61,000: 0.0005 * 1,000 = 0.50, in 1e-6.
        let position = Position::default().trade(5, 60_000 * 100_000_000).unwrap();
        assert_eq!(position.profit(61_000 * 100_000_000, scale()), Ok(500_000));
        assert_eq!(position.profit(59_000 * 100_000_000, scale()), Ok(-500_000));
    }

    #[test]
    fn a_long_price_of_few_lots_is_no_word() {
        assert_eq!(raw_value(1 << 18, 1 << 62), Ok(1 << 80));
        assert_eq!(raw_value(-(1 << 18), 1 << 62), Ok(-(1 << 80)));
        assert_eq!(raw_value(-(1 << 60), 1 << 43), Ok(-(1 << 103)), "nor are many lots");
    }

    #[test]
    fn a_payment_leaves_the_lots() {
        let position = Position { lots: 5, raw: 100 };
        assert_eq!(position.pay(30), Ok(Position { lots: 5, raw: 70 }));
        assert_eq!(Position { lots: 5, raw: Raw::MIN }.pay(1), Err(MathError::Overflow));
    }

    #[test]
    fn a_position_is_empty_without_lots_and_raw_quote() {
        assert!(Position::default().is_empty());
        assert!(!Position { lots: 0, raw: -1 }.is_empty(), "a fraction that is still due");
        assert!(!Position { lots: -1, raw: 0 }.is_empty());
    }

    #[test]
    fn closing_adds_no_risk_and_turning_does() {
        let long = Position { lots: 5, raw: 0 };
        for (lots, increase) in [(5, false), (4, false), (0, false), (6, true), (-1, true)] {
            assert_eq!(long.is_increase(&Position { lots, raw: 0 }), increase, "{lots}");
        }
        assert!(Position::default().is_increase(&Position { lots: -1, raw: 0 }));
    }

    prop_compose! {
        fn position()(lots in -(1i64 << 40)..1 << 40, raw in -(1i128 << 90)..1 << 90) -> Position { Position { lots, raw } }
    }

    proptest! {
        #[test]
        fn a_raw_value_is_the_product(lots: i64, price in 0u64..1 << 63, shift in 0u32..64) {
            for (lots, price) in [(lots, price), (lots >> shift, price), (lots >> 44, price >> 19), (lots >> 45, price >> 18)] {
                prop_assert_eq!(raw_value(lots, price), Ok(i128::from(lots) * i128::from(price)));
            }
        }

        /// P2 and P3 of a trade: both sides together gain nothing, at any mark.
        #[test]
        fn a_trade_is_zero_sum(a in position(), b in position(), q in -(1i64 << 40)..1 << 40, p in 1u64..1 << 50) {
            let (next_a, next_b) = (a.trade(q, p).unwrap(), b.trade(-q, p).unwrap());
            prop_assert_eq!(next_a.lots + next_b.lots, a.lots + b.lots);
            prop_assert_eq!(next_a.raw + next_b.raw, a.raw + b.raw);
        }

        /// P3 of a settlement: what leaves the margin is in the pool and off the position, to the
        /// unit.
        #[test]
        fn settling_moves_cash_and_raw_together(
            position in position(), mark in 1u64..1 << 50, margin in 0u64..1 << 50, pool in 0u64..1 << 50,
        ) {
            let Ok(plan) = plan_settle(position, mark, scale(), margin, pool) else { return Ok(()) };
            prop_assert_eq!(plan.margin + plan.pool, margin + pool);
            let paid = i128::from(margin) - i128::from(plan.margin);
            prop_assert_eq!(plan.position.raw - position.raw, paid * i128::from(scale().get()));
            // What is left is a fraction of a unit in the member's favour, or there was no cash for
            // more.
            let left = plan.position.profit(mark, scale()).unwrap();
            prop_assert!(left == 0 || (left < 0 && plan.margin == 0) || (left > 0 && plan.pool == 0));
        }
    }
}
