//! The units of all numbers.

use crate::{
    rounding::{div, div_word, mul_div, Round},
    MathError, Result,
};

/// Money in base units of the settlement mint.
pub type Money = u64;
/// Signed money: profit is positive, loss negative.
pub type Pnl = i64;
/// Price mantissa; its exponent is the market's.
pub type Price = u64;
/// Signed size: long is positive.
pub type Lots = i64;
/// Lots times price mantissa.
pub type Raw = i128;
/// A claim on the default fund.
pub type Shares = u128;
/// Fixed-point Q64.64.
pub type Q64 = u128;

/// Seconds of a year of 365.25 days.
pub const YEAR_SECS: u64 = 31_557_600;

/// Returns the seconds from `since` to `now`, zero if there are none.
#[inline(always)]
pub const fn elapsed(since: i64, now: i64) -> u64 {
    if now <= since {
        return 0;
    }
    now.wrapping_sub(since) as u64 // of two signed words, a difference above zero is a word
}

/// One in Q64.64.
pub const Q64_ONE: u128 = 1 << 64;

/// A rate in hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bps(pub u16);

impl Bps {
    /// 100%.
    pub const ONE: u64 = 10_000;

    /// Returns this rate of `amount`, rounded as said.
    ///
    /// # Errors
    /// `Overflow` when the result exceeds `u64` (rates above 100%).
    pub fn of(self, amount: Money, round: Round) -> Result<Money> {
        mul_div(amount, u64::from(self.0), Self::ONE, round)
    }
}

/// `S`: raw quote per base unit of money, `10^(price_decimals + lot_decimals - quote_decimals)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale(u64);

impl Scale {
    /// Returns the scale of these three exponents.
    ///
    /// # Errors
    /// `Underflow` when `S` would be below one, `Overflow` when it exceeds `u64`.
    pub fn from_decimals(price_decimals: u8, lot_decimals: u8, quote_decimals: u8) -> Result<Self> {
        let exponent = u32::from(price_decimals)
            .checked_add(u32::from(lot_decimals))
            .ok_or(MathError::Overflow)?
            .checked_sub(u32::from(quote_decimals))
            .ok_or(MathError::Underflow)?;
        10u64.checked_pow(exponent).map(Self).ok_or(MathError::Overflow)
    }

    /// Reads a scale back from an account that `from_decimals` filled.
    ///
    /// # Errors
    /// `DivByZero` when the stored value is zero.
    pub fn from_stored(scale: u64) -> Result<Self> {
        if scale == 0 {
            return Err(MathError::DivByZero);
        }
        Ok(Self(scale))
    }

    /// Returns the raw quote per base unit.
    pub fn get(self) -> u64 {
        self.0
    }

    /// Converts money to raw quote, exactly.
    pub fn raw_of(self, money: Money) -> Raw {
        // A scale is at most 10^19: the product leaves an i128 only above 1.7 * 10^19 units, and no
        // amount that is ever signed is that much.
        crate::rounding::widening_mul(money, self.0) as i128
    }
}

/// Checked sums and differences of signed numbers. The library's check of a signed overflow costs
/// several times as much on chain.
macro_rules! checked {
    ($add:ident, $sub:ident, $type:ty) => {
        /// Returns `a + b`, or `Overflow` when the sum has the sign of neither.
        #[inline(always)]
        pub(crate) fn $add(a: $type, b: $type) -> Result<$type> {
            let sum = a.wrapping_add(b);
            if (a ^ sum) & (b ^ sum) < 0 {
                return Err(MathError::Overflow);
            }
            Ok(sum)
        }

        /// Returns `a - b`, or `Overflow` when the signs differ and the difference has not that of
        /// `a`.
        #[inline(always)]
        pub(crate) fn $sub(a: $type, b: $type) -> Result<$type> {
            let difference = a.wrapping_sub(b);
            if (a ^ b) & (a ^ difference) < 0 {
                return Err(MathError::Overflow);
            }
            Ok(difference)
        }
    };
}

checked!(add_pnl, sub_pnl, Pnl);
checked!(add_raw, sub_raw, Raw);

/// Converts unsigned money to signed.
///
/// # Errors
/// `Overflow` above `i64::MAX`.
pub fn to_pnl(money: Money) -> Result<Pnl> {
    i64::try_from(money).map_err(|_| MathError::Overflow)
}

/// Converts raw quote to money: a gain rounds down, a loss rounds up, both in favour of the fund.
///
/// # Errors
/// `Overflow` when the amount exceeds `i64`.
#[allow(clippy::arithmetic_side_effects)] // A non-negative i64 always has a negation.
#[inline(never)]
pub fn raw_to_pnl(raw: Raw, scale: Scale) -> Result<Pnl> {
    let round = if raw < 0 { Round::Up } else { Round::Down };
    let amount = raw_to_money(raw.unsigned_abs(), scale, round)?;
    let amount = i64::try_from(amount).map_err(|_| MathError::Overflow)?;
    Ok(if raw < 0 { -amount } else { amount })
}

/// Converts raw quote without its sign to money.
///
/// # Errors
/// `Overflow` when the amount exceeds `u64`.
#[inline(always)]
pub fn raw_to_money(raw: u128, scale: Scale, round: Round) -> Result<u64> {
    if raw >> 64 == 0 {
        return Ok(div_word(raw as u64, scale.get(), round)); // a scale is never zero
    }
    u64::try_from(div(raw, u128::from(scale.get()), round)?).map_err(|_| MathError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gains_round_down_and_losses_up() {
        let scale = Scale::from_decimals(2, 0, 0).unwrap();
        assert_eq!(raw_to_pnl(199, scale), Ok(1));
        assert_eq!(raw_to_pnl(-101, scale), Ok(-2));
        assert_eq!(raw_to_pnl(-200, scale), Ok(-2));
    }

    proptest! {
        #[test]
        fn elapsed_seconds_are_a_difference(since: i64, now: i64) {
            let difference = i128::from(now) - i128::from(since);
            prop_assert_eq!(i128::from(elapsed(since, now)), difference.max(0));
        }

        #[test]
        fn checked_sums_are_those_of_the_library(a: i64, b: i64, c: i128, d: i128, near in 0i64..3) {
            for (a, b) in [(a, b), (i64::MAX - near, b.wrapping_abs() % 3), (i64::MIN + near, b % 3), (a, i64::MIN)] {
                prop_assert_eq!(add_pnl(a, b).ok(), a.checked_add(b));
                prop_assert_eq!(sub_pnl(a, b).ok(), a.checked_sub(b));
            }
            let near = i128::from(near);
            for (c, d) in [(c, d), (i128::MAX - near, d.wrapping_abs() % 3), (i128::MIN + near, d % 3), (c, i128::MIN)] {
                prop_assert_eq!(add_raw(c, d).ok(), c.checked_add(d));
                prop_assert_eq!(sub_raw(c, d).ok(), c.checked_sub(d));
            }
        }
    }
}
