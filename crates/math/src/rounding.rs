//! Multiplication and division with a spoken direction.
//!
//! On chain a 128-bit division costs tens to hundreds of compute units, a 64-bit one costs one:
//! each function takes the 64-bit way whenever the numbers allow it.

use crate::{MathError, Result};

/// The direction of a division. Callers say beside it whom it favours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

/// Returns `a * b`, or `None` when that is longer than a word. The library checks a product on chain
/// by a multiplication of 128 bits.
#[inline(always)]
pub const fn word_mul(a: u64, b: u64) -> Option<u64> {
    if (a | b) >> 32 == 0 {
        return Some(a.wrapping_mul(b)); // nearly always: 32 times 32 bits fit a word
    }
    a.checked_mul(b)
}

/// Returns `a * b`, or the largest word when that is longer than one.
#[inline(always)]
pub const fn word_mul_saturating(a: u64, b: u64) -> u64 {
    match word_mul(a, b) {
        Some(product) => product,
        None => u64::MAX,
    }
}

/// Returns the full product of two words, by halves: on chain half the price of the library's
/// 128-bit multiplication.
///
/// (Wrapping operations: products of 32 bits plus two carries of 32 bits fit a word, and the compiler
/// would check each of them.)
#[inline(always)]
pub const fn widening_mul(a: u64, b: u64) -> u128 {
    const HALF: u64 = u32::MAX as u64;
    let (a_high, a_low, b_high, b_low) = (a >> 32, a & HALF, b >> 32, b & HALF);
    let low = a_low.wrapping_mul(b_low);
    let middle = a_high.wrapping_mul(b_low).wrapping_add(low >> 32);
    let other = a_low.wrapping_mul(b_high).wrapping_add(middle & HALF);
    let high = a_high.wrapping_mul(b_high).wrapping_add(middle >> 32).wrapping_add(other >> 32);
    ((high as u128) << 64) | ((other << 32) | (low & HALF)) as u128
}

/// Returns the full product of two words of very different lengths: a number of lots, a scale or a rate
/// times a price or an amount. Nearly always it is one word, and costs a single multiplication.
#[inline(always)]
pub const fn uneven_mul(short: u64, long: u64) -> u128 {
    if short >> 20 == 0 && long >> 44 == 0 {
        return short.wrapping_mul(long) as u128; // 20 and 44 bits fit a word
    }
    widening_mul(short, long)
}

/// Returns `a * b` in 128 bits.
///
/// # Errors
/// `Overflow`.
#[inline]
pub fn checked_mul(a: u128, b: u128) -> Result<u128> {
    let (a_high, b_high) = ((a >> 64) as u64, (b >> 64) as u64);
    let (wide, high, word) = match (a_high, b_high) {
        (_, 0) => (a as u64, a_high, b as u64),
        (0, _) => (b as u64, b_high, a as u64),
        _ => return Err(MathError::Overflow),
    };
    let product = widening_mul(wide, word);
    if high == 0 {
        return Ok(product); // nearly always
    }
    let carried = widening_mul(high, word);
    if carried >> 64 != 0 {
        return Err(MathError::Overflow);
    }
    product.checked_add(carried << 64).ok_or(MathError::Overflow)
}

/// Returns `numerator / denominator` where both are 128 bits wide.
///
/// # Errors
/// `DivByZero`; `Overflow` when rounding up leaves `u128`.
#[allow(clippy::arithmetic_side_effects)] // The divisor is checked.
#[inline(never)]
pub fn div(numerator: u128, denominator: u128, round: Round) -> Result<u128> {
    if denominator == 0 {
        return Err(MathError::DivByZero);
    }
    if (numerator | denominator) >> 64 == 0 {
        let (n, d) = (numerator as u64, denominator as u64);
        return Ok(u128::from(div_word(n, d, round)));
    }
    let quotient = numerator / denominator;
    if round == Round::Down {
        return Ok(quotient);
    }
    // The product is at most the numerator. What is missing to it is below the divisor: of one word
    // the low words tell all.
    let is_exact = if denominator >> 64 == 0 {
        (quotient as u64).wrapping_mul(denominator as u64) == numerator as u64
    } else {
        quotient.wrapping_mul(denominator) == numerator
    };
    if is_exact {
        return Ok(quotient);
    }
    quotient.checked_add(1).ok_or(MathError::Overflow)
}

/// Returns `numerator / denominator` in words; the divisor is not zero.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects, clippy::manual_is_multiple_of)] // The divisor is checked, once.
pub(crate) fn div_word(numerator: u64, denominator: u64, round: Round) -> u64 {
    let quotient = numerator / denominator;
    if round == Round::Up && numerator % denominator != 0 {
        return quotient.wrapping_add(1); // with a remainder it is below the maximum
    }
    quotient
}

/// Returns `numerator / denominator` in words, rounded down also below zero: gains down and losses up. The
/// divisor is not zero.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)] // The divisor is checked, once.
pub(crate) fn floor_div_word(numerator: i64, denominator: u64) -> i64 {
    if numerator < 0 {
        // `!n` is `-n - 1`: a loss of n units is one more than n - 1 units rounded down.
        !((!numerator as u64 / denominator) as i64)
    } else {
        (numerator as u64 / denominator) as i64
    }
}

/// Returns `a * b / d`, exact before the rounding.
///
/// # Errors
/// `DivByZero`; `Overflow` when the result exceeds `u64`.
#[inline(always)]
pub fn mul_div(a: u64, b: u64, d: u64, round: Round) -> Result<u64> {
    if a >> 48 == 0 && b >> 16 == 0 && d != 0 {
        // 48 x 16 bits fit a word.
        return Ok(div_word(a.wrapping_mul(b), d, round)); // rates: by far the most calls
    }
    mul_div_full(a, b, d, round)
}

#[inline(never)]
fn mul_div_full(a: u64, b: u64, d: u64, round: Round) -> Result<u64> {
    let quotient = div(widening_mul(a, b), u128::from(d), round)?;
    u64::try_from(quotient).map_err(|_| MathError::Overflow)
}

/// Returns `a * b / d` where one factor is a word: share prices and indices. The product may take
/// 192 bits.
///
/// # Errors
/// `DivByZero`; `Overflow` when the result exceeds `u128`.
#[inline(never)]
#[allow(clippy::arithmetic_side_effects)] // The divisor is checked.
pub fn mul_div_wide(a: u64, b: u128, d: u128, round: Round) -> Result<u128> {
    if (b | d) >> 64 == 0 && d != 0 && round == Round::Down {
        let product = widening_mul(a, b as u64);
        if product >> 64 == 0 {
            return Ok(u128::from(div_word(product as u64, d as u64, round)));
        }
        return Ok(product / d); // nearly always: the shares of most funds are a word
    }
    match wide_product(a, b) {
        Ok(product) => div(product, d, round),
        Err(_) if d == 0 => Err(MathError::DivByZero),
        Err((high, low)) => {
            let (down, exact) = long_div(high, low, d)?;
            if exact || round == Round::Down {
                return Ok(down);
            }
            down.checked_add(1).ok_or(MathError::Overflow)
        }
    }
}

/// Returns `a * b`, or its high 128 and low 64 bits when that is longer than 128.
#[inline(always)]
fn wide_product(a: u64, b: u128) -> core::result::Result<u128, (u128, u64)> {
    match wide_mul(a, b) {
        (high, low) if high >> 64 == 0 => Ok((high << 64) | u128::from(low)),
        longer => Err(longer),
    }
}

/// Returns the high 128 and the low 64 bits of `a * b`. Such pairs compare as the products do.
#[inline(always)]
pub(crate) fn wide_mul(a: u64, b: u128) -> (u128, u64) {
    let low = widening_mul(a, b as u64);
    if b >> 64 == 0 {
        return (low >> 64, low as u64); // nearly always
    }
    // At most (2^64 - 1)^2 + 2^64 - 1.
    (widening_mul(a, (b >> 64) as u64).wrapping_add(low >> 64), low as u64)
}

/// Returns `(high * 2^64 + low) / d` and whether that is exact: two digits of long division, each
/// estimated from the divisor's leading word (Knuth, The Art of Computer Programming 2, 4.3.1,
/// algorithm D).
#[allow(clippy::arithmetic_side_effects)] // Bounds beside each step.
fn long_div(high: u128, low: u64, d: u128) -> Result<(u128, bool)> {
    let (first, rest) = if high < d { (0, high) } else { (high / d, high % d) };
    if first >> 64 != 0 {
        return Err(MathError::Overflow);
    }
    if d >> 64 == 0 {
        let rest = (rest << 64) | u128::from(low); // rest < d < 2^64
        let second = rest / d;
        return Ok(((first << 64) | second, second.wrapping_mul(d) == rest)); // at most the rest
    }
    let shift = d.leading_zeros(); // below 64
    let d = d << shift;
    let top = (rest << shift) | u128::from(low).wrapping_shl(shift) >> 64; // rest < d before the shift
    let low = low << shift;
    let (d_high, d_low) = ((d >> 64) as u64, d as u64);
    let mut digit = (top / u128::from(d_high)).min(u128::from(u64::MAX)) as u64;
    let mut left = top - widening_mul(digit, d_high);
    // The estimate is too large by at most two (theorem B).
    while left >> 64 == 0 && widening_mul(digit, d_low) > (left << 64) | u128::from(low) {
        digit -= 1;
        left += u128::from(d_high);
    }
    let exact = left >> 64 == 0 && widening_mul(digit, d_low) == (left << 64) | u128::from(low);
    Ok(((first << 64) | u128::from(digit), exact))
}

/// Returns `amount * numerator / denominator` for a ratio of short words, exact before the
/// rounding. The amount is divided first, so that no product leaves a word and no amount needs a
/// division of 128 bits.
///
/// # Errors
/// `DivByZero`; `Overflow` when the result exceeds `u64`.
///
/// ```
/// # use bulkhead_math::rounding::{mul_ratio, Round};
/// // A third of 100: 33 and a rest.
/// assert_eq!(mul_ratio(100, 1, 3, Round::Down), Ok(33));
/// assert_eq!(mul_ratio(100, 1, 3, Round::Up), Ok(34));
/// ```
#[inline]
#[allow(clippy::arithmetic_side_effects)] // The divisor is checked; a rest below 2^32 times 32 bits fits a word.
pub fn mul_ratio(amount: u64, numerator: u32, denominator: u32, round: Round) -> Result<u64> {
    if denominator == 0 {
        return Err(MathError::DivByZero);
    }
    let (numerator, denominator) = (u64::from(numerator), u64::from(denominator));
    let (whole, rest) = (amount / denominator, amount % denominator);
    let part = div_word(rest * numerator, denominator, round);
    word_mul(whole, numerator).and_then(|whole| whole.checked_add(part)).ok_or(MathError::Overflow)
}

/// Returns `a * b / 2^64`, exact before the rounding: a number times a Q64.64.
///
/// # Errors
/// `Overflow` when the result exceeds `u128`.
// Partial products of 64 x 64 bits; sums that can overflow are checked.
#[allow(clippy::arithmetic_side_effects)]
pub fn mul_q64(a: u128, b: u128, round: Round) -> Result<u128> {
    let (a_high, a_low, b_high, b_low) = ((a >> 64) as u64, a as u64, (b >> 64) as u64, b as u64);
    let low = widening_mul(a_low, b_low);
    if a_high | b_high == 0 {
        return Ok((low >> 64) + u128::from(round == Round::Up && low as u64 != 0));
        // nearly always
    }
    let top = widening_mul(a_high, b_high);
    if top >> 64 != 0 {
        return Err(MathError::Overflow);
    }
    let middle = widening_mul(a_high, b_low).checked_add(widening_mul(a_low, b_high));
    let whole =
        middle.and_then(|middle| middle.checked_add(low >> 64)).and_then(|sum| sum.checked_add(top << 64));
    let up = u128::from(round == Round::Up && low as u64 != 0);
    whole.and_then(|whole| whole.checked_add(up)).ok_or(MathError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn division_by_zero_is_named() {
        assert_eq!(mul_div(1, 1, 0, Round::Down), Err(MathError::DivByZero));
        assert_eq!(mul_div_wide(u64::MAX, u128::MAX, 0, Round::Up), Err(MathError::DivByZero));
        assert_eq!(mul_div_wide(1, 1, 0, Round::Down), Err(MathError::DivByZero));
    }

    #[test]
    fn a_result_beyond_a_word_is_an_overflow() {
        assert_eq!(mul_div(u64::MAX, 2, 1, Round::Down), Err(MathError::Overflow));
        assert_eq!(mul_div_wide(u64::MAX, u128::MAX, 1, Round::Down), Err(MathError::Overflow));
        assert_eq!(mul_div_wide(u64::MAX, u128::MAX, u128::from(u64::MAX), Round::Down), Ok(u128::MAX));
    }

    /// The ways by words are taken by the length of the numbers, not by the zeros at their end.
    #[test]
    fn round_numbers_are_as_long_as_others() {
        assert_eq!((word_mul(1 << 32, 1 << 32), word_mul(1 << 32, 3)), (None, Some(3 << 32)));
        assert_eq!(uneven_mul(1 << 44, 1 << 43), 1 << 87);
        assert_eq!(uneven_mul(2, 1 << 63), 1 << 64);
        assert_eq!(mul_div(1 << 63, 2, 4, Round::Down), Ok(1 << 62));
        assert_eq!(mul_div(2, 1 << 63, 4, Round::Down), Ok(1 << 62));
        assert_eq!(mul_div(1 << 47, 1 << 60, 1 << 50, Round::Down), Ok(1 << 57));
        assert_eq!(mul_div_wide(1 << 32, 1 << 32, 2, Round::Down), Ok(1 << 63));
        assert_eq!(mul_q64(1 << 64, 1 << 64, Round::Down), Ok(1 << 64));
        assert_eq!(mul_q64(1 << 96, 1 << 96, Round::Down), Err(MathError::Overflow));
    }

    /// Two numbers of 128 bits with the same high words, or without low words.
    #[test]
    fn long_numbers_divide_as_a_whole() {
        let long = 1u128 << 64;
        assert_eq!(div(long + 15, long + 5, Round::Down), Ok(1));
        assert_eq!(div(3 * long, long, Round::Up), Ok(3));
        assert_eq!(div(3 * long, 2 * long, Round::Up), Ok(2));
        assert_eq!(mul_div_wide(4, long + 5, long + 2, Round::Down), Ok(4));
        assert_eq!(mul_div_wide(5, 3 * long, 2 * long, Round::Down), Ok(7));
        assert_eq!(mul_div_wide(5, 3 * long, 2 * long, Round::Up), Ok(8));
    }

    /// A product of more than 128 bits, by divisors of one word and of two.
    #[test]
    fn a_product_beyond_128_bits_divides_exactly() {
        let product = |d, round| mul_div_wide(1 << 63, 1 << 66, d, round); // 2^129
        assert_eq!((product(1 << 65, Round::Down), product(1 << 65, Round::Up)), (Ok(1 << 64), Ok(1 << 64)));
        assert_eq!(product(1 << 66, Round::Up), Ok(1 << 63));
        assert_eq!(mul_div_wide(1 << 63, 1 << 65, 1 << 65, Round::Up), Ok(1 << 63));
        // A third of 2^129 is 0b1010...10 and two thirds.
        let third = u128::MAX / 3 * 2;
        assert_eq!((product(3, Round::Down), product(3, Round::Up)), (Ok(third), Ok(third + 1)));
        assert_eq!(mul_div_wide(u64::MAX, u128::MAX, u64::MAX.into(), Round::Up), Ok(u128::MAX));
        for d in [(1u128 << 64) + 1, (1 << 65) - 1] {
            assert_eq!(mul_div_wide(5 << 60, d << 2, d, Round::Up), Ok(5 << 62));
        }
    }

    #[test]
    fn a_number_times_a_fixed_point_one() {
        assert_eq!(mul_q64(7, 1 << 64, Round::Up), Ok(7));
        assert_eq!(mul_q64(u128::MAX, 1 << 64, Round::Down), Ok(u128::MAX));
        assert_eq!(mul_q64(u128::MAX, 1 << 65, Round::Down), Err(MathError::Overflow));
        assert_eq!((mul_q64(1, 1, Round::Down), mul_q64(1, 1, Round::Up)), (Ok(0), Ok(1)));
    }

    proptest! {
        #[test]
        fn a_fixed_point_product_is_that_of_its_halves(a: u128, b: u64, c in 0u128..1 << 63) {
            // a * (b * 2^-64 + c) with c whole: the whole part is checked apart.
            let fraction = mul_div_wide(b, a, 1 << 64, Round::Down).unwrap();
            let expected = a.checked_mul(c).and_then(|whole| whole.checked_add(fraction)).ok_or(MathError::Overflow);
            prop_assert_eq!(mul_q64(a, (c << 64) | u128::from(b), Round::Down), expected);
        }

        #[test]
        fn mul_div_brackets_the_exact_quotient(a: u64, b: u64, d in 1u64..) {
            let exact = u128::from(a) * u128::from(b);
            match (mul_div(a, b, d, Round::Down), mul_div(a, b, d, Round::Up)) {
                (Ok(down), Ok(up)) => {
                    prop_assert!(u128::from(down) * u128::from(d) <= exact);
                    prop_assert!(u128::from(up) * u128::from(d) >= exact);
                    prop_assert!(up - down <= 1);
                }
                (down, _) => if let Ok(down) = down { prop_assert_eq!(down, u64::MAX) },
            }
        }

        /// Checked as `quotient * d + remainder = a * b` in 256 bits of schoolbook arithmetic.
        #[test]
        fn mul_div_wide_is_exact(a: u64, b: u128, d in 1u128..(1 << 127)) {
            if let Ok(q) = mul_div_wide(a, b, d, Round::Down) {
                let product = wide(a.into(), b);
                let back = wide(q, d);
                prop_assert!(back <= product);
                let remainder = sub(product, back);
                prop_assert_eq!(remainder.0, 0);
                prop_assert!(remainder.1 < d);
                let up = mul_div_wide(a, b, d, Round::Up);
                prop_assert_eq!(up, if remainder.1 == 0 { Ok(q) } else { q.checked_add(1).ok_or(MathError::Overflow) });
            }
        }

        #[test]
        fn a_ratio_is_a_division(amount: u64, numerator: u32, denominator: u32) {
            for round in [Round::Down, Round::Up] {
                let expected = mul_div(amount, numerator.into(), denominator.into(), round);
                prop_assert_eq!(mul_ratio(amount, numerator, denominator, round), expected);
            }
        }

        #[test]
        fn products_by_halves_are_products(a: u64, b: u64) {
            prop_assert_eq!(widening_mul(a, b), u128::from(a) * u128::from(b));
        }

        #[test]
        fn products_of_a_word_are_those_of_the_library(a: u64, b: u64, shift_a in 0u32..64, shift_b in 0u32..64) {
            let (a, b) = (a >> shift_a, b >> shift_b);
            prop_assert_eq!(word_mul(a, b), a.checked_mul(b));
            prop_assert_eq!(word_mul_saturating(a, b), a.saturating_mul(b));
        }

        /// As the remainder of the library says.
        #[test]
        fn divisions_round_up_what_is_not_exact(a: u128, b: u128, shift_a in 0u32..128, shift_b in 0u32..128) {
            let b = b >> shift_b;
            for a in [a >> shift_a, (a >> shift_a).checked_mul(b).unwrap_or(b)] {
                let Some(down) = a.checked_div(b) else { continue };
                prop_assert_eq!(div(a, b, Round::Down), Ok(down));
                let up = if a % b == 0 { Some(down) } else { down.checked_add(1) };
                prop_assert_eq!(div(a, b, Round::Up).ok(), up);
            }
        }

        #[test]
        fn checked_products_are_products(a: u128, b: u128, shift_a in 0u32..128, shift_b in 0u32..128) {
            let (a, b) = (a >> shift_a, b >> shift_b);
            prop_assert_eq!(checked_mul(a, b).ok(), a.checked_mul(b));
        }

        #[test]
        fn mul_div_wide_agrees_with_mul_div(a: u64, b: u64, d in 1u64..) {
            let wide = mul_div_wide(a, b.into(), d.into(), Round::Up).unwrap();
            prop_assert_eq!(mul_div(a, b, d, Round::Up), u64::try_from(wide).map_err(|_| MathError::Overflow));
        }
    }

    /// Schoolbook 128 x 128 -> (high, low), by 32-bit digits and independent of the code above.
    fn wide(a: u128, b: u128) -> (u128, u128) {
        let digits = |x: u128| [0, 32, 64, 96].map(|s| (x >> s) as u32 as u64);
        let (a, b) = (digits(a), digits(b));
        let mut out = [0u64; 8];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0u64;
            for (j, y) in b.iter().enumerate() {
                let t = x * y + out[i + j] + carry;
                out[i + j] = t & 0xffff_ffff;
                carry = t >> 32;
            }
            out[i + 4] = carry;
        }
        let join = |d: &[u64]| d.iter().rev().fold(0u128, |n, x| (n << 32) | u128::from(*x));
        (join(&out[4..]), join(&out[..4]))
    }

    fn sub(a: (u128, u128), b: (u128, u128)) -> (u128, u128) {
        let (low, borrow) = a.1.overflowing_sub(b.1);
        (a.0 - b.0 - u128::from(borrow), low)
    }
}
