//! Margin: a member's own cash. The fund keeps the total of all margins, so the two always change
//! together.

use {
    super::{assessment, cover_two, gains_cut, requirements, MarketSource},
    crate::{
        arithmetic::*,
        error::BulkheadError,
        state::{Fund, Member},
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::{to_pnl, Money, Pnl},
};

/// Adds `amount` to a member's margin and to the fund's total.
#[inline(always)]
pub fn credit(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<()> {
    member.margin = add(member.margin, amount)?;
    fund.margin_total = add(fund.margin_total, amount)?;
    Ok(())
}

/// Takes `amount` out of a member's margin and out of the fund's total.
#[inline(always)]
pub fn debit(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<()> {
    member.margin = sub(member.margin, amount)?;
    fund.margin_total = sub(fund.margin_total, amount)?;
    Ok(())
}

/// Moves cash between a member's margin and the settlement pool; `paid` is positive when the member
/// receives it.
pub fn exchange_with_pool(fund: &mut Fund, member: &mut Member, paid: Pnl) -> Result<()> {
    let out = paid.checked_neg().ok_or(BulkheadError::Overflow)?;
    member.margin = add_signed(member.margin, paid)?;
    fund.margin_total = add_signed(fund.margin_total, paid)?;
    fund.pool = add_signed(fund.pool, out)?;
    Ok(())
}

/// Takes a deposit into margin.
///
/// # Errors
/// `Overflow` when the margin exceeds `i64`, the type that profits and losses are netted in;
/// `GainsNotRegistered`.
pub fn deposit(fund: &mut Fund, member: &mut Member, amount: Money, now: i64) -> Result<()> {
    gains_cut::require_registered(fund, member, now)?;
    member.margin = add(member.margin, amount)?;
    to_pnl(member.margin).or_fail()?;
    fund.margin_total = add(fund.margin_total, amount)?;
    Ok(())
}

/// Takes `amount` out of a member's margin, after an assessment that is due has been collected.
/// Returns the amount collected.
///
/// # Errors
/// `InsufficientMargin`, `BelowInitialMargin`, `AssessmentReserved`, `CoverLimitExceeded`,
/// `GainsNotRegistered`; as [`requirements::risk`].
#[inline(never)]
pub fn withdraw(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &impl MarketSource,
    amount: Money,
    clock: &Clock,
) -> Result<Money> {
    gains_cut::require_registered(fund, member, clock.unix_timestamp)?;
    let risk = requirements::risk(fund, markets, member)?;
    let free = risk.free(member.margin).or_fail()?;
    let assessed = assessment::collect(fund, member, free, clock.unix_timestamp)?;
    require!(amount <= member.margin, BulkheadError::InsufficientMargin);
    debit(fund, member, amount)?;
    requirements::require_reserve(fund, member, &risk, clock.unix_timestamp)?;
    if member.has_positions() || member.locked > 0 {
        let exposure = cover_two::update(fund, address, member, &risk)?;
        cover_two::require_within_limit(fund, &exposure)?;
    }
    Ok(assessed)
}
