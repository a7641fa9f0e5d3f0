//! Random histories of a fund: six members, two markets, prices that jump by up to 40% and more, keepers that come late, a
//! guardian that pauses, gifts to the vault, losses that reach every layer down to the wind-down. Every action either
//! succeeds or is refused with a named error that is no arithmetic failure; P1 to P3 hold after each; P4, P5, P7, P8, P11
//! and P12 where they are at stake. At the end of every history everyone leaves (P10). A run that has not reached every
//! layer and seen every instruction succeed fails.
//!
//! - `BULKHEAD_RANDOM_STEPS=<number>` sets how many actions are tried;
//! - `BULKHEAD_RANDOM_SEED=<number>` starts from another history: each prints its seed, which repeats it alone with
//!   `BULKHEAD_RANDOM_STEPS` of one history.

mod action;
mod check;
mod history;
mod leave;

use {
    bulkhead_tests::rng::Rng,
    history::{History, Tally, HISTORY_STEPS},
};

const STEPS: u64 = 24_000;
const SEED: u64 = 1;

#[test]
fn random_histories_keep_every_property() {
    let steps = setting("BULKHEAD_RANDOM_STEPS").unwrap_or(STEPS);
    let seed = setting("BULKHEAD_RANDOM_SEED").unwrap_or(SEED);
    let mut tally = Tally::default();
    let histories = steps.div_ceil(HISTORY_STEPS);
    for number in 0..histories {
        let seed = seed.wrapping_add(number);
        println!("history {number}: BULKHEAD_RANDOM_SEED={seed}");
        let mut history = History::new(Rng::new(seed));
        for _ in 0..HISTORY_STEPS.min(steps - number * HISTORY_STEPS) {
            history.step(&mut tally);
            if history.is_over() {
                break;
            }
        }
        history.leave(&mut tally);
    }
    println!("{tally}");
    if steps >= STEPS {
        tally.assert_everything_happened();
    }
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
