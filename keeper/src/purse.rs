//! The money for errands. Strangers bring them about for a fee each, so that without a bound whoever likes
//! empties the wallet that liquidations are paid from.

/// Seconds of an hour.
const HOUR_SECS: u64 = 3_600;

/// What is left for errands. It fills up evenly, by the time of the chain.
#[derive(Clone, Copy, Debug)]
pub struct Purse {
    /// Lamports that flow in within an hour, and the most that it holds.
    per_hour: u64,
    left: u64,
    /// When it was last filled up, in Unix time; `None` before the first time.
    filled_ts: Option<i64>,
}

impl Purse {
    /// A full purse.
    pub fn new(per_hour: u64) -> Self {
        Self { per_hour, left: per_hour, filled_ts: None }
    }

    /// Lets in what has become due by `now`, rounded down for the wallet: the rest of a lamport waits for the
    /// next time. A clock that goes back brings nothing.
    pub fn fill(&mut self, now: i64) {
        let Some(filled_ts) = self.filled_ts.filter(|filled_ts| *filled_ts <= now) else {
            self.filled_ts = Some(now);
            return;
        };
        let secs = now.abs_diff(filled_ts).min(HOUR_SECS);
        let due = u128::from(self.per_hour) * u128::from(secs) / u128::from(HOUR_SECS);
        if due > 0 || secs == HOUR_SECS {
            // At most the hour's lamports, so that it fits.
            self.left = self.left.saturating_add(due as u64).min(self.per_hour);
            self.filled_ts = Some(now);
        }
    }

    /// Takes out what the network has taken. Errands that are in flight when the purse runs empty can cost
    /// more than it holds; then it is empty.
    pub fn pay(&mut self, lamports: u64) {
        self.left = self.left.saturating_sub(lamports);
    }

    /// Whether there is money for an errand. Half of the purse is kept for what is not dust, so that dust
    /// keeps off no errand that somebody needs.
    pub fn affords(&self, is_dust: bool) -> bool {
        if is_dust {
            self.left > self.per_hour / 2
        } else {
            self.left > 0
        }
    }

    pub fn is_full(&self) -> bool {
        self.left == self.per_hour
    }

    /// Lamports that are left.
    pub fn left(&self) -> u64 {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_fills_up_within_an_hour_and_holds_no_more() {
        let mut purse = Purse::new(7_200);
        purse.fill(1_000);
        purse.pay(5_000);
        assert_eq!(purse.left(), 2_200);
        purse.fill(1_000 + 60);
        assert_eq!(purse.left(), 2_320, "two lamports a second");
        purse.fill(900);
        assert_eq!(purse.left(), 2_320, "another chain's clock brings nothing");
        purse.fill(901);
        assert_eq!(purse.left(), 2_322);
        purse.fill(i64::MAX);
        assert_eq!(purse.left(), 7_200);
        purse.pay(u64::MAX);
        assert_eq!(purse.left(), 0);
    }

    /// Looks that are more frequent than lamports lose none.
    #[test]
    fn parts_of_a_lamport_are_not_lost() {
        let mut purse = Purse::new(1_800);
        purse.fill(0);
        purse.pay(1_800);
        (1..=7).for_each(|now| purse.fill(now));
        assert_eq!(purse.left(), 3);
    }

    #[test]
    fn dust_uses_half_of_a_purse() {
        let mut purse = Purse::new(100);
        assert!(purse.affords(true));
        purse.pay(50);
        assert!(!purse.affords(true) && purse.affords(false));
        purse.pay(50);
        assert!(!purse.affords(false));
        assert!(!Purse::new(0).affords(false), "nothing is paid for errands");
    }
}
