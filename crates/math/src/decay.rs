//! Exponential decay in integers, for memories with a half-life.
//!
//! Everything here that fades does so by `2^(-time / half_life)`, because that composes: ten steps
//! of a second are one of ten seconds, so that nobody gains by touching an account often or seldom.

use crate::{rounding::widening_mul, units::Money};

/// One in Q32.
pub const Q32_ONE: u64 = 1 << 32;

/// `2^-f` for `f` below one: a polynomial of degree 7 through its Chebyshev nodes, exact at zero,
/// within 4 / 2^32.
const COEFFICIENTS: [u64; 7] =
    [2_977_044_471, 1_031_764_939, 238_387_495, 41_304_489, 5_712_048, 639_488, 48_550];

/// Returns `2^(-secs / half_life)` in Q32, within 5 / 2^32 of the exact value. A half-life of zero
/// forgets at once.
///
/// (Wrapping operations here and below: products are below 2^32 times at most 2^32, and each
/// coefficient exceeds the product taken off it; checks would cost more than the rest.)
#[inline(always)]
pub fn decay(secs: u64, half_life_secs: u32) -> u64 {
    let secs = secs.min(u64::from(u32::MAX));
    if secs == 0 {
        return Q32_ONE;
    }
    let half_lives = (secs << 32).checked_div(u64::from(half_life_secs)).unwrap_or(u64::MAX);
    let (whole, fraction) = (half_lives >> 32, half_lives & u64::from(u32::MAX));
    if whole > 32 {
        return 0;
    }
    let [first, rest @ ..] = &COEFFICIENTS;
    let mut tail = 0u64;
    for coefficient in rest.iter().rev() {
        tail = coefficient.wrapping_sub(tail.wrapping_mul(fraction) >> 32);
    }
    let tail = first.wrapping_sub(tail.wrapping_mul(fraction) >> 32);
    Q32_ONE.wrapping_sub(tail.wrapping_mul(fraction) >> 32) >> whole
}

/// Returns `amount * weight` for a weight of at most one in Q32.
#[inline(always)]
pub fn weighted(amount: u64, weight_q32: u64) -> u128 {
    if amount >> 32 == 0 {
        return u128::from(amount.wrapping_mul(weight_q32)); // 32 bits times at most 2^32
    }
    widening_mul(amount, weight_q32)
}

/// Returns the rest of `amount`, rounded up, so that the part that fades away is rounded down.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)] // A decay is at most one, so the product is at most amount * 2^32.
pub fn faded(amount: Money, decay_q32: u64) -> Money {
    ((widening_mul(amount, decay_q32) + u128::from(Q32_ONE - 1)) >> 32) as u64
}

/// Returns the time-weighted mean after `price` has been in force for a time, whose decay is
/// `decay_q32`. A mean is in Q32: `2^32` times a mantissa.
///
/// The price counted is the one in force until now, so that a price of this moment has no weight
/// before it has lasted.
///
/// (Mantissas are words: their difference in Q32 has 96 bits, its parts 64 and 32. What is left of it
/// is no longer.)
#[inline(always)]
pub fn mean_after(mean_q32: u128, price: u64, decay_q32: u64) -> u128 {
    let price = u128::from(price) << 32;
    let is_below = mean_q32 < price;
    let distance = if is_below { price.wrapping_sub(mean_q32) } else { mean_q32.wrapping_sub(price) };
    let (high, low) = ((distance >> 32) as u64, distance as u64 & u64::from(u32::MAX));
    let left = weighted(high, decay_q32).wrapping_add(u128::from(low.wrapping_mul(decay_q32) >> 32));
    if is_below {
        price.wrapping_sub(left)
    } else {
        price.wrapping_add(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;

    fn exact(secs: u64, half_life: u32) -> f64 {
        (-(secs as f64) / f64::from(half_life)).exp2()
    }

    #[test]
    fn a_half_life_halves() {
        assert_eq!(decay(0, 60), Q32_ONE);
        assert_eq!(decay(60, 60), Q32_ONE / 2);
        assert_eq!(decay(1_920, 60), 1);
        assert_eq!(decay(u64::MAX, 60), 0);
        assert_eq!(decay(1, 0), 0);
    }

    #[test]
    fn a_weight_is_exact() {
        for amount in [3, 1 << 32, 1 << 40, u64::MAX] {
            assert_eq!(weighted(amount, Q32_ONE), u128::from(amount) << 32);
            assert_eq!(weighted(amount, Q32_ONE / 2), u128::from(amount) << 31);
        }
    }

    #[test]
    fn what_fades_is_rounded_down() {
        // Half of 3 units fades: one does.
        assert_eq!((faded(3, Q32_ONE / 2), faded(4, Q32_ONE / 2), faded(0, Q32_ONE / 2)), (2, 2, 0));
    }

    #[test]
    fn a_mean_near_the_price_keeps_its_fraction() {
        let price = 1u128 << 32;
        assert_eq!(mean_after(price + 3, 1, Q32_ONE / 2), price + 1);
        assert_eq!(mean_after(price - 3, 1, Q32_ONE / 2), price - 1);
        assert_eq!(mean_after(price + (5 << 32) + 2, 1, Q32_ONE / 2), price + (5 << 31) + 1);
        assert_eq!(mean_after(price, 1, Q32_ONE / 2), price);
    }

    proptest! {
        #[test]
        fn decay_is_within_its_bound(secs in 0u64..10_000_000, half_life in 1u32..10_000_000) {
            let error = decay(secs, half_life) as f64 - exact(secs, half_life) * Q32_ONE as f64;
            prop_assert!(error.abs() <= 5.0, "{error} / 2^32");
        }

        /// Ten steps of a second are one of ten seconds: each step may add its own bound.
        #[test]
        fn small_steps_are_one_large_one(steps in proptest::collection::vec(1u64..600, 1..40), half_life in 30u32..100_000) {
            let small = steps.iter().fold(Q32_ONE, |left, step| (left * decay(*step, half_life)) >> 32);
            let large = decay(steps.iter().sum(), half_life);
            prop_assert!(small.abs_diff(large) <= 7 * (steps.len() as u64 + 1), "{small} {large}");
        }

        #[test]
        fn what_fades_never_exceeds_what_there_was(amount: u64, secs in 0u64..1_000_000, half_life in 1u32..1_000_000) {
            let left = faded(amount, decay(secs, half_life));
            prop_assert!(left <= amount);
            prop_assert!(secs > 0 || left == amount);
        }

        /// A mean lies between the mean before and the price, and splitting the time changes
        /// nothing beyond its resolution.
        #[test]
        fn a_mean_moves_towards_the_price(
            mean in 1u64..1 << 60, price in 1u64..1 << 60, first in 0u64..100_000, second in 0u64..100_000, half_life in 1u32..100_000,
        ) {
            let before = u128::from(mean) << 32;
            let target = u128::from(price) << 32;
            let once = mean_after(before, price, decay(first + second, half_life));
            let twice = mean_after(mean_after(before, price, decay(first, half_life)), price, decay(second, half_life));
            prop_assert!(once.abs_diff(target) <= before.abs_diff(target));
            let bound = (before.abs_diff(target) >> 28) + 2;
            prop_assert!(once.abs_diff(twice) <= bound, "{once} {twice}");
        }
    }
}
