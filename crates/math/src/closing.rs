//! Closing a fund: how the claims of closed-out members share what there is (layer 7).

use crate::{
    rounding::{mul_div, Round},
    units::Money,
    MathError, Result,
};

/// What there is for the claims on a closed fund, fixed when the first one is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayOut {
    /// All claims.
    pub claims: Money,
    /// Money for them, not more than they are.
    pub pool: Money,
}

impl PayOut {
    /// What `claim` is paid when `before` of the claims have been: the claims up to and with this one get their part,
    /// rounded down, less what those before got. Each is within a unit of its part, and together they get the pool.
    ///
    /// # Errors
    /// `Overflow`; `DivByZero` without claims.
    pub fn pay(&self, claim: Money, before: Money) -> Result<Money> {
        let up_to = |claims: Money| mul_div(claims, self.pool, self.claims, Round::Down); // favours the claims that follow
        let with = up_to(before.checked_add(claim).ok_or(MathError::Overflow)?)?;
        with.checked_sub(up_to(before)?).ok_or(MathError::Underflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// P4 and P1 of a wind-down: in whatever order, the pool is paid out to the unit and each within a unit of its part.
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
