//! Premium: positions pay it for being backed by the fund. It falls due as the index grows, is
//! booked when a position is touched, and is collected out of the pool.

use {
    super::{positions, rewards},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{positions::Position, premium, units::raw_to_money, units::Money, Round},
};

/// Returns a position as it is after the premium it owes.
#[inline(always)]
pub fn position_of(market: &Market, held: &PositionSlot) -> Result<Position> {
    if held.premium_index == market.adjusted.premium_index {
        return Ok(held.position());
    }
    after_premium(market, held)
}

#[inline(never)]
fn after_premium(market: &Market, held: &PositionSlot) -> Result<Position> {
    held.position().pay(due(market, held)?).or_fail()
}

/// Returns the premium that a position owes since its last touch, in raw quote.
#[inline(always)]
fn due(market: &Market, held: &PositionSlot) -> Result<u128> {
    premium::due(held.lots, held.premium_index.get(), market.adjusted.premium_index.get()).or_fail()
}

/// Takes the premium that a position owes out of its raw quote.
#[inline(always)]
pub fn take(market: &mut Market, held: &mut PositionSlot) -> Result<()> {
    if held.premium_index == market.adjusted.premium_index {
        return Ok(());
    }
    take_due(market, held)
}

#[inline(never)]
fn take_due(market: &mut Market, held: &mut PositionSlot) -> Result<()> {
    let due = due(market, held)?;
    held.premium_index = market.adjusted.premium_index;
    held.set(held.position().pay(due).or_fail()?);
    place(market, due)
}

/// Places premium, in raw quote. It waits to be collected; once the mark is final it is the
/// house's.
#[inline(always)]
pub fn place(market: &mut Market, raw: u128) -> Result<()> {
    if market.final_ts == 0 {
        market.adjusted.premium_raw =
            market.adjusted.premium_raw.checked_add(raw).ok_or(BulkheadError::Overflow)?;
        return Ok(());
    }
    let house = market.house_raw.get().checked_add_unsigned(raw).ok_or(BulkheadError::Overflow)?;
    market.house_raw = house.into();
    Ok(())
}

/// A premium that became cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// All of it.
    pub amount: Money,
    /// The contributors' part of it.
    pub to_rewards: Money,
}

/// Turns the premium that waits into cash out of the pool: whole base units, as far as the pool may
/// be drawn on.
///
/// It is a gain of the fund: while a loss is unfunded it waits, and so in a wind-down.
///
/// # Errors
/// `NothingToCollect` without a whole unit.
#[inline(always)]
pub fn collect(fund: &mut Fund, market: &mut Market) -> Result<Collected> {
    let drawable = if fund.has_open_loss() { 0 } else { positions::drawable(fund) };
    let scale = market.scale()?;
    let raw = market.adjusted.premium_raw.get();
    let amount = raw_to_money(raw, scale, Round::Down).or_fail()?.min(drawable); // the fraction waits
    let left = raw.checked_sub(scale.raw_of(amount).unsigned_abs()).ok_or(BulkheadError::Underflow)?;
    market.adjusted.premium_raw = left.into();
    require!(amount > 0, BulkheadError::NothingToCollect);
    let to_rewards = rewards::receive_premium(fund, amount)?;
    Ok(Collected { amount, to_rewards })
}
