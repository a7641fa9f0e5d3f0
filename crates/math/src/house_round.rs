//! A house round: the results of all houses are one sum.
//!
//! From the first lots that a default brings until the last house that is not silent is flat, the
//! results of all houses are added up, and the sum is realised at the end. The order of the sales
//! therefore cannot end a share epoch, or burn a cushion, that the sum would not. A gain cancels
//! unfunded loss, then is a recovery as far as the pool holds cash for it; a loss is paid by the
//! cushions, then unfunded.
//!
//! *Example.* The house sells SOL at a loss of 500 and BTC at a gain of 400, with cushions of 30:
//! 30 come from the cushions, 70 go to the waterfall.

use crate::{
    units::{add_pnl, to_pnl, Money, Pnl},
    MathError, Result,
};

/// What the houses have brought so far in this round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HouseRound {
    /// Sum of the results of the houses that are flat: each a gain rounded down or a loss rounded
    /// up, in favour of the fund. It belongs to the raw quote of the books until it is realised.
    pub result: Pnl,
}

/// What there is when a round is realised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HouseCash {
    /// Money in the cushions.
    pub cushions: Money,
    /// Loss that nobody has paid.
    pub unfunded: Money,
    /// Cash in the pool that is not for the claims of a gains cut.
    pub pool: Money,
    /// What of a gain stays, for the houses of silent markets may lose as much.
    pub held: Money,
}

/// A round's realised result. Of cancelled and recovered, and of cushions and unfunded, one pair is
/// zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HousePlan {
    /// `a`: gain that cancels unfunded loss.
    pub cancelled: Money,
    /// `b`: gain that goes from the pool to the recoveries.
    pub recovered: Money,
    /// `c`: loss that goes from the cushions to the pool.
    pub from_cushions: Money,
    /// Loss that is unfunded from now on.
    pub unfunded: Money,
    /// The next round: gain that the pool had no cash for, or that is held.
    pub next: HouseRound,
}

impl HouseRound {
    /// Adds the result of a house that got flat.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn with(&self, result: Pnl) -> Result<Self> {
        Ok(Self { result: add_pnl(self.result, result)? })
    }

    /// Realises the sum.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::house_round::{HouseCash, HouseRound};
    /// let round = HouseRound::default().with(-500)?.with(400)?;
    /// let plan = round.plan_realise(&HouseCash { cushions: 30, ..HouseCash::default() })?;
    /// assert_eq!((plan.from_cushions, plan.unfunded, plan.next.result), (30, 70, 0));
    /// // A gain of 100 with 40 unfunded and 50 in the pool: 10 wait for cash.
    /// let cash = HouseCash { cushions: 30, unfunded: 40, pool: 50, held: 0 };
    /// let plan = HouseRound { result: 100 }.plan_realise(&cash)?;
    /// assert_eq!((plan.cancelled, plan.recovered, plan.next.result), (40, 50, 10));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn plan_realise(&self, cash: &HouseCash) -> Result<HousePlan> {
        let amount = self.result.unsigned_abs();
        if self.result < 0 {
            let from_cushions = amount.min(cash.cushions);
            let unfunded = amount.saturating_sub(from_cushions);
            return Ok(HousePlan { from_cushions, unfunded, ..HousePlan::default() });
        }
        let cancelled = amount.min(cash.unfunded);
        let left = amount.saturating_sub(cancelled);
        let recovered = left.saturating_sub(cash.held).min(cash.pool);
        let waits = left.checked_sub(recovered).ok_or(MathError::Underflow)?;
        Ok(HousePlan { cancelled, recovered, next: Self { result: to_pnl(waits)? }, ..HousePlan::default() })
    }
}

/// Whether a silent house blocks exits: what it may still cost is more than cushions and treasury,
/// so that contributions would pay. `loss` is its loss at the last mark, `stress_loss` what its
/// lots lose by a stress move from there.
///
/// ```
/// # use bulkhead_math::house_round::silent_house_blocks;
/// assert!(!silent_house_blocks(100, 400, 300, 200));
/// assert!(silent_house_blocks(101, 400, 300, 200));
/// ```
pub const fn silent_house_blocks(loss: Money, stress_loss: Money, cushions: Money, treasury: Money) -> bool {
    // Beyond a word either side is more than there can be.
    loss.saturating_add(stress_loss) > cushions.saturating_add(treasury)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gain_takes_no_cushion_and_a_loss_no_pool() {
        let cash = HouseCash { cushions: 10, unfunded: 0, pool: 100, held: 0 };
        let gain = HouseRound { result: 7 }.plan_realise(&cash).unwrap();
        assert_eq!(gain, HousePlan { recovered: 7, ..HousePlan::default() });
        let loss = HouseRound { result: -7 }.plan_realise(&cash).unwrap();
        assert_eq!(loss, HousePlan { from_cushions: 7, ..HousePlan::default() });
    }

    #[test]
    fn the_most_that_fits_is_realised() {
        let plan = HouseRound { result: i64::MIN }.plan_realise(&HouseCash::default()).unwrap();
        assert_eq!(plan.unfunded, 1 << 63);
        assert_eq!(HouseRound { result: i64::MAX }.with(1), Err(MathError::Overflow));
    }

    proptest! {
        /// P13: the order of the sales changes nothing; P3: what is realised is the sum.
        #[test]
        fn the_order_of_sales_changes_nothing(
            results in proptest::collection::vec(-(1i64 << 40)..1 << 40, 1..8), turn in 0usize..8,
            cushions in 0u64..1 << 40, unfunded in 0u64..1 << 40, pool in 0u64..1 << 40,
            held in 0u64..1 << 40,
        ) {
            let cash = HouseCash { cushions, unfunded, pool, held };
            let of = |results: &[i64]| results.iter().fold(HouseRound::default(), |round, result| round.with(*result).unwrap());
            let round = of(&results);
            let mut turned = results.clone();
            turned.rotate_left(turn % results.len());
            turned.reverse();
            let plan = round.plan_realise(&cash).unwrap();
            prop_assert_eq!(plan, of(&turned).plan_realise(&cash).unwrap());
            let realised = (plan.cancelled + plan.recovered) as i64 - (plan.from_cushions + plan.unfunded) as i64;
            prop_assert_eq!(realised + plan.next.result, round.result);
            prop_assert!(plan.cancelled <= unfunded && plan.recovered <= pool && plan.from_cushions <= cushions);
            prop_assert!(plan.recovered == 0 || plan.cancelled == unfunded && plan.next.result as u64 >= held);
            prop_assert!(plan.unfunded == 0 || plan.from_cushions == cushions);
        }
    }
}
