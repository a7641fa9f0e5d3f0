//! Limits that hold after the trade and against a crowd: crowding, and stress calls (section 8).

use crate::{
    number::{part, quotient, Int, BPS},
    positions::adds_risk,
    reason::Reason,
    requirements::notional,
    state::Model,
    trading::RiskChange,
};

/// Crowding.
impl Model {
    /// `D = ceil(open interest * mark * (st + d (1 + st) - mm))` at base rates: the loss if one
    /// whole side of a market defaults from maintenance margin. A final mark moves no more.
    pub fn crowding_of(&self, market: usize) -> Int {
        let at = &self.markets[market];
        if at.final_ts != 0 {
            return 0;
        }
        let (rates, discount) = (at.params.rates, self.params.auction_max_discount_bps);
        let rate = rates.stress * BPS + discount * (BPS + rates.stress) - rates.maintenance * BPS;
        quotient(self.open_interest(market) * at.price, rate.max(0), at.scale * BPS * BPS).up()
    }

    /// `book_crowding`, anyone's: the market keeps its `D`, since a crank does not write the fund.
    pub(crate) fn book_crowding(&mut self, market: usize) {
        self.markets[market].crowding = self.crowding_of(market);
    }

    /// The sum of all `D` as they are booked.
    pub fn crowding(&self) -> Int {
        self.markets.iter().map(|market| market.crowding).sum()
    }

    /// Asked of trades that add risk, never of liquidations and take-overs.
    pub(crate) fn require_uncrowded(&mut self) {
        let most = part(self.treasury + self.contributions, self.params.crowding_limit_bps).down();
        self.require(self.crowding() <= most, Reason::CrowdingLimitExceeded);
    }
}

/// Stress calls.
impl Model {
    /// By how much the stress loss, as others see it (U1), exceeds what the cover limit admits.
    fn stress_excess(&self, name: &str) -> Int {
        let risk = self.risk(name);
        let stress_loss = risk.stress - self.members[name].margin - risk.liquidating.min(0);
        let mutual = self.treasury + self.contributions - self.contribution(name);
        stress_loss.max(0) - self.cover_limit(mutual)
    }

    /// `call_stress`: a member that the cover limit would no longer admit is reduce-only from now
    /// on; one that it admits again is free.
    pub(crate) fn call_stress(&mut self, name: &str) {
        let is_over = self.stress_excess(name) > 0;
        let due_ms = self.exit.ms + self.params.call_secs * 1_000;
        let called = self.members[name].stress_due_ms;
        self.require(is_over == called.is_none(), Reason::NothingToCall);
        self.member(name).stress_due_ms = is_over.then_some(due_ms);
    }

    pub(crate) fn require_not_called(&mut self, name: &str) {
        self.require(self.members[name].stress_due_ms.is_none(), Reason::MemberReduceOnly);
    }

    /// `sell_excess`: once the call is due anyone takes lots at the end of A that favours the
    /// member, up to what brings it back to the cover limit. The discount grows to half of the
    /// maintenance rate over the length of an auction, in whole bps, and is paid in margin.
    pub(crate) fn sell_excess(&mut self, taker: &str, target: &str, market: usize, lots: Int) {
        self.require(lots > 0, Reason::ZeroAmount);
        self.require_registered(taker);
        self.require_registered(target);
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_recent(market);
        let due = self.members[target].stress_due_ms;
        let elapsed = self.exit.ms - due.unwrap_or_default();
        self.require(due.is_some() && elapsed >= 0, Reason::CallNotDue);
        let excess = self.stress_excess(target);
        self.require(excess > 0, Reason::NothingToCall);
        if !self.refused.is_empty() {
            return;
        }
        let duration = self.params.auction_slots * self.params.slot_ms;
        let most_bps = self.markets[market].rates.maintenance / 2;
        let discount_bps = quotient(most_bps, elapsed.min(duration), duration).down();

        let free_before = self.free_of(taker);
        let (held, raw) = self.touch_position(target, market).unwrap_or_default();
        let (own, own_raw) = self.touch_position(taker, market).unwrap_or_default();
        let (at, most_discount) = (&self.markets[market], self.params.auction_max_discount_bps);
        let (mark, scale, stress) = (at.price, at.scale, at.rates.stress);
        let rate = stress * BPS + most_discount * (BPS + stress) - discount_bps * BPS; // per notional, of BPS^2
        let value = quotient(excess, BPS * BPS, rate.max(1)).up();
        let size = lots.min(held.abs()).min(quotient(value, scale, mark.max(1)).up());
        self.require(size > 0, Reason::NothingToTake);

        let lots = size * held.signum();
        let price = self.others(market).favourable(held);
        let discount = part(notional(lots, mark, scale), discount_bps).down().min(self.members[target].margin);
        self.write(target, market, held - lots, raw + lots * price);
        self.write(taker, market, own + lots, own_raw - lots * price);
        self.member(target).margin -= discount;
        self.member(taker).margin += discount;
        self.book_crowding(market);
        self.require_covered(taker, RiskChange::taken_over(adds_risk(own, own + lots)), free_before);
    }
}
