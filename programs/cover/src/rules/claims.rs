//! Claims: each leaf of an approved tree once, at the ratio that is the same for all.

use {
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::Round,
    bulkhead_sum_tree::Claim,
};

/// Checks a claim, books it, and returns what it is paid.
///
/// # Errors
/// - `ClaimsNotOpen`, `ClaimsOver`, `WrongPage`, `AlreadyClaimed`;
/// - `IndexBeyondLeaves`, `WrongProofLength`, `SumOverflow`, `WrongProof`;
/// - `ClaimTooSmall`.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // as few as a claim has
pub fn claim(
    (address, loss): (&Address, &mut Loss),
    page: &mut Page,
    claimant: &Address,
    index: u32,
    amount: u64,
    proof: &[u8],
    now: i64,
) -> Result<u64> {
    loss.require_open(now)?;
    let claim = Claim { claimant: claimant.to_bytes(), amount };
    let verified = loss.tree().verify_bytes(address.as_array(), index, &claim, proof);
    verified.map_err(CoverError::from)?;
    page.mark(index)?;
    let pay = pay(amount, loss.reserved, loss.total)?;
    require!(pay > 0, CoverError::ClaimTooSmall);
    loss.paid = add(loss.paid, pay)?;
    loss.claimed = loss.claimed.checked_add(1).ok_or(CoverError::Overflow)?;
    require!(loss.paid <= loss.reserved, CoverError::InvariantViolated);
    Ok(pay)
}

/// Returns what a claim is paid, `floor(amount reserved / total)`, and never more than its amount.
/// Rounded down: it favours the fund, to which the rest returns.
///
/// *Example:* a loss of 400 whose draw got 220 pays a claim of 40 with 22.
///
/// # Errors
/// `DivByZero`, `Overflow`.
#[inline(always)]
pub fn pay(amount: u64, reserved: u64, total: u64) -> Result<u64> {
    part(amount, reserved.min(total), total, Round::Down)
}

/// Refuses a page that no claim on the loss is on, or that is opened when claims are not.
///
/// # Errors
/// `ClaimsNotOpen`, `ClaimsOver`, `WrongPage`, `Overflow`.
pub fn open_page(loss: &mut Loss, number: u16, now: i64) -> Result<()> {
    loss.require_open(now)?;
    let first = u32::from(number).checked_mul(PAGE_CLAIMS).ok_or(CoverError::Overflow)?;
    require!(first < loss.leaves, CoverError::WrongPage);
    loss.pages = loss.pages.checked_add(1).ok_or(CoverError::Overflow)?;
    Ok(())
}

/// Records that a page is closed. Nothing can be claimed any more, so that no bit is forgotten.
///
/// # Errors
/// `ClaimsRunning`, `Underflow`.
pub fn close_page(loss: &mut Loss) -> Result<()> {
    require!(loss.state == LossState::Expired, CoverError::ClaimsRunning);
    loss.pages = loss.pages.checked_sub(1).ok_or(CoverError::Underflow)?;
    Ok(())
}
