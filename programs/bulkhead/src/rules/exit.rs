//! Exit: how a contribution leaves the default fund, and how much may leave in a day.

use {
    super::{cover_two, house, requirements, rewards, shares, MarketSource},
    crate::{arithmetic::*, constants::EXIT_WINDOW_SLOTS, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        exit::Outflow,
        exit_clock::{slots_as_secs, Phase, Window},
        shares::SharePlan,
        units::{Bps, Money, Shares},
    },
};

/// Starts the notice period for `shares`. It runs on the exit clock.
///
/// # Errors
/// `InsufficientShares`, `EpochEnded`.
pub fn request(fund: &Fund, member: &mut Member, shares: Shares) -> Result<()> {
    shares::touch(fund, member)?;
    require!(shares <= member.shares.get(), BulkheadError::InsufficientShares);
    let ready = add(fund.exits.secs(), u64::from(fund.params.notice_secs))?;
    member.clear_notice();
    member.notice_shares = shares.into();
    member.notice_ready_secs = ready;
    Ok(())
}

/// Refuses a request that is not due, or whose claim window has closed. A window that exits have
/// reopened in has at least an hour left, once.
///
/// # Errors
/// `NoWithdrawal`, `WithdrawalNotDue`, `WithdrawalExpired`.
fn require_due(fund: &Fund, member: &Member) -> Result<()> {
    require!(!member.notice_shares.is_zero(), BulkheadError::NoWithdrawal);
    require_window(fund, member.notice_ready_secs)
}

/// Refuses outside the claim window that opens at a reading.
///
/// # Errors
/// `WithdrawalNotDue`, `WithdrawalExpired`.
pub(super) fn require_window(fund: &Fund, opens: u64) -> Result<()> {
    let window = Window { opens, closes: add(opens, u64::from(fund.params.claim_window_secs))? };
    require_open(window.phase(&fund.exits.clock()))
}

fn require_open(phase: Phase) -> Result<()> {
    match phase {
        Phase::Waiting => Err(BulkheadError::WithdrawalNotDue.into()),
        Phase::Open => Ok(()),
        Phase::Missed => Err(BulkheadError::WithdrawalExpired.into()),
    }
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
/// - `LossPending`, `CushionPending` while exits are blocked, or the market of a waived house is not given
///   or not silent: a member that is not paid yet is liable;
/// - `NoWithdrawal`, `WithdrawalNotDue` or `WithdrawalExpired` outside the claim window, or outside
///   the slots in which a commitment is paid;
/// - `OutflowCapReached` or `CoverTwoExceeded` when the exit is not admitted;
/// - `BelowRequiredContribution` when the rest is less than positions require, and
///   `BelowInitialMargin`; `MarginLocked`; as [`requirements::risk`].
#[inline(never)]
pub fn claim(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<Exit> {
    let now = clock.unix_timestamp;
    fund.require_exits_open(now)?;
    require!(house::waivers_hold(fund, markets)?, BulkheadError::LossPending);
    require!(member.cushions == 0, BulkheadError::CushionPending);
    require_due(fund, member)?;
    let shares = member.notice_shares.get();
    rewards::release_to_leaving(fund, shares, now)?;
    shares::touch(fund, member)?;

    let delay = delay(fund);
    let plan = fund.book().plan_redeem(shares).or_fail()?;
    let exit = Exit { amount: plan.amount, shares, overdue: false, pays: false };
    if member.exit_ready_secs == 0 {
        let overdue = admit(fund, address, plan.amount, member.notice_ready_secs, now)?;
        if delay > 0 {
            member.exit_ready_secs = add(fund.exits.secs(), delay)?;
            return Ok(Exit { overdue, ..exit });
        }
        pay(fund, address, member, markets, &plan)?;
        return Ok(Exit { overdue, pays: true, ..exit });
    }
    if delay > 0 {
        match commitment(fund, member.exit_ready_secs).phase_at(fund.exits.secs()) {
            // A block of exits voids nothing. It was admitted already.
            Phase::Missed if is_interrupted(fund, member, delay) => {
                member.exit_ready_secs = add(fund.exits.secs(), delay)?;
                member.exit_renewed = true.into();
                return Ok(exit);
            }
            phase => require_open(phase)?,
        }
    }
    pay(fund, address, member, markets, &plan)?;
    Ok(Exit { pays: true, ..exit })
}

/// Seconds of the exit clock between a commitment and its payment.
pub(super) fn delay(fund: &Fund) -> u64 {
    slots_as_secs(u64::from(fund.params.exit_delay_slots), u32::from(fund.params.slot_ms))
}

/// The time in which a commitment is paid that opens at a reading. It has no hour after a block, as
/// the claim window has: an aged commitment that is good for an hour would be an option to leave in
/// a crash (P6).
fn commitment(fund: &Fund, opens: u64) -> Window {
    let length = slots_as_secs(EXIT_WINDOW_SLOTS, u32::from(fund.params.slot_ms));
    Window { opens, closes: opens.saturating_add(length) }
}

/// Refuses outside the slots in which a commitment is paid. Without `exit_delay_slots` there is none.
///
/// # Errors
/// `WithdrawalNotDue`, `WithdrawalExpired`.
pub(super) fn require_committed(fund: &Fund, opens: u64) -> Result<()> {
    if delay(fund) == 0 {
        return Ok(());
    }
    require_open(commitment(fund, opens).phase_at(fund.exits.secs()))
}

/// Whether exits were blocked since the member has committed itself, for the first time: who has
/// missed its minute because of that can commit itself again, once.
fn is_interrupted(fund: &Fund, member: &Member, delay: u64) -> bool {
    !member.exit_renewed.get() && fund.exits.reopened >= member.exit_ready_secs.saturating_sub(delay)
}

/// Takes the shares of an exit out. A member that holds positions keeps the contribution that they
/// require, and meets initial margin; one whose margin is locked for an offer keeps all of
/// its contribution, which the fill may require.
fn pay(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &impl MarketSource,
    plan: &SharePlan,
) -> Result<()> {
    require!(member.locked == 0, BulkheadError::MarginLocked);
    let shares = member.notice_shares.get();
    member.burn(shares)?;
    member.clear_notice();
    fund.set_book(plan.next);
    cover_two::correct_contribution(fund, address, 0, plan.amount);
    requirements::require_stays_sound(fund, markets, member)
}

/// Admits an exit of `amount`, within the day's outflow and the cover of the two largest exposures.
/// Returns `true` if the member is overdue: past half of the claim window neither limit may keep it
/// in, because neither is a lock-up.
#[inline(never)]
fn admit(fund: &mut Fund, leaver: &Address, amount: Money, ready_secs: u64, now: i64) -> Result<bool> {
    let patience = u64::from(fund.params.claim_window_secs / 2);
    let overdue = fund.exits.secs() >= ready_secs.saturating_add(patience);
    let cap = Bps(fund.params.outflow_cap_bps);
    if cap.0 > 0 {
        let outflow = Outflow { used: fund.outflow, ts: fund.outflow_ts };
        let plan = outflow.plan(amount, fund.contributions, cap, now).or_fail()?;
        require!(overdue || plan.within, BulkheadError::OutflowCapReached);
        fund.outflow = plan.next.used;
        fund.outflow_ts = plan.next.ts;
    }
    let covered = overdue || cover_two::covers_two_without(fund, leaver, amount)?;
    require!(covered, BulkheadError::CoverTwoExceeded);
    Ok(overdue)
}
