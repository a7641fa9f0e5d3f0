//! What positions pay for being insured: due with the index, booked when they are touched, collected out of the pool.

use {
    super::Market,
    crate::{error::*, state::member::PositionSlot},
    anchor_lang::prelude::*,
    bulkhead_math::{position::Position, premium, rounding::raw_to_money, units::Money, Round},
};

impl Market {
    /// A position as it is after the premium it owes and pending cuts.
    #[inline(always)]
    pub fn position_of(&self, held: &PositionSlot) -> Result<Position> {
        if held.premium_index == self.adjusted.premium_index && !self.is_cut_pending(held) {
            return Ok(held.position());
        }
        self.pending_position(held)
    }

    #[inline(never)]
    fn pending_position(&self, held: &PositionSlot) -> Result<Position> {
        let position = self.after_premium(held)?;
        if !self.is_cut_pending(held) {
            return Ok(position);
        }
        Ok(self.pending_cut(held, position)?.position)
    }

    /// A position as it is after the premium it owes, before cuts.
    pub fn after_premium(&self, held: &PositionSlot) -> Result<Position> {
        held.position().pay(self.premium_due(held)?).or_fail()
    }

    /// What a position owes of the premium since its last touch, in raw quote.
    #[inline(always)]
    fn premium_due(&self, held: &PositionSlot) -> Result<u128> {
        premium::due(held.lots, held.premium_index.get(), self.adjusted.premium_index.get()).or_fail()
    }

    /// Takes the premium a position owes out of its raw quote. The premium comes before a cut, so that a haircut finds the
    /// gain that is left (P11).
    #[inline(always)]
    pub fn take_premium(&mut self, held: &mut PositionSlot) -> Result<()> {
        if held.premium_index == self.adjusted.premium_index {
            return Ok(());
        }
        self.take_due_premium(held)
    }

    #[inline(never)]
    fn take_due_premium(&mut self, held: &mut PositionSlot) -> Result<()> {
        let due = self.premium_due(held)?;
        held.premium_index = self.adjusted.premium_index;
        held.set(held.position().pay(due).or_fail()?);
        self.place_premium(due)
    }

    /// Premium waits to be collected, in raw quote; once the mark is final it is the house's.
    #[inline(always)]
    pub(super) fn place_premium(&mut self, raw: u128) -> Result<()> {
        if self.final_ts == 0 {
            self.adjusted.premium_raw = self.adjusted.premium_raw.checked_add(raw).ok_or(BulkheadError::Overflow)?;
            return Ok(());
        }
        let house = self.house_raw.get().checked_add_unsigned(raw).ok_or(BulkheadError::Overflow)?;
        self.house_raw = house.into();
        Ok(())
    }

    /// Takes the premium out that waits to be collected: whole base units, as far as `drawable` reaches.
    pub fn collect_premium(&mut self, drawable: Money) -> Result<Money> {
        let scale = self.scale()?;
        let raw = self.adjusted.premium_raw.get();
        let amount = raw_to_money(raw, scale, Round::Down).or_fail()?.min(drawable); // the fraction waits
        let left = raw.checked_sub(scale.raw_of(amount).unsigned_abs()).ok_or(BulkheadError::Underflow)?;
        self.adjusted.premium_raw = left.into();
        Ok(amount)
    }
}
