//! Positions: how lots change hands, and how profit and loss become cash.

use {
    super::{
        alloc::vec::Vec,
        cover_two, crowding, delegation, final_price, gains_cut,
        house_round::{self, HouseResult, RoundEnd},
        margin, premium, requirements, rewards, vesting, MarketSource, Named,
    },
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        positions::{plan_settle_result, raw_value, Position},
        requirements::notional,
        rewards::plan_fee,
        rounding::uneven_mul,
        units::{Bps, Lots, Money, Pnl, Price, Raw},
        vesting::settled_by_others,
    },
    requirements::RiskChange,
    wincode::{SchemaRead, SchemaWrite},
};

/// Takes the premium out of a member's position in `market`, and returns it. A member that does not
/// hold the market has an empty position.
#[inline(always)]
pub fn touch(market: &mut Market, member: &mut Member) -> Result<Position> {
    Ok(touch_held(market, member)?.unwrap_or_default())
}

/// Does the same, and returns nothing if the member does not hold the market.
#[inline(always)]
pub fn touch_held(market: &mut Market, member: &mut Member) -> Result<Option<Position>> {
    let Some(held) = member.slot_mut(market.index) else { return Ok(None) };
    premium::take(market, held)?;
    Ok(Some(held.position()))
}

/// Writes a touched position that was `before`, and keeps the market's totals.
#[inline(never)]
pub fn write(market: &mut Market, member: &mut Member, before: Position, after: Position) -> Result<()> {
    if before.is_empty() && after.is_empty() {
        return Ok(());
    }
    market.move_open_interest(before.lots, after.lots)?;
    set(market, member.slot_or_free(market.index)?, after);
    Ok(())
}

/// Writes a touched position into its slot.
#[inline(always)]
pub fn set(market: &Market, held: &mut PositionSlot, next: Position) {
    held.set(next);
    held.premium_index = market.adjusted.premium_index;
}

/// Returns a position that holds no lots and less than a base unit of gain as an empty one: the
/// fraction is the house's.
pub fn without_dust(market: &mut Market, mut position: Position) -> Result<Position> {
    if position.lots == 0 && (0..i128::from(market.scale)).contains(&position.raw) {
        let dust = core::mem::take(&mut position.raw);
        let house = market.house().merge(Position { lots: 0, raw: dust }).or_fail()?;
        market.set_house(house);
    }
    Ok(position)
}

/// Returns how much of the pool a gain may draw: what no registered claim waits for, and nothing in a
/// wind-down, in which gains are claims.
#[inline(always)]
pub fn drawable(fund: &Fund) -> Money {
    if fund.status == FundStatus::WindDown {
        0
    } else {
        fund.free_pool()
    }
}

/// Refuses a price outside the market's band around `centre`.
///
/// # Errors
/// `PriceOutsideBand`.
pub fn require_within_band(market: &Market, centre: Price, price: Price) -> Result<()> {
    // |price - centre| <= centre * band, cross-multiplied: exact.
    let distance = uneven_mul(Bps::ONE, price.abs_diff(centre));
    let band = uneven_mul(u64::from(market.price_band_bps), centre);
    require!(price > 0 && distance <= band, BulkheadError::PriceOutsideBand);
    Ok(())
}

/// One side of a trade.
pub struct Side<'a> {
    /// Address of the member's account.
    pub address: &'a Address,
    /// The member.
    pub member: &'a mut Member,
    /// Whether its delegate signs, and not the owner.
    pub by_delegate: bool,
}

impl Side<'_> {
    /// Books what this side concedes against the mark, if a delegate trades for it: see
    /// [`delegation::concede`].
    ///
    /// # Errors
    /// `DelegateBudgetExceeded`.
    pub fn concede(
        &mut self,
        market: &Market,
        lots: Lots,
        price: Price,
        received: Money,
        now: i64,
    ) -> Result<()> {
        if self.by_delegate {
            delegation::concede(self.member, market, lots, price, received, now)?;
        }
        Ok(())
    }
}

/// What a member takes from another one, or from the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Most lots that it receives, unsigned.
    pub lots: u64,
    /// The worst price of each that it accepts, bonus and discount counted: the highest for a buyer,
    /// the lowest for a seller.
    pub limit_price: Price,
}

impl Bid {
    /// A bid that accepts every price of lots with this sign.
    pub fn at_any_price(lots: u64, signed: Lots) -> Self {
        Self { lots, limit_price: if signed < 0 { 0 } else { Price::MAX } }
    }

    /// Refuses when `lots`, signed as the member receives them, cost more raw quote than at the limit.
    ///
    /// # Errors
    /// `PriceBeyondLimit`.
    pub fn require_within(&self, lots: Lots, raw: Raw) -> Result<()> {
        require!(self.is_within(lots, raw)?, BulkheadError::PriceBeyondLimit);
        Ok(())
    }

    /// Returns `true` if `lots`, signed as the member receives them, cost no more raw quote than at the
    /// limit.
    pub fn is_within(&self, lots: Lots, raw: Raw) -> Result<bool> {
        Ok(raw <= raw_value(lots, self.limit_price).or_fail()?)
    }
}

/// What two members have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
pub struct Deal {
    /// Lots that the buyer receives.
    pub lots: u64,
    /// Price of each.
    pub price: u64,
}

/// A trade that the fund stands between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Novation {
    /// Lots that the buyer received.
    pub lots: Lots,
    /// Clearing fee of each side.
    pub fee: Money,
    /// The contributors' part of both fees; the rest is the treasury's.
    pub to_rewards: Money,
}

/// Moves lots from seller to buyer at the price they have agreed on, which is within the band around
/// the mark. Each side pays the clearing fee and must then meet its requirements.
///
/// # Errors
/// As [`novate_at`].
#[inline(always)]
pub fn novate(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    buyer: Side,
    seller: Side,
    deal: Deal,
    clock: &Clock,
) -> Result<Novation> {
    novate_at(fund, market, others, buyer, seller, deal, Stage::Agreed, clock)
}

/// The stage that a trade between two members has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Both agree on it now.
    Agreed,
    /// One takes an offer of the other. The trade is tried: both must meet initial margin, and whoever adds
    /// risk must bear so much doubt besides, as [`requirements::require_covered`] says.
    Taken {
        /// The doubt in a print that is as old as one that fills.
        doubt: Money,
    },
    /// The offer is filled at this print.
    Filled {
        /// The band lies around it. Both sides are judged at the mark, as [`RiskChange::Fills`].
        print: Price,
    },
}

/// Does the same at any stage of a trade.
///
/// # Errors
/// - `StaleMark`, `PriceOutsideBand`;
/// - `Paused`, `LossPending`, `MarketReduceOnly`, `MemberReduceOnly`, `BreakerTripped`,
///   `CrowdingLimitExceeded` or `OpenInterestLimit` when a side adds risk that it may not add;
/// - `InsufficientMargin` for the fee, `DelegateBudgetExceeded`; as
///   [`requirements::require_covered`].
#[inline(never)]
#[allow(clippy::too_many_arguments)] // as few as the trade has
pub fn novate_at(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    mut buyer: Side,
    mut seller: Side,
    deal: Deal,
    stage: Stage,
    clock: &Clock,
) -> Result<Novation> {
    let prices = others.prices(market)?;
    prices.require_fresh()?;
    let centre = if let Stage::Filled { print } = stage { print } else { market.mark.price };
    require_within_band(market, centre, deal.price)?;
    let markets = Named { market: &*market, prices: &prices, others };
    let bought_free = requirements::free_before(fund, buyer.member, &markets, clock)?;
    let sold_free = requirements::free_before(fund, seller.member, &markets, clock)?;
    let open_interest = market.open_interest;
    let lots = i64::try_from(deal.lots).map_err(|_| BulkheadError::Overflow)?;
    let Exchange { fee, to_rewards, adds: [bought, sold] } =
        exchange(fund, market, &mut buyer, &mut seller, lots, deal.price, clock)?;
    let bought_well = is_mark_or_better(market, lots, deal.price);
    let sold_well = is_mark_or_better(market, neg(lots)?, deal.price);
    let is_fill = matches!(stage, Stage::Filled { .. });
    let (buys, sells) = if is_fill {
        (RiskChange::filled(bought, bought_well), RiskChange::filled(sold, sold_well))
    } else {
        let buys = RiskChange::traded(bought, bought_well, bought_free);
        (buys, RiskChange::traded(sold, sold_well, sold_free))
    };
    let doubt = |adds: bool| match stage {
        Stage::Taken { doubt } => Some(if adds { doubt } else { 0 }),
        _ => None,
    };
    crowding::book(fund, market)?;
    let markets = Named { market: &*market, prices: &prices, others };
    let Side { address, member, .. } = buyer;
    requirements::require_covered(fund, &markets, address, member, buys, doubt(bought), clock)?;
    let Side { address, member, .. } = seller;
    requirements::require_covered(fund, &markets, address, member, sells, doubt(sold), clock)?;
    if !is_fill {
        // A taking has met it before: a friend's pair would use the room up, and give it back after the print.
        require_open_interest(fund, market, open_interest)?;
    }
    Ok(Novation { lots, fee, to_rewards })
}

/// Novates the deals of one member, the taker, with as many makers, one after the other. The taker
/// `buys` in all of them, or sells in all.
///
/// To each maker, and to the fund's money, a deal is what it is alone. To the taker all of them are one
/// trade: what it must meet is asked once, after the last deal. It has reduced at the mark or better if
/// it has in every deal.
///
/// Open interest falls while the taker closes, and then rises while it opens: it is never higher than
/// at the end. Its limits are asked there, if it is higher than after any deal.
///
/// # Errors
/// As [`novate`], for each deal.
#[inline(never)]
#[allow(clippy::too_many_arguments)] // as few as the trades have
pub fn novate_batch(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    mut taker: Side,
    makers: &mut [Side],
    deals: &[Deal],
    buys: bool,
    clock: &Clock,
) -> Result<Vec<Novation>> {
    let prices = others.prices(market)?;
    prices.require_fresh()?;
    let markets = Named { market: &*market, prices: &prices, others };
    let taker_free = requirements::free_before(fund, taker.member, &markets, clock)?;
    let (mut taker_adds, mut taker_at_mark) = (false, true);
    let mut least_open = market.open_interest;
    let mut novations = Vec::with_capacity(deals.len());
    for (maker, &Deal { lots, price }) in makers.iter_mut().zip(deals) {
        require_within_band(market, market.mark.price, price)?;
        let markets = Named { market: &*market, prices: &prices, others };
        let maker_free = requirements::free_before(fund, maker.member, &markets, clock)?;
        let lots = i64::try_from(lots).map_err(|_| BulkheadError::Overflow)?;
        let taken = if buys { lots } else { neg(lots)? };
        let Exchange { fee, to_rewards, adds: [adds, maker_adds] } =
            exchange(fund, market, &mut taker, maker, taken, price, clock)?;
        taker_adds |= adds;
        taker_at_mark &= is_mark_or_better(market, taken, price);
        least_open = least_open.min(market.open_interest);
        let maker_at_mark = is_mark_or_better(market, neg(taken)?, price);
        let change = RiskChange::traded(maker_adds, maker_at_mark, maker_free);
        let markets = Named { market: &*market, prices: &prices, others };
        requirements::require_covered(fund, &markets, maker.address, maker.member, change, None, clock)?;
        novations.push(Novation { lots, fee, to_rewards });
    }
    let change = RiskChange::traded(taker_adds, taker_at_mark, taker_free);
    let markets = Named { market: &*market, prices: &prices, others };
    requirements::require_covered(fund, &markets, taker.address, taker.member, change, None, clock)?;
    crowding::book(fund, market)?;
    require_open_interest(fund, market, least_open)?;
    Ok(novations)
}

/// Returns `true` if a member that receives `lots`, signed, at this price gives nothing away against the
/// mark.
#[inline(always)]
fn is_mark_or_better(market: &Market, lots: Lots, price: Price) -> bool {
    if lots < 0 {
        price >= market.mark.price
    } else {
        price <= market.mark.price
    }
}

/// A trade whose sides are not judged yet.
struct Exchange {
    /// Clearing fee of each side.
    fee: Money,
    /// The contributors' part of both fees.
    to_rewards: Money,
    /// Whether each side has added risk.
    adds: [bool; 2],
}

/// Moves `lots`, signed as `one` receives them, from the other side. Takes both fees, and books what
/// delegates concede.
#[inline(always)]
fn exchange(
    fund: &mut Fund,
    market: &mut Market,
    one: &mut Side,
    other: &mut Side,
    lots: Lots,
    price: Price,
    clock: &Clock,
) -> Result<Exchange> {
    let value = notional(lots, price, market.scale()?).or_fail()?;
    let (rate, share) = (Bps(fund.params.clearing_fee_bps), Bps(fund.params.reward_share_bps));
    let fee = plan_fee(value, rate, share).or_fail()?;
    gains_cut::require_registered(fund, one.member, clock.unix_timestamp)?;
    gains_cut::require_registered(fund, other.member, clock.unix_timestamp)?;
    let adds = [trade(market, one.member, lots, price)?, trade(market, other.member, neg(lots)?, price)?];
    if adds != [false, false] {
        require_takes_risk(fund, market, clock.unix_timestamp)?;
    }
    rewards::take_fee(fund, one.member, fee.fee)?;
    rewards::take_fee(fund, other.member, fee.fee)?;
    let to_rewards = add(fee.to_rewards, fee.to_rewards)?;
    rewards::share_fees(fund, to_rewards, add(fee.to_treasury, fee.to_treasury)?)?;
    one.concede(market, lots, price, 0, clock.unix_timestamp)?;
    other.concede(market, neg(lots)?, price, 0, clock.unix_timestamp)?;
    Ok(Exchange { fee: fee.fee, to_rewards, adds })
}

/// Refuses a trade that has raised open interest beyond the market's limit, or beyond what the fund can
/// bear. A limit that was lowered, or that the price has passed, stops nobody from handing a position
/// on.
///
/// # Errors
/// `OpenInterestLimit`, `CrowdingLimitExceeded`.
#[inline(always)]
pub(super) fn require_open_interest(fund: &Fund, market: &Market, before: u64) -> Result<()> {
    if market.open_interest > before {
        require!(market.open_interest <= market.max_open_interest, BulkheadError::OpenInterestLimit);
        crowding::require_within_limit(fund)?;
    }
    Ok(())
}

/// Books `lots` bought at `price`. Returns `true` if that adds risk.
#[inline(never)]
fn trade(market: &mut Market, member: &mut Member, lots: i64, price: Price) -> Result<bool> {
    let held = member.slot_or_free(market.index)?;
    if !held.is_free() {
        premium::take(market, held)?;
    }
    let before = held.position();
    let after = before.trade(lots, price).or_fail()?;
    market.move_open_interest(before.lots, after.lots)?;
    set(market, held, after);
    Ok(before.is_increase(&after))
}

/// Refuses while nobody may add risk in `market`.
///
/// # Errors
/// `Paused`, `LossPending`, `MarketReduceOnly`, `BreakerTripped`.
#[inline(always)]
pub fn require_takes_risk(fund: &Fund, market: &Market, now: i64) -> Result<()> {
    fund.require_not_paused(pause::NOVATE, now)?;
    require!(fund.status == FundStatus::Active && !fund.has_open_loss(), BulkheadError::LossPending);
    require!(!final_price::is_closing(market, now), BulkheadError::MarketReduceOnly);
    require!(!market.is_halted(now), BulkheadError::BreakerTripped);
    Ok(())
}

/// Returns the net profit of a member over all its markets, as others see it who would declare its default
/// (U1): gains rounded down and losses up, in favour of the fund.
///
/// Its marks are of different moments. Were each leg of a hedge taken at its mark, whoever cranks one
/// market and not the other would see a loss that the other leg has won. Of a member that has something in
/// one market alone lots are beside nothing, and count at their mark.
///
/// # Errors
/// `WrongMarket` when a market that the member holds is missing.
#[inline(never)]
pub fn net_profit(markets: &impl MarketSource, member: &Member) -> Result<Pnl> {
    // Also beside a leg that was closed and whose loss is not settled yet.
    let is_hedge = member.held().count() > 1;
    let mut net: Pnl = 0;
    for held in member.held() {
        let market = markets.find(held.market).ok_or(BulkheadError::WrongMarket)?;
        let price = match is_hedge && held.lots != 0 {
            true => markets.prices(market)?.declaring()?.intervals.others.favouring(held.lots),
            false => market.mark.price,
        };
        let profit = premium::position_of(market, held)?.profit(price, market.scale()?).or_fail()?;
        net = net.checked_add(profit).ok_or(BulkheadError::Overflow)?;
    }
    Ok(net)
}

/// Returns how much of a loss `result` in `market` others book: all of it, or the net loss over all markets
/// of a member that holds another one.
#[inline(never)]
fn bounded_loss(market: &Market, others: &impl MarketSource, member: &Member, result: Pnl) -> Result<Pnl> {
    if member.held().all(|held| held.market == market.index) {
        return Ok(result);
    }
    let prices = others.prices(market)?;
    Ok(settled_by_others(result, net_profit(&Named { market, prices: &prices, others }, member)?))
}

/// A position that was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Cash that the member received, or paid if it is negative.
    pub paid: Pnl,
    /// The result of the house, if one was due.
    pub house: Option<HouseResult>,
    /// The end of the house round, if the houses are flat and something was due.
    pub round: Option<RoundEnd>,
}

/// Refuses a member that could not withdraw margin: one below initial margin, without what may be asked
/// of it above that, or beyond the cover limit.
#[inline(never)]
fn require_could_withdraw(
    fund: &mut Fund,
    market: &Market,
    others: &impl MarketSource,
    address: &Address,
    member: &mut Member,
    now: i64,
) -> Result<()> {
    let prices = others.prices(market)?;
    let risk = requirements::risk(fund, &Named { market, prices: &prices, others }, member)?;
    requirements::require_reserve(fund, member, &risk, now)?;
    let exposure = cover_two::update(fund, address, member, &risk)?;
    cover_two::require_within_limit(fund, &exposure)
}

/// Turns the profit or loss of one position into cash, at the mark.
///
/// A loss goes from margin to the pool, as far as margin reaches, a gain from the pool to margin,
/// as far as the pool may be drawn on. The member keeps the result until it has vested. If nothing is
/// left but a fraction of a base unit, it goes to the house and the slot is free.
///
/// Others book no more loss than the member's net loss over all its markets, with every doubt about their
/// prices in its favour (see [`net_profit`]): nobody can turn one leg of a hedge into something that a gains
/// cut takes (P11). A member that settles for `itself` may book more, as far as it could withdraw as much:
/// otherwise one leg would carry out of reach what a taking has locked, or what it may be assessed for,
/// until it settles the other one.
///
/// # Errors
/// - `WindDown`: results are netted by a close-out then;
/// - `NoPosition` when the member does not hold the market, unless a result of the houses is due;
/// - `WrongMarket` when a loss is settled, and another market that the member holds is missing;
/// - `BelowInitialMargin`, `AssessmentReserved`, `CoverLimitExceeded` when a member books more for itself
///   than it could withdraw;
/// - `GainsNotRegistered`.
#[inline(always)]
pub fn settle(
    fund: &mut Fund,
    market: &mut Market,
    others: &impl MarketSource,
    member: &mut Member,
    itself: Option<&Address>,
    now: i64,
) -> Result<Settlement> {
    gains_cut::require_registered(fund, member, now)?;
    let held = touch_held(market, member)?;
    // The last member may have left the market before the gain of the house came in.
    let is_due = market.is_house_due() || fund.is_house_round_due();
    require!(held.is_some() || is_due, BulkheadError::NoPosition);
    let held = held.unwrap_or_default();

    let scale = market.scale()?;
    let mut result = held.profit(market.mark.price, scale).or_fail()?;
    let mut carries_out = false;
    if result < 0 {
        let bounded = bounded_loss(market, others, member, result)?;
        carries_out = itself.is_some() && result < bounded;
        result = if itself.is_some() { result } else { bounded };
    }
    let plan = plan_settle_result(held, result, scale, member.margin, drawable(fund)).or_fail()?;
    margin::exchange_with_pool(fund, member, plan.paid)?;
    vesting::book(fund, member, plan.paid)?;
    let position = without_dust(market, plan.position)?;
    write(market, member, held, position)?;
    if let Some(address) = itself.filter(|_| carries_out) {
        require_could_withdraw(fund, market, others, address, member, now)?;
    }
    let house = if market.is_house_due() { house_round::join(fund, market)? } else { None };
    Ok(Settlement { paid: plan.paid, house, round: house_round::end(fund)? })
}
