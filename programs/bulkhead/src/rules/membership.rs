//! Membership: opening and closing a wallet's account.

use {
    super::{assessment, cover_two, exit_clock, gains_cut},
    crate::{
        constants::{MAX_POSITIONS, VERSION},
        error::*,
        state::*,
    },
    anchor_lang::prelude::*,
};

/// Opens a member account. The member agrees to the cap of assessments that is in force.
///
/// # Errors
/// `MarketNotSeen` when there are more than `markets`: one could be opened in front of the first member,
/// without a timelock; as [`assessment::agree_first`].
pub fn open(fund: &mut Fund, member: &mut Member, most_bps: u16, markets: u16, now: i64) -> Result<()> {
    require!(fund.market_count <= markets, BulkheadError::MarketNotSeen);
    member.version = VERSION;
    member.untaken = MAX_POSITIONS as u8;
    member.share_epoch = fund.share_epoch;
    member.loss_epoch = fund.loss_epoch;
    member.default_count = fund.default_seq;
    assessment::agree_first(fund, member, most_bps)?;
    gains_cut::enter(fund, member, now);
    fund.members = fund.members.checked_add(1).ok_or(BulkheadError::Overflow)?;
    Ok(())
}

/// Counts a member out whose empty account is closed.
///
/// # Errors
/// `MemberNotEmpty`, `GainsNotRegistered`.
pub fn close(fund: &mut Fund, address: &Address, member: &mut Member, now: i64) -> Result<()> {
    if !member.watch().is_open(now) {
        exit_clock::stop_watch(fund, member, now)?;
    }
    gains_cut::require_registered(fund, member, now)?;
    gains_cut::end_paid_claim(fund, member)?;
    require!(member.is_empty(), BulkheadError::MemberNotEmpty);
    cover_two::forget(fund, address);
    if member.status == MemberStatus::ClosedOut {
        fund.closed_out = fund.closed_out.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    }
    fund.members = fund.members.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    Ok(())
}
