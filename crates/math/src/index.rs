//! Amounts per share, accrued in O(1).
//!
//! An index grows by `amount / shares` (Q64.64); a holder's part since a snapshot is `shares *
//! (index - snapshot)`, kept in Q64.64 without any rounding, so that the only rounding of a whole
//! history is the one at payment.

use crate::{
    rounding::{checked_mul, div, Round},
    units::{Money, Shares, Q64},
    MathError, Result,
};

/// An index, and its surplus beyond whole base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Sum of amount per share.
    pub value: Q64,
    /// `credited * 2^64 - owed`: the credit beyond the claims of the holders; below one unit.
    pub surplus: u64,
}

/// The effect of an accrual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccrualPlan {
    /// Goes to the holders' bucket.
    pub credited: Money,
    /// Cannot be divided among the shares: the caller's to place.
    pub left: Money,
    /// The index afterwards.
    pub next: Index,
}

impl Index {
    /// Spreads `amount` over `shares`: per share rounded down, the bucket's credit rounded up, both
    /// in favour of the fund, so that the bucket always covers the claims and exceeds them by less
    /// than one unit in all.
    ///
    /// # Errors
    /// `Overflow` when an index would leave its type.
    #[inline(never)]
    pub fn plan_accrue(&self, amount: Money, shares: Shares) -> Result<AccrualPlan> {
        if shares == 0 {
            return Ok(AccrualPlan { credited: 0, left: amount, next: *self });
        }
        let per_share = div(u128::from(amount) << 64, shares, Round::Down)?; // favours the fund
        let owed = checked_mul(per_share, shares)?;
        let covered = u128::from(self.surplus);
        let (credited, surplus) = match owed.checked_sub(covered) {
            None | Some(0) => (0, covered.checked_sub(owed).ok_or(MathError::Underflow)?),
            Some(open) => {
                // Whole units, rounded up in favour of the holders' bucket; the surplus is what is
                // missing to them.
                let fraction = open as u64;
                let whole = open >> 64;
                let credited = if fraction == 0 { Some(whole) } else { whole.checked_add(1) };
                (credited.ok_or(MathError::Overflow)?, u128::from(fraction.wrapping_neg()))
            }
        };
        let credited = u64::try_from(credited).map_err(|_| MathError::Overflow)?;
        Ok(AccrualPlan {
            credited,
            left: amount.checked_sub(credited).ok_or(MathError::Underflow)?,
            next: Index {
                value: self.value.checked_add(per_share).ok_or(MathError::Overflow)?,
                surplus: u64::try_from(surplus).map_err(|_| MathError::Overflow)?,
            },
        })
    }
}

/// Returns the amount that `shares` have accrued between two values of an index, in Q64.64, exact.
///
/// # Errors
/// `Underflow` when the snapshot is newer than the index, `Overflow`.
pub fn accrued(shares: Shares, snapshot: Q64, index: Q64) -> Result<Q64> {
    let grown = index.checked_sub(snapshot).ok_or(MathError::Underflow)?;
    if grown == 0 {
        return Ok(0);
    }
    checked_mul(grown, shares)
}

/// Returns the whole base units of a Q64.64 amount (rounded down, in favour of the fund) and the
/// fraction that stays.
pub fn whole_units(amount: Q64) -> (Money, Q64) {
    ((amount >> 64) as u64, amount & u128::from(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZERO: Index = Index { value: 0, surplus: 0 };

    #[test]
    fn without_shares_everything_is_left() {
        let plan = ZERO.plan_accrue(7, 0).unwrap();
        assert_eq!((plan.credited, plan.left, plan.next), (0, 7, ZERO));
    }

    #[test]
    fn whole_units_are_paid_and_the_fraction_stays() {
        assert_eq!(whole_units((3 << 64) + 5), (3, 5));
        assert_eq!(whole_units(u128::MAX), (u64::MAX, u128::from(u64::MAX)));
    }

    #[test]
    fn the_largest_amount_fits() {
        let plan = ZERO.plan_accrue(u64::MAX, 1).unwrap();
        assert_eq!((plan.credited, plan.left), (u64::MAX, 0));
    }

    proptest! {
        /// P1 for an index: over any history, the bucket covers all claims and exceeds them by less
        /// than one unit.
        #[test]
        fn the_bucket_is_what_holders_can_claim(
            amounts in proptest::collection::vec(0u64..1 << 40, 1..60),
            holders in proptest::collection::vec(1u128..1 << 80, 1..6),
        ) {
            let shares = holders.iter().sum::<u128>();
            let (mut index, mut bucket, mut left) = (ZERO, 0u128, 0u128);
            for amount in &amounts {
                let plan = index.plan_accrue(*amount, shares).unwrap();
                prop_assert_eq!(plan.credited + plan.left, *amount);
                bucket += u128::from(plan.credited);
                left += u128::from(plan.left);
                index = plan.next;
            }
            let owed: u128 = holders.iter().map(|h| accrued(*h, 0, index.value).unwrap()).sum();
            prop_assert_eq!((bucket << 64) - owed, u128::from(index.surplus));
            prop_assert_eq!(bucket + left, amounts.iter().map(|a| u128::from(*a)).sum::<u128>());
        }

        #[test]
        fn touching_often_or_once_is_the_same(shares in 1u128..1 << 60, steps in proptest::collection::vec(0u128..1 << 60, 1..20)) {
            let (mut index, mut often) = (0u128, 0u128);
            for step in steps {
                often += accrued(shares, index, index + step).unwrap();
                index += step;
            }
            prop_assert_eq!(often, accrued(shares, 0, index).unwrap());
        }
    }
}
