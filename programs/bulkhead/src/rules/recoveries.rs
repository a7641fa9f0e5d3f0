//! Recoveries: losses that members have borne for others, and the money that comes back.

use {
    super::{gains_cut, shares, waterfall},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        rounding::mul_div_wide,
        units::{Money, Shares},
        Round,
    },
};

/// Lets every share bear its part of `amount`.
#[inline(never)]
pub fn bear_by_shares(fund: &mut Fund, amount: Money, shares: Shares) -> Result<()> {
    let plan = fund.losses().plan_bear_by_shares(amount, shares).or_fail()?;
    fund.set_losses(plan.next);
    let (loss, units) = (plan.loss_per_share, plan.units_per_share);
    fund.loss_index = fund.loss_index.checked_add(loss).ok_or(BulkheadError::Overflow)?;
    fund.loss_units_index = fund.loss_units_index.checked_add(units).ok_or(BulkheadError::Overflow)?;
    Ok(())
}

/// Books a loss that members will bear later: see [`bear_booked`]. Returns the units it has bought.
pub fn book(fund: &mut Fund, amount: Money) -> Result<u128> {
    let (before, next) = (fund.losses(), fund.losses().plan_bear(amount).or_fail()?.next);
    fund.set_losses(next);
    Ok(next.units.checked_sub(before.units).ok_or(BulkheadError::Underflow)?)
}

/// Returns the units of a part of a loss that was booked, rounded up in favour of the one that bears it:
/// a recovery pays it no less than its part.
pub fn units_of(part: Money, units: u128, booked: Money) -> Result<u128> {
    match booked {
        0 => Ok(0),
        booked => mul_div_wide(part, units, booked.into(), Round::Up).or_fail(),
    }
}

/// Lets one member bear `amount`, directly and not through its shares.
#[inline(never)]
pub fn bear(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<()> {
    let plan = fund.losses().plan_bear(amount).or_fail()?;
    fund.set_losses(plan.next);
    member.record_loss(fund.loss_epoch, amount, plan.units)
}

/// Records a loss that was borne for a member before, Q64.64, with its units.
pub fn record_units(fund: &Fund, member: &mut Member, borne: u128, units: u128) -> Result<()> {
    member.enter_loss_epoch(fund.loss_epoch);
    member.loss_borne = member.loss_borne.checked_add(borne).ok_or(BulkheadError::Overflow)?;
    member.loss_units = member.loss_units.checked_add(units).ok_or(BulkheadError::Overflow)?;
    Ok(())
}

/// Lets a member bear its part of a loss that was booked before, with the units it was booked with: they
/// are worth nothing if everything was recovered since.
pub fn bear_booked(fund: &Fund, member: &mut Member, amount: Money, units: u128, epoch: u64) -> Result<()> {
    let units = if epoch == fund.loss_epoch { units } else { 0 };
    record_units(fund, member, u128::from(amount) << 64, units)
}

/// Gives a member back some of what it has borne, outside the recoveries: as much of it is not
/// outstanding any more. What had come back of it already, and it could claim, comes back to all who have
/// losses outstanding: it would be nobody's.
pub fn bear_less(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<()> {
    if amount == 0 {
        return Ok(()); // nearly always
    }
    member.enter_loss_epoch(fund.loss_epoch);
    let before = claimable(fund, member)?;
    take_units(fund, member, amount)?;
    member.loss_borne = member.loss_borne.get().saturating_sub(u128::from(amount) << 64).into();
    let free = before.saturating_sub(claimable(fund, member)?);
    fund.recoveries = sub(fund.recoveries, free)?;
    recover(fund, free)
}

/// Takes `amount` out of what a member has lost and not recovered, as far as that reaches: it owes as much
/// to others. Returns what was taken.
pub fn give_up(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<Money> {
    if amount == 0 || member.loss_units.is_zero() {
        return Ok(0); // nearly always
    }
    let taken = take_units(fund, member, amount)?;
    member.loss_borne = member.loss_borne.get().saturating_sub(u128::from(taken) << 64).into();
    recover(fund, 0)?;
    Ok(taken)
}

/// Takes units of `amount` from a member, as far as it has any. Returns what they had outstanding.
fn take_units(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<Money> {
    member.enter_loss_epoch(fund.loss_epoch);
    let before = fund.losses_outstanding;
    let plan = fund.losses().plan_less(amount, member.loss_units.get()).or_fail()?;
    fund.set_losses(plan.next);
    member.loss_units = plan.units.into();
    sub(before, fund.losses_outstanding)
}

/// Returns what a member could claim of its losses, in whole base units.
pub fn claimable(fund: &Fund, member: &Member) -> Result<Money> {
    fund.losses().claimable(member.loss_borne.get(), member.loss_units.get()).or_fail()
}

/// Takes `amount` of what a member could claim out of the recoveries.
pub fn take(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<()> {
    let left = member.loss_borne.checked_sub(u128::from(amount) << 64);
    member.loss_borne = left.ok_or(BulkheadError::Underflow)?;
    fund.recoveries = sub(fund.recoveries, amount)?;
    Ok(())
}

/// Gives up the losses that a member has not recovered; the amount that it can claim already stays.
/// Returns the amount given up.
///
/// # Errors
/// `NothingToClaim` when the member has borne nothing; `EpochEnded`.
pub fn waive(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    shares::touch(fund, member)?;
    gains_cut::touch_claim(fund, member)?;
    require!(!member.loss_borne.is_zero(), BulkheadError::NothingToClaim);
    let before = fund.losses_outstanding;
    let claimable = claimable(fund, member)?;
    fund.set_losses(fund.losses().plan_waive(member.loss_units.get()).or_fail()?);
    member.loss_units = 0.into();
    member.loss_borne = (u128::from(claimable) << 64).into();
    // Money that was held because it could not pay everybody may be enough for the others now.
    recover(fund, 0)?;
    Ok(before.saturating_sub(fund.losses_outstanding))
}

/// Takes out the part of a member's losses that has come back, in whole base units. Returns the
/// amount to pay.
///
/// # Errors
/// `NothingToClaim` without a whole unit; `EpochEnded`.
pub fn claim(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    shares::touch(fund, member)?;
    gains_cut::touch_claim(fund, member)?;
    let amount = claimable(fund, member)?;
    require!(amount > 0, BulkheadError::NothingToClaim);
    take(fund, member, amount)?;
    Ok(amount)
}

/// Returns the part of the residual that a recovery can still pay. It is zero once the claims on
/// the residual are being paid pro rata.
pub fn recoverable_residual(fund: &Fund) -> Money {
    if fund.payout_claims > 0 {
        0
    } else {
        fund.residual
    }
}

/// Places money that has come back. It pays losses that nobody has paid yet. The rest goes to the
/// members that bore losses, pro rata to the losses that they have not recovered and never more
/// than they lost (P12). An amount beyond that is the treasury's.
#[inline(never)]
pub fn recover(fund: &mut Fund, amount: Money) -> Result<()> {
    let unpaid = amount.min(recoverable_residual(fund));
    waterfall::reduce_residual(fund, unpaid)?;
    fund.pool = add(fund.pool, unpaid)?;
    let rest = sub(amount, unpaid)?;
    let plan = fund.losses().plan_recover(rest, fund.recoveries_held).or_fail()?;
    fund.recoveries = sub(add(fund.recoveries, rest)?, plan.excess)?;
    fund.treasury = add(fund.treasury, plan.excess)?;
    fund.recoveries_held = plan.held;
    fund.set_losses(plan.next);
    if plan.ends_epoch {
        fund.loss_epoch = add(fund.loss_epoch, 1)?;
        fund.loss_epoch_index = fund.loss_units_index;
    }
    waterfall::end_recovery(fund);
    Ok(())
}

/// Takes money that is paid back for a default, by the defaulter or by anyone for it.
///
/// # Errors
/// `RepaysTooMuch` above the amount that the default still owes.
pub fn repay(fund: &mut Fund, record: &mut DefaultRecord, amount: Money) -> Result<()> {
    require!(amount <= record.owed()?, BulkheadError::RepaysTooMuch);
    record.repaid = add(record.repaid, amount)?;
    recover(fund, amount)
}
