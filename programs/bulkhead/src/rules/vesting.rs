//! Vesting: what was settled lately counts as equity, and neither as initial margin nor as withdrawable.

use {
    crate::{arithmetic::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{units::Pnl, vesting::Results},
};

/// Returns the reading, in seconds, of the clock that vesting periods run on: while clearing blocks exits
/// nothing vests. A cover that holds them reaches nobody's gains.
#[inline(always)]
pub fn reading(fund: &Fund) -> u64 {
    fund.exit_clock().vest_secs()
}

/// Returns the settled results of `member` as of now.
#[inline(always)]
fn results(fund: &Fund, member: &Member) -> Results {
    member.settled.get().at(reading(fund), fund.params.vest_secs)
}

/// Returns `s`: the signed sum of what `member` has settled in this period and in the one before.
#[inline(always)]
pub fn unvested(fund: &Fund, member: &Member) -> Result<Pnl> {
    if member.settled.present == 0 && member.settled.previous == 0 {
        return Ok(0); // nearly always
    }
    results(fund, member).sum().or_fail()
}

/// Books a settled result, signed, into the present period.
#[inline(never)]
pub fn book(fund: &Fund, member: &mut Member, result: Pnl) -> Result<()> {
    let next = results(fund, member).book(result).or_fail()?;
    member.settled = SettledResults::of(&next);
    Ok(())
}

/// Returns `s` as of a reading of the clock.
pub fn unvested_at(fund: &Fund, member: &Member, reading: u64) -> Result<Pnl> {
    member.settled.get().at(reading, fund.params.vest_secs).sum().or_fail()
}

/// Replaces the settled results, as of a reading of the clock, by a sum of the present period.
pub fn replace(fund: &Fund, member: &mut Member, reading: u64, sum: Pnl) {
    let results = member.settled.get().at(reading, fund.params.vest_secs);
    member.settled = SettledResults::of(&results.with_sum(sum));
}

/// Forgets the settled results: the margin is gone in which they were.
pub fn forget(member: &mut Member) {
    member.settled = SettledResults { present: 0, previous: 0, ..member.settled };
}
