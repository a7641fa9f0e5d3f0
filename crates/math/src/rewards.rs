//! Rewards: the clearing fee, and the part of it that goes to contributors.

use crate::{
    rounding::Round,
    units::{Bps, Money},
    MathError, Result,
};

/// A fee and its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePlan {
    /// The fee of one side.
    pub fee: Money,
    /// The contributors' part.
    pub to_rewards: Money,
    /// The protocol's part.
    pub to_treasury: Money,
}

/// Splits the fee on `notional`. The fee is rounded up in favour of the fund, and the contributors'
/// share of it down.
///
/// # Errors
/// `Overflow`.
pub fn plan_fee(notional: Money, rate: Bps, reward_share: Bps) -> Result<FeePlan> {
    let fee = rate.of(notional, Round::Up)?;
    let to_rewards = reward_share.of(fee, Round::Down)?;
    let to_treasury = fee.checked_sub(to_rewards).ok_or(MathError::Underflow)?;
    Ok(FeePlan { fee, to_rewards, to_treasury })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_fee_is_its_halves(notional in 0u64..1 << 60, rate in 0u16..=1_000, share in 0u16..=10_000) {
            let plan = plan_fee(notional, Bps(rate), Bps(share)).unwrap();
            prop_assert_eq!(plan.to_rewards + plan.to_treasury, plan.fee);
            prop_assert!(rate == 0 || notional == 0 || plan.fee > 0);
        }
    }
}
