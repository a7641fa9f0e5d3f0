//! What a gains haircut counts and cuts, and how a position is written so that it counts right.

use {
    super::Market,
    crate::{constants::ORACLE_SILENT_SLOTS, error::*, state::member::PositionSlot},
    anchor_lang::prelude::*,
    bulkhead_math::{
        haircut::{plan_cut, CutPlan, HaircutPlan},
        position::Position,
        rounding::raw_to_money,
        units::{Lots, Money},
        Round,
    },
};

/// The side of these lots: 0 long, 1 short.
#[inline(always)]
fn side_of(lots: Lots) -> usize {
    usize::from(lots < 0)
}

impl Market {
    /// A default has new winners: what lapsed before says nothing about them.
    pub fn forget_cut(&mut self) {
        self.cut_raw = 0.into();
        self.lapsed_raw = 0.into();
    }

    /// The side that has won what the other has lost in this episode.
    pub fn winning_side(&self) -> usize {
        match self.episode_lots.signum() {
            1 => 1,
            -1 => 0,
            _ => usize::from(self.cut_lots[1] > self.cut_lots[0]), // as much was lost on both: whoever is more
        }
    }

    /// This market's weight when gains are cut: what was lost in it, or zero when its winning side cannot be cut. When
    /// more than half of the last cut has lapsed its gains are gone, and another round would never end; otherwise the loss
    /// at least halves with every round.
    pub fn cut_weight(&self, slot: u64) -> Money {
        let (lapsed, cut) = (self.lapsed_raw.get(), self.cut_raw.get());
        let uncuttable = self.cut_lots[self.winning_side()] == 0 || self.is_silent(slot, ORACLE_SILENT_SLOTS);
        if uncuttable || cut > 0 && lapsed.saturating_mul(2) > cut {
            return 0;
        }
        self.episode_loss.max(1)
    }

    /// Cuts a side at the mark.
    pub fn cut(&mut self, side: usize, plan: &HaircutPlan) -> Result<()> {
        let index = self.cut_index[side];
        self.cut_index_before[side] = index;
        self.cut_price_before[side] = self.cut_price[side];
        self.cut_index[side] = index.checked_add(plan.per_lot).ok_or(BulkheadError::Overflow)?;
        let house = self.house_raw.checked_add(plan.excess).ok_or(BulkheadError::Overflow)?;
        self.house_raw = house;
        self.cut_price[side] = self.mark.price;
        let cut = plan.per_lot.saturating_mul(u128::from(self.cut_lots[side]));
        self.cut_raw = cut.into();
        self.lapsed_raw = 0.into();
        Ok(())
    }

    /// Whether a position has not been touched since its side was cut.
    #[inline(always)]
    pub fn is_cut_pending(&self, held: &PositionSlot) -> bool {
        self.cut_index[side_of(held.cut_lots)] != held.cut_index && held.cut_lots != 0
    }

    /// What is pending of cuts on a position, as it would be taken now: first what came before the last cut, at the mark of
    /// then, so that being touched late changes nothing. (Of three cuts untouched the first two count as one.)
    #[inline(never)]
    pub(super) fn pending_cut(&self, held: &PositionSlot, position: Position) -> Result<CutPlan> {
        let (side, lots) = (side_of(held.cut_lots), held.cut_lots.unsigned_abs());
        let (index, from) = (self.cut_index[side].get(), held.cut_index.get());
        let before = self.cut_index_before[side].get().max(from);
        let grown = |to: u128, from: u128| to.checked_sub(from).ok_or(BulkheadError::Underflow);
        let first = plan_cut(position, lots, grown(before, from)?, self.cut_price_before[side]).or_fail()?;
        let last = plan_cut(first.position, lots, grown(index, before)?, self.cut_price[side]).or_fail()?;
        Ok(CutPlan {
            position: last.position,
            taken: last.taken.checked_add(first.taken).ok_or(BulkheadError::Overflow)?,
            lapsed: last.lapsed.checked_add(first.lapsed).ok_or(BulkheadError::Overflow)?,
        })
    }

    /// Takes pending cuts out of a position; what it has no gain for lapses to the house. Returns what was taken, in money,
    /// rounded down: it is what the member can recover.
    #[inline(always)]
    pub fn take_cut(&mut self, held: &mut PositionSlot) -> Result<Money> {
        if !self.is_cut_pending(held) {
            return Ok(0); // nearly always
        }
        self.take_pending_cut(held)
    }

    #[inline(never)]
    fn take_pending_cut(&mut self, held: &mut PositionSlot) -> Result<Money> {
        let cut = self.pending_cut(held, held.position())?;
        held.set(cut.position);
        held.cut_index = self.cut_index[side_of(held.cut_lots)];
        let house = self.house_raw.get().checked_sub_unsigned(cut.lapsed).ok_or(BulkheadError::Overflow)?;
        self.house_raw = house.into();
        self.lapsed_raw = self.lapsed_raw.get().saturating_add(cut.lapsed).into();
        if held.is_free() {
            // All of a closed position was cut: its slot is free, and nothing of it is counted any more.
            self.count(held, 0)?;
        }
        raw_to_money(cut.taken, self.scale()?, Round::Down).or_fail() // favours the fund
    }

    /// Writes a position whose cuts are taken, and keeps what a haircut counts.
    #[inline(never)]
    pub fn write(&mut self, held: &mut PositionSlot, next: Position, in_default: bool) -> Result<()> {
        held.set(next);
        let counted = match in_default {
            _ if next.is_empty() => 0,
            true => held.cut_lots,
            false => next.lots,
        };
        self.count(held, counted)?;
        held.cut_index = self.cut_index[side_of(counted)];
        held.premium_index = self.adjusted.premium_index;
        Ok(())
    }

    /// A haircut counts `to` lots of this position from now on.
    fn count(&mut self, held: &mut PositionSlot, to: Lots) -> Result<()> {
        let from = held.cut_lots;
        if from != to {
            let (from_side, to_side) = (side_of(from), side_of(to));
            self.cut_lots[from_side] = sub(self.cut_lots[from_side], from.unsigned_abs())?;
            self.cut_lots[to_side] = add(self.cut_lots[to_side], to.unsigned_abs())?;
            held.cut_lots = to;
        }
        Ok(())
    }
}
