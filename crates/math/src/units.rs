//! The units of all numbers.

use crate::{
    rounding::{div, div_word, floor_div_word, mul_div, uneven_mul, Round},
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

    /// Returns each of these rates of `amount`, rounded up.
    ///
    /// # Errors
    /// As [`Self::of`].
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects)] // The divisor is a constant.
    pub(crate) fn each_of<const N: usize>(rates: [Self; N], amount: Money) -> Result<[Money; N]> {
        if amount >> 48 == 0 {
            // Nearly always: a product of 48 and 16 bits leaves 2^48 of a word, and the rounding takes 9,999.
            let up = |product: u64| product.wrapping_add(Self::ONE.wrapping_sub(1)) / Self::ONE;
            return Ok(rates.map(|rate| up(amount.wrapping_mul(u64::from(rate.0)))));
        }
        let mut parts = [0; N];
        for (part, rate) in parts.iter_mut().zip(rates) {
            *part = rate.of(amount, Round::Up)?;
        }
        Ok(parts)
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
        uneven_mul(self.0, money) as i128
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

/// Returns raw quote as a word if it fits one. The library's conversion costs three times as much on chain.
#[inline(always)]
pub(crate) const fn word_of(raw: Raw) -> Option<i64> {
    let (high, low) = ((raw >> 64) as i64, raw as i64);
    if high == low >> 63 {
        Some(low)
    } else {
        None
    }
}

/// Converts raw quote to money: a gain rounds down, a loss rounds up, both in favour of the fund.
///
/// # Errors
/// `Overflow` when the amount exceeds `i64`.
#[allow(clippy::arithmetic_side_effects)] // A non-negative i64 always has a negation.
#[inline(never)]
pub fn raw_to_pnl(raw: Raw, scale: Scale) -> Result<Pnl> {
    match word_of(raw) {
        Some(raw) if raw != i64::MIN => return Ok(floor_div_word(raw, scale.get())), // nearly always
        _ => {}
    }
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
        let (one, least) = (Scale(1), i128::from(i64::MIN));
        assert_eq!(raw_to_pnl(least, one), Err(MathError::Overflow), "an amount that has no negation");
        assert_eq!(raw_to_pnl(least + 1, one), Ok(i64::MIN + 1));
    }

    #[test]
    fn raw_quote_beyond_a_word_rounds_alike() {
        let scale = Scale(1 << 62);
        assert_eq!(raw_to_pnl((3 << 64) + 1, scale), Ok(12));
        assert_eq!(raw_to_pnl(-(3 << 64), scale), Ok(-12));
        assert_eq!(raw_to_pnl(-(3 << 64) - 1, scale), Ok(-13));
        assert_eq!(raw_to_money(3 << 64, scale, Round::Down), Ok(12));
        assert_eq!(raw_to_money((3 << 64) + 1, scale, Round::Up), Ok(13));
    }

    #[test]
    fn a_stored_scale_is_not_zero() {
        assert_eq!(Scale::from_stored(0), Err(MathError::DivByZero));
        assert_eq!(Scale::from_stored(7).map(Scale::get), Ok(7));
    }

    #[test]
    fn rates_of_a_round_long_amount_are_exact() {
        let amount = 10_000 << 48;
        assert_eq!(Bps::each_of([Bps(7), Bps(10_000)], amount), Ok([7 << 48, amount]));
    }

    proptest! {
        #[test]
        fn elapsed_seconds_are_a_difference(since: i64, now: i64) {
            let difference = i128::from(now) - i128::from(since);
            prop_assert_eq!(i128::from(elapsed(since, now)), difference.max(0));
        }

        /// The ways by words are the formulas, in integers of 128 bits.
        #[test]
        fn words_round_as_the_formulas(raw: i64, amount: u64, shift in 0u32..64, rate: u16, scale in 1u64..) {
            let (raw, amount) = (raw >> shift, amount >> shift);
            for scale in [scale >> shift | 1, scale, 1] {
                let floor = i128::from(raw).div_euclid(i128::from(scale));
                if raw != i64::MIN {
                    prop_assert_eq!(raw_to_pnl(raw.into(), Scale(scale)).map(i128::from), Ok(floor));
                }
                let exact = u128::from(amount) * u128::from(scale);
                prop_assert_eq!(uneven_mul(scale, amount), exact);
                let product = i128::from(raw) * i128::from(amount);
                for raw in [raw.into(), product, i64::MAX.into(), i128::from(i64::MIN) - 1, 1 << 64, -1 << 64] {
                    prop_assert_eq!(word_of(raw), i64::try_from(raw).ok());
                }
                prop_assert_eq!(uneven_mul(amount, scale), exact);
            }
            for (rate, amount) in [(rate, amount), (u16::MAX, amount), (rate, (1 << 48) - 1), (u16::MAX, (1 << 48) - 1)] {
                let up = (u128::from(amount) * u128::from(rate)).div_ceil(10_000);
                let expected = u64::try_from(up).map_err(|_| MathError::Overflow);
                prop_assert_eq!(Bps::each_of([Bps(rate), Bps(0)], amount), expected.map(|part| [part, 0]));
            }
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
