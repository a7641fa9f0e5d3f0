//! What an instruction changes, with the arithmetic of money: the words that the program writes in the
//! typical case, computed as its rules say, by the plain code of [`crate::money`]. The benchmark compares each
//! of them with the program's.

use {
    super::account::*,
    crate::{layout::*, money::*},
    pinocchio::{error::ProgramError, sysvars::clock::Clock, ProgramResult},
};

/// Half-lives and waiting times of the program, in seconds.
const REWARD_HALF_LIFE: u64 = 7 * 86_400;
const REWARD_RELEASE: u64 = 600;
const MEAN_HALF_LIFE: u64 = 30;
const SAMPLE: u64 = 60;
const CELL: u64 = 10;
/// Seconds after which the exit clock counts a new series of blocks.
const REOPENED: u64 = 3_600;
/// Most that the exit clock carries on, in milliseconds.
const MAX_CARRY: u64 = 2_000;
/// Parts of a basis point that a ramp moves by.
const RAMP_PARTS: u64 = 3_600;
/// Regimes of volatility: bounds of the multiplier, and how a market notes them.
const OFF: [u64; 2] = [15_000, 12_500];
const ON: [u64; 2] = [7_500, 9_000];
const NEUTRAL: u8 = 0;
const RISK_ON: u8 = 1;
const RISK_OFF: u8 = 2;

/// A limit that is exceeded. In the typical case none is.
const BEYOND: ProgramError = ProgramError::InvalidArgument;

impl Fund<'_> {
    /// `exit_clock`: two products, and a division when exits are open again.
    #[inline(always)]
    pub fn run_exit_clock(&mut self, clock: &Clock) {
        const EXITS: usize = fund_at::exits;
        let now = clock.unix_timestamp as u64;
        let (ts, slot) = (self.word(EXITS + exits_at::ts), self.word(EXITS + exits_at::slot));
        let blocked = self.half(fund_at::open_defaults) != 0
            || self.word(fund_at::unfunded) != 0
            || self.short(fund_at::open_houses) != 0;
        let was_blocked = self.byte(EXITS + exits_at::blocked) != 0;
        if ts == now && slot == clock.slot && was_blocked == blocked {
            return;
        }
        if was_blocked && !blocked {
            let reading = div(self.word(EXITS + exits_at::millis), 1_000);
            if reading >= add(self.word(EXITS + exits_at::reopened), REOPENED) {
                self.set(EXITS + exits_at::series_since, reading);
            }
            self.set(EXITS + exits_at::reopened, reading);
        }
        let open = if blocked { 0 } else { mul(sub(now, ts), 1_000) };
        let allowed = mul(sub(clock.slot, slot), self.param(params_at::slot_ms));
        let allowed = add(add(allowed, allowed), self.word(EXITS + exits_at::carry_ms));
        let counted = open.min(allowed);
        self.add(EXITS + exits_at::millis, counted);
        self.add(fund_at::vest_millis, counted);
        self.set(EXITS + exits_at::ts, now);
        self.set(EXITS + exits_at::slot, clock.slot);
        self.set(EXITS + exits_at::carry_ms, sub(allowed, counted).min(MAX_CARRY));
        self.set_byte(EXITS + exits_at::blocked, u8::from(blocked));
    }

    /// A parameter of 16 bits.
    #[inline(always)]
    fn param(&self, at: usize) -> u64 {
        u64::from(self.short(fund_at::params + at))
    }

    /// A parameter of 32 bits.
    #[inline(always)]
    fn long_param(&self, at: usize) -> u64 {
        u64::from(self.half(fund_at::params + at))
    }

    /// What a member's shares are worth: `shares`.
    #[inline(always)]
    fn worth_of(&self, member: &Member) -> u64 {
        let (contributions, shares) = (self.word(fund_at::contributions), self.word(fund_at::total_shares));
        worth(contributions, shares, member.word(member_at::shares))
    }

    /// `rewards`, when some are due: ten products and two divisions, one of them long.
    #[inline(always)]
    pub fn release_rewards(&mut self, now: u64) {
        let secs = sub(now, self.word(fund_at::rewards_ts));
        if secs < REWARD_RELEASE {
            return;
        }
        self.set(fund_at::rewards_ts, now);
        let streaming = self.word(fund_at::rewards_streaming);
        if streaming == 0 {
            return;
        }
        let left = faded(streaming, decay(secs, REWARD_HALF_LIFE));
        let (released, shares) = (sub(streaming, left), self.word(fund_at::total_shares));
        self.set(fund_at::rewards_streaming, left);
        let by_share = wide_div(u128::from(released) << 64, shares) as u64;
        let owed = wide_mul(by_share, shares).wrapping_sub(u128::from(self.word(fund_at::reward_surplus)));
        let credited = add((owed >> 64) as u64, u64::from(owed as u64 != 0));
        self.set(fund_at::reward_surplus, (owed as u64).wrapping_neg());
        self.add(fund_at::rewards_unclaimed, credited);
        self.add(fund_at::treasury, sub(released, credited));
        self.add_wide(fund_at::reward_index, by_share.into());
    }

    /// `cover_two`: the member's exposure goes into the table if it is there, or larger than the smaller one.
    #[inline(always)]
    fn write_exposure(&mut self, member: &Member, contribution: u64, stress_loss: u64) {
        let entry = |place: usize| fund_at::exposures + place * EXPOSURE;
        let losses = [0, 1].map(|place| self.word(entry(place) + exposure_at::stress_loss));
        let known = (0..EXPOSURES).find(|place| self.holds(entry(*place), member.address()));
        let smaller = usize::from(losses[1] < losses[0]);
        let place = match known {
            Some(place) => place,
            None if stress_loss > losses[smaller] => smaller,
            None => return,
        };
        self.set_address(entry(place), member.address());
        self.set(entry(place) + exposure_at::contribution, contribution);
        self.set(entry(place) + exposure_at::stress_loss, stress_loss);
    }

    /// The exposure of a member that has none any more.
    #[inline(always)]
    fn forget_exposure(&mut self, member: &Member) {
        for entry in (0..EXPOSURES).map(|place| fund_at::exposures + place * EXPOSURE) {
            if self.holds(entry, member.address()) {
                (0..EXPOSURE / 8).for_each(|part| self.set(entry + 8 * part, 0));
            }
        }
    }

    /// `crowding`: five products and two divisions.
    #[inline(always)]
    fn book_crowding(&mut self, market: &mut Market) {
        let base = market_at::base_rates;
        let discount = self.param(params_at::auction_max_discount_bps);
        let rate = fine_stress(market.rate(base + rates_at::stress_bps), discount);
        let rate = sub(rate, mul(market.rate(base + rates_at::maintenance_bps), ONE));
        let (lots, price) = (market.word(market_at::open_interest), market.price());
        let now = fine_loss(rate, lots, price, market.word(market_at::scale));
        let others = sub(self.word(fund_at::crowding), market.word(market_at::crowding));
        self.set(fund_at::crowding, add(others, now));
        market.set(market_at::crowding, now);
    }

    /// A member accrues up to the fund's indices, by a long product for each that has grown.
    #[inline(always)]
    pub fn accrue(&self, member: &mut Member) {
        let shares = member.word(member_at::shares);
        let grown =
            self.wide(fund_at::reward_index).wrapping_sub(member.wide(member_at::reward_index)) as u64;
        if shares > 0 && grown > 0 {
            member.add_wide(member_at::rewards, wide_mul(shares, grown));
        }
        member.set(member_at::share_epoch, self.word(fund_at::share_epoch));
        for (to, from) in [
            (member_at::reward_index, fund_at::reward_index),
            (member_at::loss_index, fund_at::loss_index),
            (member_at::loss_units_index, fund_at::loss_units_index),
        ] {
            member.set_wide(to, self.wide(from));
        }
    }
}

impl Market<'_> {
    #[inline(always)]
    fn price(&self) -> u64 {
        self.word(market_at::mark + mark_at::price)
    }

    /// A rate of 16 bits.
    #[inline(always)]
    fn rate(&self, at: usize) -> u64 {
        u64::from(self.short(at))
    }

    /// One of the rates in force.
    #[inline(always)]
    fn rate_in_force(&self, at: usize) -> u64 {
        self.rate(market_at::rates + at)
    }

    /// Lots that were held are held no longer, others are.
    #[inline(always)]
    fn move_open_interest(&mut self, before: i64, after: i64) {
        let long = |lots: i64| lots.max(0) as u64;
        self.add(market_at::open_interest, sub(long(after), long(before)));
    }

    /// `interval`: four products and two divisions. When the mark is not of this moment, five and two more.
    #[inline(always)]
    fn prices(&self, fund: &Fund, clock: &Clock) -> Prices {
        let (mark, range) = (market_at::mark, market_at::range);
        let price = self.price();
        let cell = div(clock.unix_timestamp as u64, CELL);
        let seen = self.word(range + range_at::cell);
        let bounds = [range_at::low, range_at::high, range_at::low_before, range_at::high_before];
        let [low, high, low_before, high_before] = bounds.map(|at| self.word(range + at));
        let (low, high) = if cell == seen {
            (low.min(low_before), high.max(high_before))
        } else if cell == add(seen, 1) {
            (low.min(price), high.max(price))
        } else {
            (price, price)
        };
        let most = div_up(mul(price, self.rate_in_force(rates_at::maintenance_bps)), 2 * ONE);
        let confidence = self.word(mark + mark_at::confidence);
        let spread = mul(confidence, u64::from(self.byte(market_at::confidence_multiple))).min(most);
        let others = (low.min(sub(price, spread)), high.max(add(price, spread)));

        let secs = sub(clock.unix_timestamp as u64, self.word(mark + mark_at::publish_ts));
        let slots = sub(clock.slot, self.word(mark + mark_at::slot));
        let age = mul(secs, 1_000).max(mul(slots, fund.param(params_at::slot_ms)));
        let oneself = if age == 0 { others } else { self.widened(fund, others, age) };
        Prices { price, others, oneself }
    }

    /// An interval as it is for oneself when the mark is older: wider by the stress rate as the mark ages.
    #[inline(always)]
    fn widened(&self, fund: &Fund, (low, high): (u64, u64), age: u64) -> (u64, u64) {
        let full = mul(fund.long_param(params_at::age_full_secs), 1_000);
        let stress = self.rate(market_at::base_rates + rates_at::stress_bps);
        let (width, whole) = (mul(stress, age.min(full)), mul(ONE, full));
        (div(mul(low, sub(whole, width)), whole), add(high, div_up(mul(high, width), whole)))
    }
}

/// The prices that members are judged by.
struct Prices {
    price: u64,
    others: (u64, u64),
    oneself: (u64, u64),
}

impl Prices {
    /// The end of the others' interval that favours who holds these lots.
    #[inline(always)]
    fn favouring(&self, lots: i64) -> u64 {
        if lots < 0 {
            self.others.0
        } else {
            self.others.1
        }
    }

    /// The end of one's own interval that is against who holds these lots.
    #[inline(always)]
    fn against(&self, lots: i64) -> u64 {
        if lots < 0 {
            self.oneself.1
        } else {
            self.oneself.0
        }
    }
}

/// A position, and where it is. Raw quote is as long as a word.
#[derive(Clone, Copy)]
struct Position {
    at: usize,
    lots: i64,
    raw: i64,
}

impl Position {
    /// The one that a member holds in a market, or a free slot.
    #[inline(always)]
    fn of(member: &mut Member, market: &Market) -> Result<Self, ProgramError> {
        let (at, _) = member.place_of(market.short(market_at::index))?;
        // A bound for the compiler: no slot is beyond the last one.
        require(at <= member_at::positions + (SLOTS - 1) * SLOT, BEYOND)?;
        let (lots, raw) = (member.word(at + slot_at::lots) as i64, member.word(at + slot_at::raw) as i64);
        Ok(Self { at, lots, raw })
    }

    /// Takes these lots for this raw quote, and counts them.
    #[inline(always)]
    fn exchange(&self, member: &mut Member, market: &mut Market, lots: i64, raw: i64) -> Self {
        let next = Self { lots: self.lots.wrapping_add(lots), raw: self.raw.wrapping_sub(raw), ..*self };
        market.move_open_interest(self.lots, next.lots);
        next.write(member, market);
        next
    }

    #[inline(always)]
    fn write(&self, member: &mut Member, market: &Market) {
        const INDEX: usize = market_at::adjusted + adjusted_at::premium_index;
        member.set_signed_wide(self.at + slot_at::raw, self.raw);
        member.set(self.at + slot_at::lots, self.lots as u64);
        member.set_short(self.at + slot_at::market, market.short(market_at::index));
        member.set_wide(self.at + slot_at::premium_index, market.wide(INDEX));
    }

    /// What it has won at a price.
    #[inline(always)]
    fn profit_at(&self, price: u64, scale: u64) -> i64 {
        profit(raw_value(self.lots, price).wrapping_add(self.raw), scale)
    }
}

#[inline(always)]
fn raw_value(lots: i64, price: u64) -> i64 {
    lots.wrapping_mul(price as i64)
}

/// `requirements` and `cover_two`: what a member must meet that has added risk. Six products and seven
/// divisions, and of its contribution's worth a long one of each.
#[inline(always)]
fn require_covered(
    fund: &mut Fund,
    market: &Market,
    prices: &Prices,
    member: &Member,
    position: &Position,
) -> ProgramResult {
    let scale = market.word(market_at::scale);
    let value = raw_value(position.lots, prices.price);
    let end = prices.against(position.lots);
    let adverse = match end == prices.price {
        true => profit(value.wrapping_add(position.raw), scale),
        false => position.profit_at(end, scale),
    };
    let notional = div_up(value.unsigned_abs(), scale);
    let requirement = |at: usize| part_up(notional, market.rate_in_force(at));
    let stress = requirement(rates_at::stress_bps);
    let sale = part_up(add(notional, stress), fund.param(params_at::auction_max_discount_bps));
    let margin = member.word(member_at::margin) as i64;
    let loss = (add(stress, sale) as i64).wrapping_sub(margin.wrapping_add(adverse.min(0))).max(0) as u64;
    let contribution = fund.worth_of(member);
    fund.write_exposure(member, contribution, loss);

    let settled = member_at::settled;
    let (present, previous) = (settled + settled_at::present, settled + settled_at::previous);
    let unvested = add(member.word(present), member.word(previous)) as i64;
    let collateral = margin.wrapping_sub(unvested.max(adverse.wrapping_neg()).max(0));
    require(collateral >= requirement(rates_at::initial_bps) as i64, BEYOND)?;
    let least = fund.word(fund_at::params + params_at::min_contribution);
    require(contribution >= requirement(rates_at::contribution_bps).max(least), BEYOND)?;
    let others = sub(fund.word(fund_at::contributions), contribution);
    let mutual = sub(add(fund.word(fund_at::treasury), others), fund.word(fund_at::committed));
    require(loss <= part(mutual, fund.param(params_at::cover_limit_bps)), BEYOND)
}

/// `positions`: the band, the fee, and what both sides must meet.
#[inline(always)]
pub fn novate(
    fund: &mut Fund,
    market: &mut Market,
    [buyer, seller]: [&mut Member; 2],
    (lots, price): (u64, u64),
    clock: &Clock,
) -> ProgramResult {
    let prices = market.prices(fund, clock);
    let (distance, band) = (mul(price.abs_diff(prices.price), ONE), market.rate(market_at::price_band_bps));
    require(distance <= mul(prices.price, band), BEYOND)?;
    let (value, before) = (mul(lots, price), market.word(market_at::open_interest));
    let notional = div_up(value, market.word(market_at::scale));
    let fee = part_up(notional, fund.param(params_at::clearing_fee_bps));
    let to_rewards = part(fee, fund.param(params_at::reward_share_bps));
    let (lots, value) = (lots as i64, value as i64);
    let bought = Position::of(buyer, market)?.exchange(buyer, market, lots, value);
    let (lots, value) = (lots.wrapping_neg(), value.wrapping_neg());
    let sold = Position::of(seller, market)?.exchange(seller, market, lots, value);
    for member in [&mut *buyer, &mut *seller] {
        require(member.word(member_at::margin) >= fee, BEYOND)?;
        member.take(member_at::margin, fee);
    }
    fund.take(fund_at::margin_total, add(fee, fee));
    fund.add(fund_at::rewards_streaming, add(to_rewards, to_rewards));
    fund.add(fund_at::treasury, sub(add(fee, fee), add(to_rewards, to_rewards)));
    fund.book_crowding(market);
    require_covered(fund, market, &prices, buyer, &bought)?;
    require_covered(fund, market, &prices, seller, &sold)?;
    require_open_interest(fund, market, before)
}

/// `crowding`: what one whole side may cost, a product and a division.
#[inline(always)]
fn require_open_interest(fund: &Fund, market: &Market, before: u64) -> ProgramResult {
    let open = market.word(market_at::open_interest);
    if open > before {
        require(open <= market.word(market_at::max_open_interest), BEYOND)?;
        let mutual = add(fund.word(fund_at::treasury), fund.word(fund_at::contributions));
        let free = sub(mutual, fund.word(fund_at::committed));
        let limit = part(free, fund.long_param(params_at::crowding_limit_bps));
        require(fund.word(fund_at::crowding) <= limit, BEYOND)?;
    }
    Ok(())
}

/// The price that a member bids: a long product.
#[inline(always)]
fn require_within(limit: u64, lots: i64, raw: i64) -> ProgramResult {
    let most = wide_mul(lots.unsigned_abs(), limit) as i128;
    let most = if lots < 0 { most.wrapping_neg() } else { most };
    require(i128::from(raw) <= most, BEYOND)
}

/// `liquidation`: how many lots, at which cost, and what the liquidator must meet.
#[inline(always)]
pub fn liquidate(
    fund: &mut Fund,
    market: &mut Market,
    [target, liquidator]: [&mut Member; 2],
    (most, limit): (u64, u64),
    clock: &Clock,
) -> ProgramResult {
    let prices = market.prices(fund, clock);
    let scale = market.word(market_at::scale);
    let (held, taken) = (Position::of(target, market)?, Position::of(liquidator, market)?);
    let transfer = prices.favouring(held.lots);
    let value = raw_value(held.lots, prices.price);
    let favourable = match transfer == prices.price {
        true => profit(value.wrapping_add(held.raw), scale),
        false => held.profit_at(transfer, scale),
    };
    let notional = div_up(value.unsigned_abs(), scale);
    let maintenance = part_up(notional, market.rate_in_force(rates_at::maintenance_bps));
    let margin = target.word(member_at::margin);
    let equity = (margin as i64).wrapping_add(favourable);
    require(equity < maintenance as i64, BEYOND)?;

    let mut size = most.min(held.lots.unsigned_abs());
    if equity >= (maintenance / 2) as i64 {
        size = size.min(most_lots(fund, market, notional, equity as u64));
    }
    let lots = if held.lots < 0 { (size as i64).wrapping_neg() } else { size as i64 };
    let notional = div_up(mul(size, prices.price), scale);
    let freed = part(notional, market.rate_in_force(rates_at::maintenance_bps));
    let affordable = div(mul(equity.max(0) as u64, freed), maintenance).min(margin);
    let bonus = part(notional, fund.param(params_at::liquidation_bonus_bps)).min(affordable);
    let fee = part(notional, fund.param(params_at::liquidation_fee_bps)).min(sub(affordable, bonus));
    let paid = raw_value(lots, transfer);
    require_within(limit, lots, paid.wrapping_sub(mul(scale, bonus) as i64))?;

    held.exchange(target, market, lots.wrapping_neg(), paid.wrapping_neg());
    let taken = taken.exchange(liquidator, market, lots, paid);
    fund.book_crowding(market);
    target.take(member_at::margin, add(bonus, fee));
    liquidator.add(member_at::margin, bonus);
    fund.take(fund_at::margin_total, fee);
    fund.add(fund_at::treasury, fee);
    require_covered(fund, market, &prices, liquidator, &taken)
}

/// The lots that bring a member back to initial margin and the buffer: six products and four divisions.
#[inline(always)]
fn most_lots(fund: &Fund, market: &Market, notional: u64, equity: u64) -> u64 {
    let rate = market.rate_in_force(rates_at::initial_bps);
    let buffered = add(ONE, fund.param(params_at::liquidation_buffer_bps));
    let goal = part_up(part_up(notional, rate), buffered);
    let (bonus, fee) = (params_at::liquidation_bonus_bps, params_at::liquidation_fee_bps);
    let cost = mul(add(fund.param(bonus), fund.param(fee)), ONE);
    let notional = div_up(mul(goal.saturating_sub(equity), FINE_ONE), sub(mul(rate, buffered), cost));
    div_up(mul(notional, market.word(market_at::scale)), market.price())
}

/// `house`: a sale in the auction, and what the taker must meet.
#[inline(always)]
pub fn take_over(
    fund: &mut Fund,
    market: &mut Market,
    taker: &mut Member,
    (most, limit): (u64, u64),
    clock: &Clock,
) -> ProgramResult {
    let prices = market.prices(fund, clock);
    let scale = market.word(market_at::scale);
    let house = market.word(market_at::house_lots) as i64;
    let size = most.min(house.unsigned_abs()) as i64;
    let lots = if house < 0 { size.wrapping_neg() } else { size };
    let value = raw_value(lots, prices.favouring(house));
    let held = sub(clock.slot, market.word(market_at::house_since_slot));
    let slots = fund.long_param(params_at::auction_slots);
    let discount = div(mul(fund.param(params_at::auction_max_discount_bps), held.min(slots)), slots);
    let discount = div(mul(value.unsigned_abs(), discount), mul(scale, ONE));
    let in_margin = discount.min(sub(fund.word(fund_at::pool), fund.word(fund_at::gain_claims)));
    let received = value.wrapping_sub(mul(scale, discount) as i64);
    let paid = match in_margin == discount {
        true => value,
        false => value.wrapping_sub(mul(scale, sub(discount, in_margin)) as i64),
    };
    require_within(limit, lots, received)?;

    let taken = Position::of(taker, market)?.exchange(taker, market, lots, paid);
    taker.add(member_at::margin, in_margin);
    fund.add(fund_at::margin_total, in_margin);
    fund.take(fund_at::pool, in_margin);
    let raw = (market.word(market_at::house_raw) as i64).wrapping_add(received);
    set_house(market, house, house.wrapping_sub(lots), raw);
    require_covered(fund, market, &prices, taker, &taken)?;
    fund.book_crowding(market);
    Ok(())
}

/// The house's lots and raw quote, which count as open interest.
#[inline(always)]
fn set_house(market: &mut Market, before: i64, lots: i64, raw: i64) {
    market.move_open_interest(before, lots);
    market.set(market_at::house_lots, lots as u64);
    market.set_signed_wide(market_at::house_raw, raw);
}

/// `positions` and `vesting`: a loss leaves the margin for the pool.
#[inline(always)]
pub fn settle(fund: &mut Fund, market: &Market, member: &mut Member) -> ProgramResult {
    let scale = market.word(market_at::scale);
    let mut held = Position::of(member, market)?;
    let result = held.profit_at(market.price(), scale);
    let margin = member.word(member_at::margin);
    let paid = match result < 0 {
        true => (result.unsigned_abs().min(margin) as i64).wrapping_neg(),
        false => result.min(sub(fund.word(fund_at::pool), fund.word(fund_at::gain_claims)) as i64),
    };
    member.add(member_at::margin, paid as u64);
    fund.add(fund_at::margin_total, paid as u64);
    fund.take(fund_at::pool, paid as u64);
    held.raw = held.raw.wrapping_sub(paid.wrapping_mul(scale as i64));
    held.write(member, market);
    book_result(fund, member, paid);
    Ok(())
}

/// A settled result goes into the present period of vesting.
#[inline(always)]
fn book_result(fund: &Fund, member: &mut Member, result: i64) {
    const SINCE: usize = member_at::settled + settled_at::since;
    const PRESENT: usize = member_at::settled + settled_at::present;
    const PREVIOUS: usize = member_at::settled + settled_at::previous;
    let (reading, since) = (div(fund.word(fund_at::vest_millis), 1_000), member.word(SINCE));
    let (elapsed, vest) = (sub(reading, since), fund.long_param(params_at::vest_secs));
    if elapsed < vest {
        member.add(PRESENT, result as u64);
        return;
    }
    let is_next = sub(elapsed, vest) < vest;
    let before = if is_next { member.word(PRESENT) } else { 0 };
    let begun = if is_next { add(since, vest) } else { sub(reading, elapsed.checked_rem(vest).unwrap_or(0)) };
    member.set(SINCE, begun);
    member.set(PREVIOUS, before);
    member.set(PRESENT, result as u64);
}

/// `rates`: what a price changes.
#[inline(always)]
pub fn crank(
    market: &mut Market,
    [last, last_ts]: [u64; 2],
    [price, published]: [u64; 2],
    clock: &Clock,
) -> ProgramResult {
    let (at, now) = (market_at::adjusted, clock.unix_timestamp as u64);
    note_price(market, market_at::range, price, last, div(now, CELL));
    let kept = decay(sub(now, market.word(market_at::crank_ts)), MEAN_HALF_LIFE);
    let mean = mean_after(market.wide(at + adjusted_at::mean), last, kept);
    market.set_wide(at + adjusted_at::mean, mean);
    market.set(market_at::crank_ts, now);

    // The premium grows and maintenance margin moves for the time that the last price was in force.
    let secs = sub(published, last_ts.max(market.word(market_at::run_ts)));
    let rate = market.word(at + adjusted_at::premium_rate);
    let rate = match market.byte(at + adjusted_at::regime) {
        NEUTRAL => rate,
        RISK_ON => rate >> 1,
        _ => add(rate, rate),
    };
    market.add_wide(at + adjusted_at::premium_index, wide_mul(last, mul(rate, secs)));
    let terms = market_at::adjustment;
    let step = mul(market.rate(terms + terms_at::maintenance_ramp_bps_per_hour), secs);
    let (ramp, target) = (at + adjusted_at::maintenance_ramp, at + adjusted_at::maintenance_target);
    let (ramp, target) = (u64::from(market.half(ramp)), u64::from(market.half(target)));
    let ramp =
        if ramp < target { add(ramp, step).min(target) } else { ramp.saturating_sub(step).max(target) };
    market.set_half(at + adjusted_at::maintenance_ramp, ramp as u32);

    observe(market, price, published);
    note_breaker(market, price, last, published)?;
    refresh(market, ramp);
    Ok(())
}

/// A sample of volatility, and the multiplier and regime that follow: thirteen products, six divisions and a
/// root.
#[inline(always)]
fn observe(market: &mut Market, price: u64, published: u64) {
    let (at, terms) = (market_at::adjusted, market_at::adjustment);
    let (from, since) =
        (market.word(at + adjusted_at::sample_price), market.word(at + adjusted_at::sample_ts));
    let secs = sub(published, since);
    let kept = decay(secs, market.half(terms + terms_at::volatility_half_life_secs).into());
    let sample = div(squared_return(from, price), secs);
    let variance = weighted_mean(market.word(at + adjusted_at::variance), sample, kept);
    let multiplier = root(div(mul(variance, FINE_ONE), market.word(at + adjusted_at::target_variance)));
    let least = market.rate(terms + terms_at::multiplier_min_bps);
    let clamped = multiplier.max(least).min(market.rate(terms + terms_at::multiplier_max_bps));
    market.set_short(at + adjusted_at::multiplier_bps, clamped as u16);
    if secs >= SAMPLE {
        market.set(at + adjusted_at::variance, variance);
        market.set(at + adjusted_at::sample_price, price);
        market.set(at + adjusted_at::sample_ts, published);
        let before = market.byte(at + adjusted_at::regime);
        let regime = if multiplier >= OFF[0] || before == RISK_OFF && multiplier >= OFF[1] {
            RISK_OFF
        } else if multiplier <= ON[0] || before == RISK_ON && multiplier <= ON[1] {
            RISK_ON
        } else {
            NEUTRAL
        };
        market.set_byte(at + adjusted_at::regime, regime);
        let base = market.rate(market_at::base_rates + rates_at::maintenance_bps);
        let target = div(mul(mul(base, clamped), RAMP_PARTS), ONE);
        market.set_half(at + adjusted_at::maintenance_target, target as u32);
    }
}

/// The breaker's windows, in which the price has not moved too far: four products and a division.
#[inline(always)]
fn note_breaker(market: &mut Market, price: u64, last: u64, published: u64) -> ProgramResult {
    let (at, terms) = (market_at::adjusted + adjusted_at::breaker, market_at::adjustment);
    let window = u64::from(market.half(terms + terms_at::breaker_window_secs));
    let (low, high) = note_price(market, at, price, last, div(published, window));
    let limit = market.rate(terms + terms_at::breaker_bps);
    let moved = |from: u64| mul(price.abs_diff(from), ONE) > mul(from, limit);
    require(!moved(high) && !moved(low), BEYOND)
}

/// Highest and lowest price of this cell and the one before, after a price. Returns the lowest and highest of
/// both.
#[inline(always)]
fn note_price(market: &mut Market, at: usize, price: u64, last: u64, cell: u64) -> (u64, u64) {
    let seen = market.word(at + range_at::cell);
    let (mut low, mut high) = (market.word(at + range_at::low), market.word(at + range_at::high));
    let mut before = (market.word(at + range_at::low_before), market.word(at + range_at::high_before));
    if cell > seen {
        before = if cell == add(seen, 1) { (low, high) } else { (last, last) };
        (low, high) = (last, last);
        market.set(at + range_at::cell, cell);
        market.set(at + range_at::low_before, before.0);
        market.set(at + range_at::high_before, before.1);
    }
    (low, high) = (low.min(price), high.max(price));
    market.set(at + range_at::low, low);
    market.set(at + range_at::high, high);
    (low.min(before.0), high.max(before.1))
}

/// The rates in force: four products and five divisions.
#[inline(always)]
fn refresh(market: &mut Market, ramp: u64) {
    let multiplier = market.rate(market_at::adjusted + adjusted_at::multiplier_bps);
    let bases =
        [rates_at::initial_bps, rates_at::maintenance_bps, rates_at::contribution_bps, rates_at::stress_bps];
    let [initial, maintenance, contribution, stress] =
        bases.map(|at| market.rate(market_at::base_rates + at));
    let in_force = div(ramp, RAMP_PARTS);
    let initial =
        add(part_up(sub(initial, maintenance), multiplier), part_up(maintenance, multiplier).max(in_force));
    let stress = part_up(stress, multiplier.max(ONE)).max(initial);
    let rates = [initial, in_force, part_up(contribution, multiplier), stress].map(|rate| rate.min(ONE));
    let word = rates.iter().rev().fold(0, |word, rate| word << 16 | rate);
    market.set(market_at::rates, word);
}

/// `shares`: a contribution buys shares, by a long product and a long division.
#[inline(always)]
pub fn contribute(fund: &mut Fund, member: &mut Member, amount: u64, now: u64) -> ProgramResult {
    let (contributions, shares) = (fund.word(fund_at::contributions), fund.word(fund_at::total_shares));
    let bought = minted(contributions, shares, amount);
    require(bought > 0, BEYOND)?;
    fund.release_rewards(now);
    fund.accrue(member);
    member.add_wide(member_at::shares, bought.into());
    fund.set(fund_at::contributions, add(contributions, amount));
    fund.add_wide(fund_at::total_shares, bought.into());
    Ok(())
}

/// `exit`: shares leave with what they are worth, a long product and a long division. Nobody has an exposure.
#[inline(always)]
pub fn claim_withdrawal(fund: &mut Fund, member: &mut Member, now: u64) -> u64 {
    fund.release_rewards(now);
    fund.accrue(member);
    let shares = member.word(member_at::notice_shares);
    let (contributions, all) = (fund.word(fund_at::contributions), fund.word(fund_at::total_shares));
    let most = if shares == all { contributions } else { contributions.saturating_sub(1) };
    let amount = worth(contributions, all, shares).min(most);
    fund.set(fund_at::contributions, sub(contributions, amount));
    fund.take_wide(fund_at::total_shares, shares.into());
    member.take_wide(member_at::shares, shares.into());
    [0, 8, 16, 24].iter().for_each(|part| member.set(member_at::notice_shares + part, 0));
    amount
}

/// `rewards`: whole units are paid. The member's accrual is a long product.
#[inline(always)]
pub fn claim_rewards(fund: &mut Fund, member: &mut Member, now: u64) -> u64 {
    fund.release_rewards(now);
    fund.accrue(member);
    let amount = member.word(member_at::rewards + 8);
    member.set(member_at::rewards + 8, 0);
    fund.take(fund_at::rewards_unclaimed, amount);
    amount
}

/// `governance`: the treasury keeps its floor, a product and a division. Nobody has an exposure.
#[inline(always)]
pub fn claim_treasury(fund: &mut Fund, amount: u64, now: u64) -> ProgramResult {
    fund.release_rewards(now);
    let floor = part_up(fund.word(fund_at::contributions), fund.param(params_at::treasury_floor_bps));
    require(fund.word(fund_at::treasury) >= add(floor, amount), BEYOND)?;
    fund.take(fund_at::treasury, amount);
    fund.set(fund_at::treasury_notice, 0);
    (0..5).for_each(|part| fund.set(fund_at::treasury_to + 8 * part, 0));
    Ok(())
}

/// `default`: what a position has lost at the prices of the others: a product and a division, beside the
/// interval.
#[inline(always)]
pub fn judge(
    fund: &Fund,
    market: &Market,
    member: &mut Member,
    clock: &Clock,
) -> Result<(u64, i64), ProgramError> {
    let held = Position::of(member, market)?;
    let price = market.prices(fund, clock).favouring(held.lots);
    Ok((price, held.profit_at(price, market.word(market_at::scale))))
}

/// `declaration`: layers 1 and 2. A long product and a long division, for the worth of the defaulter's shares;
/// nothing is left of them that could stand behind the sale.
#[inline(always)]
pub fn declare(
    fund: &mut Fund,
    member: &mut Member,
    record: &mut Record,
    result: i64,
    now: u64,
) -> ProgramResult {
    let margin = member.word(member_at::margin);
    let equity = (margin as i64).wrapping_add(result);
    require(equity < 0, BEYOND)?;
    fund.release_rewards(now);
    fund.accrue(member);
    let (shortfall, contributions) = (equity.unsigned_abs(), fund.word(fund_at::contributions));
    let own = fund.worth_of(member).min(contributions.saturating_sub(1));
    require(shortfall >= own, BEYOND)?;
    let unfunded = sub(shortfall, own);
    record.set(record_at::shortfall, shortfall);
    record.set(record_at::from_contribution, own);
    record.set(record_at::unfunded, unfunded);
    record.set(record_at::cushion_round, fund.word(fund_at::house_round));

    member.set(member_at::margin, 0);
    fund.take(fund_at::margin_total, margin);
    fund.take_wide(fund_at::total_shares, member.wide(member_at::shares));
    member.set_wide(member_at::shares, 0);
    fund.set(fund_at::contributions, sub(contributions, own));
    fund.add(fund_at::pool, add(margin, own));
    fund.add(fund_at::default_seq, 1);
    member.add(member_at::default_count, 1);
    fund.add(fund_at::unfunded, unfunded);
    fund.add(fund_at::loss_seq, 1);
    let open = fund.half(fund_at::open_defaults);
    fund.set_half(fund_at::open_defaults, open.wrapping_add(1));
    fund.forget_exposure(member);
    Ok(())
}

/// `house`: a position goes to a house that has none, at a price. A product, beside crowding.
#[inline(always)]
pub fn to_house(
    fund: &mut Fund,
    market: &mut Market,
    member: &mut Member,
    result: i64,
    slot: u64,
) -> Result<i64, ProgramError> {
    let held = Position::of(member, market)?;
    let scale = market.word(market_at::scale);
    let raw = held.raw.wrapping_sub(result.wrapping_mul(scale as i64));
    market.move_open_interest(held.lots, 0);
    let house = market.word(market_at::house_raw) as i64;
    set_house(market, 0, held.lots, house.wrapping_add(raw));
    market.set(market_at::house_since_slot, slot);
    let houses = fund.short(fund_at::open_houses);
    fund.set_short(fund_at::open_houses, houses.wrapping_add(1));
    Position { lots: 0, raw: 0, ..held }.write(member, market);
    fund.book_crowding(market);
    Ok(held.lots)
}

/// `waterfall` and `recoveries`: the treasury pays, then every share its part, by a long division and a long
/// product.
#[inline(always)]
pub fn allocate(fund: &mut Fund, record: &mut Record, now: u64) {
    let (loss, treasury) = (record.word(record_at::unfunded), fund.word(fund_at::treasury));
    let (contributions, shares) = (fund.word(fund_at::contributions), fund.word(fund_at::total_shares));
    let from_treasury = loss.min(treasury);
    let open = sub(loss, from_treasury);
    let from_survivors = open.min(contributions);
    let residual = sub(open, from_survivors);
    record.set(record_at::unfunded, 0);
    record.set(record_at::from_treasury, from_treasury);
    record.set(record_at::from_survivors, from_survivors);
    record.set(record_at::residual, residual);
    record.set(record_at::contributions_before, contributions);
    record.set_byte(record_at::status, 1);

    let open = fund.half(fund_at::open_defaults);
    fund.set_half(fund_at::open_defaults, open.wrapping_sub(1));
    fund.add(fund_at::pool, sub(loss, residual));
    fund.take(fund_at::unfunded, sub(loss, residual));
    fund.add(fund_at::residual, residual);
    fund.set(fund_at::treasury, sub(treasury, from_treasury));
    if now >= fund.word(fund_at::cooling_off_ends_ts) {
        let period = fund.half(fund_at::cooling_off);
        fund.set_half(fund_at::cooling_off, period.wrapping_add(1));
        fund.set(fund_at::cooling_off_ends_ts, add(now, fund.long_param(params_at::cooling_off_secs)));
        fund.set(fund_at::contributions_before, contributions);
        fund.set_wide(fund_at::shares_before, shares.into());
    }
    let by_share = wide_div(u128::from(from_survivors) << 64, shares) as u64;
    let borne = wide_mul(by_share, shares);
    let borne = add((borne >> 64) as u64, u64::from(borne as u64 != 0));
    // No loss was outstanding: each unit of money is 2^20 units.
    fund.add_wide(fund_at::loss_index, by_share.into());
    fund.add_wide(fund_at::loss_units_index, u128::from(by_share) << 20);
    fund.add(fund_at::losses_outstanding, borne);
    fund.add_wide(fund_at::loss_units, u128::from(borne) << 20);
    fund.set(fund_at::contributions, sub(contributions, from_survivors));
}
