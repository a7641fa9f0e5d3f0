//! Final prices: when a market ends, what its price is in the last hour, and what its contracts end at.
//!
//! A market goes from open to closing, in which it only reduces, to final, and ends there: without the
//! fund. The end `T` is the first of its expiry, an end that governance has announced, the end of a
//! market whose feed is dead, and the end of all markets in a wind-down.

use {
    super::{
        crowding, gains_cut, house,
        house_round::{self, HouseResult, RoundEnd},
        premium,
    },
    crate::{arithmetic::*, constants::*, error::*, oracle::Print, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        final_price::{may_be_named, LastHour, Outcome, HOUR_SECS},
        interval::{Mean, MEAN_HALF_LIFE_SECS},
        units::{Bps, Price},
    },
};

/// Length of the last hour.
const HOUR: i64 = HOUR_SECS as i64;

/// Returns when `market` ends, without the extension of its last hour; nothing if no end is known.
#[inline(always)]
pub fn end_of(fund: &Fund, market: &Market) -> Option<i64> {
    let wind_down = if fund.status == FundStatus::WindDown { end_of_wind_down(fund) } else { 0 };
    let ends = [market.expires_ts, market.closing_ts, market.dead_ts, wind_down];
    ends.into_iter().filter(|end| *end != 0).min()
}

/// Returns when a wind-down ends all markets.
fn end_of_wind_down(fund: &Fund) -> i64 {
    fund.wind_down_ts.saturating_add(i64::from(fund.params.wind_down_secs))
}

/// Returns `true` if a wind-down has come to its last hour. From then on it is not averted: the marks
/// are means of the hour, and would jump to the prices.
pub fn is_in_last_hour(fund: &Fund) -> bool {
    // The exit clock has run: every instruction that touches the fund's losses begins with it.
    fund.status == FundStatus::WindDown && fund.exits.ts >= end_of_wind_down(fund).saturating_sub(HOUR)
}

/// Returns `true` if `market` only reduces because it ends: as soon as its end is announced, and in
/// the last hour before an expiry, which everybody has known from the beginning.
#[inline(always)]
pub fn is_closing(market: &Market, now: i64) -> bool {
    let expires = market.expires_ts != 0 && now >= market.expires_ts.saturating_sub(HOUR);
    expires || market.closing_ts != 0 || market.dead_ts != 0
}

/// Returns the last hour before `end` as of `now`, with the price that has been in force since it
/// last ran. An hour before another end begins anew; the last print counts from its crank.
#[inline(never)]
fn hour_at(market: &Market, end: i64, now: i64) -> Result<LastHour> {
    let kept = market.hour.get();
    let hour = match kept.announced() == end {
        true => kept,
        false => LastHour { ts: market.crank_ts, ..LastHour::before(end) },
    };
    hour.run(market.spot, market.fresh_until_ts, now).or_fail()
}

/// Returns `true` if the final mark of `market` is known at `now`: no print changes it any more. That
/// is at the end of its last hour, or at the announced end if governance has named the mark.
#[inline(never)]
fn is_over(market: &Market, end: i64, now: i64) -> Result<bool> {
    let hour = hour_at(market, end, now)?;
    let is_named = market.named_price != 0 && is_short(&hour);
    Ok(now >= if is_named { end } else { hour.end })
}

/// Returns `true` if too little of an hour is covered for its mean to be the final mark.
fn is_short(hour: &LastHour) -> bool {
    hour.covered < HOUR_SECS / 2
}

/// Refuses a print once the final mark of its market is known.
///
/// # Errors
/// `MarketClosed`.
#[inline(always)]
pub fn require_running(fund: &Fund, market: &Market, now: i64) -> Result<()> {
    if let Some(end) = end_of(fund, market).filter(|end| now >= *end) {
        require!(!is_over(market, end, now)?, BulkheadError::MarketClosed);
    }
    Ok(())
}

/// Returns a certain print as the market takes it. In the last hour that is the price which the
/// contract would end at if the print lasted, for every purpose: nobody trades or is liquidated at a
/// price that the contract will not end at.
///
/// A certain print cancels the end of a market whose feed seemed dead, and a final mark that was
/// named for a silent one.
#[inline(always)]
pub fn take_print(fund: &Fund, market: &mut Market, print: &Print, now: i64) -> Result<Print> {
    market.dead_ts = 0;
    market.named_price = 0;
    let mut taken = *print;
    if let Some(end) = end_of(fund, market).filter(|end| now >= end.saturating_sub(HOUR)) {
        taken = take_in_last_hour(market, print, end, now)?;
    }
    market.spot = print.price;
    market.fresh_until_ts = print.publish_ts.saturating_add(i64::from(market.oracle.max_age_secs));
    Ok(taken)
}

#[inline(never)]
fn take_in_last_hour(market: &mut Market, print: &Print, end: i64, now: i64) -> Result<Print> {
    let hour = hour_at(market, end, now)?;
    let (price, confidence) = hour.price(print.price, print.confidence, now).or_fail()?;
    market.hour = LastHourState::of(&hour);
    Ok(Print { price, confidence, ..*print })
}

/// Notes that a print has silenced the market: the last certain one covers no more time.
#[inline(always)]
pub fn note_silence(market: &mut Market, now: i64) {
    market.fresh_until_ts = market.fresh_until_ts.min(now);
}

/// Returns the mean of the price at `ts`, at least one. It is a pure function of the prices until
/// then: a call after `ts` that brings no price changes nothing. Time that the last print did not
/// cover does not count, so that a single last print does not become the mean.
#[inline(never)]
pub fn mean_at(market: &Market, ts: i64) -> Price {
    let mean = Mean { q32: market.adjusted.mean.get(), ts: market.crank_ts };
    let mean = match ts <= market.fresh_until_ts {
        true => mean.advance(market.mark.price, ts, MEAN_HALF_LIFE_SECS),
        false => mean,
    };
    mean.price().max(1)
}

/// Announces the end of a market whose feed has been silent for `dead_feed_secs`. Returns the end. A
/// certain print until then cancels it.
///
/// # Errors
/// `MarketClosed`; `MarketClosing` when this end is announced already; `OracleNotSilent` before the
/// time; `OracleChangeQueued` while a change of the oracle may make the feed readable again.
pub fn close_dead(market: &mut Market, now: i64) -> Result<i64> {
    market.require_not_final()?;
    require!(market.dead_ts == 0, BulkheadError::MarketClosing);
    let last = if market.mark.price == 0 { market.opened_ts } else { market.mark.publish_ts };
    let dead = last.saturating_add(i64::from(market.dead_feed_secs));
    require!(now >= dead, BulkheadError::OracleNotSilent);
    require!(now >= market.mend_until_ts, BulkheadError::OracleChangeQueued);
    market.dead_ts = now.checked_add(DEAD_NOTICE_SECS).ok_or(BulkheadError::Overflow)?;
    Ok(market.dead_ts)
}

/// Refuses to move the end of a market to `end`, zero for never, unless that is at least the notice
/// period ahead: members can leave before. An end whose last hour has begun stays: the mark is the
/// hour's mean, and would jump to the price if the end were put off.
///
/// # Errors
/// `MarketClosed`, `ClosingTooSoon`.
pub fn require_movable_end(fund: &Fund, market: &Market, end: i64, now: i64) -> Result<()> {
    market.require_not_final()?;
    let known = end_of(fund, market);
    require!(known.is_none_or(|known| now < known.saturating_sub(HOUR)), BulkheadError::MarketClosed);
    let least = now.saturating_add(i64::from(fund.params.notice_secs));
    require!(end == 0 || end >= least, BulkheadError::ClosingTooSoon);
    Ok(())
}

/// Refuses a price that governance may not name as the final mark: the market is not silent, or the
/// price is further from its last mean than the stress rate.
///
/// # Errors
/// `MarketClosed`, `OracleNotSilent`, `FinalMarkTooFar`.
pub fn require_nameable(market: &Market, is_fresh: bool, price: Price, now: i64) -> Result<()> {
    market.require_not_final()?;
    require!(!is_fresh, BulkheadError::OracleNotSilent);
    let near = may_be_named(price, mean_at(market, now), Bps(market.base_rates.stress_bps));
    require!(price > 0 && near, BulkheadError::FinalMarkTooFar);
    Ok(())
}

/// A final mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalMark {
    /// The mark.
    pub price: Price,
    /// The result of the market's house, if it has one.
    pub house: Option<HouseResult>,
    /// The end of the house round, if all houses are flat.
    pub round: Option<RoundEnd>,
}

/// Makes the mark of a market final once its end has come: the mean of the last hour, if at least
/// half of it is covered. Otherwise it is the price that governance has named, or the hour goes on
/// once, or it is the last mean.
///
/// # Errors
/// `MarketClosed`; `FinalMarkNotDue` before the end, or when none is known.
#[inline(never)]
pub fn fix(fund: &mut Fund, market: &mut Market, now: i64) -> Result<FinalMark> {
    market.require_not_final()?;
    let end = end_of(fund, market).ok_or(BulkheadError::FinalMarkNotDue)?;
    require!(is_over(market, end, now)?, BulkheadError::FinalMarkNotDue);
    let hour = hour_at(market, end, now)?;
    let price = match market.named_price {
        named if named != 0 && is_short(&hour) => named,
        _ => match hour.outcome(now).or_fail()? {
            Outcome::Final(price) => price,
            _ => mean_at(market, hour.end),
        },
    };
    let house = make_final(fund, market, price, now)?;
    Ok(FinalMark { price, house, round: house_round::end(fund)? })
}

/// Makes `price` the final mark, with a confidence interval of zero. Premiums that nobody has
/// collected are the house's from then on: they pay losses. The house counts as flat.
fn make_final(fund: &mut Fund, market: &mut Market, price: Price, now: i64) -> Result<Option<HouseResult>> {
    gains_cut::note_pins(fund, market, now);
    market.mark.price = price;
    market.mark.confidence = 0;
    market.final_ts = now;
    let waiting = core::mem::take(&mut market.adjusted.premium_raw).get();
    premium::place(market, waiting)?;
    crowding::book(fund, market)?;
    house::join_final(fund, market)
}
