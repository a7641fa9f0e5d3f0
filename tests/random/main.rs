//! Random histories of a fund: six members, two markets, prices that jump by up to 40% and more or follow a real crash, oracles
//! that fail, keepers that come late or twice, a guardian that pauses, gifts to the vault, losses that reach every layer down to
//! the wind-down. Every action either succeeds or is refused with a named error that is no arithmetic failure; P1 to P3 hold
//! after each; P4, P5, P7, P8, P11 and P12 where they are at stake; and the program's accounts are what the reference model
//! (`crates/model`) says, to the unit. At the end of every history everyone leaves (P10). A run that has not reached every layer
//! and seen every instruction succeed fails.
//!
//! - `BULKHEAD_RANDOM_STEPS=<number>` sets how many actions are tried;
//! - `BULKHEAD_RANDOM_SEED=<number>` starts from another history: a failing one says its seed, which repeats it alone
//!   with `BULKHEAD_RANDOM_STEPS=400`;
//! - `BULKHEAD_PRICES=<folder>` adds the crashes of a folder of price series to those of the demo.
//!
//! A history that fails is shrunk and written to `sequences`. Once it is understood it stays there under a name, in
//! [`sequences`].

mod action;
mod audit;
mod check;
mod claims;
mod compare;
mod draw;
mod drive;
mod history;
mod leave;
mod policies;
mod prices;
mod sequence;
mod sequences;
mod shrink;
mod start;
mod tally;
mod twin;

use {
    drive::{threads, Campaign},
    history::HISTORY_STEPS,
};

const STEPS: u64 = 200_000;
const SEED: u64 = 1;

#[test]
fn random_histories_keep_every_property_and_agree_with_the_model() {
    let steps = setting("BULKHEAD_RANDOM_STEPS").unwrap_or(STEPS);
    let first = setting("BULKHEAD_RANDOM_SEED").unwrap_or(SEED);
    let histories = steps.div_ceil(HISTORY_STEPS);
    let seeds = first..first.saturating_add(histories);
    let campaign = Campaign::new(seeds, HISTORY_STEPS.min(steps), None);
    campaign.run(threads());
    let last = campaign.next() - 1;
    let (tally, findings) = (campaign.tally.into_inner(), campaign.findings.into_inner());
    let (tally, findings) = (tally.expect("no panic"), findings.expect("no panic"));
    println!("{tally}\n{} actions, seeds {first} to {last}", tally.actions());
    let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    if steps >= STEPS {
        tally.assert_everything_happened();
    }
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
