//! Gains vest: what was settled lately is equity, but no money to leave with.
//!
//! A member keeps the signed settled results of the present and of the previous period, `s0` and
//! `s1`; `s = s0 + s1`. Of its margin, `clamp(s, 0, margin)` is unvested: it counts as equity, and
//! neither as initial margin nor as withdrawable. For those there is
//!
//! ```text
//! margin - max(0, s, -u)        u: the net unsettled result
//! ```
//!
//! so that a settled leg of a hedge is not counted twice. Nothing moves when a gain vests, and a
//! loss followed by a gain is no gain. Periods run on the exit clock: while exits are blocked
//! nothing vests, touched or not.
//!
//! *Example.* A margin of 1,000 of which 300 were settled in this period, and an unsettled loss of
//! 100: 700 are there for initial margin. With an unsettled loss of 400, 600 are.

use crate::{
    units::{add_pnl, sub_pnl, to_pnl, Money, Pnl},
    MathError, Result,
};

/// Signed settled results of two periods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// Reading of the exit clock at which the present period began.
    pub since: u64,
    /// `s0`: settled in the present period.
    pub present: Pnl,
    /// `s1`: settled in the one before.
    pub previous: Pnl,
}

impl Results {
    /// The results as of `reading` of the exit clock. Periods follow one another without a gap
    /// whenever the member is touched, so touching changes nothing. A reading that is before the
    /// present period, that of a cut round which the member has missed, changes nothing either.
    ///
    /// A change of `vest_secs` moves the end of the present period and never its beginning. Periods
    /// that were numbered from zero would all be renumbered by it, which could vest every result
    /// at once, or tie one up for years.
    ///
    /// ```
    /// # use bulkhead_math::vesting::Results;
    /// let results = Results { since: 0, present: 50, previous: -20 };
    /// assert_eq!(results.at(299, 300), results);
    /// assert_eq!(results.at(300, 300), Results { since: 300, present: 0, previous: 50 });
    /// assert_eq!(results.at(650, 300), Results { since: 600, present: 0, previous: 0 });
    /// ```
    #[inline]
    pub fn at(&self, reading: u64, vest_secs: u32) -> Self {
        let elapsed = reading.saturating_sub(self.since);
        let vest = u64::from(vest_secs);
        if elapsed < vest {
            return *self; // nearly always
        }
        if elapsed.saturating_sub(vest) < vest {
            let since = self.since.wrapping_add(vest); // at most the reading
            return Self { since, present: 0, previous: self.present };
        }
        let into = elapsed.checked_rem(vest).unwrap_or(0); // a period of zero vests at once
        Self { since: reading.saturating_sub(into), present: 0, previous: 0 }
    }

    /// Books a settled result into the present period; [`Results::at`] comes first.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline]
    pub fn book(&self, result: Pnl) -> Result<Self> {
        Ok(Self { present: add_pnl(self.present, result)?, ..*self })
    }

    /// `s`: both periods together.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline]
    pub fn sum(&self) -> Result<Pnl> {
        add_pnl(self.present, self.previous)
    }

    /// The results after their sum became `sum` by a registration: all of it is of the present
    /// period.
    pub const fn with_sum(&self, sum: Pnl) -> Self {
        Self { present: sum, previous: 0, ..*self }
    }
}

/// What of `margin` is unvested: `clamp(s, 0, margin)`.
#[inline]
pub fn unvested(s: Pnl, margin: Money) -> Money {
    s.max(0).unsigned_abs().min(margin)
}

/// Margin that initial margin and withdrawals are held against: `margin - max(0, s, -u)`.
///
/// It is negative when what is unvested or owed exceeds the margin. A bound by the margin that is
/// left would let a member withdraw everything: of a margin of zero nothing is unvested.
///
/// # Errors
/// `Overflow`.
///
/// ```
/// # use bulkhead_math::vesting::available;
/// assert_eq!(available(1_000, 300, -100), Ok(700));
/// assert_eq!(available(1_000, 300, -400), Ok(600)); // a settled leg of a hedge is not counted twice
/// assert_eq!(available(1_000, -300, 400), Ok(1_000)); // an unsettled gain does not count
/// assert_eq!(available(1_000, 0, -1_400), Ok(-400));
/// ```
#[inline(always)]
pub fn available(margin: Money, s: Pnl, u: Pnl) -> Result<Pnl> {
    let owed = u.checked_neg().ok_or(MathError::Overflow)?;
    sub_pnl(to_pnl(margin)?, s.max(owed).max(0))
}

/// The result that `settle` books when neither owner nor delegate calls it: a gain in full, of a
/// loss no more than the member's net loss `u` over *all* its markets, with every doubt about their
/// prices in its favour. Nobody can turn one leg of a hedge into something that can be cut (P11).
///
/// ```
/// # use bulkhead_math::vesting::settled_by_others;
/// assert_eq!(settled_by_others(-740, 0), 0); // the loss of a perfect hedge stays where it is
/// assert_eq!(settled_by_others(-740, -40), -40);
/// assert_eq!(settled_by_others(-40, -740), -40);
/// assert_eq!(settled_by_others(740, -40), 740);
/// ```
#[inline]
pub fn settled_by_others(result: Pnl, u: Pnl) -> Pnl {
    if result >= 0 {
        result
    } else {
        result.max(u.min(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gain_vests_after_one_to_two_periods() {
        let results = Results::default().at(250, 300).book(90).unwrap();
        assert_eq!(unvested(results.at(599, 300).sum().unwrap(), 1_000), 90);
        assert_eq!(unvested(results.at(600, 300).sum().unwrap(), 1_000), 0);
    }

    #[test]
    fn a_period_that_is_over_is_the_previous_one() {
        let results = Results { since: 0, present: 90, previous: 5 };
        assert_eq!(results.at(299, 300), results);
        assert_eq!(results.at(300, 300), Results { since: 300, present: 0, previous: 90 });
    }

    #[test]
    fn what_a_registration_leaves_is_of_the_present_period() {
        let results = Results { since: 7, present: 90, previous: 5 };
        assert_eq!(results.with_sum(-20), Results { since: 7, present: -20, previous: 0 });
    }

    #[test]
    fn a_loss_followed_by_a_gain_is_no_gain() {
        let results = Results::default().book(-90).unwrap().at(300, 300).book(90).unwrap();
        assert_eq!(unvested(results.sum().unwrap(), 1_000), 0);
    }

    #[test]
    fn a_changed_period_frees_nothing_and_ties_nothing_up() {
        let results = Results { since: 3_000_000, present: 90, previous: 10 };
        assert_eq!(results.at(3_000_100, 600), results);
        assert_eq!(results.at(3_000_100, 200), results);
        assert_eq!(results.at(3_000_300, 200), Results { since: 3_000_200, present: 0, previous: 90 });
    }

    #[test]
    fn a_gain_larger_than_the_margin_ties_up_the_margin() {
        assert_eq!((unvested(500, 300), available(300, 500, 0)), (300, Ok(-200)));
        assert_eq!(available(300, i64::MAX, i64::MIN), Err(MathError::Overflow));
    }

    #[test]
    fn a_gain_that_leaves_is_missed() {
        // Of 1,000 with 300 unvested, 700 can go; not everything, although nothing would be unvested
        // then.
        assert_eq!(
            (available(300, 300, 0), available(299, 300, 0), available(0, 300, 0)),
            (Ok(0), Ok(-1), Ok(-300))
        );
    }

    proptest! {
        /// Touched or not: the periods are the same.
        #[test]
        fn touching_changes_nothing(
            present in -1_000i64..1_000, previous in -1_000i64..1_000,
            steps in proptest::collection::vec(0u64..700, 1..20), vest in 1u32..600,
        ) {
            let start = Results { since: 1_000, present, previous };
            let (mut pieces, mut now) = (start, 1_000);
            for step in steps {
                now += step;
                pieces = pieces.at(now, vest);
            }
            prop_assert_eq!(pieces, start.at(now, vest));
            prop_assert!(pieces.since <= now && now - pieces.since < u64::from(vest));
        }

        /// A gain stays unvested for at least one period and at most two.
        #[test]
        fn a_gain_stays_for_one_to_two_periods(begun in 0u64..300, gain in 1i64..1_000, later in 0u64..900) {
            let results = Results::default().at(begun, 300).book(gain).unwrap();
            let left = unvested(results.at(begun + later, 300).sum().unwrap(), u64::MAX >> 1);
            prop_assert!(later >= 300 || left == gain as u64);
            prop_assert!(later < 600 || left == 0);
        }

        /// However often anybody settles whichever leg, no more loss is booked than the member's
        /// net.
        #[test]
        fn others_never_book_more_than_the_net_loss(
            legs in proptest::collection::vec(-1_000i64..1_000, 1..8),
            order in proptest::collection::vec(0usize..8, 1..40),
        ) {
            let mut legs = legs;
            let net: i64 = legs.iter().sum();
            let (mut lost, mut gained) = (0, 0);
            for leg in order {
                let Some(result) = legs.get(leg).copied() else { continue };
                if result > 0 {
                    continue; // losses first: the worst for the member
                }
                let booked = settled_by_others(result, legs.iter().sum());
                legs[leg] -= booked;
                lost -= booked;
            }
            for leg in &mut legs {
                gained += settled_by_others(*leg, net).max(0);
            }
            prop_assert!(lost <= (-net).max(0), "{lost} of {net}");
            prop_assert!(gained >= net.max(0));
        }

        /// What is available never exceeds margin less what is owed, nor margin less what is
        /// unvested.
        #[test]
        fn what_is_available_covers_both(
            margin in 0u64..1 << 50, s in -(1i64 << 50)..1 << 50, u in -(1i64 << 50)..1 << 50,
        ) {
            let there = available(margin, s, u).unwrap();
            prop_assert!(there <= margin as i64 - unvested(s, margin) as i64);
            prop_assert!(there <= margin as i64 + u);
            prop_assert!(there == margin as i64 - s.max(0) || there == margin as i64 + u);
        }
    }
}
