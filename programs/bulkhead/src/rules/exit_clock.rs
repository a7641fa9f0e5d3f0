//! Exit clock: watches, which block exits for a time because a member owes more than it has.
//!
//! The clock itself is the fund's, see [`Fund::run_exit_clock`]. Graces block exits too: see
//! [`super::default`].

use {
    super::{requirements, shares, MarketSource},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::exit_clock::is_watchable,
};

/// Opens a watch on a member, for as long as the day has seconds left for it and for all watches.
/// Returns when it ends if nobody ends it before.
///
/// A default can be declared only once its price has lasted; until then nobody shall leave because
/// it is coming (P6).
///
/// # Errors
/// - `EquityNotNegative` unless the member's equity at the mark is below zero by more than its own
///   contribution, so that others would pay;
/// - `AlreadyWatched`, `WatchExhausted`; as [`requirements::watched_equity`].
pub fn open_watch(
    fund: &mut Fund,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<i64> {
    require!(owes_visibly(fund, member, markets)?, BulkheadError::EquityNotNegative);
    let (now, watch) = (clock.unix_timestamp, member.watch());
    require!(!watch.is_open(now), BulkheadError::AlreadyWatched);
    let plan = fund.exits.watches().plan_open(&watch, now, &fund.params.watches()).or_fail()?;
    let plan = plan.ok_or(BulkheadError::WatchExhausted)?;
    fund.exits.set_watches(&plan.watches);
    member.set_watch(&plan.watch);
    Ok(plan.watch.until)
}

/// Ends the watch of a member that is sound, or one whose time is over. It affects that watch only.
///
/// # Errors
/// - `NotWatched`;
/// - `EquityNegative` while the watch runs and the member owes more than its own contribution; as
///   [`requirements::watched_equity`].
pub fn end_watch(
    fund: &mut Fund,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<()> {
    let (now, watch) = (clock.unix_timestamp, member.watch());
    require!(watch.until != 0, BulkheadError::NotWatched);
    if watch.is_open(now) {
        require!(!owes_visibly(fund, member, markets)?, BulkheadError::EquityNegative);
    }
    stop_watch(fund, member, now)
}

/// Ends the watch of a member, if it has one.
pub fn stop_watch(fund: &mut Fund, member: &mut Member, now: i64) -> Result<()> {
    let watch = member.watch();
    if watch.until != 0 {
        let plan = fund.exits.watches().plan_end(&watch, now);
        fund.exits.set_watches(&plan.watches);
        member.set_watch(&plan.watch);
    }
    Ok(())
}

/// Whether a member owes more at the marks than its own contribution covers.
fn owes_visibly(fund: &Fund, member: &Member, markets: &impl MarketSource) -> Result<bool> {
    let equity = requirements::watched_equity(fund, markets, member)?;
    Ok(is_watchable(equity, shares::contribution(fund, member)?))
}
