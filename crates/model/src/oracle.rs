//! `crank_market`: a checked print of an oracle becomes the mark. docs/oracle.md, sections 1 and 2.

use crate::{
    number::{Int, BPS},
    op::Update,
    reason::Reason,
    state::{Model, Silence},
};

/// Largest price that a mark can have.
const MOST_PRICE: Int = 1 << 61;

impl Model {
    /// Takes a print that is verified, recent, and not older than the last one taken. A print
    /// without a usable price silences the market; a print that is too uncertain silences it and
    /// widens B.
    pub(crate) fn crank(&mut self, index: usize, update: &Update) {
        let limits = self.markets[index].params.clone();
        let (price, confidence) = (Int::from(update.price), Int::from(update.confidence));
        let (age, publish_ts) = (Int::from(update.age_secs), self.clock.ts - Int::from(update.age_secs));
        self.require(update.full, Reason::OracleNotVerified);
        self.require(age <= limits.max_age_secs, Reason::OracleTooOld);
        self.require(age >= -limits.max_ahead_secs, Reason::OracleFromFuture);
        self.require(self.markets[index].final_ts == 0, Reason::MarketClosed);
        self.require(publish_ts >= self.markets[index].seen_ts, Reason::OracleWentBack);
        if !self.refused.is_empty() {
            return;
        }
        let clock = self.clock;
        let market = &mut self.markets[index];
        market.seen_ts = publish_ts;
        market.silence = if -Int::from(update.exponent) != Int::from(limits.price_decimals) {
            Silence::Exponent
        } else if price <= 0 || price > MOST_PRICE {
            Silence::Price
        } else if confidence * BPS > price * limits.max_confidence_bps {
            Silence::Uncertain
        } else {
            Silence::None
        };
        market.uncertain = if market.silence == Silence::Uncertain { (price, confidence) } else { (0, 0) };
        if market.silence == Silence::None {
            market.take_price(price, confidence, publish_ts, clock);
        }
    }
}
