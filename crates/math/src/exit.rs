//! Leaving the default fund: how much may leave in a day.

use crate::{
    rounding::{mul_div, Round},
    units::{Bps, Money},
    MathError, Result,
};

/// A day, over which the outflow of contributions is limited.
pub const OUTFLOW_SECS: u64 = 86_400;

/// Contributions that have left during the last day. The outflow drains by itself and is measured
/// against contributions now, so no high-water mark of the past locks anybody in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// The amount that still counts.
    pub used: Money,
    /// When `used` was computed.
    pub ts: i64,
}

/// The effect of a withdrawal on the outflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutflowPlan {
    /// Whether it is within the cap.
    pub within: bool,
    /// The outflow if it is paid.
    pub next: Outflow,
}

impl Outflow {
    /// Lets `amount` leave at `now` out of `contributions`.
    ///
    /// The outflow is a bucket of half the cap that drains by half the cap in a day. No 24 hours
    /// see more than the cap, however the exits lie in time.
    ///
    /// # Errors
    /// `Overflow` when amounts exceed `u64`.
    #[inline(never)]
    pub fn plan(&self, amount: Money, contributions: Money, cap: Bps, now: i64) -> Result<OutflowPlan> {
        let all = contributions.checked_add(self.used).ok_or(MathError::Overflow)?;
        let room = cap.of(all, Round::Down)? / 2; // favours those who stay
        let secs = now.saturating_sub(self.ts).max(0).unsigned_abs();
        // Rounded down in favour of those who stay; more than a word holds drains everything.
        let drained = mul_div(room, secs, OUTFLOW_SECS, Round::Down).unwrap_or(Money::MAX);
        let used = self.used.saturating_sub(drained).checked_add(amount).ok_or(MathError::Overflow)?;
        Ok(OutflowPlan { within: used <= room, next: Outflow { used, ts: now.max(self.ts) } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    proptest! {
        /// At any times and sizes, no day sees more leave than the cap of the contributions there
        /// were.
        #[test]
        fn no_day_sees_more_than_the_cap(
            tries in proptest::collection::vec((0i64..40_000, 1u64..200_000), 1..80), cap in 100u16..5_000,
        ) {
            let all = 1_000_000u64;
            let (mut outflow, mut contributions, mut now) = (Outflow::default(), all, 1_000_000);
            let mut left: Vec<(i64, u64)> = Vec::new();
            for (secs, amount) in tries {
                now += secs;
                let amount = amount.min(contributions);
                let plan = outflow.plan(amount, contributions, Bps(cap), now).unwrap();
                if plan.within {
                    outflow = plan.next;
                    contributions -= amount;
                    left.push((now, amount));
                }
                let day: u64 = left.iter().filter(|(at, _)| now - at < OUTFLOW_SECS as i64).map(|(_, paid)| *paid).sum();
                prop_assert!(day <= all * u64::from(cap) / 10_000);
            }
        }

        /// No lock-out by a high-water mark: a day after the last payment the whole room is there
        /// again.
        #[test]
        fn a_day_later_there_is_room_again(used in 0u64..1 << 40, contributions in 1u64..1 << 40, cap in 2u16..10_000) {
            let outflow = Outflow { used, ts: 0 };
            let all = Bps(cap).of(contributions + used, Round::Down).unwrap() / 2;
            let after = outflow.plan(0, contributions, Bps(cap), OUTFLOW_SECS as i64).unwrap().next;
            prop_assert_eq!(after.used, used.saturating_sub(all));
            // And nothing is remembered for ever.
            let later = outflow.plan(0, contributions, Bps(cap), i64::MAX).unwrap().next;
            prop_assert!(later.used == 0 || all == 0);
        }
    }
}
