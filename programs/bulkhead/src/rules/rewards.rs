//! Rewards: fees and premiums, and how the contributors' part of them reaches the shares.

use {
    super::{margin, shares},
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        decay::{decay, faded},
        index::Index,
        units::{Bps, Money, Shares},
        Round,
    },
};

/// Takes a fee out of a member's margin; [`share_fees`] places it.
///
/// # Errors
/// `InsufficientMargin`.
pub fn take_fee(fund: &mut Fund, member: &mut Member, fee: Money) -> Result<()> {
    require!(member.margin >= fee, BulkheadError::InsufficientMargin);
    margin::debit(fund, member, fee)
}

/// Places fees and premiums: the contributors' part is on its way to the shares, if there are any,
/// the rest is the treasury's.
pub fn share_fees(fund: &mut Fund, to_rewards: Money, to_treasury: Money) -> Result<()> {
    let bucket = if fund.total_shares.is_zero() { &mut fund.treasury } else { &mut fund.rewards_streaming };
    *bucket = add(*bucket, to_rewards)?;
    fund.treasury = add(fund.treasury, to_treasury)?;
    Ok(())
}

/// Releases to the shares the rewards that have become theirs: see [`REWARD_HALF_LIFE_SECS`].
///
/// Two releases are at least [`REWARD_RELEASE_SECS`] apart, also when shares change in between.
/// Without shares everything is the treasury's.
#[inline(never)]
pub fn release(fund: &mut Fund, now: i64) -> Result<()> {
    let secs = now.saturating_sub(fund.rewards_ts);
    if secs < REWARD_RELEASE_SECS {
        return Ok(());
    }
    fund.rewards_ts = now;
    if fund.rewards_streaming == 0 {
        return Ok(());
    }
    let shares = fund.total_shares.get();
    let left = match shares {
        0 => 0,
        _ => faded(fund.rewards_streaming, decay(secs.unsigned_abs(), REWARD_HALF_LIFE_SECS)),
    };
    let released = sub(fund.rewards_streaming, left)?;
    fund.rewards_streaming = left;
    accrue(fund, released, shares)
}

/// Releases rewards before `leaving` shares are paid. The last shares take everything that is on
/// its way.
pub fn release_to_leaving(fund: &mut Fund, leaving: Shares, now: i64) -> Result<()> {
    if leaving == fund.total_shares.get() {
        return release_all(fund, leaving);
    }
    release(fund, now)
}

/// Releases everything that is on its way: shares that a loss has wiped out leave with it.
pub fn release_all(fund: &mut Fund, shares: Shares) -> Result<()> {
    let released = core::mem::take(&mut fund.rewards_streaming);
    accrue(fund, released, shares)
}

/// Spreads `amount` over the shares. The treasury receives the part that they cannot divide.
fn accrue(fund: &mut Fund, amount: Money, shares: Shares) -> Result<()> {
    let index = Index { value: fund.reward_index.get(), surplus: fund.reward_surplus };
    let plan = index.plan_accrue(amount, shares).or_fail()?;
    fund.rewards_unclaimed = add(fund.rewards_unclaimed, plan.credited)?;
    fund.treasury = add(fund.treasury, plan.left)?;
    fund.reward_index = plan.next.value.into();
    fund.reward_surplus = plan.next.surplus;
    Ok(())
}

/// Takes a member's rewards out, in whole base units; the fraction stays. Rewards that were earned
/// until now are released first. Returns the amount to pay.
///
/// # Errors
/// `NothingToClaim` without a whole unit; `EpochEnded`.
pub fn claim(fund: &mut Fund, member: &mut Member, now: i64) -> Result<Money> {
    release(fund, now)?;
    shares::touch(fund, member)?;
    let amount = member.take_rewards();
    require!(amount > 0, BulkheadError::NothingToClaim);
    fund.rewards_unclaimed = sub(fund.rewards_unclaimed, amount)?;
    Ok(amount)
}

/// Receives a premium out of the pool. Returns the contributors' part of it, rounded down in favour
/// of the treasury.
pub fn receive_premium(fund: &mut Fund, amount: Money) -> Result<Money> {
    let to_rewards = Bps(fund.params.reward_share_bps).of(amount, Round::Down).or_fail()?;
    fund.pool = sub(fund.pool, amount)?;
    share_fees(fund, to_rewards, sub(amount, to_rewards)?)?;
    Ok(to_rewards)
}
