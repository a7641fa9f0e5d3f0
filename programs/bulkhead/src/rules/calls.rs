//! Calls: the amounts that a member owes to the default fund, collected from margin above initial
//! margin only (P11).

use {
    super::{assessment, cover_two, gains_cut, requirements, rewards, shares, MarketSource},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{requirements::Risk, units::Money, units::Shares},
};

/// A contribution call after it has started, changed or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contribution called for; zero when the call is met.
    pub amount: Money,
    /// Reading of the exit clock, in seconds, from which it is taken from margin.
    pub due_secs: u64,
}

/// The amounts collected, and the change of the contribution call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enforced {
    /// Assessment paid.
    pub assessed: Money,
    /// Margin that became contribution, and the shares it bought.
    pub contributed: Option<(Money, Shares)>,
    /// The call, if it has started, changed or ended.
    pub call: Option<Call>,
    /// Whether rewards were released, and the member's shares brought up to date.
    pub accrued: bool,
}

/// Collects an open assessment at once, then starts, enforces or ends a contribution call.
///
/// While exits are blocked contributions cannot enter, so nothing is called. The time to meet a
/// call runs on the exit clock.
///
/// # Errors
/// `NothingToCall` when there is nothing to do; `EpochEnded`; `GainsNotRegistered`; as [`requirements::risk`].
#[inline(always)]
pub fn enforce(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<Enforced> {
    let now = clock.unix_timestamp;
    gains_cut::require_registered(fund, member, now)?;
    let mut risk = requirements::risk(fund, markets, member)?;
    let free = risk.free(member.margin).or_fail()?;
    let assessed = assessment::collect(fund, member, free, now)?;
    let mut enforced = Enforced { assessed, ..Enforced::default() };
    // A payment that ends a loss is not refused because the payer's shares are of the epoch that
    // the loss has ended.
    let unsettled = assessed > 0 && !member.shares.is_zero() && member.share_epoch != fund.share_epoch;
    let closed = unsettled || fund.blocks_exits(now) || fund.status == FundStatus::WindDown;
    // What takings lock is there for their members alone: a stranger that takes an offer would call its
    // maker by it.
    risk.contribution = sub(risk.contribution, member.locked_contribution)?;
    let called = !closed && call_contribution(fund, address, member, &risk, now, &mut enforced)?;
    require!(assessed > 0 || called, BulkheadError::NothingToCall);
    Ok(enforced)
}

/// Starts, enforces or ends a member's contribution call. Returns `true` if there was anything to
/// do.
#[inline(never)]
fn call_contribution(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    risk: &Risk,
    now: i64,
    enforced: &mut Enforced,
) -> Result<bool> {
    rewards::release(fund, now)?;
    shares::touch(fund, member)?;
    enforced.accrued = true;
    let missing = missing(fund, member, risk)?;
    if missing == 0 {
        let ended = member.call_amount > 0;
        enforced.call = set_call(member, 0, 0);
        return Ok(ended);
    }
    if member.call_amount == 0 {
        let due = add(fund.exits.secs(), u64::from(fund.params.call_secs))?;
        enforced.call = set_call(member, missing, due);
        return Ok(true);
    }
    let free = risk.free(member.margin).or_fail()?;
    if fund.exits.secs() < member.call_due_secs || free == 0 {
        return Ok(false);
    }
    // One unit more, because the value of shares is rounded down.
    let amount = add(missing, 1)?.min(free);
    let shares = shares::contribute_margin(fund, member, amount, now)?;
    cover_two::correct_contribution(fund, address, amount, 0);
    enforced.contributed = Some((amount, shares));
    if amount > missing {
        enforced.call = set_call(member, 0, 0);
    }
    Ok(true)
}

/// Returns the amount by which a member's contribution is below the one that its positions require.
///
/// # Errors
/// `Overflow`.
pub fn missing(fund: &Fund, member: &Member, risk: &Risk) -> Result<Money> {
    let required =
        if member.has_positions() { risk.required_contribution(fund.params.min_contribution) } else { 0 };
    Ok(required.saturating_sub(shares::contribution(fund, member)?))
}

/// Returns `true` if the contribution that a member is called for is due.
#[inline(always)]
pub fn is_due(fund: &Fund, member: &Member) -> bool {
    member.call_amount > 0 && member.call_due_secs <= fund.exits.secs()
}

/// Returns the contribution that a member must keep free, because the call for it is due: as much of
/// it as is still missing. It is taken as soon as contributions can enter. A wind-down asks for none.
#[inline(always)]
pub fn due(fund: &Fund, member: &Member, risk: &Risk) -> Result<Money> {
    if !is_due(fund, member) || fund.status == FundStatus::WindDown {
        return Ok(0); // nearly always
    }
    Ok(missing(fund, member, risk)?.min(member.call_amount))
}

/// Calls what a member that takes risk over lacks of its required contribution, due at once:
/// contributions cannot enter now, and anyone can bid all the same.
pub fn call_taker(member: &mut Member, missing: Money, now_secs: u64) {
    member.call_amount = missing;
    member.call_due_secs = if missing > 0 { now_secs } else { 0 };
}

fn set_call(member: &mut Member, amount: Money, due_secs: u64) -> Option<Call> {
    if member.call_amount == amount {
        return None;
    }
    member.call_amount = amount;
    member.call_due_secs = due_secs;
    Some(Call { amount, due_secs })
}
