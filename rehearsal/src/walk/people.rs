//! A member comes, and leaves with everything.

use {
    super::{operate::is_cranked, Walk},
    crate::commands::{AIRDROP, CLAIM, CONTRIBUTE, DEPOSIT, MEMBER, OPEN, REQUEST, WAIT, WITHDRAW},
    anyhow::{ensure, Context, Result},
};

/// What the member brings, in tokens.
const BRINGS: u64 = 10_000;
/// Base units of a token.
const UNIT: u64 = 1_000_000;
/// What rounding may cost: shares are paid in whole base units.
const ROUNDING: u64 = 1;
/// Its margin and its contribution, in tokens.
const MARGIN: &str = "2,500";
const CONTRIBUTION: &str = "3,000";
/// From here on the outflow cap stops nobody: a week's notice, and more than half of the claim window.
const PATIENCE: &str = "198h";
/// A little more than the exit delay of 150 slots, and less than the minute after it.
const EXIT_DELAY: &str = "65s";

pub(super) fn join(walk: &mut Walk) -> Result<()> {
    walk.place.wallet("member.json")?;
    // From here on the shell is the member's. Those who govern sign what is printed.
    walk.runner.export("BULKHEAD_KEYPAIR", walk.place.file("member.json"));
    let sol = format!("2 --tokens {BRINGS}");
    walk.run(AIRDROP, &[("SOL", &sol)])?;
    walk.run(OPEN, &[])?;
    deposit(walk, MARGIN)?;
    walk.run_with(CONTRIBUTE, &[("AMOUNT", CONTRIBUTION)], &["--yes"])?.expect(0)?;
    let held = held(walk)?;
    ensure!(held < BRINGS * UNIT, "the wallet still has {held} base units");
    walk.teller.seen(format!("a member with {MARGIN} margin and a contribution of {CONTRIBUTION}"));
    Ok(())
}

/// Pays margin in. A script agrees to the fund's parties, which a person is asked about.
pub(super) fn deposit(walk: &mut Walk, amount: &str) -> Result<()> {
    walk.run_with(DEPOSIT, &[("AMOUNT", amount)], &["--yes"])?.expect(0)?;
    Ok(())
}

/// Asks the contribution back.
pub(super) fn give_notice(walk: &mut Walk) -> Result<()> {
    walk.run(REQUEST, &[])?;
    walk.teller.seen("the member has given notice");
    Ok(())
}

pub(super) fn leave(walk: &mut Walk) -> Result<()> {
    wait(walk, PATIENCE)?;
    walk.run(CLAIM, &[])?;
    walk.teller.seen("the member has committed to its exit");
    walk.run(WAIT, &[("SPAN", EXIT_DELAY)])?;
    walk.run(CLAIM, &[])?;
    walk.run(WITHDRAW, &[])?;
    let held = held(walk)?;
    let least = BRINGS * UNIT - ROUNDING;
    ensure!(held >= least, "the member brought {BRINGS} tokens and has left with {held} base units");
    walk.teller.seen(format!("the member has left with all of its {BRINGS} tokens"));
    Ok(())
}

/// Lets time pass, until the keeper has caught up.
pub(super) fn wait(walk: &mut Walk, span: &'static str) -> Result<()> {
    walk.run(WAIT, &[("SPAN", span)])?;
    is_cranked(walk)
}

/// Base units in the member's wallet.
fn held(walk: &mut Walk) -> Result<u64> {
    let member = walk.json(MEMBER, &[])?;
    let held = member["wallet_balance"].as_str().and_then(|text| text.parse::<u64>().ok());
    held.with_context(|| format!("the member's wallet holds no tokens: {member}"))
}
