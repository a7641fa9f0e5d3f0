//! Closing (layer 7): the claims of closed-out members share the pool.

use crate::{
    rounding::{mul_div, Round},
    units::Money,
    MathError, Result,
};

/// All claims on a closed fund and the money for them, fixed when the first claim is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayOut {
    /// All claims.
    pub claims: Money,
    /// Money for them, not more than they are.
    pub pool: Money,
}

impl PayOut {
    /// Returns what the claims lack together.
    pub const fn lost(&self) -> Money {
        self.claims.saturating_sub(self.pool)
    }

    /// Returns the payment of `claim` after `before` of the claims have been paid.
    ///
    /// The claims up to and with this one get their part of the pool, rounded down in favour of the
    /// claims that follow, less the payments before. Each claim is within a unit of its part, and
    /// together they get the pool.
    ///
    /// # Errors
    /// `Overflow`; `DivByZero` without claims.
    pub fn pay(&self, claim: Money, before: Money) -> Result<Money> {
        // Favours the claims that follow.
        let up_to = |claims: Money| mul_div(claims, self.pool, self.claims, Round::Down);
        let with = up_to(before.checked_add(claim).ok_or(MathError::Overflow)?)?;
        with.checked_sub(up_to(before)?).ok_or(MathError::Underflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn claims_lose_what_the_pool_lacks() {
        let lost = |claims, pool| PayOut { claims, pool }.lost();
        assert_eq!((lost(100, 30), lost(100, 100), lost(0, 0)), (70, 0, 0));
    }

    proptest! {
        /// P4 and P1 of a wind-down: in any order, the pool is paid out to the unit and each within
        /// a unit of its part.
        #[test]
        fn claims_are_paid_pro_rata(claims in proptest::collection::vec(1u64..1 << 40, 1..12), part in 0u64..=10_000) {
            let total: u64 = claims.iter().sum();
            let fixed = PayOut { claims: total, pool: (u128::from(total) * u128::from(part) / 10_000) as u64 };
            let (mut before, mut out) = (0, 0);
            for claim in claims {
                let paid = fixed.pay(claim, before).unwrap();
                let fair = u128::from(claim) * u128::from(fixed.pool);
                prop_assert!((u128::from(paid) * u128::from(total)).abs_diff(fair) < u128::from(total));
                prop_assert!(paid <= claim);
                before += claim;
                out += paid;
            }
            prop_assert_eq!(out, fixed.pool);
        }
    }
}
