//! Liquidation: docs/liquidation.md.

use crate::{
    number::{part, quotient, Int, BPS},
    positions::adds_risk,
    reason::Reason,
    requirements::{notional, Risk},
    state::Model,
    trading::RiskChange,
};

impl Model {
    /// 5: the most lots that may be taken. All of them below half of maintenance margin, or where
    /// selling never helps; else what brings the target back to initial margin and the buffer: its
    /// notional and then its lots rounded up.
    fn most_lots(&self, market: usize, held: Int, equity: Int, risk: &Risk) -> Int {
        let (at, terms) = (&self.markets[market], &self.params);
        if equity < risk.maintenance / 2 {
            return held;
        }
        let buffered = BPS + terms.liquidation_buffer_bps;
        let missing = (part(risk.initial, buffered).up() - equity).max(0);
        let add_on = if at.is_concentrated(held) { at.params.concentration_bps } else { 0 };
        let cost = terms.liquidation_bonus_bps + terms.liquidation_fee_bps;
        let gained = (at.rates.initial + add_on) * buffered - cost * BPS; // per notional, in bps of bps
        if gained <= 0 {
            return held;
        }
        let value = quotient(missing, BPS * BPS, gained).up();
        quotient(value, at.scale, at.price.max(1)).up().min(held)
    }

    /// `liquidate` (U1, U5): the lots change hands at the end of A that favours the target; the
    /// bonus is paid besides, in margin.
    pub(crate) fn liquidate(&mut self, taker: &str, target: &str, market: usize, lots: Int) {
        self.require(lots > 0, Reason::ZeroAmount);
        self.require_registered(taker);
        self.require_registered(target);
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_recent(market);
        let (risk, margin) = (self.risk(target), self.members[target].margin);
        let free_before = self.free_of(taker);
        let equity = margin + risk.liquidating;
        self.require(equity < risk.maintenance, Reason::NotLiquidatable);

        let (held, raw) = self.touch_position(target, market).unwrap_or_default();
        let (own, own_raw) = self.touch_position(taker, market).unwrap_or_default();
        let size = lots.min(self.most_lots(market, held.abs(), equity, &risk));
        self.require(size > 0, Reason::NothingToTake);
        let lots = size * held.signum();
        let price = self.others(market).favourable(held);
        let value = notional(lots, self.markets[market].price, self.markets[market].scale);

        // 6: at most the equity that belongs to the lots taken, and the margin there is; everything is rounded down in
        // favour of the target.
        let taken = part(value, self.markets[market].rates.maintenance).down();
        let affordable = risk.affordable(margin, taken);
        let bonus = part(value, self.params.liquidation_bonus_bps).down().min(affordable);
        let fee = part(value, self.params.liquidation_fee_bps).down().min(affordable - bonus);

        let (mark, scale) = (self.markets[market].price, self.markets[market].scale);
        let at_mark = lots * price - bonus * scale <= lots * mark;
        self.write(target, market, held - lots, raw + lots * price);
        self.write(taker, market, own + lots, own_raw - lots * price);
        self.member(target).margin -= bonus + fee;
        self.member(taker).margin += bonus;
        self.treasury += fee;
        self.book_crowding(market);
        self.require_covered(taker, RiskChange::taken_over(adds_risk(own, own + lots), at_mark), free_before);
    }
}
