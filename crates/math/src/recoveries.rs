//! Recoveries: losses that members have borne for others, and the money that comes back.
//!
//! Losses and recoveries come in any order and members are touched whenever they come by, yet every
//! step is O(1), for losses are held in units as contributions are held in shares: a loss of `x`
//! buys `x * U / T` units, a recovery lowers `T` and leaves `U`, so that every loss still
//! outstanding gets back the same fraction of itself (P12). `T` is the money outstanding, `U` the
//! units. A member's outstanding loss is `u * T / U`; it can claim the losses that it has borne,
//! less those outstanding and less its earlier claims.
//!
//! Every rounding makes the outstanding loss larger, never the claim: the bucket always covers all
//! claims.

use crate::{
    index::whole_units,
    rounding::{checked_mul, div, mul_div_wide, mul_q64, Round},
    units::{Money, Shares, Q64},
    MathError, Result,
};

/// Units a base unit of loss buys when nothing is outstanding: the rounding of a unit is far below
/// a base unit.
pub const UNITS_PER_MONEY: u128 = 1 << 20;

/// No more than two to this many units per base unit outstanding: a recovery that would leave less
/// than a millionth of the losses outstanding waits until it can pay all of them. However often
/// that is repeated, units never overflow.
pub const MAX_UNITS_PER_MONEY_LOG2: u32 = 40;

/// Losses not recovered yet.
///
/// Two members bear 300 and 100. When 200 comes back, each recovers half of its loss:
///
/// ```
/// use bulkhead_math::recoveries::LossBook;
///
/// let first = LossBook::default().plan_bear(300)?;
/// let second = first.next.plan_bear(100)?;
/// let recovered = second.next.plan_recover(200, 0)?;
///
/// let claimable = |borne: u128, units| recovered.next.claimable(borne << 64, units);
/// assert_eq!((claimable(300, first.units)?, claimable(100, second.units)?), (150, 50));
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossBook {
    /// Money still to be recovered.
    pub outstanding: Money,
    /// Units it is held in.
    pub units: u128,
}

/// A loss that is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BearPlan {
    /// Units of the members that bear it.
    pub units: u128,
    /// The book afterwards.
    pub next: LossBook,
}

/// A loss that shares bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedLossPlan {
    /// Loss per share, Q64.64, rounded down: nobody ever claims back more than was lost.
    pub loss_per_share: Q64,
    /// Units per share, Q64.64, rounded up in favour of the fund.
    pub units_per_share: Q64,
    /// The book afterwards.
    pub next: LossBook,
}

/// A recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryPlan {
    /// Beyond all losses: the caller's to place.
    pub excess: Money,
    /// Waits until all losses can be paid.
    pub held: Money,
    /// Everything is recovered: units bought before are worth nothing.
    pub ends_epoch: bool,
    /// The book afterwards.
    pub next: LossBook,
}

impl LossBook {
    /// Takes a loss into the book. The book counts its units rounded down; the members that bear it
    /// get them rounded up: their outstanding losses together are never less than the book's.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline(never)]
    pub fn plan_bear(&self, amount: Money) -> Result<BearPlan> {
        Ok(BearPlan { units: self.units_for(amount, Round::Up)?, next: self.with(amount)? })
        // favours the fund
    }

    /// Returns the units that a loss buys.
    fn units_for(&self, amount: Money, round: Round) -> Result<u128> {
        if self.outstanding == 0 {
            return checked_mul(u128::from(amount), UNITS_PER_MONEY);
        }
        mul_div_wide(amount, self.units, u128::from(self.outstanding), round)
    }

    /// Returns the book with another loss in it, its units rounded down: see [`Self::plan_bear`].
    fn with(&self, amount: Money) -> Result<Self> {
        let units = self.units_for(amount, Round::Down)?;
        Ok(Self {
            outstanding: self.outstanding.checked_add(amount).ok_or(MathError::Overflow)?,
            units: self.units.checked_add(units).ok_or(MathError::Overflow)?,
        })
    }

    /// Takes a loss into the book that `shares` bear alike. The part that they cannot divide is in
    /// nobody's claim, and so not in the book either: it would come back to nobody. Their units are
    /// those of their loss at the book's price, rounded up.
    ///
    /// # Errors
    /// `DivByZero` without shares, `Overflow`.
    pub fn plan_bear_by_shares(&self, amount: Money, shares: Shares) -> Result<SharedLossPlan> {
        let loss_per_share = div(u128::from(amount) << 64, shares, Round::Down)?; // favours the fund
        let borne = mul_q64(shares, loss_per_share, Round::Up)?; // at most `amount`
        let borne = u64::try_from(borne).map_err(|_| MathError::Overflow)?;
        let units_per_share = match u64::try_from(loss_per_share) {
            _ if self.outstanding == 0 => checked_mul(loss_per_share, UNITS_PER_MONEY)?,
            // Favours the fund.
            Ok(loss) => mul_div_wide(loss, self.units, u128::from(self.outstanding), Round::Up)?,
            // Dust of shares, each worth more than a base unit.
            Err(_) => units_per_share(self.units_for(borne, Round::Up)?, shares)?,
        };
        Ok(SharedLossPlan { loss_per_share, units_per_share, next: self.with(borne)? })
    }

    /// Spreads `amount`, and the money `held` before, over the losses outstanding.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn plan_recover(&self, amount: Money, held: Money) -> Result<RecoveryPlan> {
        let there = amount.checked_add(held).ok_or(MathError::Overflow)?;
        let Some(left) = self.outstanding.checked_sub(there).filter(|left| *left > 0) else {
            let excess = there.checked_sub(self.outstanding).ok_or(MathError::Underflow)?;
            return Ok(RecoveryPlan { excess, held: 0, ends_epoch: self.units > 0, next: Self::default() });
        };
        if self.units > u128::from(left) << MAX_UNITS_PER_MONEY_LOG2 {
            return Ok(RecoveryPlan { excess: 0, held: there, ends_epoch: false, next: *self });
        }
        Ok(RecoveryPlan { excess: 0, held: 0, ends_epoch: false, next: Self { outstanding: left, ..*self } })
    }

    /// Returns the loss that holders of `units` still have to recover, rounded up in favour of the
    /// fund.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn outstanding_of(&self, units: u128) -> Result<Money> {
        if units == 0 || self.units == 0 {
            return Ok(0);
        }
        let owed = mul_div_wide(self.outstanding, units, self.units, Round::Up)?; // favours the fund
        u64::try_from(owed).map_err(|_| MathError::Overflow)
    }

    /// Returns the amount that can be claimed: the part of `borne` that is no longer outstanding.
    /// `borne` is in Q64.64, less earlier claims.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn claimable(&self, borne: Q64, units: u128) -> Result<Money> {
        Ok(whole_units(borne).0.saturating_sub(self.outstanding_of(units)?))
    }

    /// Takes a holder out that gives up the losses it still has to recover. Nobody else's
    /// outstanding loss falls by it, not by a rounding either: it would become a claim on money
    /// that is not there.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn plan_waive(&self, units: u128) -> Result<LossBook> {
        let Some(left) = self.units.checked_sub(units).filter(|left| *left > 0) else {
            return Ok(Self::default());
        };
        let outstanding = self.outstanding_of(left)?;
        // As many units as keep the worth of a unit: a few more than are held. Favours the fund.
        let units = mul_div_wide(outstanding, self.units, u128::from(self.outstanding), Round::Down)?;
        Ok(Self { outstanding, units })
    }
}

impl LossBook {
    /// Takes `amount` out of what a holder of `units` has outstanding, as far as that reaches: it was
    /// given back outside the recoveries. Units that it keeps are rounded up, in favour of the fund. As in
    /// [`Self::plan_waive`], nobody else's outstanding loss falls by it, not by a rounding either.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::recoveries::LossBook;
    /// let book = LossBook { outstanding: 300, units: 3_000 };
    /// let less = book.plan_less(50, 1_000)?;
    /// assert_eq!((less.units, less.next), (500, LossBook { outstanding: 250, units: 2_500 }));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn plan_less(&self, amount: Money, units: u128) -> Result<LessPlan> {
        let own = self.outstanding_of(units)?;
        if own == 0 {
            return Ok(LessPlan { units, next: *self });
        }
        let others = self.outstanding_of(self.units.saturating_sub(units))?;
        let less = amount.min(own).min(self.outstanding.saturating_sub(others));
        if less == 0 {
            return Ok(LessPlan { units, next: *self });
        }
        let gone = mul_div_wide(less, self.units, u128::from(self.outstanding), Round::Down)?; // favours the fund
        let outstanding = self.outstanding.saturating_sub(less);
        // As many units as keep the worth of a unit: see `plan_waive`. Favours the fund.
        let all = mul_div_wide(outstanding, self.units, u128::from(self.outstanding), Round::Down)?;
        let units = units.checked_sub(gone).ok_or(MathError::Underflow)?;
        Ok(LessPlan { units, next: Self { outstanding, units: all } })
    }
}

/// A holder that has less outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LessPlan {
    /// The units that it keeps.
    pub units: u128,
    /// The book afterwards.
    pub next: LossBook,
}

/// Returns the units per share, Q64.64, rounded up in favour of the fund.
fn units_per_share(units: u128, shares: Shares) -> Result<Q64> {
    let doubled = units.checked_mul(2).ok_or(MathError::Overflow)?;
    mul_div_wide(1 << 63, doubled, shares, Round::Up) // favours the fund
}

/// Returns the units that `shares` have accrued between two values of the index, rounded up in
/// favour of the fund.
///
/// # Errors
/// `Underflow` when the snapshot is newer than the index, `Overflow`.
pub fn units_accrued(shares: Shares, snapshot: Q64, index: Q64) -> Result<u128> {
    let grown = index.checked_sub(snapshot).ok_or(MathError::Underflow)?;
    mul_q64(shares, grown, Round::Up) // favours the fund
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Default, Clone, Copy)]
    struct Bearer {
        borne: u64,
        units: u128,
        claimed: u64,
    }

    impl Bearer {
        fn bear(&mut self, book: &mut LossBook, amount: u64) {
            let plan = book.plan_bear(amount).unwrap();
            *book = plan.next;
            self.borne += amount;
            self.units += plan.units;
        }

        fn claimable(&self, book: &LossBook) -> u64 {
            book.claimable(u128::from(self.borne - self.claimed) << 64, self.units).unwrap()
        }
    }

    #[test]
    fn recoveries_follow_outstanding_losses() {
        // A bears 100, 50 come back; B bears 50; 50 come back: half of each.
        let (mut book, mut a, mut b) = (LossBook::default(), Bearer::default(), Bearer::default());
        a.bear(&mut book, 100);
        book = book.plan_recover(50, 0).unwrap().next;
        b.bear(&mut book, 50);
        book = book.plan_recover(50, 0).unwrap().next;
        assert_eq!((a.claimable(&book), b.claimable(&book)), (75, 25));
        assert_eq!(book.outstanding, 50);
    }

    #[test]
    fn never_more_than_was_lost() {
        let (mut book, mut a) = (LossBook::default(), Bearer::default());
        a.bear(&mut book, 100);
        let plan = book.plan_recover(130, 0).unwrap();
        assert_eq!((plan.excess, plan.ends_epoch, plan.next), (30, true, LossBook::default()));
    }

    #[test]
    fn without_losses_everything_is_excess() {
        let plan = LossBook::default().plan_recover(7, 0).unwrap();
        assert_eq!((plan.excess, plan.held, plan.ends_epoch), (7, 0, false));
    }

    /// Threat 14: recoveries of all but a unit, again and again, leave no price that overflows.
    #[test]
    fn near_total_recoveries_wait_until_they_are_total() {
        let mut book = LossBook::default();
        for _ in 0..1_000 {
            book = book.plan_bear(1 << 40).unwrap().next;
            let plan = book.plan_recover(book.outstanding - 1, 0).unwrap();
            assert_eq!((plan.held, plan.next), (book.outstanding - 1, book));
            let plan = book.plan_recover(1, plan.held).unwrap();
            assert!(plan.ends_epoch && plan.excess == 0);
            book = plan.next;
        }
    }

    #[test]
    fn a_recovery_counts_up_to_the_bound_of_a_unit() {
        // 2^20 units for each unit of money: when all but 2^-20 of it has come back, the rest has to wait.
        let book = LossBook::default().plan_bear(1 << 30).unwrap().next;
        let left = (book.units >> MAX_UNITS_PER_MONEY_LOG2) as u64;
        let plan = book.plan_recover(book.outstanding - left, 0).unwrap();
        assert_eq!((plan.held, plan.next.outstanding), (0, left));
        let plan = book.plan_recover(book.outstanding - left + 1, 0).unwrap();
        assert_eq!((plan.held, plan.next), (book.outstanding - left + 1, book));
    }

    #[test]
    fn what_a_debtor_has_lost_for_others_is_outstanding_no_more() {
        let (mut book, mut debtor, mut other) = (LossBook::default(), Bearer::default(), Bearer::default());
        debtor.bear(&mut book, 60);
        other.bear(&mut book, 40);
        // It owes 45 to others: of its own loss 15 are left, and the other's is as large as before.
        let plan = book.plan_less(45, debtor.units).unwrap();
        assert_eq!((plan.next.outstanding, plan.units), (55, 15 * UNITS_PER_MONEY));
        assert_eq!(
            (plan.next.outstanding_of(plan.units), plan.next.outstanding_of(other.units)),
            (Ok(15), Ok(40))
        );
        // It owes more than it has lost.
        let plan = book.plan_less(1_000, debtor.units).unwrap();
        assert_eq!((plan.next.outstanding, plan.units), (40, 0));
        // Nothing of its own is outstanding.
        assert_eq!(book.plan_less(45, 0), Ok(LessPlan { units: 0, next: book }));
    }

    #[test]
    fn a_first_loss_by_shares_begins_the_book() {
        let plan = LossBook::default().plan_bear_by_shares(1, 1 << 20).unwrap();
        assert_eq!((plan.loss_per_share, plan.units_per_share), (1 << 44, 1 << 64));
        assert_eq!(plan.next, LossBook { outstanding: 1, units: UNITS_PER_MONEY });
    }

    #[test]
    fn dust_of_shares_bears_a_loss_in_units_of_the_book() {
        // Three shares bear 30: ten each, and as many units as 30 of the loss before them.
        let mut book = LossBook::default();
        let mut other = Bearer::default();
        other.bear(&mut book, 50);
        let plan = book.plan_bear_by_shares(30, 3).unwrap();
        assert_eq!(plan.loss_per_share, 10 << 64);
        assert_eq!(plan.units_per_share, (10 * UNITS_PER_MONEY) << 64);
        assert_eq!((plan.next.outstanding, plan.next.units), (80, 80 * UNITS_PER_MONEY));
        let units = units_accrued(3, 0, plan.units_per_share).unwrap();
        assert_eq!(
            (plan.next.outstanding_of(units), plan.next.outstanding_of(other.units)),
            (Ok(30), Ok(50))
        );
    }

    #[test]
    fn units_do_not_grow_beyond_the_bound() {
        let mut book = LossBook::default().plan_bear(1 << 60).unwrap().next;
        for _ in 0..1_000 {
            let floor = (book.units >> MAX_UNITS_PER_MONEY_LOG2) as u64 + 1;
            book = book.plan_recover(book.outstanding.saturating_sub(floor), 0).unwrap().next;
            book = book.plan_bear(1 << 50).unwrap().next;
        }
        assert!(book.units < 1 << 120);
    }

    proptest! {
        /// P12: whatever the order, the bucket covers all claims, nobody gets back more than it
        /// lost, and what is not claimable yet is rounding.
        #[test]
        fn claims_are_covered_and_bounded(
            steps in proptest::collection::vec((0usize..7, prop_oneof![1u64..8, 1u64..1 << 40]), 1..80),
        ) {
            let (mut book, mut bearers, mut bucket, mut held) = (LossBook::default(), [Bearer::default(); 3], 0u64, 0u64);
            let mut waived = 0;
            for (who, amount) in steps {
                match who {
                    0..=2 => bearers[who].bear(&mut book, amount),
                    _ => {
                        let mut amount = amount;
                        if who == 5 {
                            let bearer = &mut bearers[amount as usize % 3];
                            let claimable = bearer.claimable(&book);
                            book = book.plan_waive(bearer.units).unwrap();
                            *bearer = Bearer { borne: claimable, ..Bearer::default() };
                            (amount, waived) = (0, waived + 1);
                        } else if who == 6 {
                            // What it owes to others: as much of its loss is outstanding no more.
                            let bearer = &mut bearers[amount as usize % 3];
                            let plan = book.plan_less(amount, bearer.units).unwrap();
                            let less = book.outstanding - plan.next.outstanding;
                            bearer.borne = bearer.borne.saturating_sub(less).max(bearer.claimed);
                            bearer.units = plan.units;
                            (book, amount, waived) = (plan.next, 0, waived + 1);
                        }
                        let plan = book.plan_recover(amount, held).unwrap();
                        bucket = bucket + amount - plan.excess;
                        held = plan.held;
                        if plan.ends_epoch {
                            bearers.iter_mut().for_each(|bearer| bearer.units = 0);
                        }
                        book = plan.next;
                    }
                }
                let claims = bearers.map(|bearer| bearer.claimable(&book));
                let total: u64 = claims.iter().sum();
                prop_assert!(total + held <= bucket, "{claims:?} and {held} held of {bucket}");
                prop_assert!(bucket - held - total <= 2 * bearers.len() as u64 + waived, "{} is nobody's", bucket - held - total);
                if amount % 3 == 0 {
                    bearers[0].claimed += claims[0];
                    bucket -= claims[0];
                }
            }
        }

        /// P12: of a claim rounding takes two units at most, whatever its owner and others bear afterwards: the
        /// loss is rounded down to base units, and what is outstanding of it up. It does not add up.
        #[test]
        fn later_losses_take_two_units_of_a_claim_at_most(
            first in 1u64..1 << 40, recovered in 0u64..1 << 40, shares in 1u128 << 20..1 << 60, others in 0u128..1 << 60,
            losses in proptest::collection::vec(1u64..1 << 40, 1..100),
        ) {
            let start = LossBook::default().plan_bear(first).unwrap();
            let mut book = start.next.plan_recover(recovered % first, 0).unwrap().next;
            let (mut borne, mut units) = (u128::from(first) << 64, start.units);
            let claim = book.claimable(borne, units).unwrap();
            for loss in losses {
                let plan = book.plan_bear_by_shares(loss, shares + others).unwrap();
                borne += crate::index::accrued(shares, 0, plan.loss_per_share).unwrap();
                units += units_accrued(shares, 0, plan.units_per_share).unwrap();
                book = plan.next;
                let now = book.claimable(borne, units).unwrap();
                prop_assert!(now <= claim + 1 && claim <= now + 2, "a claim of {} has become {}", claim, now);
            }
        }

        /// P12, per share: what is borne is booked, and none of it is claimable before something
        /// has come back.
        #[test]
        fn what_shares_bear_is_outstanding(
            outstanding in 0u64..1 << 50, amount in 1u64..1 << 50, recovered in 0u64..1 << 50,
            holders in proptest::collection::vec(1u128..1 << 80, 1..6),
        ) {
            let book = LossBook::default().plan_bear(outstanding).unwrap().next;
            let book = book.plan_recover(recovered % (outstanding + 1), 0).unwrap().next;
            let shares = holders.iter().sum::<u128>();
            prop_assume!(u128::from(amount) <= shares << 20);
            let plan = book.plan_bear_by_shares(amount, shares).unwrap();
            let mut total = 0;
            for holder in holders {
                let units = units_accrued(holder, 0, plan.units_per_share).unwrap();
                let borne = crate::index::accrued(holder, 0, plan.loss_per_share).unwrap();
                prop_assert_eq!(plan.next.claimable(borne, units).unwrap(), 0, "nothing has come back yet");
                total += borne;
            }
            let booked = u128::from(plan.next.outstanding - book.outstanding) << 64;
            prop_assert!(total <= booked && booked <= u128::from(amount) << 64);
            prop_assert!(booked - total < 1 << 64 && (u128::from(amount) << 64) - total < shares + (1 << 64));
        }
    }
}
