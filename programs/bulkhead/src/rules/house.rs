//! The house: lots of defaulters that the fund holds, until members have taken them over in an
//! auction.

use {
    super::{
        alloc::vec::Vec,
        crowding, gains,
        house_round::{self, HouseResult, RoundEnd},
        positions,
        positions::Side,
        requirements, waterfall, MarketSource, MarketSourceMut, Named,
    },
    crate::{arithmetic::*, constants::MAX_POSITIONS, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        house::{merged_since, take_into_house, DefaultedPosition},
        positions::Position,
        units::{Lots, Pnl, Price},
    },
    requirements::RiskChange,
};

/// Moves every position of a defaulter to the house of its market, at the mark and with no equity
/// left in it. Returns the results of houses that became flat by it.
#[inline(never)]
pub fn take_positions(
    fund: &mut Fund,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    record: &mut DefaultRecord,
    slot: u64,
) -> Result<Vec<HouseResult>> {
    let mut results = Vec::new();
    for place in 0..MAX_POSITIONS {
        let held = member.positions[place];
        if held.is_free() {
            continue;
        }
        let market = markets.find_mut(held.market).ok_or(BulkheadError::WrongMarket)?;
        let (lots, price) = (held.lots, market.mark.price);
        let position = positions::touch(fund, market, member)?;
        let before = market.house();
        let taken = DefaultedPosition { position, price, scale: market.scale()? };
        let (house, profit) = take_into_house(&taken, before).or_fail()?;
        take_lots(market, lots, house, slot)?;
        count_open(fund, before.lots, house.lots)?;
        let (lost_by, loss) = if profit < 0 { (lots, profit.unsigned_abs()) } else { (0, 0) };
        waterfall::note_loss(fund, market, lost_by, loss)?;
        gains::forget_lapsed(market);
        gains::write(market, &mut member.positions[place], Position::default(), true)?;
        crowding::book(fund, market)?;
        // A house that the lots have made flat without a sale has a result as after one.
        let result = house_round::join(fund, market, before.lots)?;
        results.extend(result.filter(|house| before.lots != 0 || house.result != 0));
        record.note_position(lots, price, held.market);
    }
    Ok(results)
}

/// Replaces the house's position with `next`, after it has taken over `taken` lots of a defaulter.
#[inline(never)]
fn take_lots(market: &mut Market, taken: Lots, next: Position, slot: u64) -> Result<()> {
    market.house_since_slot =
        merged_since(market.house_lots, market.house_since_slot, taken, slot).or_fail()?;
    // The defaulter's lots were counted before and are so no longer; the house's are.
    market.move_open_interest(taken, 0)?;
    market.move_open_interest(market.house_lots, next.lots)?;
    market.set_house(next);
    Ok(())
}

/// Counts the markets whose house holds lots.
fn count_open(fund: &mut Fund, before: Lots, after: Lots) -> Result<()> {
    fund.open_houses = match (before == 0, after == 0) {
        (true, false) => fund.open_houses.checked_add(1).ok_or(BulkheadError::Overflow)?,
        (false, true) => fund.open_houses.checked_sub(1).ok_or(BulkheadError::Underflow)?,
        _ => fund.open_houses,
    };
    Ok(())
}

/// Lots that a member has bought from the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOver {
    /// Signed lots.
    pub lots: Lots,
    /// The auction's price.
    pub price: Price,
    /// The result of the house if it is flat now, else zero.
    pub result: Pnl,
    /// The end of the house round, if it was the last house.
    pub round: Option<RoundEnd>,
}

/// Sells up to `lots` of the house, unsigned, to a member at the auction's price. When the house is
/// flat its result joins those of the others.
///
/// # Errors
/// `NothingToTake` when the house is flat already; as [`requirements::require_covered`].
#[inline(never)]
pub fn take_over(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    mut taker: Side,
    lots: u64,
    clock: &Clock,
) -> Result<TakenOver> {
    let house_lots = market.house_lots;
    let size = lots.min(house_lots.unsigned_abs());
    require!(size > 0, BulkheadError::NothingToTake);
    let lots = i64::try_from(size).map_err(|_| BulkheadError::Overflow)?;
    let lots = if house_lots < 0 { neg(lots)? } else { lots };
    let held = clock.slot.saturating_sub(market.house_since_slot);
    let price = fund.params.auction().price(market.mark.price, house_lots, held).or_fail()?;

    let kept_free = requirements::kept_free(fund, taker.member, &Named { market: &*market, others }, clock)?;
    let before = positions::touch(fund, market, taker.member)?;
    let after = before.trade(lots, price).or_fail()?;
    positions::write(fund, market, taker.member, before, after)?;
    taker.concede(market, lots, price, 0, clock.unix_timestamp)?;
    // Read after the touch, because pending cuts of the taker that lapse are the house's.
    let house = market.house();
    let next = house.trade(neg(lots)?, price).or_fail()?;
    market.move_open_interest(house.lots, next.lots)?;
    market.set_house(next);
    let change = RiskChange::taken_over(before.is_increase(&after), kept_free);
    requirements::require_covered(fund, market, others, taker.address, taker.member, change, clock)?;

    count_open(fund, house.lots, next.lots)?;
    crowding::book(fund, market)?;
    let result = house_round::join(fund, market, house.lots)?.map_or(0, |house| house.result);
    Ok(TakenOver { lots, price, result, round: house_round::end(fund)? })
}

/// Buys a member's position at the final mark. The member's profit is realised; a fraction of a
/// unit stays with the house. Returns the profit, and the result of the house if it is flat with
/// one.
#[inline(never)]
pub fn buy_at_final_mark(
    fund: &mut Fund,
    market: &mut Market,
    member: &mut Member,
    place: usize,
) -> Result<(Pnl, Option<HouseResult>)> {
    let held = positions::touch(fund, market, member)?;
    let (price, scale) = (market.mark.price, market.scale()?);
    let profit = held.profit(price, scale).or_fail()?;
    let before = market.house();
    let closed = held.trade(neg(held.lots)?, price).and_then(|flat| flat.realise(profit, scale)).or_fail()?;
    let house = before.trade(held.lots, price).and_then(|house| house.merge(closed)).or_fail()?;
    market.move_open_interest(held.lots, 0)?;
    market.move_open_interest(before.lots, house.lots)?;
    count_open(fund, before.lots, house.lots)?;
    market.set_house(house);
    let in_default = market.is_in_default(fund.loss_episode);
    gains::write(market, &mut member.positions[place], Position::default(), in_default)?;
    crowding::book(fund, market)?;
    let result = house_round::join(fund, market, before.lots)?;
    Ok((profit, result.filter(|house| house.result != 0)))
}
