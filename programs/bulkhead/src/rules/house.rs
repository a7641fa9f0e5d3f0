//! The house: lots of defaulters that the fund holds, until members have taken them over in an
//! auction.

use {
    super::{
        alloc::vec::Vec,
        crowding, gains_cut,
        house_round::{self, HouseResult, RoundEnd},
        interval::Moment,
        margin,
        positions::{self, Bid, Side},
        premium, requirements, vesting, MarketSource, MarketSourceMut, Named,
    },
    crate::{arithmetic::*, constants::SILENT_GRACE_SECS, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        crowding::FineRate,
        house::{merged_since, take_into_house, DefaultedPosition, Sale},
        positions::Position,
        units::{to_pnl, Bps, Lots, Money, Pnl, Price},
    },
    requirements::RiskChange,
};

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
    for held in member.held_mut() {
        let lots = held.lots;
        let (market, prices) = markets.priced_mut(held.market)?;
        let price = prices.realised(lots);
        premium::take(market, held)?;
        let position = held.position();
        let before = market.house();
        end_waiver(fund, market)?;
        let taken = DefaultedPosition { position, price, scale: market.scale()? };
        let (house, _) = take_into_house(&taken, before).or_fail()?;
        take_lots(market, lots, house, slot)?;
        if market.final_ts == 0 {
            count_open(fund, before.lots, house.lots)?;
        }
        positions::set(market, held, Position::default());
        crowding::book(fund, market)?;
        // A house that the lots have made flat without a sale has a result as after one.
        let result = house_round::join(fund, market)?;
        results.extend(result.filter(|house| before.lots != 0 || house.result != 0));
        record.note_position(lots, price, market.index);
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

/// What a house that was looked at has at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// Its loss at the last mark and the stress move of its lots.
    pub at_risk: Money,
    /// Whether house rounds do not wait for it, nor exits while it is covered.
    pub waived: bool,
    /// The end of the house round, if it has waited for this house only.
    pub round: Option<RoundEnd>,
}

/// Looks whether anything waits for a house. Nothing does once its market has had no print for an hour:
/// nobody can sell it, and members would wait for its feed for ever. Its lots and its result go into the
/// next house round. A market that nobody has cranked for a moment is not silent: whoever waives its
/// house would choose what its loss meets.
///
/// Exits wait for it all the same while treasury and the cushions of the present round do not cover what
/// all such houses have at risk. Cushions of rounds that have ended stand behind no house.
///
/// Everything waits for it again when somebody shows the contrary or its lots change.
///
/// # Errors
/// `NothingToTake` when the house is flat.
pub fn book(fund: &mut Fund, market: &mut Market, moment: &Moment) -> Result<Booked> {
    require!(market.house_lots != 0 && market.final_ts == 0, BulkheadError::NothingToTake);
    end_waiver(fund, market)?;
    let stress = stress_loss(fund, market, market.house_lots)?;
    // The loss is rounded up in favour of the members that stay.
    let loss = market.house().profit(market.mark.price, market.scale()?).or_fail()?.min(0).unsigned_abs();
    let at_risk = add(loss, stress)?;
    let silent_secs = moment.now.saturating_sub(market.mark.publish_ts);
    let waived = !moment.is_fresh(market) && silent_secs >= i64::from(SILENT_GRACE_SECS);
    if waived {
        market.house_waived = at_risk;
        market.house_waived_ts = market.mark.publish_ts;
        fund.waived_at_risk = add(fund.waived_at_risk, at_risk)?;
        fund.waived_houses = fund.waived_houses.checked_add(1).ok_or(BulkheadError::Overflow)?;
    }
    Ok(Booked { at_risk, waived, round: house_round::end(fund)? })
}

/// Returns the stress loss of lots at the mark and the rates in force, sold at the largest discount,
/// rounded up in favour of the fund. The concentration add-on is no part of it.
pub fn stress_loss(fund: &Fund, market: &Market, lots: Lots) -> Result<Money> {
    let rate =
        FineRate::stress(Bps(market.rates.stress_bps), fund.params.auction().max_discount).or_fail()?;
    rate.loss_of(lots.unsigned_abs(), market.mark.price, market.scale()?).or_fail()
}

/// Returns `true` if every house that nothing waits for has its market here, it is still silent, and no
/// print has come since the house was looked at. Whoever relies on such a house shows it: a crank does
/// not write the fund, and somebody could leave in the slot in which a price comes back, or at a loss
/// that has grown since.
pub fn waivers_hold(fund: &Fund, markets: &impl MarketSource) -> Result<bool> {
    let mut held = 0u16;
    for index in (0..fund.market_count).filter(|_| fund.waived_houses > 0) {
        let Some(market) = markets.find(index).filter(|market| market.house_waived > 0) else { continue };
        if markets.prices(market)?.is_fresh || market.mark.publish_ts != market.house_waived_ts {
            return Ok(false);
        }
        held = held.saturating_add(1);
    }
    Ok(held == fund.waived_houses)
}

/// Lets a house block exits again: its lots change, or somebody looks at it anew.
fn end_waiver(fund: &mut Fund, market: &mut Market) -> Result<()> {
    let at_risk = core::mem::take(&mut market.house_waived);
    if at_risk > 0 {
        fund.waived_at_risk = sub(fund.waived_at_risk, at_risk)?;
        market.house_waived_ts = 0;
        fund.waived_houses = fund.waived_houses.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    }
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
    /// The end of the house round, if it was the last house.
    pub round: Option<RoundEnd>,
}

/// Sells up to `lots` of the house, unsigned, to a member, at the end of A that favours the house (U4)
/// less the auction's discount. The taker gets the discount in margin; what the pool lacks of it stays
/// in the price. When the house is flat its result joins those
/// of the others.
///
/// # Errors
/// `StaleMark`; `PriceBeyondLimit`; `NothingToTake` when the house is flat already; as [`requirements::require_covered`].
#[inline(never)]
pub fn take_over(
    fund: &mut Fund,
    market: &mut Market,
    mut taker: Side,
    others: &impl MarketSource,
    bid: Bid,
    clock: &Clock,
) -> Result<TakenOver> {
    let house_lots = market.house_lots;
    let size = bid.lots.min(house_lots.unsigned_abs());
    require!(size > 0, BulkheadError::NothingToTake);
    let lots = i64::try_from(size).map_err(|_| BulkheadError::Overflow)?;
    let lots = if house_lots < 0 { neg(lots)? } else { lots };
    end_waiver(fund, market)?;
    let prices = others.prices(market)?;
    prices.require_recent()?;
    let price = prices.intervals.others.favouring(house_lots);
    let held = clock.slot.saturating_sub(market.house_since_slot);
    let sale = fund.params.auction().sell(lots, price, held, fund.free_pool(), market.scale()?).or_fail()?;
    bid.require_within(lots, sale.received)?;

    let markets = Named { market: &*market, prices: &prices, others };
    gains_cut::require_registered(fund, taker.member, clock.unix_timestamp)?;
    let free_before = requirements::free_before(fund, taker.member, &markets, clock)?;
    let before = positions::touch(market, taker.member)?;
    let after = before.exchange(lots, sale.paid).or_fail()?;
    positions::write(market, taker.member, before, after)?;
    margin::exchange_with_pool(fund, taker.member, to_pnl(sale.in_margin).or_fail()?)?;
    forgo_rest(fund, taker.member, &sale)?;
    taker.concede(market, lots, price, sale.discount, clock.unix_timestamp)?;
    let house = market.house();
    let next =
        house.exchange(neg(lots)?, sale.received.checked_neg().ok_or(BulkheadError::Overflow)?).or_fail()?;
    market.move_open_interest(house.lots, next.lots)?;
    market.set_house(next);
    let at_mark = Bid { limit_price: prices.mark, ..bid }.is_within(lots, sale.received)?;
    let change = RiskChange::taken_over(before.is_increase(&after), at_mark, free_before);
    let markets = Named { market: &*market, prices: &prices, others };
    requirements::require_covered(fund, &markets, taker.address, taker.member, change, None, clock)?;

    count_open(fund, house.lots, next.lots)?;
    crowding::book(fund, market)?;
    let result = house_round::join(fund, market)?.map_or(0, |house| house.result);
    Ok(TakenOver { lots, price, discount: sale.discount, result, round: house_round::end(fund)? })
}

/// Takes the part of a discount that stays in the price off the settled results of the taker. When it
/// is settled later, both together are nothing: the discount is no gain, and what the pool happened
/// to hold decides nothing about it (P13).
fn forgo_rest(fund: &Fund, taker: &mut Member, sale: &Sale) -> Result<()> {
    let rest = to_pnl(sub(sale.discount, sale.in_margin)?).or_fail()?;
    if rest == 0 {
        return Ok(()); // nearly always
    }
    vesting::book(fund, taker, rest.checked_neg().ok_or(BulkheadError::Overflow)?)
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
    let held = positions::touch(market, member)?;
    let (price, scale) = (market.mark.price, market.scale()?);
    let profit = held.profit(price, scale).or_fail()?;
    let before = market.house();
    let closed = held.trade(neg(held.lots)?, price).and_then(|flat| flat.realise(profit, scale)).or_fail()?;
    let house = before.trade(held.lots, price).and_then(|house| house.merge(closed)).or_fail()?;
    market.move_open_interest(held.lots, 0)?;
    market.move_open_interest(before.lots, house.lots)?;
    market.set_house(house);
    positions::set(market, &mut member.positions[place], Position::default());
    let result = house_round::join(fund, market)?;
    Ok((profit, result.filter(|house| house.result != 0)))
}

/// Lets the house of a market whose mark is final count as flat: its result at that mark joins the
/// sum of the round, and it blocks no exits. Its lots stay until members have sold it theirs.
/// Returns its result, if there is one.
pub fn join_final(fund: &mut Fund, market: &mut Market) -> Result<Option<HouseResult>> {
    let lots = market.house_lots;
    end_waiver(fund, market)?;
    count_open(fund, lots, 0)?;
    Ok(house_round::join(fund, market)?.filter(|house| house.result != 0))
}
