//! Moves that beat the margin of a trader who knows the next price.
//!
//! A trader that posts its own print of `age` seconds ago, and knows the price of now, opens a
//! position with initial margin by the end of B that is against it: it gains at no risk only if the
//! price has moved by more than the initial rate and `w(age) = st min(1, age / age_full_secs)`
//! (property P7). These moves are counted over all seconds of a crash.

use crate::path::Crash;

/// What was found in one market of one crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Jumps {
    /// Pairs of a second and a younger print that were looked at.
    pub looked_at: u64,
    /// Of them, moves larger than the initial rate and `w`.
    pub beyond: u64,
    /// The largest excess over both, in bps of the price; zero if none.
    pub largest_bps: f64,
}

/// Counts the moves of one market. Rates are in bps; prints are up to `max_age_secs` old.
pub fn count(
    crash: &Crash,
    market: usize,
    initial: f64,
    stress: f64,
    age_full: f64,
    max_age_secs: usize,
) -> Jumps {
    let mut jumps = Jumps::default();
    let Some(prices) = &crash.prices[market] else { return jumps };
    for now in max_age_secs..prices.len() {
        for age in 1..=max_age_secs {
            let moved = (prices[now] / prices[now - age] - 1.0).abs() * 1e4;
            let allowed = initial + stress * (age as f64 / age_full).min(1.0);
            jumps.looked_at += 1;
            if moved > allowed {
                jumps.beyond += 1;
                jumps.largest_bps = jumps.largest_bps.max(moved - allowed);
            }
        }
    }
    jumps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_beats_both_rates_counts() {
        let mut prices = vec![100.0; 200];
        prices[100..].fill(88.0); // 1,200 bps in one second
        let crash = Crash { name: "made".into(), start_ts: 0, prices: vec![Some(prices), None] };
        let found = count(&crash, 0, 1_000.0, 2_000.0, 45.0, 60);
        // 1,000 + 2,000 / 45 age stays below 1,200 up to an age of 4 seconds: 1 + 2 + 3 + 4 pairs.
        assert_eq!((found.beyond, count(&crash, 1, 0.0, 0.0, 45.0, 60)), (10, Jumps::default()));
        assert!((found.largest_bps - (200.0 - 2_000.0 / 45.0)).abs() < 1e-6);
        assert_eq!(count(&crash, 0, 1_300.0, 2_000.0, 45.0, 60).beyond, 0);
    }
}
