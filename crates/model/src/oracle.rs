//! `crank_market`: a checked print of an oracle becomes the mark. docs/oracle.md, sections 1 to 3.

use crate::{
    number::{quotient, Int, BPS},
    op::Update,
    reason::Reason,
    state::{Model, Silence},
};

/// Largest price that a mark can have.
const MOST_PRICE: Int = 1 << 61;

/// A price of a feed in the market's decimals; nothing if that is not exact.
fn to_decimals(price: Int, feed: u32, market: u32) -> Option<Int> {
    let unit = (10 as Int).pow(feed.abs_diff(market));
    if feed <= market {
        Some(price * unit)
    } else {
        (price % unit == 0).then_some(price / unit)
    }
}

/// A confidence of a feed in the market's decimals, rounded up: more doubt is no inexact price.
fn confidence_to_decimals(confidence: Int, feed: u32, market: u32) -> Int {
    let unit = (10 as Int).pow(feed.abs_diff(market));
    if feed <= market {
        confidence * unit
    } else {
        quotient(confidence, 1, unit).up()
    }
}

impl Model {
    /// Takes a print that is verified, recent, and not older than the last one taken. A print
    /// without a usable price silences the market; a print that is too uncertain silences it and
    /// widens B.
    pub(crate) fn crank(&mut self, index: usize, update: &Update) {
        let limits = self.markets[index].params.clone();
        let publish_ts = self.clock.ts - Int::from(update.age_secs);
        self.require_recent_print(index, update);
        self.require(self.markets[index].final_ts == 0, Reason::MarketClosed);
        self.require(publish_ts >= self.markets[index].seen_ts, Reason::OracleWentBack);
        self.require(!self.has_ended(index), Reason::MarketClosed);
        if !self.refused.is_empty() {
            return;
        }
        self.keep_pins(index);
        let (clock, has_covers) = (self.clock, self.covers_alive() > 0);
        let (price, confidence, silence) = self.judge_print(index, update);
        let market = &mut self.markets[index];
        market.covers_until_ts = market.covers_until_ts.min(clock.ts);
        market.seen_ts = publish_ts;
        market.silence = silence;
        market.uncertain = if market.silence == Silence::Uncertain { (price, confidence) } else { (0, 0) };
        if market.silence == Silence::None {
            // It is no dead feed, and nobody names its final mark.
            market.dead_ts = 0;
            market.named = None;
            let end = self.end_ts(index);
            let market = &mut self.markets[index];
            let (mark, confidence) = market.take_within_hour(end, (price, confidence), clock.ts);
            market.covers_until_ts = publish_ts + limits.max_age_secs;
            market.spot = price;
            market.take_price(mark, confidence, publish_ts, clock, has_covers);
        }
    }

    /// Whether a print is verified and of this time.
    pub(crate) fn require_recent_print(&mut self, index: usize, update: &Update) {
        let (limits, age) = (self.markets[index].params.clone(), Int::from(update.age_secs));
        self.require(update.full, Reason::OracleNotVerified);
        self.require(age <= limits.max_age_secs, Reason::OracleTooOld);
        self.require(age >= -limits.max_ahead_secs, Reason::OracleFromFuture);
    }

    /// Price and confidence of a print in the market's decimals, and why it is none that can be the
    /// mark.
    pub(crate) fn judge_print(&self, index: usize, update: &Update) -> (Int, Int, Silence) {
        let limits = &self.markets[index].params;
        let (price, confidence) = (Int::from(update.price), Int::from(update.confidence));
        let is_expected = -Int::from(update.exponent) == Int::from(limits.feed_decimals);
        let converted = to_decimals(price, limits.feed_decimals, limits.price_decimals);
        let is_uncertain = confidence * BPS > price * limits.max_confidence_bps;
        let confidence = confidence_to_decimals(confidence, limits.feed_decimals, limits.price_decimals);
        let price = converted.unwrap_or_default();
        let silence = if !is_expected || converted.is_none() {
            Silence::Exponent
        } else if price <= 0 || price > MOST_PRICE {
            Silence::Price
        } else if is_uncertain {
            Silence::Uncertain
        } else {
            Silence::None
        };
        (price, confidence, silence)
    }
}
