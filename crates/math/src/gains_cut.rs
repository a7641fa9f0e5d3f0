//! The gains cut (layer 6): one fraction of everybody's net gain.
//!
//! When layers 1 to 5 are empty, a cut takes what is still unfunded from the members' net gains
//! over the whole service, as clearing houses do (variation margin gains haircutting). Lots play
//! no part: a member without a gain pays nothing, a hedged member pays on its net.
//!
//! 1. While a round registers, each member's net gain `G = max(0, u + min(s, margin) + o)` becomes
//!    a claim: `u` its net unsettled result at the pins, `s` its unvested settled result, `o` what
//!    an earlier round still owes it. `sum G` is the round's gains.
//! 2. The cut takes `x = min(U, unfunded, sum G)` from all claims together. Each claim is then
//!    entitled to `floor(G (sum G - x) / sum G)`.
//! 3. Claims are paid cumulatively as the pool fills: what there has been for the round so far is
//!    divided by the same fractions, so that the order of the calls matters to nobody by more than
//!    a unit.
//! 4. A latecomer `G'` joins the sum. The cut becomes `X = min(U, unfunded at the cut, sum G +
//! G')`,
//!    and everybody's fraction `1 - X / sum` is the same as if it had been on time.
//!
//! The sum and the cut are all that a round keeps, so every step is O(1).
//!
//! *Example.* 300 are unfunded, the gains are 14,400 and 1,000. 300 of 15,400 is cut: the claims
//! end at 14,119.48 and 980.51.

use crate::{
    rounding::{mul_div, Round},
    units::{add_pnl, sub_pnl, to_pnl, Money, Pnl},
    MathError, Result,
};

/// A member before its registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claimant {
    /// Whether it holds a position in any market.
    pub has_positions: bool,
    /// `u`: the net of its unsettled results at the pins, each rounded down.
    pub unsettled: Pnl,
    /// `s`: its settled results of two periods, as of the round.
    pub settled: Pnl,
    /// Its margin.
    pub margin: Money,
    /// `o`: what an earlier round still owes it.
    pub unpaid: Money,
}

/// What a registration moves. The claims bucket grows by `realised + from_margin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// `G`: the claim. It replaces the earlier round's, so that a member never has two.
    pub gain: Money,
    /// Result that leaves the positions: see [`spread`]. It is negative when a part of the earlier
    /// claim becomes unsettled profit again, against losses that the member has made since.
    pub realised: Pnl,
    /// Settled gain that leaves the margin for the pool.
    pub from_margin: Money,
    /// `s` afterwards.
    pub settled: Pnl,
}

impl Claimant {
    /// The registration of this member.
    ///
    /// With a net gain, and without a net settled loss, every position is realised at its pin, and
    /// `s` is used up. With a settled loss, that has been paid already: only what of the unsettled
    /// profit and of the earlier claim exceeds it is taken, and both `s` and the rest stay, as
    /// unsettled profit, for they cancel out in the next round too. Without a net gain nothing is
    /// taken, and an earlier claim becomes unsettled profit.
    ///
    /// A member without positions has no place for unsettled profit: its earlier claim counts in
    /// full, whatever it has lost since.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::Claimant;
    /// // E8: long +21,000, short -20,998, a margin of 12,502. Its net gain is 2.
    /// let hedged = Claimant { has_positions: true, unsettled: 2, margin: 12_502, ..Claimant::default() };
    /// assert_eq!(hedged.register()?.gain, 2);
    /// // The same after somebody has settled the long leg.
    /// let settled = Claimant { unsettled: -20_998, settled: 21_000, margin: 33_502, ..hedged };
    /// let registration = settled.register()?;
    /// assert_eq!((registration.gain, registration.from_margin, registration.realised), (2, 21_000, -20_998));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn register(&self) -> Result<Registration> {
        let free = self.settled.min(i64::try_from(self.margin).unwrap_or(i64::MAX));
        let free = if self.has_positions { free } else { free.max(0) };
        let net = add_pnl(add_pnl(self.unsettled, free)?, to_pnl(self.unpaid)?)?;
        let gain = net.max(0).unsigned_abs();
        if gain > 0 && self.settled >= 0 {
            let from_margin = free.unsigned_abs();
            return Ok(Registration { gain, realised: self.unsettled, from_margin, settled: 0 });
        }
        let realised = sub_pnl(to_pnl(gain)?, to_pnl(self.unpaid)?)?;
        Ok(Registration { gain, realised, from_margin: 0, settled: self.settled })
    }
}

/// Turns the results of a member's positions at the pins into what a registration realises of each:
/// all of them if that is their sum, else out of the profits, in the order of the positions. What is
/// below zero goes to the first. The order changes no sum, and each position keeps what is not
/// realised.
///
/// # Errors
/// `Underflow` when there is less profit than that, `Overflow`.
///
/// ```
/// # use bulkhead_math::gains_cut::spread;
/// let mut results = [40, -10, 30];
/// spread(&mut results, 50)?;
/// assert_eq!(results, [40, 0, 10]);
/// # Ok::<(), bulkhead_math::MathError>(())
/// ```
pub fn spread(results: &mut [Pnl], realised: Pnl) -> Result<()> {
    let sum = results.iter().try_fold(0, |sum, result| add_pnl(sum, *result))?;
    if sum == realised {
        return Ok(());
    }
    let mut left = realised;
    for result in results.iter_mut() {
        *result = left.min((*result).max(0));
        left = left.checked_sub(*result).ok_or(MathError::Overflow)?;
    }
    if left != 0 {
        return Err(MathError::Underflow);
    }
    Ok(())
}

/// A round that registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenCut {
    /// `U`: the loss when the round was opened. Later losses wait for the next one.
    pub loss: Money,
    /// `sum G` so far.
    pub gains: Money,
}

/// A round that has been cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// `min(U, unfunded at the cut)`: the most that this round takes.
    pub loss: Money,
    /// `sum G`, latecomers included.
    pub gains: Money,
    /// What of them is cut.
    pub cut: Money,
    /// What claims have been paid, or have carried to a later round.
    pub paid: Money,
}

impl OpenCut {
    /// The round with another claim.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn with(&self, gain: Money) -> Result<Self> {
        Ok(Self { gains: self.gains.checked_add(gain).ok_or(MathError::Overflow)?, ..*self })
    }

    /// What a claim counts for when its owner acts for itself: as if the round were cut now,
    /// rounded down in favour of the fund. For what is done to the owner it counts in full.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::OpenCut;
    /// let round = OpenCut { loss: 300, gains: 1_000 };
    /// assert_eq!(round.value_for_oneself(101), Ok(70));
    /// assert_eq!(OpenCut { loss: 300, gains: 300 }.value_for_oneself(300), Ok(0));
    /// ```
    pub fn value_for_oneself(&self, gain: Money) -> Result<Money> {
        match self.gains.saturating_sub(self.loss) {
            0 => Ok(0),
            left => mul_div(gain, left, self.gains, Round::Down), // favours the fund
        }
    }

    /// Cuts the claims by `x = min(U, unfunded, sum G)`: unfunded loss and claims fall by
    /// [`Cut::cut`].
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::OpenCut;
    /// let cut = OpenCut { loss: 300, gains: 1_000 }.cut(250);
    /// assert_eq!((cut.cut, cut.is_too_small()), (250, false));
    /// let small = OpenCut { loss: 300, gains: 100 }.cut(300);
    /// assert_eq!((small.cut, small.is_too_small()), (100, true));
    /// ```
    pub fn cut(&self, unfunded: Money) -> Cut {
        let loss = self.loss.min(unfunded);
        Cut { loss, gains: self.gains, cut: loss.min(self.gains), paid: 0 }
    }
}

/// A claim that is registered after the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatePlan {
    /// Unfunded loss that it cancels.
    pub cancelled: Money,
    /// What moves from the pool to the recoveries instead, for the loss was paid in the meantime.
    pub recovered: Money,
    /// The round afterwards; its claims have grown by the gain and fallen by the two above.
    pub cut: Cut,
}

impl Cut {
    /// Whether the gains did not reach. Two such cuts in a row end the fund, and so does one
    /// without gains.
    pub const fn is_too_small(&self) -> bool {
        self.cut < self.loss
    }

    /// What the claims are owed together.
    pub const fn owed(&self) -> Money {
        self.gains.saturating_sub(self.cut).saturating_sub(self.paid)
    }

    /// What of the pool is not for these claims. Everything else that draws on the pool, a settled
    /// gain for example, takes no more than that.
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::Cut;
    /// let round = Cut { loss: 20, gains: 100, cut: 20, paid: 50 };
    /// assert_eq!((round.beyond(45), round.beyond(30)), (15, 0));
    /// ```
    pub const fn beyond(&self, pool: Money) -> Money {
        pool.saturating_sub(self.owed())
    }

    /// What a claim of `gain` ends at: `floor(G (sum G - x) / sum G)`. It never falls when a
    /// latecomer joins.
    ///
    /// # Errors
    /// `Underflow` when more is cut than there is, `Overflow`.
    pub fn entitlement(&self, gain: Money) -> Result<Money> {
        self.part(gain, self.gains.checked_sub(self.cut).ok_or(MathError::Underflow)?)
    }

    /// The round as the claims see it that are still in it. `gone` are gains of claims that have left
    /// with their part: that has waited for no cash, and taken none. What they are cut is rounded up.
    ///
    /// # Errors
    /// `Underflow` when more is gone than there is or their part is not booked as paid, `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::Cut;
    /// // 100 of 400 are cut. Of these gains 100 were a defaulter's: its 75 were set off.
    /// let cut = Cut { loss: 100, gains: 400, cut: 100, paid: 75 };
    /// assert_eq!(cut.without(100), Ok(Cut { loss: 100, gains: 300, cut: 75, paid: 0 }));
    /// ```
    pub fn without(&self, gone: Money) -> Result<Self> {
        if gone == 0 {
            return Ok(*self); // nearly always
        }
        let part = self.entitlement(gone)?; // favours the other claims
        let lost = gone.checked_sub(part).ok_or(MathError::Underflow)?;
        Ok(Self {
            gains: self.gains.checked_sub(gone).ok_or(MathError::Underflow)?,
            cut: self.cut.checked_sub(lost).ok_or(MathError::Underflow)?,
            paid: self.paid.checked_sub(part).ok_or(MathError::Underflow)?,
            ..*self
        })
    }

    /// What a claim of `gain` that has been paid `before` is paid now out of `pool`.
    ///
    /// What has been there for the round so far, `min(sum G - x, paid + pool)`, is divided by the
    /// claims' fractions, rounded down in favour of the claims that follow.
    ///
    /// # Errors
    /// `Underflow` when more is cut than there is, `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::Cut;
    /// // E6: 300 of 15,400 is cut, in units of 1e-6.
    /// let round = Cut { loss: 300_000_000, gains: 15_400_000_000, cut: 300_000_000, paid: 0 };
    /// assert_eq!(round.pay(14_400_000_000, 0, 15_100_000_000), Ok(14_119_480_519));
    /// // The pool holds a half, then the rest.
    /// assert_eq!(round.pay(14_400_000_000, 0, 7_550_000_000), Ok(7_059_740_259));
    /// let half = round.with_paid(7_059_740_259)?;
    /// assert_eq!(half.pay(14_400_000_000, 7_059_740_259, 8_040_259_741), Ok(7_059_740_260));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn pay(&self, gain: Money, before: Money, pool: Money) -> Result<Money> {
        let all = self.gains.checked_sub(self.cut).ok_or(MathError::Underflow)?;
        let there = self.paid.saturating_add(pool).min(all);
        Ok(self.part(gain, there)?.saturating_sub(before).min(pool)) // favours the claims that follow
    }

    /// The round after `amount` was paid to a claim, or carried by one to a later round.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn with_paid(&self, amount: Money) -> Result<Self> {
        Ok(Self { paid: self.paid.checked_add(amount).ok_or(MathError::Overflow)?, ..*self })
    }

    /// Registers a latecomer's `gain` at the same pins.
    ///
    /// The round takes more if it was too small: what it takes cancels `unfunded` first. What finds
    /// none, because the loss was paid in another way, is a recovery for those who have paid it, as
    /// far as `pool` reaches. The rest is the earlier claims', by the fraction that all share.
    ///
    /// # Errors
    /// `Overflow`.
    ///
    /// ```
    /// # use bulkhead_math::gains_cut::OpenCut;
    /// // 100 unfunded, a gain of 60 on time: all of it is cut. A latecomer with 60 leaves 20 to both.
    /// let cut = OpenCut { loss: 100, gains: 60 }.cut(100);
    /// assert_eq!(cut.entitlement(60), Ok(0));
    /// let late = cut.plan_late(60, 40, 0)?;
    /// assert_eq!((late.cancelled, late.cut.cut, late.cut.entitlement(60)), (40, 100, Ok(10)));
    /// // Enough was cut: the latecomer bears its part, which is the earlier claim's.
    /// let cut = OpenCut { loss: 30, gains: 60 }.cut(30);
    /// let late = cut.plan_late(60, 0, 0)?;
    /// assert_eq!((late.cancelled, late.cut.entitlement(60)), (0, Ok(45)));
    /// # Ok::<(), bulkhead_math::MathError>(())
    /// ```
    pub fn plan_late(&self, gain: Money, unfunded: Money, pool: Money) -> Result<LatePlan> {
        let gains = self.gains.checked_add(gain).ok_or(MathError::Overflow)?;
        let most = match self.gains {
            0 => gains,
            before => mul_div(self.cut, gains, before, Round::Down)?, // favours the earlier claims: no fraction falls
        };
        let more = self.loss.min(gains).min(most).saturating_sub(self.cut);
        let cancelled = more.min(unfunded);
        let recovered = more.saturating_sub(cancelled).min(self.beyond(pool));
        let taken = cancelled.checked_add(recovered).ok_or(MathError::Overflow)?;
        let cut = self.cut.checked_add(taken).ok_or(MathError::Overflow)?;
        Ok(LatePlan { cancelled, recovered, cut: Self { gains, cut, ..*self } })
    }

    /// `floor(gain * amount / sum G)`.
    fn part(&self, gain: Money, amount: Money) -> Result<Money> {
        if self.gains == 0 {
            return Ok(0);
        }
        mul_div(gain, amount, self.gains, Round::Down) // favours the other claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    #[test]
    fn only_net_gains_are_registered() {
        let of = |unsettled, settled, margin, unpaid| {
            let claimant = Claimant { has_positions: true, unsettled, settled, margin, unpaid };
            let r = claimant.register().unwrap();
            (r.gain, r.realised, r.from_margin, r.settled)
        };
        assert_eq!(of(100, 0, 50, 0), (100, 100, 0, 0));
        assert_eq!(of(100, 70, 50, 0), (150, 100, 50, 0), "a gain that has left the margin is not there");
        assert_eq!(of(100, -30, 50, 0), (70, 70, 0, -30), "a loss that was paid comes first");
        assert_eq!(of(-100, 70, 500, 0), (0, 0, 0, 70), "losers only note the round");
        assert_eq!(of(-100, 120, 500, 0), (20, -100, 120, 0));
        assert_eq!(of(10, 0, 50, 30), (40, 10, 0, 0), "an unpaid claim is a gain");
        assert_eq!(of(-10, -15, 50, 30), (5, -25, 0, -15), "as far as it is net; the rest is profit again");
        assert_eq!(of(-50, 0, 50, 30), (0, -30, 0, 0), "a net loser has no claim, and less of a loss");
        assert_eq!(of(0, 0, 50, 0), (0, 0, 0, 0));
    }

    #[test]
    fn without_positions_an_unpaid_claim_counts_in_full() {
        let claimant = Claimant { settled: -20, margin: 50, unpaid: 30, ..Claimant::default() };
        let expected = Registration { gain: 30, realised: 0, from_margin: 0, settled: -20 };
        assert_eq!(claimant.register(), Ok(expected));
        let claimant = Claimant { settled: 20, ..claimant };
        let expected = Registration { gain: 50, realised: 0, from_margin: 20, settled: 0 };
        assert_eq!(claimant.register(), Ok(expected));
    }

    #[test]
    fn a_registration_takes_no_more_profit_than_there_is() {
        assert_eq!(spread(&mut [10, -5], 11), Err(MathError::Underflow));
        let mut all = [10, -5];
        spread(&mut all, 5).unwrap();
        assert_eq!(all, [10, -5], "all of them at their pins");
        let mut less = [10, -5];
        spread(&mut less, -20).unwrap();
        assert_eq!(less, [-20, 0]);
    }

    #[test]
    fn gainless_lots_dilute_nothing() {
        // E7: a creditor with 300 of gain, a linked pair without.
        let pair = Claimant::default().register().unwrap();
        let cut = OpenCut { loss: 300, gains: 0 }.with(14_400).unwrap().with(pair.gain).unwrap().cut(300);
        assert_eq!(cut.entitlement(14_400), Ok(14_100));
    }

    #[test]
    fn a_loss_that_was_paid_in_the_meantime_is_a_recovery() {
        // 100 unfunded, 60 cut; a debtor pays the other 40. The latecomer bears 50 as it would have
        // on time.
        let cut = OpenCut { loss: 100, gains: 60 }.cut(100);
        let late = cut.plan_late(60, 0, 500).unwrap();
        assert_eq!((late.cancelled, late.recovered, late.cut.entitlement(60)), (0, 40, Ok(10)));
        // Without cash in the pool the two share what was cut.
        let late = cut.plan_late(60, 0, 0).unwrap();
        assert_eq!((late.cancelled, late.recovered, late.cut.entitlement(60)), (0, 0, Ok(30)));
    }

    #[test]
    fn a_second_latecomer_lowers_nobody_either() {
        // The first one found no cash for a recovery: both claims end at a half. The second finds
        // some, and takes only what leaves that half.
        let cut = OpenCut { loss: 100, gains: 60 }.cut(100).plan_late(60, 0, 0).unwrap().cut;
        let late = cut.plan_late(60, 0, 500).unwrap();
        assert_eq!((late.recovered, late.cut.cut, late.cut.entitlement(60)), (30, 90, Ok(30)));
    }

    #[test]
    fn a_recovery_takes_no_cash_that_claims_wait_for() {
        // 85 of 160 were cut, for the pool had no more for a recovery: 75 are owed. Of a pool of 80 the
        // next latecomer's recovery finds 5.
        let cut = Cut { loss: 200, gains: 160, cut: 85, paid: 0 };
        let late = cut.plan_late(40, 0, 80).unwrap();
        assert_eq!((cut.owed(), late.recovered, late.cut.cut), (75, 5, 90));
    }

    #[test]
    fn a_round_without_gains_pays_nothing() {
        let cut = OpenCut { loss: 5, gains: 0 }.cut(5);
        assert_eq!((cut.cut, cut.is_too_small(), cut.pay(7, 0, 100), cut.beyond(100)), (0, true, Ok(0), 100));
    }

    /// Registers `late` after the cut, pays in `order` as the pool fills by `fills`, and returns
    /// what each claim got.
    fn run(on_time: &[u64], late: &[u64], loss: u64, order: &[usize], fills: &[u64]) -> (Vec<u64>, Cut, u64) {
        let open = on_time.iter().fold(OpenCut { loss, gains: 0 }, |round, gain| round.with(*gain).unwrap());
        let mut cut = open.cut(loss);
        let mut unfunded = loss - cut.cut;
        let claims: Vec<u64> = on_time.iter().chain(late).copied().collect();
        let (mut got, mut pool, mut registered) = (std::vec![0; claims.len()], 0, on_time.len());
        let all_fills = fills.iter().copied().chain([u64::MAX >> 8]);
        for (step, fill) in all_fills.enumerate() {
            pool += fill;
            if registered < claims.len() && (step % 2 == 1 || step == fills.len()) {
                let until = if step == fills.len() { claims.len() } else { registered + 1 };
                while registered < until {
                    let plan = cut.plan_late(claims[registered], unfunded, pool).unwrap();
                    assert!(plan.recovered == 0);
                    unfunded -= plan.cancelled;
                    cut = plan.cut;
                    registered += 1;
                }
            }
            for index in order.iter().map(|index| index % claims.len()).chain(if step == fills.len() {
                0..claims.len()
            } else {
                0..0
            }) {
                if index < registered {
                    let paid = cut.pay(claims[index], got[index], pool).unwrap();
                    (got[index], pool, cut) = (got[index] + paid, pool - paid, cut.with_paid(paid).unwrap());
                }
            }
        }
        (got, cut, unfunded)
    }

    proptest! {
        /// P13: whenever a member registers, and in whatever order claims are paid as the pool
        /// fills, each ends at the same fraction of its gain to a unit, and together they get no
        /// more than what is left.
        #[test]
        fn any_order_of_registrations_and_payments_is_the_same(
            gains in proptest::collection::vec(1u64..1 << 40, 1..10), split in 0usize..10,
            loss in 1u64..1 << 42,
            order in proptest::collection::vec(0usize..10, 0..12),
            fills in proptest::collection::vec(0u64..1 << 39, 0..8), turn in 0usize..10,
        ) {
            let mut turned = gains.clone();
            turned.rotate_left(turn % gains.len());
            let split = 1 + split % gains.len();
            let (honest, all, left) = run(&gains, &[], loss, &[], &[]);
            let (mut got, cut, unfunded) = run(&turned[..split], &turned[split..], loss, &order, &fills);
            got.rotate_right(turn % gains.len());
            prop_assert_eq!((cut.gains, cut.cut, unfunded), (all.gains, all.cut, left));
            let sum: u64 = gains.iter().sum();
            let x = loss.min(sum);
            for ((gain, honest), got) in gains.iter().zip(&honest).zip(&got) {
                prop_assert!(honest.abs_diff(*got) <= 1, "{honest} {got}");
                let fair = u128::from(*gain) * u128::from(sum - x) / u128::from(sum);
                prop_assert!(fair.abs_diff(u128::from(*got)) <= 1);
            }
            prop_assert!(got.iter().sum::<u64>() <= sum - x);
            prop_assert!(sum - x - got.iter().sum::<u64>() < gains.len() as u64);
        }

        /// Nobody's entitlement falls when a latecomer joins, and a latecomer pays `ceil(G' X /
        /// (sum G + G'))`.
        #[test]
        fn being_late_gains_nothing(
            gains in 1u64..1 << 40, loss in 0u64..1 << 41, late in 1u64..1 << 40, unfunded in 0u64..1 << 41,
            pool in 0u64..1 << 41, claim in 1u64..1 << 40,
        ) {
            let claim = claim.min(gains);
            let cut = OpenCut { loss, gains }.cut(loss);
            let plan = cut.plan_late(late, unfunded, pool).unwrap();
            prop_assert!(plan.cut.entitlement(claim).unwrap() >= cut.entitlement(claim).unwrap());
            prop_assert_eq!(plan.cut.owed() + plan.cancelled + plan.recovered, cut.owed() + late);
            prop_assert!(plan.cancelled <= unfunded && plan.recovered <= pool);
            if unfunded >= loss.saturating_sub(gains) {
                let x = u128::from(loss.min(gains + late));
                let pays = (u128::from(late) * x).div_ceil(u128::from(gains + late));
                prop_assert_eq!(u128::from(late - plan.cut.entitlement(late).unwrap()), pays);
            }
        }

        /// P13: what anybody settles before the registration, gain or loss, changes no claim.
        #[test]
        fn settling_first_changes_no_claim(
            u in -1_000i64..1_000, settled in -1_000i64..1_000, margin in 0u64..1_000, unpaid in 0u64..500,
            steps in proptest::collection::vec(-300i64..300, 0..10),
        ) {
            let mut member = Claimant { has_positions: true, unsettled: u, settled, margin, unpaid };
            let gain = member.register().unwrap().gain;
            for step in steps {
                let result = step.max(-(member.margin as i64)); // a loss is paid out of the margin
                member.unsettled -= result;
                member.settled += result;
                member.margin = member.margin.checked_add_signed(result).unwrap();
                prop_assert_eq!(member.register().unwrap().gain, gain);
            }
        }

        /// A registration moves what it says and nothing else: the claim is the net gain, and no
        /// member pays with more than its gain (P11).
        #[test]
        fn a_registration_balances(
            results in proptest::collection::vec(-1_000i64..1_000, 1..8), settled in -1_000i64..1_000,
            margin in 0u64..1_000, unpaid in 0u64..500,
        ) {
            let unsettled: i64 = results.iter().sum();
            let member = Claimant { has_positions: true, unsettled, settled, margin, unpaid };
            let r = member.register().unwrap();
            prop_assert_eq!(r.gain as i64, (unsettled + settled.min(margin as i64) + unpaid as i64).max(0));
            if r.gain > 0 || unpaid > 0 {
                prop_assert_eq!(r.gain as i64, r.realised + r.from_margin as i64 + unpaid as i64);
            }
            prop_assert!(r.from_margin <= margin);
            let mut taken = results.clone();
            if r.gain > 0 || unpaid > 0 {
                spread(&mut taken, r.realised).unwrap();
                prop_assert_eq!(taken.iter().sum::<i64>(), r.realised);
                for (taken, result) in taken.iter().zip(&results) {
                    prop_assert!(taken == result || *taken <= (*result).max(0));
                }
                // Registered once more, the claim is the same.
                let left = Claimant {
                    has_positions: true,
                    unsettled: unsettled - r.realised,
                    settled: r.settled,
                    margin: margin - r.from_margin,
                    unpaid: r.gain,
                };
                prop_assert_eq!(left.register().unwrap().gain, r.gain);
            }
        }
    }
}
