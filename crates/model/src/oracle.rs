//! `crank_market`: an oracle's price, checked, becomes the mark. docs/oracle.md

use crate::{
    number::{Int, BPS},
    op::Update,
    reason::Reason,
    state::Model,
};

impl Model {
    pub(crate) fn crank(&mut self, index: usize, update: &Update) {
        let limits = self.markets[index].params.clone();
        let (price, confidence) = (Int::from(update.price), Int::from(update.confidence));
        let (age, publish_ts) = (Int::from(update.age_secs), self.clock.ts - Int::from(update.age_secs));
        self.require(update.full, Reason::OracleNotVerified);
        self.require(
            -Int::from(update.exponent) == Int::from(limits.price_decimals),
            Reason::OracleWrongExponent,
        );
        self.require(price > 0, Reason::OracleNotPositive);
        self.require(age <= limits.max_age_secs, Reason::OracleTooOld);
        self.require(age >= -limits.max_ahead_secs, Reason::OracleFromFuture);
        self.require(confidence * BPS <= price * limits.max_confidence_bps, Reason::OracleTooUncertain);
        self.require(self.markets[index].final_ts == 0, Reason::MarketClosed);
        self.require(publish_ts >= self.markets[index].publish_ts, Reason::OracleWentBack);
        if self.refused.is_empty() {
            let clock = self.clock;
            self.markets[index].take_price(price, confidence, publish_ts, clock);
        }
    }
}
