//! Exit: how a contribution leaves the default fund, and how much may leave in a day.

use {
    super::{cover, requirements, rewards, shares, MarketSource},
    crate::{arithmetic::*, constants::EXIT_WINDOW_SLOTS, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        exit::Outflow,
        units::{Bps, Money, Shares},
    },
};

/// Starts the notice period for `shares`.
///
/// # Errors
/// `InsufficientShares`, `EpochEnded`.
pub fn request(fund: &Fund, member: &mut Member, shares: Shares, now: i64) -> Result<()> {
    shares::touch(fund, member)?;
    require!(shares <= member.shares.get(), BulkheadError::InsufficientShares);
    let ready = now.checked_add(i64::from(fund.params.notice_secs));
    member.notice_shares = shares.into();
    member.notice_ready_ts = ready.ok_or(BulkheadError::Overflow)?;
    member.exit_slot = 0;
    Ok(())
}

/// Refuses a request that is not due, or whose claim window has closed.
///
/// # Errors
/// `NoWithdrawal`, `WithdrawalNotDue`, `WithdrawalExpired`.
pub fn require_due(fund: &Fund, member: &Member, now: i64) -> Result<()> {
    require!(!member.notice_shares.is_zero(), BulkheadError::NoWithdrawal);
    require!(now >= member.notice_ready_ts, BulkheadError::WithdrawalNotDue);
    let closes = member.notice_ready_ts.checked_add(i64::from(fund.params.claim_window_secs));
    require!(now <= closes.ok_or(BulkheadError::Overflow)?, BulkheadError::WithdrawalExpired);
    Ok(())
}

/// The effect of a claim of a due request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The worth of the shares.
    pub amount: Money,
    /// The shares.
    pub shares: Shares,
    /// Whether this call admitted the exit although it is beyond the limits, because the member is
    /// overdue.
    pub overdue: bool,
    /// Whether the amount is to be paid now; otherwise the member is committed to the exit.
    pub pays: bool,
}

/// Commits to a due exit, or takes its shares out to be paid at their price now.
///
/// Without `exit_delay_slots` the first call does both.
///
/// # Errors
/// - `OutflowCapReached` or `CoverTwoExceeded` when the exit is not admitted;
/// - `WithdrawalNotDue` or `WithdrawalExpired` outside the slots in which a commitment is paid;
/// - `BelowRequiredContribution` when the rest is less than positions require; as
///   [`requirements::risk`].
#[inline(never)]
pub fn claim(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<Exit> {
    let now = clock.unix_timestamp;
    let shares = member.notice_shares.get();
    rewards::release_to_leaving(fund, shares, now)?;
    shares::touch(fund, member)?;

    let delay = u64::from(fund.params.exit_delay_slots);
    let plan = fund.book().plan_redeem(shares).or_fail()?;
    let commits = member.exit_slot == 0;
    let overdue = commits && admit(fund, address, plan.amount, member.notice_ready_ts, now)?;
    let exit = Exit { amount: plan.amount, shares, overdue, pays: !commits || delay == 0 };
    if !exit.pays {
        member.exit_slot = add(clock.slot, delay)?;
        return Ok(exit);
    }
    require!(clock.slot >= member.exit_slot, BulkheadError::WithdrawalNotDue);
    let last = add(member.exit_slot, EXIT_WINDOW_SLOTS)?;
    require!(delay == 0 || clock.slot <= last, BulkheadError::WithdrawalExpired);

    member.burn(shares)?;
    member.clear_notice();
    fund.trade_shares(plan.next);
    cover::correct_contribution(fund, address, 0, plan.amount);
    requirements::require_contribution(fund, markets, member)?;
    Ok(exit)
}

/// Admits an exit of `amount`, within the day's outflow and the cover of the two largest exposures.
/// Returns `true` if the member is overdue: past half of the claim window neither limit may keep it
/// in, because neither is a lock-up.
#[inline(never)]
fn admit(fund: &mut Fund, leaver: &Address, amount: Money, ready_ts: i64, now: i64) -> Result<bool> {
    let patience = i64::from(fund.params.claim_window_secs / 2);
    let overdue = now >= ready_ts.saturating_add(patience);
    let cap = Bps(fund.params.outflow_cap_bps);
    if cap.0 > 0 {
        let outflow = Outflow { used: fund.outflow, ts: fund.outflow_ts };
        let plan = outflow.plan(amount, fund.contributions, cap, now).or_fail()?;
        require!(overdue || plan.within, BulkheadError::OutflowCapReached);
        fund.outflow = plan.next.used;
        fund.outflow_ts = plan.next.ts;
    }
    let covered = overdue || cover::covers_two_without(fund, leaver, amount)?;
    require!(covered, BulkheadError::CoverTwoExceeded);
    Ok(overdue)
}
