//! Integers, and divisions that say how they are rounded.

use num_bigint::{BigInt, Sign};

/// Every number of the model: money in base units, lots, raw quote, shares, indices, seconds and
/// slots. A sum that leaves the type panics.
pub type Int = i128;

/// 100%.
pub const BPS: Int = 10_000;
/// One in an index (Q64.64).
pub const Q64: Int = 1 << 64;
/// One in a weight (Q32).
pub const Q32: Int = 1 << 32;
/// A year of 365.25 days.
pub const YEAR_SECS: Int = 31_557_600;

/// `a * b / divisor`, exact until the caller chooses the rounding.
pub struct Quotient {
    numerator: BigInt,
    divisor: BigInt,
}

/// See [`Quotient`].
pub fn quotient(a: Int, b: Int, divisor: Int) -> Quotient {
    assert!(divisor > 0, "a divisor of {divisor}");
    Quotient { numerator: BigInt::from(a) * b, divisor: divisor.into() }
}

/// A rate of an amount.
pub fn part(amount: Int, bps: Int) -> Quotient {
    quotient(amount, bps, BPS)
}

impl Quotient {
    /// The next integer below: towards minus infinity.
    pub fn down(&self) -> Int {
        let towards_zero = &self.numerator / &self.divisor;
        let below = self.numerator.sign() == Sign::Minus && &towards_zero * &self.divisor != self.numerator;
        let down = if below { towards_zero - 1 } else { towards_zero };
        Int::try_from(down).expect("a quotient that fits")
    }

    /// The next integer above.
    pub fn up(&self) -> Int {
        let negative = Self { numerator: -&self.numerator, divisor: self.divisor.clone() };
        -negative.down()
    }
}

/// The square root, rounded down.
pub fn square_root(number: Int) -> Int {
    let mut root = 0;
    for bit in (0..63).rev() {
        let larger = root | 1 << bit;
        if larger * larger <= number {
            root = larger;
        }
    }
    root
}

/// `2^(-secs / half_life)` in Q32, by the polynomial that docs/rates.md defines.
pub fn decay(secs: Int, half_life: Int) -> Int {
    let half_lives = quotient(secs.min(Q32 - 1), Q32, half_life).down();
    let (whole, f) = (half_lives / Q32, half_lives % Q32);
    if whole > 32 {
        return 0;
    }
    // 2^-f = 1 - f (c1 - f (c2 - f (... - f c7))), every product rounded down.
    const C: [Int; 7] = [2_977_044_471, 1_031_764_939, 238_387_495, 41_304_489, 5_712_048, 639_488, 48_550];
    let kept = C.iter().rev().fold(0, |inner, c| c - inner * f / Q32);
    (Q32 - kept * f / Q32) >> whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_is_as_said() {
        assert_eq!((quotient(7, 1, 2).down(), quotient(7, 1, 2).up()), (3, 4));
        assert_eq!((quotient(-7, 1, 2).down(), quotient(-7, 1, 2).up()), (-4, -3));
        assert_eq!((quotient(-8, 1, 2).down(), quotient(8, 1, 2).up()), (-4, 4));
    }

    proptest! {
        #[test]
        fn roots_are_rounded_down(number in 0..1i128 << 64) {
            let root = square_root(number);
            prop_assert!(root * root <= number && (root + 1) * (root + 1) > number);
        }

        /// The polynomial is what it stands for, within the bound the documentation gives.
        #[test]
        fn decay_is_a_power_of_two(secs in 0i64..100_000_000, half_life in 1i64..10_000_000) {
            let exact = (-(secs as f64) / half_life as f64).exp2() * 4_294_967_296.0;
            let decay = decay(secs.into(), half_life.into()) as f64;
            prop_assert!((decay - exact).abs() <= 6.0, "{decay} for {exact}");
        }
    }
}
