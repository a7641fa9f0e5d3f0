//! Stress calls: a member that the cover limit would no longer admit sells its excess.
//!
//! Limits hold when a position is opened, and then prices move and contributions leave. A member
//! whose stress loss exceeds what the cover limit admits is called; once the call is due, anyone
//! takes lots from it. Selling `N` of notional lowers the stress loss by `N r` and costs the
//! discount `N e`, so that an excess `x` needs
//!
//! ```text
//! N = ceil(x / (r - e))        r = st + d (1 + st)
//! ```
//!
//! *Example.* A stress rate of 20% and a largest auction discount of 5% make `r` 26%. An excess of
//! 641.20 at a discount of 1.25% needs 2,590.71 of notional.

use crate::{
    crowding::FineRate,
    rounding::{div, mul_div, Round},
    units::{Bps, Money, Price, Scale},
    MathError, Result,
};

/// The discount at which an excess is sold, `elapsed_ms` after the call is due: it grows to half of
/// the maintenance rate over `duration_ms`, in whole bps, rounded down in favour of the member.
///
/// # Errors
/// `DivByZero` without a duration, `Overflow`.
///
/// ```
/// # use bulkhead_math::{stress_call::discount, units::Bps};
/// assert_eq!(discount(Bps(500), 20_000, 40_000), Ok(Bps(125)));
/// assert_eq!(discount(Bps(500), 90_000, 40_000), Ok(Bps(250)));
/// ```
pub fn discount(maintenance: Bps, elapsed_ms: u64, duration_ms: u64) -> Result<Bps> {
    let most = u64::from(maintenance.0 / 2);
    let bps = mul_div(most, elapsed_ms.min(duration_ms), duration_ms, Round::Down)?; // favours the member
    u16::try_from(bps).map(Bps).map_err(|_| MathError::Overflow)
}

/// The most lots (unsigned) that may be sold of a member with this `excess`, so that it is within
/// the limit again: its notional and then its lots rounded up. Where the discount costs as much as
/// the sale frees, all of them.
///
/// # Errors
/// `DivByZero` for a mark of zero, `Overflow`.
///
/// ```
/// # use bulkhead_math::{crowding::FineRate, stress_call::most_lots, units::{Bps, Scale}};
/// let stress = FineRate::stress(Bps(2_000), Bps(500))?;
/// // An excess of 641.20, lots of 0.01 at 204.
/// let scale = Scale::from_decimals(8, 2, 6)?;
/// assert_eq!(most_lots(641_200_000, stress, Bps(125), 20_400_000_000, scale), Ok(1_270));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn most_lots(excess: Money, stress: FineRate, discount: Bps, mark: Price, scale: Scale) -> Result<u64> {
    let freed = u64::from(stress.beyond(discount).0);
    if freed == 0 {
        return Ok(u64::MAX);
    }
    let notional = mul_div(excess, u64::from(FineRate::ONE), freed, Round::Up)?;
    let raw = u128::try_from(scale.raw_of(notional)).map_err(|_| MathError::Overflow)?;
    Ok(u64::try_from(div(raw, u128::from(mark), Round::Up)?).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sale_that_frees_nothing_may_take_everything() {
        let scale = Scale::from_decimals(8, 2, 6).unwrap();
        assert_eq!(most_lots(1, FineRate(2_500_000), Bps(250), 1, scale), Ok(u64::MAX));
    }

    proptest! {
        /// What may be sold is enough, and a lot less is not.
        #[test]
        fn the_excess_and_no_more(
            excess in 1u64..1 << 40, stress in 500u16..5_000, maintenance in 100u16..900, price in 1u64 << 20..1 << 40,
        ) {
            let scale = Scale::from_decimals(8, 2, 6).unwrap();
            let (rate, discount) = (FineRate::stress(Bps(stress), Bps(500)).unwrap(), Bps(maintenance / 2));
            let lots = most_lots(excess, rate, discount, price, scale).unwrap();
            let freed = |lots: u64| {
                let raw = u128::from(lots) * u128::from(price);
                raw * u128::from(rate.beyond(discount).0) / (u128::from(scale.get()) * 100_000_000)
            };
            prop_assert!(freed(lots) >= u128::from(excess));
            let one_less = freed(lots - 1);
            // The notional is rounded up to a base unit before the lots are.
            prop_assert!(one_less <= u128::from(excess) + 1);
        }
    }
}
