//! A declaration: layers 1 and 2, and what a defaulter leaves behind.
//!
//! The declaration takes the defaulter's margin, sets off its claim to a gain that was cut, its claimable
//! rewards and recoveries, and takes its contribution up to the shortfall. A default that these cover is born allocated: nobody
//! else ever hears of it. Then its contribution pays the caller's bounty and the cushion for the
//! sale of its position; the rest stays shares.
//!
//! *Example.* A margin of 100, positions that have lost 500, rewards of 30, a contribution of
//! 1,000, a bounty of 5 and a stress loss of 250: the shortfall is 400, 30 are set off, 370 come
//! from the contribution, then 5 and 250. 375 stay shares, nothing is unfunded.

use crate::{
    cushions,
    units::{to_pnl, Money, Pnl},
    MathError, Result,
};

/// What the positions of a member have lost beyond its margin: `-(margin + net)`. `net` is their
/// result as they go to the houses: fresh ones at the end of the interval that favours the member,
/// silent ones at their last mark.
///
/// # Errors
/// `Underflow` when the member is solvent: there is no loss to share. `Overflow`.
///
/// ```
/// # use bulkhead_math::declaration::shortfall;
/// assert_eq!(shortfall(100, -500), Ok(400));
/// ```
pub fn shortfall(margin: Money, net: Pnl) -> Result<Money> {
    let equity = to_pnl(margin)?.checked_add(net).ok_or(MathError::Overflow)?;
    if equity >= 0 {
        return Err(MathError::Underflow);
    }
    Ok(equity.unsigned_abs())
}

/// A member that cannot pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaulter {
    /// `D`: see [`shortfall`].
    pub shortfall: Money,
    /// What is left of its claim to a gain that was cut.
    pub claim: Money,
    /// Rewards that it could claim.
    pub rewards: Money,
    /// Recoveries that it could claim.
    pub recoveries: Money,
    /// What its shares are worth.
    pub contribution: Money,
}

/// What a declaration moves. The margin goes to the pool, all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// Set off from the claim: no money moves, for the pool owes as much less.
    pub from_claim: Money,
    /// Set off from rewards, into the pool.
    pub from_rewards: Money,
    /// Set off from recoveries, into the pool.
    pub from_recoveries: Money,
    /// `k`: from the contribution, into the pool.
    pub own: Money,
    /// From the contribution, to the caller.
    pub bounty: Money,
    /// `h`: from the contribution, into the cushions.
    pub cushion: Money,
    /// What nobody has paid yet; a default without it is allocated.
    pub unfunded: Money,
}

impl Declaration {
    /// What leaves the contributions, for which shares are burned: `k`, bounty and cushion.
    ///
    /// # Errors
    /// `Overflow` never, for it is at most the contribution.
    pub fn from_contribution(&self) -> Result<Money> {
        let sum = self.own.checked_add(self.bounty).and_then(|sum| sum.checked_add(self.cushion));
        sum.ok_or(MathError::Overflow)
    }
}

impl Defaulter {
    /// Declares the member. `bounty` is the most that the caller is paid, `stress_loss` that of the
    /// lots that go to the houses.
    ///
    /// ```
    /// # use bulkhead_math::declaration::Defaulter;
    /// let defaulter = Defaulter { shortfall: 400, rewards: 30, contribution: 1_000, ..Defaulter::default() };
    /// let plan = defaulter.declare(5, 250);
    /// assert_eq!((plan.from_rewards, plan.own, plan.unfunded), (30, 370, 0));
    /// assert_eq!((plan.bounty, plan.cushion, plan.from_contribution()?), (5, 250, 625));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn declare(&self, bounty: Money, stress_loss: Money) -> Declaration {
        let from_claim = self.shortfall.min(self.claim);
        let open = self.shortfall.saturating_sub(from_claim);
        let from_rewards = open.min(self.rewards);
        let open = open.saturating_sub(from_rewards);
        let from_recoveries = open.min(self.recoveries);
        let open = open.saturating_sub(from_recoveries);
        let own = open.min(self.contribution);
        let left = self.contribution.saturating_sub(own);
        let bounty = bounty.min(left);
        let cushion = cushions::size(left.saturating_sub(bounty), stress_loss);
        let unfunded = open.saturating_sub(own);
        Declaration { from_claim, from_rewards, from_recoveries, own, bounty, cushion, unfunded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        house::{take_into_house, DefaultedPosition},
        positions::Position,
        units::Scale,
    };
    use proptest::prelude::*;

    #[test]
    fn a_defaulter_pays_for_its_own_close_out() {
        // E11: a shortfall of 1, an own contribution of 1,000, a house that may cost more than it
        // has left.
        let plan = Defaulter { shortfall: 1, contribution: 1_000, ..Defaulter::default() }.declare(0, 5_000);
        assert_eq!((plan.own, plan.cushion, plan.unfunded), (1, 999, 0));
    }

    #[test]
    fn a_bounty_comes_after_the_shortfall() {
        let plan = Defaulter { shortfall: 10, contribution: 12, ..Defaulter::default() }.declare(5, 100);
        assert_eq!((plan.own, plan.bounty, plan.cushion), (10, 2, 0));
        let plan = Defaulter { shortfall: 10, contribution: 3, ..Defaulter::default() }.declare(5, 100);
        assert_eq!((plan.own, plan.bounty, plan.unfunded), (3, 0, 7));
    }

    #[test]
    fn a_solvent_member_cannot_be_declared() {
        assert_eq!(shortfall(10, -10), Err(MathError::Underflow));
        assert_eq!(shortfall(10, -11), Ok(1));
    }

    proptest! {
        /// P5 and P3: each source is used up before the next pays, no more is set off than the
        /// shortfall (`r <= D`), and what is paid and unfunded is the loss.
        #[test]
        fn each_source_in_its_turn(
            shortfall in 0u64..1 << 41, claim in 0u64..1 << 39, rewards in 0u64..1 << 39, recoveries in 0u64..1 << 39,
            contribution in 0u64..1 << 40, bounty in 0u64..1 << 20, stress in 0u64..1 << 40,
        ) {
            let plan = Defaulter { shortfall, claim, rewards, recoveries, contribution };
            let plan = plan.declare(bounty, stress);
            let set_off = plan.from_claim + plan.from_rewards + plan.from_recoveries;
            prop_assert_eq!(set_off + plan.own + plan.unfunded, shortfall);
            prop_assert!(plan.from_rewards == 0 || plan.from_claim == claim);
            prop_assert!(plan.from_recoveries == 0 || plan.from_rewards == rewards);
            prop_assert!(plan.own == 0 || plan.from_recoveries == recoveries);
            prop_assert!(plan.unfunded == 0 || plan.own == contribution);
            prop_assert!(plan.from_contribution().unwrap() <= contribution);
            prop_assert!(plan.bounty <= bounty && plan.cushion <= stress);
            prop_assert!(plan.cushion == 0 || plan.bounty == bounty);
        }

        /// P3 of a declaration: what the houses take over in raw quote is what the pool and the
        /// unfunded loss receive in cash.
        #[test]
        fn a_declaration_balances(
            positions in proptest::collection::vec((-1_000_000i64..1_000_000, 1u64..1 << 40, 1u64..1 << 40), 1..8),
            margin in 0u64..1 << 50, contribution in 0u64..1 << 50,
        ) {
            let scale = Scale::from_decimals(8, 2, 6).unwrap();
            let (mut net, mut moved) = (0i64, 0i128);
            for (lots, entry, price) in positions {
                let held = DefaultedPosition { position: Position::default().trade(lots, entry).unwrap(), price, scale };
                let (house, profit) = take_into_house(&held, Position::default()).unwrap();
                let equity = house.profit_raw(price).unwrap();
                prop_assert!((0..i128::from(scale.get())).contains(&equity), "less than a unit stays with the house");
                net += profit;
                moved += house.raw - held.position.raw;
            }
            if let Ok(shortfall) = shortfall(margin, net) {
                let plan = Defaulter { shortfall, contribution, ..Defaulter::default() }.declare(0, 0);
                let cash = margin + plan.own + plan.unfunded;
                prop_assert_eq!(moved, i128::from(scale.get()) * i128::from(cash));
            }
        }
    }
}
