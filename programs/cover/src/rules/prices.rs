//! Prices that nobody chooses: means of whole UTC days, over the prints that anybody notes.
//!
//! A print counts from the moment in which a crank took it, and at most for the age that the book's terms
//! allow; between two notes the market's own mean counts. A day that ended before the last note changes no
//! more, so that no caller decides which prices are in it by waiting.

use {
    crate::{fund::MarketView, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{units::Price, volatility::Variance},
};

/// Notes the mark of the market, and counts what has been in force since the last note.
///
/// Where a crank has taken another mark since, nobody sees here how long the one that was noted was in
/// force, nor what came between: whoever cranks, notes and cranks again in one moment would choose the
/// price of all that time. It counts with the mean of the marks before the present one, to which a mark
/// that was in force for no second adds nothing, as far as the age of the noted one allows. The age of a
/// final mark begins anew with each note, so that policies which run on are settled too.
///
/// # Errors
/// `Overflow`.
pub fn note(book: &mut PolicyBook, market: &MarketView, now: i64) -> Result<()> {
    let since = book.noted_ts;
    let age = i64::from(book.max_age_secs);
    let is_new = market.crank_ts > book.price_ts || market.price != book.price;
    if market.price > 0 && is_new {
        let until = market.crank_ts.min(now);
        book.count(market.mean_before(), since, until.min(book.price_until_ts))?;
        book.price = market.price;
        book.price_ts = market.crank_ts;
        book.price_until_ts = market.crank_ts.min(market.publish_ts).saturating_add(age);
        book.count(market.price, until.max(since), now.min(book.price_until_ts))?;
    } else {
        book.count(book.price, since, now.min(book.price_until_ts))?;
    }
    if market.final_ts != 0 {
        book.price_until_ts = now.saturating_add(age);
    }
    book.noted_ts = now.max(since);
    book.note_variance(day_of(now), market.variance);
    Ok(())
}

/// The price of a policy's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayPrice {
    /// Its mean, rounded down. Entry and exit are rounded alike, so that it favours nobody.
    pub price: Price,
    /// The highest variance that was noted on it.
    pub variance: Variance,
}

/// Returns the price of the day after `day`, which is that of entry for policies that were bought on it, and
/// that of exit for those that expire on it. There is none before it is over and counted, none of a day that
/// is covered by less than half, and none of one that the ring has forgotten.
///
/// No later day takes its place: whoever alone notes prices would choose one, by silence.
pub fn price_after(book: &PolicyBook, day: u32) -> Option<DayPrice> {
    let next = day.saturating_add(1);
    let kept = book.at(next).filter(|_| book.has_counted(next))?;
    Some(DayPrice { price: kept.get().mean()?, variance: kept.variance })
}
