//! Cushions: a default pays for its own close-out.
//!
//! What a defaulter's contribution has left after its shortfall is kept back, up to the stress loss
//! of the lots that went to the house, until the house has sold them. This cushion pays the house's
//! loss before the treasury does. All cushions of a house round stand for all of its loss pro
//! rata, and layer 4 takes from contributions and all cushions that are not released in the same
//! proportion, so that nobody steps aside from it by a small default of its own.
//!
//! A round holds its cushions in units, as the default fund holds contributions in shares: a
//! cushion buys units at the round's price, a loss lowers the money and leaves the units. Every
//! step is O(1), whatever the number of records.
//!
//! When the house round ends, the cushions are released as contributions; what a silent house still
//! needs goes on into the next round, where the round's records hold units of that one.
//!
//! *Example.* Cushions of 300 and 100, and the house loses 100: 75 and 25 of it. 225 and 75 are
//! released.

use crate::{
    rounding::{checked_mul, mul_div, mul_div_wide, Round},
    units::Money,
    MathError, Result,
};

/// Units that a base unit buys in an empty round: the rounding of a unit is far below a base unit.
pub const UNITS_PER_MONEY: u128 = 1 << 20;

/// With more than two to this many units per base unit a round is used up, as a share epoch is.
pub const MAX_UNITS_PER_MONEY_LOG2: u32 = 40;

/// The size of a cushion: of what the contribution has `left`, no more than the stress loss of the
/// lots that went to the house.
///
/// ```
/// # use bulkhead_math::cushions::size;
/// assert_eq!((size(999, 1_350), size(999, 200)), (999, 200));
/// ```
pub fn size(left: Money, stress_loss: Money) -> Money {
    left.min(stress_loss)
}

/// The cushions of a house round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CushionRound {
    /// Money in them.
    pub money: Money,
    /// Units that records hold.
    pub units: u128,
    /// How many records hold units.
    pub records: u32,
}

/// A cushion that enters a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnterPlan {
    /// Units that the record holds.
    pub units: u128,
    /// The round afterwards.
    pub next: CushionRound,
}

/// A loss that contributions and cushions share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerFour {
    /// From the contributions.
    pub from_contributions: Money,
    /// From the cushions.
    pub from_cushions: Money,
    /// What neither can pay.
    pub residual: Money,
}

/// A round that has ended; the fund keeps it until every record is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedRound {
    /// Money that [`EndedRound::units`] stand for: together the price of a unit.
    pub worth: Money,
    /// Units that records held when it ended.
    pub units: u128,
    /// Units that are not released yet.
    pub open: u128,
    /// Records that are not released yet.
    pub records: u32,
    /// Money that is not released yet: at least what the open units are worth.
    pub money: Money,
    /// Whether each record goes on into the next round with as many units.
    pub carries: bool,
}

/// A round's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndPlan {
    /// What is kept of the round.
    pub ended: EndedRound,
    /// The round that begins.
    pub next: CushionRound,
}

/// A record's release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleasePlan {
    /// Money that comes back as contribution. What mints no share goes to the treasury.
    pub amount: Money,
    /// Fractions that the last record leaves: the treasury's.
    pub dust: Money,
    /// Whether the record goes on into the next round; otherwise its release is complete.
    pub carries: bool,
    /// The round afterwards.
    pub next: EndedRound,
}

impl CushionRound {
    /// A cushion of `amount` enters, its units rounded down in favour of the cushions that are in.
    ///
    /// # Errors
    /// `DivByZero` when losses have left a round without money; such a round has ended, see
    /// [`CushionRound::is_used_up`]. `Overflow`.
    pub fn plan_enter(&self, amount: Money) -> Result<EnterPlan> {
        let units = if self.units == 0 {
            checked_mul(u128::from(amount), UNITS_PER_MONEY)?
        } else {
            mul_div_wide(amount, self.units, u128::from(self.money), Round::Down)?
            // favours the cushions that are in
        };
        Ok(EnterPlan {
            units,
            next: Self {
                money: self.money.checked_add(amount).ok_or(MathError::Overflow)?,
                units: self.units.checked_add(units).ok_or(MathError::Overflow)?,
                records: self.records.checked_add(1).ok_or(MathError::Overflow)?,
            },
        })
    }

    /// The round after a loss of `amount`, and what it pays of it.
    ///
    /// ```
    /// # use bulkhead_math::cushions::CushionRound;
    /// let round = CushionRound { money: 400, units: 400 << 20, records: 2 };
    /// assert_eq!(round.take(100).0, 100);
    /// assert_eq!(round.take(500), (400, CushionRound { money: 0, ..round }));
    /// ```
    pub fn take(&self, amount: Money) -> (Money, Self) {
        let paid = amount.min(self.money);
        (paid, Self { money: self.money.saturating_sub(paid), ..*self })
    }

    /// Whether losses have left so little that a price would overflow or round to nothing. The
    /// round then ends at once, with nothing carried; the next cushion begins another.
    pub fn is_used_up(&self) -> bool {
        self.units > u128::from(self.money) << MAX_UNITS_PER_MONEY_LOG2
    }

    /// Ends the round. `silent_stress` is the stress loss of the lots that silent houses still
    /// hold: up to that, the cushions go on into the next round, each with its fraction. It begins
    /// with this round's units, so that no record has to be computed anew.
    ///
    /// ```
    /// # use bulkhead_math::cushions::CushionRound;
    /// let round = CushionRound { money: 400, units: 400 << 20, records: 2 };
    /// let end = round.plan_end(100);
    /// assert_eq!((end.ended.money, end.next.money, end.next.units), (300, 100, 400 << 20));
    /// ```
    pub fn plan_end(&self, silent_stress: Money) -> EndPlan {
        let carried = self.money.min(silent_stress);
        let next = Self { money: carried, ..*self };
        let carries = carried > 0 && !next.is_used_up();
        let (carried, next) = if carries { (carried, next) } else { (0, Self::default()) };
        let money = self.money.saturating_sub(carried);
        let (units, records) = (self.units, self.records);
        let ended = EndedRound { worth: money, units, open: units, records, money, carries };
        EndPlan { ended, next }
    }
}

impl EndedRound {
    /// Releases a record that holds `units`: its fraction of what is released, rounded down in
    /// favour of the fund. The order of the releases changes no amount. It fails for no reason
    /// that the state of the fund could be brought into.
    ///
    /// # Errors
    /// `Underflow` when no record is left, or fewer units, `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::cushions::CushionRound;
    /// let first = CushionRound::default().plan_enter(300)?;
    /// let second = first.next.plan_enter(100)?;
    /// // The house loses 100 of 400: each cushion has lost a quarter.
    /// let ended = second.next.take(100).1.plan_end(0).ended;
    /// let release = ended.plan_release(second.units)?;
    /// assert_eq!((release.amount, release.dust), (75, 0));
    /// assert_eq!(release.next.plan_release(first.units)?.amount, 225);
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn plan_release(&self, units: u128) -> Result<ReleasePlan> {
        let records = self.records.checked_sub(1).ok_or(MathError::Underflow)?;
        let open = self.open.checked_sub(units).ok_or(MathError::Underflow)?;
        let amount = part_of(self.worth, units, self.units)?;
        let left = self.money.checked_sub(amount).ok_or(MathError::Underflow)?;
        let (dust, money) = if records == 0 { (left, 0) } else { (0, left) };
        Ok(ReleasePlan { amount, dust, carries: self.carries, next: Self { open, records, money, ..*self } })
    }

    /// The round after a loss of `amount`, at most its money: what it is worth falls in proportion,
    /// rounded down, so that the money still covers every record.
    ///
    /// # Errors
    /// `Underflow` when the loss is more than the money, `Overflow`.
    pub fn take(&self, amount: Money) -> Result<Self> {
        let money = self.money.checked_sub(amount).ok_or(MathError::Underflow)?;
        let worth = match self.money {
            0 => 0,
            before => mul_div(self.worth, money, before, Round::Down)?, // favours the fund
        };
        Ok(Self { worth, money, ..*self })
    }
}

/// What `units` of `all` are of `amount`, rounded down in favour of the others.
///
/// # Errors
/// `Overflow`.
pub fn part_of(amount: Money, units: u128, all: u128) -> Result<Money> {
    if all == 0 {
        return Ok(0);
    }
    let part = mul_div_wide(amount, units, all, Round::Down)?; // favours the others
    u64::try_from(part).map_err(|_| MathError::Overflow)
}

/// What a round with `money` pays of `loss`, if it and the rounds after it have `left` together.
/// The rounds pay one after the other, each rounded up, so that the sum is the loss.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::cushions::turn;
/// // A loss of 10 on rounds of 30, 30 and 40.
/// assert_eq!((turn(10, 30, 100)?, turn(7, 30, 70)?, turn(4, 40, 40)?), (3, 3, 4));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn turn(loss: Money, money: Money, left: Money) -> Result<Money> {
    match money {
        0 => Ok(0),
        _ => mul_div(loss, money, left, Round::Up), // favours the rounds after it, which pay the rest
    }
}

/// Layer 4: contributions and cushions pay in proportion. The cushions' part rounds up, in favour
/// of the survivors.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::cushions::{layer_four, LayerFour};
/// let plan = layer_four(100, 900, 300)?;
/// assert_eq!(plan, LayerFour { from_contributions: 75, from_cushions: 25, residual: 0 });
/// let all = layer_four(1_250, 900, 300)?;
/// assert_eq!(all, LayerFour { from_contributions: 900, from_cushions: 300, residual: 50 });
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn layer_four(loss: Money, contributions: Money, cushions: Money) -> Result<LayerFour> {
    let all = contributions.checked_add(cushions).ok_or(MathError::Overflow)?;
    let paid = loss.min(all);
    let from_cushions = match cushions {
        0 => 0,                                        // nearly always
        _ => mul_div(paid, cushions, all, Round::Up)?, // favours the survivors
    };
    Ok(LayerFour {
        from_contributions: paid.checked_sub(from_cushions).ok_or(MathError::Underflow)?,
        from_cushions,
        residual: loss.saturating_sub(paid),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    fn enter(round: &mut CushionRound, amount: u64) -> u128 {
        let plan = round.plan_enter(amount).unwrap();
        *round = plan.next;
        plan.units
    }

    #[test]
    fn a_later_cushion_bears_no_earlier_loss() {
        let mut round = CushionRound::default();
        let first = enter(&mut round, 400);
        round = round.take(100).1;
        let second = enter(&mut round, 300);
        assert_eq!(first, 400 * UNITS_PER_MONEY);
        assert_eq!(second, first, "300 are as much as is left of the first");
        round = round.take(200).1;
        let ended = round.plan_end(0).ended;
        assert_eq!(
            (ended.plan_release(first).unwrap().amount, ended.plan_release(second).unwrap().amount),
            (200, 200)
        );
    }

    #[test]
    fn a_silent_house_keeps_what_it_may_still_cost() {
        let mut round = CushionRound::default();
        let (ann, ben) = (enter(&mut round, 300), enter(&mut round, 100));
        let end = round.plan_end(200);
        assert_eq!((end.ended.money, end.next.money, end.next.records), (200, 200, 2));
        let release = end.ended.plan_release(ann).unwrap();
        assert_eq!((release.amount, release.carries), (150, true));
        assert_eq!(release.next.plan_release(ben).unwrap().amount, 50);
        // In the next round another cushion comes in and half of all is lost.
        let mut next = end.next;
        let cat = enter(&mut next, 100);
        let last = next.take(150).1.plan_end(0).ended;
        assert_eq!([ann, ben, cat].map(|units| last.plan_release(units).unwrap().amount), [75, 25, 50]);
    }

    #[test]
    fn a_round_that_is_used_up_is_over() {
        let mut round = CushionRound::default();
        let units = enter(&mut round, 1 << 40);
        let spent = round.take((1 << 40) - 1).1;
        assert!(spent.is_used_up() && !round.is_used_up() && !CushionRound::default().is_used_up());
        let end = spent.plan_end(u64::MAX);
        assert_eq!((end.ended.money, end.ended.carries, end.next), (1, false, CushionRound::default()));
        assert_eq!(end.ended.plan_release(units).unwrap().amount, 1);
        let gone = round.take(u64::MAX).1;
        assert_eq!(gone.plan_enter(5), Err(MathError::DivByZero));
        assert_eq!(
            gone.plan_end(0).ended.plan_release(units).unwrap().amount,
            0,
            "and a release never fails"
        );
    }

    #[test]
    fn a_round_without_cushions_carries_nothing() {
        let end = CushionRound::default().plan_end(5);
        assert_eq!((end.ended, end.next), (EndedRound::default(), CushionRound::default()));
    }

    #[test]
    fn no_record_is_released_twice() {
        let ended = EndedRound { worth: 5, units: 5, open: 5, records: 1, money: 5, carries: false };
        let once = ended.plan_release(5).unwrap();
        assert_eq!((once.amount, once.next.money), (5, 0));
        assert_eq!(once.next.plan_release(5), Err(MathError::Underflow));
    }

    proptest! {
        /// Whatever is lost when, every cushion keeps the fraction of the round since it came in,
        /// to a unit, in any order of releases; together they never get more than there is, and the
        /// treasury gets the fractions.
        #[test]
        fn releases_are_pro_rata_and_exact(
            steps in proptest::collection::vec((any::<bool>(), 1u64..1 << 40), 1..30),
            silent in 0u64..1 << 41, turn in 0usize..30,
        ) {
            let mut round = CushionRound::default();
            let mut records: Vec<(u128, f64)> = Vec::new(); // units, fair value
            for (loss, amount) in steps {
                if !loss && !round.is_used_up() {
                    let units = enter(&mut round, amount);
                    prop_assert!(units > 0);
                    records.push((units, amount as f64));
                } else if loss && round.money > 1 << 20 {
                    let amount = amount.min(round.money / 2);
                    let kept = (round.money - amount) as f64 / round.money as f64;
                    round = round.take(amount).1;
                    records.iter_mut().for_each(|(_, fair)| *fair *= kept);
                }
            }
            prop_assume!(!records.is_empty());
            let end = round.plan_end(silent);
            prop_assert_eq!(end.ended.money + end.next.money, round.money);
            prop_assert!(end.next.money <= silent);
            let fraction = end.ended.money as f64 / round.money.max(1) as f64;
            let (mut ended, mut out, turn) = (end.ended, 0, turn % records.len());
            records.rotate_left(turn);
            for (units, fair) in &records {
                let alone = end.ended.plan_release(*units).unwrap();
                let plan = ended.plan_release(*units).unwrap();
                prop_assert_eq!(plan.amount, alone.amount, "the order changes nothing");
                prop_assert!((plan.amount as f64 - fair * fraction).abs() <= 2.0 + fair * 1e-9, "{} {fair}", plan.amount);
                out += plan.amount + plan.dust;
                prop_assert!(plan.dust < records.len() as u64 + 1);
                ended = plan.next;
            }
            prop_assert_eq!(out, end.ended.money);
            prop_assert_eq!((ended.money, ended.records, ended.open), (0, 0, 0));
        }

        /// P13: a release before a loss of layer 4 leaves every record what it has after one, to a
        /// unit, where what was released bears its part in proportion.
        #[test]
        fn a_release_before_a_loss_is_one_after_it(
            amounts in proptest::collection::vec(1u64..1 << 40, 2..6), loss in 0u64..1 << 42,
        ) {
            let mut round = CushionRound::default();
            let units: Vec<u128> = amounts.iter().map(|amount| enter(&mut round, *amount)).collect();
            let ended = round.plan_end(0).ended;
            let (loss, all) = (loss.min(ended.money), ended.money);
            let late = ended.take(loss).unwrap();
            // The first is released early and bears its part as a contribution.
            let early = ended.plan_release(units[0]).unwrap();
            let own = turn(loss, early.amount, all).unwrap();
            let rest = early.next.take(loss - own).unwrap();
            prop_assert!(late.plan_release(units[0]).unwrap().amount.abs_diff(early.amount - own) <= 1);
            for units in &units[1..] {
                let (one, other) = (late.plan_release(*units).unwrap(), rest.plan_release(*units).unwrap());
                prop_assert!(one.amount.abs_diff(other.amount) <= 1);
            }
        }

        /// Layer 4 falls on every round in proportion, within a unit a round before it, and the
        /// rounds pay all of it.
        #[test]
        fn rounds_take_turns(rounds in proptest::collection::vec(0u64..1 << 48, 1..9), loss in 0u64..1 << 52) {
            let all: u64 = rounds.iter().sum();
            let loss = loss.min(all);
            let (mut open, mut left) = (loss, all);
            for money in rounds {
                let paid = turn(open, money, left).unwrap();
                prop_assert!(paid <= money);
                let fair = u128::from(loss) * u128::from(money) / u128::from(all.max(1));
                prop_assert!(u128::from(paid).abs_diff(fair) <= 9);
                (open, left) = (open - paid, left - money);
            }
            prop_assert_eq!(open, 0);
        }

        /// P4: layer 4 takes the same fraction of both, within a unit, and exactly the loss.
        #[test]
        fn layer_four_is_in_proportion(
            loss in 0u64..1 << 50, contributions in 0u64..1 << 48, cushions in 0u64..1 << 48,
        ) {
            let plan = layer_four(loss, contributions, cushions).unwrap();
            prop_assert_eq!(plan.from_contributions + plan.from_cushions + plan.residual, loss);
            prop_assert!(plan.from_contributions <= contributions && plan.from_cushions <= cushions);
            prop_assert!(plan.residual == 0 || (plan.from_contributions, plan.from_cushions) == (contributions, cushions));
            let one = u128::from(plan.from_contributions) * u128::from(cushions);
            let other = u128::from(plan.from_cushions) * u128::from(contributions);
            prop_assert!(other >= one && other - one <= u128::from(contributions) + u128::from(cushions));
        }
    }
}
