//! Premium: open positions pay for being insured, a rate of their notional by the second, through
//! an index.
//!
//! An index grows by `price * rate * seconds` per lot, in raw quote Q64.64, at the price and rate
//! that were in force. A position pays `ceil(|lots| * growth)` when it is touched; the payment is
//! booked at the same moment, so that P3 is exact whenever that is. Lots do not change in between,
//! and the index does not depend on when it is cranked but for one part in 2^64.

use crate::{
    rounding::{mul_q64, widening_mul, Round},
    units::{Lots, Price, Q64, YEAR_SECS},
    volatility::Regime,
    MathError, Result,
};

/// Returns the rate per second of an annual rate, as a fraction of 2^64, rounded down in favour of
/// members.
#[allow(clippy::arithmetic_side_effects)] // 2^16 * 2^64; the divisor is a constant.
pub const fn rate_per_second(bps_per_year: u16) -> u64 {
    (((bps_per_year as u128) << 64) / (10_000 * YEAR_SECS as u128)) as u64
}

/// Returns the index after `secs` at a price and a rate: half the rate while the market is calm,
/// twice while it is stressed. It costs the whole notional at most, less one part in 2^64 and so rounded
/// down in favour of members: that is a hundred years at 1%, two and a half at 20% while the market is
/// stressed. A longer silence costs no more, so that whatever has happened the market can be cranked.
///
/// # Errors
/// `Overflow` when the index leaves its type.
#[inline(always)]
pub fn grown(index: Q64, price: Price, rate: u64, regime: Regime, secs: u64) -> Result<Q64> {
    let rate = match regime {
        Regime::Neutral => rate,
        Regime::RiskOn => rate >> 1,
        Regime::RiskOff => rate.checked_add(rate).ok_or(MathError::Overflow)?,
    };
    let part = match (rate >> 40) | (secs >> 24) {
        0 => rate.wrapping_mul(secs), // 40 bits, less than 2% a year, and 24, half a year
        _ => rate.saturating_mul(secs), // favours members
    };
    index.checked_add(widening_mul(price, part)).ok_or(MathError::Overflow)
}

/// Returns the raw quote that `lots` owe for the growth of the index between two values, rounded up
/// in favour of the fund.
///
/// # Errors
/// `Underflow` when the index has fallen, `Overflow`.
#[inline(always)]
pub fn due(lots: Lots, from: Q64, to: Q64) -> Result<u128> {
    let growth = to.checked_sub(from).ok_or(MathError::Underflow)?;
    if growth == 0 || lots == 0 {
        return Ok(0);
    }
    mul_q64(u128::from(lots.unsigned_abs()), growth, Round::Up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One year of one SOL at 200, 1% a year: 2 dollars.
    #[test]
    fn a_year_costs_the_rate() {
        let (rate, price) = (rate_per_second(100), 20_000_000_000);
        let of = |regime| due(100, 0, grown(0, price, rate, regime, YEAR_SECS).unwrap()).unwrap();
        let year = of(Regime::Neutral);
        assert!(year.abs_diff(20_000_000_000) < 1_000, "{year}");
        assert!(of(Regime::RiskOff).abs_diff(2 * year) <= 1);
        assert!(of(Regime::RiskOn).abs_diff(year / 2) < 1_000);
        assert_eq!(due(0, 0, 1 << 70), Ok(0));
        assert_eq!(due(1, 2, 1), Err(MathError::Underflow));
    }

    /// Three years of silence at 20% in stress would cost 120%: they cost the notional, as thirty do.
    #[test]
    fn a_silence_costs_the_notional_at_most() {
        let (rate, price) = (rate_per_second(2_000), 20_000_000_000);
        let of = |years| grown(7, price, rate, Regime::RiskOff, years * YEAR_SECS).unwrap();
        let all = due(100, 7, of(3)).unwrap();
        assert_eq!(all, 100 * u128::from(price));
        assert!(due(100, 7, of(2)).unwrap() < all);
        assert_eq!((of(30), of(u64::MAX / YEAR_SECS)), (of(3), of(3)));
        // Of the most lots it lacks one part in 2^64.
        let most = u128::from(i64::MAX.unsigned_abs()) * u128::from(price);
        assert_eq!(due(i64::MAX, 7, of(3)), Ok(most - (most >> 64)));
    }

    #[test]
    fn a_growth_beyond_a_word_is_the_notional() {
        let of = |rate, secs| grown(0, 1, rate, Regime::Neutral, secs);
        for (rate, secs) in [(1 << 63, 2), (1 << 41, 1 << 25), (1 << 39, 1 << 40), (u64::MAX, 1 << 24)] {
            assert_eq!(of(rate, secs), Ok(u128::from(u64::MAX)), "{rate} {secs}");
        }
        assert_eq!(of(u64::MAX, 1), Ok(u128::from(u64::MAX)));
        assert_eq!(of(1 << 40, (1 << 24) - 1), Ok((1 << 64) - (1 << 40)));
        assert_eq!(grown(0, 1, 1 << 63, Regime::RiskOff, 1), Err(MathError::Overflow));
    }

    proptest! {
        /// Cranking often or seldom at the same price is the same index, exactly.
        #[test]
        fn an_index_is_the_same_in_pieces(price in 1u64..1 << 60, bps in 0u16..=10_000, steps in proptest::collection::vec(0u64..100_000, 1..30)) {
            let rate = rate_per_second(bps);
            let pieces = steps.iter().fold(0, |index, secs| grown(index, price, rate, Regime::Neutral, *secs).unwrap());
            prop_assert_eq!(pieces, grown(0, price, rate, Regime::Neutral, steps.iter().sum()).unwrap());
        }

        /// Touching a position often costs it at most one raw unit a touch more.
        #[test]
        fn a_touch_costs_at_most_one_raw_unit(lots in 1i64..1 << 40, growths in proptest::collection::vec(0u128..1 << 100, 1..20)) {
            let (mut index, mut often) = (0u128, 0u128);
            for growth in &growths {
                often += due(lots, index, index + growth).unwrap();
                index += growth;
            }
            let once = due(lots, 0, index).unwrap();
            prop_assert!(once <= often && often < once + growths.len() as u128);
        }
    }
}
