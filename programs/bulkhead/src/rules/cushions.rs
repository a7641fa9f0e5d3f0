//! Cushions: what a defaulter has left stands behind the sale of its lots until the houses are
//! flat.

use {
    super::{alloc::vec::Vec, cover_two, recoveries, rewards, shares},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        cushions::{part_of, turn},
        units::Money,
    },
};

/// Returns the cushion that a defaulter can be asked for. A round whose cushions a loss has used up
/// takes no more: its price would overflow, and a declaration must not fail for it.
pub fn wanted(fund: &Fund, stress_loss: Money) -> Money {
    if fund.cushion_round().is_used_up() {
        0
    } else {
        stress_loss
    }
}

/// Lets the cushion of a default join the present house round.
pub fn enter(fund: &mut Fund, member: &mut Member, record: &mut DefaultRecord, amount: Money) -> Result<()> {
    record.cushion_round = fund.house_round;
    if amount == 0 {
        return Ok(());
    }
    let plan = fund.cushion_round().plan_enter(amount).or_fail()?;
    fund.cushion_round.set(plan.next);
    fund.cushions = add(fund.cushions, amount)?;
    record.cushion = amount;
    record.cushion_units = plan.units.into();
    record.cushion_mark = fund.cushion_round.losses.mark();
    member.cushions = member.cushions.checked_add(1).ok_or(BulkheadError::Overflow)?;
    Ok(())
}

/// Lets all cushions that are not released bear `amount` of layer 4: first the rounds that have
/// ended, the oldest before the others, then the present one.
#[inline(never)]
pub fn bear(fund: &mut Fund, amount: Money) -> Result<()> {
    if amount == 0 {
        return Ok(()); // nearly always
    }
    let (mut open, mut left) = (amount, fund.cushions);
    fund.cushions = sub(fund.cushions, amount)?;
    for age in 0..HOUSE_ROUNDS as u64 {
        let place = place_of(fund.house_round.wrapping_add(age));
        let mut ended = fund.ended_rounds[place];
        if ended.money == 0 {
            continue;
        }
        let paid = turn(open, ended.money, left).or_fail()?;
        (open, left) = (sub(open, paid)?, sub(left, ended.money)?);
        note_loss(fund, &mut ended.losses, paid, ended.open.get())?;
        ended.set(ended.plan().take(paid).or_fail()?);
        fund.ended_rounds[place] = ended;
    }
    let mut round = fund.cushion_round;
    round.money = sub(round.money, open)?;
    note_loss(fund, &mut round.losses, open, round.units.get())?;
    fund.cushion_round = round;
    Ok(())
}

/// Spreads a loss that is borne for others over the units of a round.
fn note_loss(fund: &mut Fund, losses: &mut CushionLosses, amount: Money, units: u128) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let plan = fund.losses().plan_bear_by_shares(amount, units).or_fail()?;
    fund.set_losses(plan.next);
    losses.note(&plan, fund.loss_epoch)
}

/// Takes `amount` of the houses' loss from the cushions of the present round, into the pool.
pub fn pay_houses(fund: &mut Fund, amount: Money) -> Result<()> {
    let (paid, next) = fund.cushion_round().take(amount);
    fund.cushion_round.set(next);
    fund.cushions = sub(fund.cushions, paid)?;
    fund.pool = add(fund.pool, paid)?;
    Ok(())
}

/// Ends the present round, once the houses are flat: its cushions can be released, but for what
/// silent houses have at risk, their loss so far and the stress loss of their lots.
///
/// The round goes on while the one eight before has records that are not released, and while all
/// its money would be carried: see [`Fund::can_close_cushion_round`].
pub fn end_round(fund: &mut Fund) -> Result<()> {
    if !fund.can_close_cushion_round() {
        return Ok(());
    }
    let plan = fund.cushion_round().plan_end(fund.waived_at_risk);
    let ended = &mut fund.ended_rounds[place_of(fund.house_round)];
    ended.set(plan.ended);
    ended.losses = fund.cushion_round.losses;
    fund.cushion_round = bytemuck::Zeroable::zeroed();
    fund.cushion_round.set(plan.next);
    fund.house_round = add(fund.house_round, 1)?;
    Ok(())
}

/// A cushion that was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// Money that came back as contribution.
    pub amount: Money,
    /// Money for which there was no share, or nobody to hold it: the treasury's.
    pub to_treasury: Money,
    /// Whether a part of the cushion goes on standing behind a silent house.
    pub carries: bool,
}

/// Releases what the ended round of a record has left of its cushion: it comes back as
/// contribution, also while contributions cannot enter.
///
/// This fails for nothing that the state of the fund could be brought into. What mints no share, or
/// belongs to a member whose shares are of an ended epoch, goes to the treasury.
///
/// # Errors
/// `NothingToRelease` without a cushion, `HouseNotSold` before its round has ended.
pub fn release(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    record: &mut DefaultRecord,
    now: i64,
) -> Result<Released> {
    require!(record.has_cushion(), BulkheadError::NothingToRelease);
    require!(record.cushion_round < fund.house_round, BulkheadError::HouseNotSold);
    rewards::release(fund, now)?;

    let place = place_of(record.cushion_round);
    let (ended, units) = (fund.ended_rounds[place], record.cushion_units.get());
    let plan = ended.plan().plan_release(units).or_fail()?;
    fund.ended_rounds[place].set(plan.next);
    fund.cushions = sub(fund.cushions, add(plan.amount, plan.dust)?)?;
    fund.treasury = add(fund.treasury, plan.dust)?;

    let (borne, loss_units) = ended.losses.borne(units, &record.cushion_mark, fund.loss_epoch)?;
    recoveries::record_units(fund, member, borne, loss_units)?;
    record.cushion_round = add(record.cushion_round, 1)?;
    record.cushion_mark = bytemuck::Zeroable::zeroed();
    if !plan.carries {
        record.cushion_units = 0.into();
        member.cushions = member.cushions.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    }
    let is_back = give_back(fund, address, member, plan.amount, now)?;
    let (amount, to_treasury) =
        if is_back { (plan.amount, plan.dust) } else { (0, add(plan.amount, plan.dust)?) };
    Ok(Released { amount, to_treasury, carries: plan.carries })
}

/// Turns released money into shares. Returns `false` if it went to the treasury instead.
fn give_back(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    amount: Money,
    now: i64,
) -> Result<bool> {
    let plan = fund.book().plan_mint(amount).or_fail()?;
    if plan.shares == 0 || !shares::can_touch(fund, member) {
        fund.treasury = add(fund.treasury, amount)?;
        return Ok(false);
    }
    shares::touch(fund, member)?;
    shares::buy(fund, member, &plan, amount, now)?;
    cover_two::correct_contribution(fund, address, amount, 0);
    Ok(true)
}

/// The part of a round that belongs to a record.
struct Part {
    losses: CushionLosses,
    mark: CushionMark,
    money: Money,
}

/// Returns the parts of a record in all the rounds that it holds units of: the one that its cushion
/// is in, and those that it has been carried into.
fn parts(fund: &Fund, record: &DefaultRecord) -> Result<Vec<Part>> {
    let (mut parts, units) = (Vec::new(), record.cushion_units.get());
    let (mut round, mut mark) = (record.cushion_round, record.cushion_mark);
    if !record.has_cushion() {
        return Ok(parts);
    }
    while round < fund.house_round {
        let ended = &fund.ended_rounds[place_of(round)];
        let money = part_of(ended.worth, units, ended.units.get()).or_fail()?;
        parts.push(Part { losses: ended.losses, mark, money });
        if !ended.carries.get() {
            return Ok(parts);
        }
        (round, mark) = (add(round, 1)?, bytemuck::Zeroable::zeroed());
    }
    let present = &fund.cushion_round;
    let money = part_of(present.money, units, present.units.get()).or_fail()?;
    parts.push(Part { losses: present.losses, mark, money });
    Ok(parts)
}

/// Returns the money that a record's cushion has left. Clients show it; no instruction needs it.
pub fn worth(fund: &Fund, record: &DefaultRecord) -> Result<Money> {
    parts(fund, record)?.iter().try_fold(0, |sum, part| add(sum, part.money))
}

/// Returns the losses that a record's cushion has borne for others, Q64.64, and their units. The
/// member receives them when the cushion is released. Clients check the books by it.
pub fn borne(fund: &Fund, record: &DefaultRecord) -> Result<(u128, u128)> {
    let (mut borne, mut units) = (0u128, 0u128);
    for part in parts(fund, record)? {
        let (more, of_them) = part.losses.borne(record.cushion_units.get(), &part.mark, fund.loss_epoch)?;
        borne = borne.checked_add(more).ok_or(BulkheadError::Overflow)?;
        units = units.checked_add(of_them).ok_or(BulkheadError::Overflow)?;
    }
    Ok((borne, units))
}
