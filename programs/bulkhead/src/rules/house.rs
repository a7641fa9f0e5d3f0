//! The house: lots of defaulters that the fund holds, until members have taken them over in an
//! auction.

use {
    super::{
        alloc::vec::Vec,
        gains, margin,
        positions::{self, Bid, Side},
        recoveries, requirements, waterfall, MarketSource, MarketSourceMut, Named,
    },
    crate::{arithmetic::*, constants::MAX_POSITIONS, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        house::{merged_since, take_into_house, DefaultedPosition},
        positions::Position,
        units::{raw_to_pnl, to_pnl, Lots, Money, Pnl, Price},
    },
    requirements::RiskChange,
};

/// The result of a house that is flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HouseResult {
    /// Index of the market.
    pub market: u16,
    /// Its gain, or its loss if it is negative.
    pub result: Pnl,
}

/// Moves every position of a defaulter to the house of its market, at the end of A that favours the
/// defaulter (U1) or the last mark of a silent market, and with no equity left in it. Returns the results of houses that became flat by it.
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
        let lots = held.lots;
        let price = markets.priced(held.market)?.1.realised(lots);
        let market = markets.find_mut(held.market).ok_or(BulkheadError::WrongMarket)?;
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
        if before.lots != 0 && house.lots == 0 {
            // The house is flat without a sale. Its result since the other default is due as after
            // one.
            results.push(HouseResult { market: market.index, result: realise(fund, market, before.lots)? });
        }
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
    /// The price before the discount.
    pub price: Price,
    /// The auction's discount.
    pub discount: Money,
    /// The result of the house if it is flat now, else zero.
    pub result: Pnl,
}

/// Sells up to `lots` of the house, unsigned, to a member, at the end of A that favours the house (U4)
/// less the auction's discount. The taker gets the discount in margin; what the pool lacks of it stays
/// in the price. When the house is flat its result is realised.
///
/// # Errors
/// `StaleMark`; `PriceBeyondLimit`; `NothingToTake` when the house is flat already; as [`requirements::require_covered`].
#[inline(never)]
pub fn take_over(
    fund: &mut Fund,
    market: &mut Market,
    taker: Side,
    others: &impl MarketSource,
    bid: Bid,
    clock: &Clock,
) -> Result<TakenOver> {
    let Side { address, member } = taker;
    let house_lots = market.house_lots;
    let size = bid.lots.min(house_lots.unsigned_abs());
    require!(size > 0, BulkheadError::NothingToTake);
    let lots = i64::try_from(size).map_err(|_| BulkheadError::Overflow)?;
    let lots = if house_lots < 0 { neg(lots)? } else { lots };
    let prices = others.prices(market)?;
    prices.require_recent()?;
    let price = prices.intervals.others.favouring(house_lots);
    let held = clock.slot.saturating_sub(market.house_since_slot);
    let sale = fund.params.auction().sell(lots, price, held, fund.pool, market.scale()?).or_fail()?;
    bid.require_within(lots, sale.received)?;

    let before = positions::touch(fund, market, member)?;
    let after = before.exchange(lots, sale.paid).or_fail()?;
    positions::write(fund, market, member, before, after)?;
    margin::exchange_with_pool(fund, member, to_pnl(sale.in_margin).or_fail()?)?;
    // Read after the touch, because pending cuts of the taker that lapse are the house's.
    let house = market.house();
    let next =
        house.exchange(neg(lots)?, sale.received.checked_neg().ok_or(BulkheadError::Overflow)?).or_fail()?;
    market.move_open_interest(house.lots, next.lots)?;
    market.set_house(next);
    let at_mark = Bid { limit_price: prices.mark, ..bid }.is_within(lots, sale.received)?;
    let change = RiskChange::taken_over(before.is_increase(&after), at_mark);
    let markets = Named { market: &*market, prices: &prices, others };
    requirements::require_covered(fund, &markets, address, member, change, clock)?;

    count_open(fund, house.lots, next.lots)?;
    let result = if next.lots == 0 { realise(fund, market, house.lots)? } else { 0 };
    Ok(TakenOver { lots, price, discount: sale.discount, result })
}

/// Buys a member's position at the final mark. The member's profit is realised; a fraction of a
/// unit stays with the house. Returns the profit, and the result of the house if one is due.
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
    Ok((profit, realise_if_due(fund, market, before.lots)?))
}

/// Realises the result of a flat house, if it has one: a gain that nobody had paid in yet when it
/// was made, or a part of a gains cut that lapsed. `lots` are as for [`realise`].
pub fn realise_if_due(fund: &mut Fund, market: &mut Market, lots: Lots) -> Result<Option<HouseResult>> {
    if !market.is_house_due() {
        return Ok(None);
    }
    Ok(Some(HouseResult { market: market.index, result: realise(fund, market, lots)? }))
}

/// Realises the result of a flat house, and returns it.
///
/// A loss is owed by the layers. A gain pays losses that nobody has paid yet, then the members that
/// bore some; it is taken as far as there is money in the pool. `lots` are those that the house
/// held: if it lost, the other side has won.
#[inline(never)]
fn realise(fund: &mut Fund, market: &mut Market, lots: Lots) -> Result<Pnl> {
    let result = raw_to_pnl(market.house().raw, market.scale()?).or_fail()?;
    let realised = if result < 0 {
        let loss = result.unsigned_abs();
        waterfall::note_loss(fund, market, lots, loss)?;
        fund.unfunded = add(fund.unfunded, loss)?;
        fund.residual = add(fund.residual, loss)?;
        result
    } else {
        let gain = result.unsigned_abs();
        let unpaid = gain.min(recoveries::recoverable_residual(fund));
        let paid = sub(gain, unpaid)?.min(fund.pool);
        waterfall::reduce_residual(fund, unpaid)?;
        fund.pool = sub(fund.pool, paid)?;
        recoveries::recover(fund, paid)?;
        to_pnl(add(unpaid, paid)?).or_fail()?
    };
    let house = market.house().realise(realised, market.scale()?).or_fail()?;
    market.set_house(house);
    Ok(realised)
}
