//! Gains (layer 6): a loss that no layer has paid is cut from the unsettled gains of the side that
//! has won.

use {
    super::{closing, interval::Moment, waterfall, MarketSourceMut},
    crate::{arithmetic::*, constants::ORACLE_SILENT_SLOTS, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        gains::{part_of, plan_cut, plan_haircut, CutPlan, HaircutPlan},
        positions::Position,
        units::{raw_to_money, Lots, Money},
        Round,
    },
};

/// Returns the side of these lots: 0 for long, 1 for short.
#[inline(always)]
fn side_of(lots: Lots) -> usize {
    usize::from(lots < 0)
}

/// The cut of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Index of the market.
    pub market: u16,
    /// The winning side: 0 long, 1 short.
    pub side: usize,
    /// The amount cut from its gains.
    pub amount: Money,
    /// Lots that it is cut from.
    pub lots: u64,
    /// The amount that rounding up to whole raw quote per lot cuts beyond that. It is the house's.
    pub excess: Money,
}

/// Cuts the residual from the gains of all markets with a loss in this episode, each by its weight,
/// and reports every cut to `cut_in`. If none can be cut, the wind-down begins: returns from when
/// on markets get their final marks.
///
/// # Errors
/// `WrongMarket` unless exactly the markets with a loss are given; `StaleMark` for one that is not
/// silent.
#[inline(always)]
pub fn haircut(
    fund: &mut Fund,
    markets: &mut impl MarketSourceMut,
    moment: &Moment,
    cut_in: impl Fn(Cut),
) -> Result<Option<i64>> {
    let mut weights = 0;
    require!(markets.iter_mut().count() == usize::from(fund.defaulted_markets), BulkheadError::WrongMarket);
    for market in markets.iter_mut() {
        require!(market.is_in_default(fund.loss_episode), BulkheadError::WrongMarket);
        if !market.is_unheard(moment.slot, ORACLE_SILENT_SLOTS) {
            moment.require_fresh(market)?;
        }
        weights = add(weights, weight(market, moment.slot))?;
    }
    if weights == 0 {
        return Ok(Some(closing::start(fund, moment.now)));
    }
    for market in markets.iter_mut() {
        let weight = weight(market, moment.slot);
        if weight == 0 {
            continue;
        }
        let amount = part_of(fund.residual, weight, weights).or_fail()?;
        weights = sub(weights, weight)?;
        if amount > 0 {
            cut_in(cut(fund, market, amount)?);
        }
    }
    waterfall::end_episode(fund);
    Ok(None)
}

/// Cuts `amount` from the gains of a market's winning side, at the mark.
fn cut(fund: &mut Fund, market: &mut Market, amount: Money) -> Result<Cut> {
    let side = winning_side(market);
    let lots = market.cut_lots[side];
    let plan = plan_haircut(amount, lots, market.scale()?).or_fail()?;
    cut_side(market, side, &plan)?;
    waterfall::reduce_residual(fund, amount)?;
    // The excess is a report, not money.
    let excess = raw_to_money(plan.excess.unsigned_abs(), market.scale()?, Round::Up).or_fail()?;
    Ok(Cut { market: market.index, side, amount, lots, excess })
}

/// Writes a cut of one side into the indices of a market, at the mark. The excess is the house's.
pub fn cut_side(market: &mut Market, side: usize, plan: &HaircutPlan) -> Result<()> {
    let index = market.cut_index[side];
    market.cut_index_before[side] = index;
    market.cut_price_before[side] = market.cut_price[side];
    market.cut_index[side] = index.checked_add(plan.per_lot).ok_or(BulkheadError::Overflow)?;
    market.house_raw = market.house_raw.checked_add(plan.excess).ok_or(BulkheadError::Overflow)?;
    market.cut_price[side] = market.mark.price;
    let cut = plan.per_lot.saturating_mul(u128::from(market.cut_lots[side]));
    market.cut_raw = cut.into();
    market.lapsed_raw = 0.into();
    Ok(())
}

/// Forgets how much of the last cut has lapsed: a new default has new winners, and the old cut says
/// nothing about them.
pub fn forget_lapsed(market: &mut Market) {
    market.cut_raw = 0.into();
    market.lapsed_raw = 0.into();
}

/// Returns the side that has won in this episode: the one opposite to the lots that lost. If as
/// many lots lost on both sides, it is the side with more lots.
fn winning_side(market: &Market) -> usize {
    match market.episode_lots.signum() {
        1 => 1,
        -1 => 0,
        _ => usize::from(market.cut_lots[1] > market.cut_lots[0]),
    }
}

/// Returns the weight of a market when gains are cut: the losses made in it, or zero when its
/// winning side cannot be cut.
///
/// When more than half of the last cut has lapsed, the gains are gone and another round would never
/// end. Otherwise the loss at least halves with every round.
pub fn weight(market: &Market, slot: u64) -> Money {
    let (lapsed, cut) = (market.lapsed_raw.get(), market.cut_raw.get());
    let uncuttable =
        market.cut_lots[winning_side(market)] == 0 || market.is_unheard(slot, ORACLE_SILENT_SLOTS);
    if uncuttable || cut > 0 && lapsed.saturating_mul(2) > cut {
        return 0;
    }
    market.episode_loss.max(1)
}

/// Returns `true` if a position has not been touched since its side was cut.
#[inline(always)]
pub fn is_cut_pending(market: &Market, held: &PositionSlot) -> bool {
    market.cut_index[side_of(held.cut_lots)] != held.cut_index && held.cut_lots != 0
}

/// Returns the cuts that are pending on a position, as they would be taken now.
///
/// Cuts before the last one come first, at the mark of then, so that a late touch changes nothing.
/// (Of three untouched cuts the first two count as one.)
#[inline(never)]
pub fn pending_cut(market: &Market, held: &PositionSlot, position: Position) -> Result<CutPlan> {
    let (side, lots) = (side_of(held.cut_lots), held.cut_lots.unsigned_abs());
    let (index, from) = (market.cut_index[side].get(), held.cut_index.get());
    let before = market.cut_index_before[side].get().max(from);
    let grown = |to: u128, from: u128| to.checked_sub(from).ok_or(BulkheadError::Underflow);
    let first = plan_cut(position, lots, grown(before, from)?, market.cut_price_before[side]).or_fail()?;
    let last = plan_cut(first.position, lots, grown(index, before)?, market.cut_price[side]).or_fail()?;
    Ok(CutPlan {
        position: last.position,
        taken: last.taken.checked_add(first.taken).ok_or(BulkheadError::Overflow)?,
        lapsed: last.lapsed.checked_add(first.lapsed).ok_or(BulkheadError::Overflow)?,
    })
}

/// Takes pending cuts out of a position. The part that it has no gain for lapses to the house.
/// Returns the amount taken, in money, rounded down in favour of the fund. The member can recover
/// it.
#[inline(always)]
pub fn take_cut(market: &mut Market, held: &mut PositionSlot) -> Result<Money> {
    if !is_cut_pending(market, held) {
        return Ok(0); // nearly always
    }
    take_pending_cut(market, held)
}

#[inline(never)]
fn take_pending_cut(market: &mut Market, held: &mut PositionSlot) -> Result<Money> {
    let cut = pending_cut(market, held, held.position())?;
    held.set(cut.position);
    held.cut_index = market.cut_index[side_of(held.cut_lots)];
    let house = market.house_raw.get().checked_sub_unsigned(cut.lapsed).ok_or(BulkheadError::Overflow)?;
    market.house_raw = house.into();
    market.lapsed_raw = market.lapsed_raw.get().saturating_add(cut.lapsed).into();
    if held.is_free() {
        // The cut took all of a closed position. Its slot is free, and nothing of it is counted any
        // more.
        count(market, held, 0)?;
    }
    raw_to_money(cut.taken, market.scale()?, Round::Down).or_fail()
}

/// Writes a position whose cuts are taken, and keeps the lots that a later cut counts.
#[inline(never)]
pub fn write(market: &mut Market, held: &mut PositionSlot, next: Position, in_default: bool) -> Result<()> {
    held.set(next);
    let counted = match in_default {
        _ if next.is_empty() => 0,
        true => held.cut_lots,
        false => next.lots,
    };
    count(market, held, counted)?;
    held.cut_index = market.cut_index[side_of(counted)];
    held.premium_index = market.adjusted.premium_index;
    Ok(())
}

/// Counts `to` lots of this position from now on.
fn count(market: &mut Market, held: &mut PositionSlot, to: Lots) -> Result<()> {
    let from = held.cut_lots;
    if from != to {
        let (from_side, to_side) = (side_of(from), side_of(to));
        market.cut_lots[from_side] = sub(market.cut_lots[from_side], from.unsigned_abs())?;
        market.cut_lots[to_side] = add(market.cut_lots[to_side], to.unsigned_abs())?;
        held.cut_lots = to;
    }
    Ok(())
}
