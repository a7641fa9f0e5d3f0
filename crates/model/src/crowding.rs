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
    /// `D = ceil(N (st + d (1 + st) - mm))` at base rates, `N` the notional of one side, rounded up:
    /// the loss if it defaults from maintenance margin. A final mark moves no more.
    pub fn crowding_of(&self, market: usize) -> Int {
        self.crowding_at(market, self.open_interest(market))
    }

    fn crowding_at(&self, market: usize, open_interest: Int) -> Int {
        let at = &self.markets[market];
        if at.final_ts != 0 {
            return 0;
        }
        let (rates, discount) = (at.params.rates, self.params.auction_max_discount_bps);
        let rate = rates.stress * BPS + discount * (BPS + rates.stress) - rates.maintenance * BPS;
        quotient(notional(open_interest, at.price, at.scale), rate.max(0), BPS * BPS).up()
    }

    /// `book_crowding`, anyone's: the market keeps its `D`, since a crank does not write the fund.
    pub(crate) fn book_crowding(&mut self, market: usize) {
        self.markets[market].crowding = self.crowding_of(market);
    }

    /// The sum of all `D` as they are booked.
    pub fn crowding(&self) -> Int {
        self.markets.iter().map(|market| market.crowding).sum()
    }

    /// Asked of trades that raise open interest, never of liquidations and take-overs.
    pub(crate) fn require_uncrowded(&mut self) {
        self.require_crowding(self.crowding());
    }

    fn require_crowding(&mut self, crowding: Int) {
        let free = (self.treasury + self.contributions - self.pledged()).max(0);
        let most = part(free, self.params.crowding_limit_bps).down();
        self.require(crowding <= most, Reason::CrowdingLimitExceeded);
    }

    /// Asked of a taking that raises open interest, once it is tried: there is room for it beside so many
    /// lots of others that wait for their prints.
    pub(crate) fn require_room_beside(&mut self, market: usize, lots: Int) {
        let open_interest = self.open_interest(market) + lots;
        let at = &self.markets[market];
        let (within, booked) = (open_interest <= at.params.max_open_interest, at.crowding);
        self.require(within, Reason::OpenInterestLimit);
        self.require_crowding(self.crowding() - booked + self.crowding_at(market, open_interest));
    }
}

/// Stress calls.
impl Model {
    /// By how much the stress loss, as others see it (U1), exceeds what the cover limit admits.
    fn stress_excess(&self, name: &str) -> Int {
        let stress_loss = self.risk(name).stress_loss_to_others(self.members[name].margin);
        stress_loss - self.cover_limit(self.mutual_resources(self.contribution(name)))
    }

    /// Returns `true` if a stress call of the member would start or end now.
    pub fn can_call_stress(&self, name: &str) -> bool {
        (self.stress_excess(name) > 0) == self.members[name].stress_due_secs.is_none()
    }

    /// `call_stress`: a member that the cover limit would no longer admit is reduce-only from now
    /// on; one that it admits again is free.
    pub(crate) fn call_stress(&mut self, name: &str) {
        self.require(self.can_call_stress(name), Reason::NothingToCall);
        let is_over = self.stress_excess(name) > 0;
        let due_secs = self.exit.secs() + self.params.call_secs;
        self.member(name).stress_due_secs = is_over.then_some(due_secs);
    }

    pub(crate) fn require_not_called(&mut self, name: &str) {
        self.require(self.members[name].stress_due_secs.is_none(), Reason::MemberReduceOnly);
    }

    /// `sell_excess`: once the call is due anyone takes lots at the end of A that favours the
    /// member, up to what brings it back to the cover limit. The discount grows to half of the
    /// maintenance rate over the length of an auction, in whole bps, and is paid in margin, within
    /// the equity that belongs to the lots.
    pub(crate) fn sell_excess(&mut self, taker: &str, target: &str, market: usize, lots: Int) {
        self.require(lots > 0, Reason::ZeroAmount);
        self.require_registered(taker);
        self.require_registered(target);
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_recent(market);
        let due = self.members[target].stress_due_secs;
        self.require(due.is_some_and(|due| self.exit.secs() >= due), Reason::CallNotDue);
        let excess = self.stress_excess(target);
        self.require(excess > 0, Reason::NothingToCall);
        if !self.refused.is_empty() {
            return;
        }
        let duration = self.params.auction_slots * self.params.slot_ms;
        let elapsed = self.exit.ms - due.unwrap_or_default() * 1_000;
        let most_bps = self.markets[market].rates.maintenance / 2;
        let discount_bps = quotient(most_bps, elapsed.min(duration), duration).down();

        let (risk, margin) = (self.risk(target), self.members[target].margin);
        let free_before = self.free_of(taker);
        let (held, raw) = self.touch_position(target, market).unwrap_or_default();
        let (own, own_raw) = self.touch_position(taker, market).unwrap_or_default();
        let size = lots.min(held.abs()).min(self.most_excess_lots(market, excess, discount_bps));
        self.require(size > 0, Reason::NothingToTake);

        let lots = size * held.signum();
        let at = &self.markets[market];
        let (mark, scale, maintenance) = (at.price, at.scale, at.rates.maintenance);
        let value = notional(lots, mark, scale);
        let affordable = risk.affordable(margin, part(value, maintenance).down());
        let discount = part(value, discount_bps).down().min(affordable);
        let price = self.others(market).favourable(held);
        let at_mark = lots * price - discount * scale <= lots * mark;
        self.write(target, market, held - lots, raw + lots * price);
        self.write(taker, market, own + lots, own_raw - lots * price);
        self.member(target).margin -= discount;
        self.member(taker).margin += discount;
        self.book_crowding(market);
        self.require_covered(taker, RiskChange::taken_over(adds_risk(own, own + lots), at_mark), free_before);
    }

    /// The lots whose sale frees an excess: its notional and then its lots rounded up. All of them
    /// where the discount costs as much as the sale frees.
    fn most_excess_lots(&self, market: usize, excess: Int, discount_bps: Int) -> Int {
        let (at, most_discount) = (&self.markets[market], self.params.auction_max_discount_bps);
        let rate = at.rates.stress * BPS + most_discount * (BPS + at.rates.stress) - discount_bps * BPS;
        if rate <= 0 {
            return Int::MAX;
        }
        let value = quotient(excess, BPS * BPS, rate).up();
        quotient(value, at.scale, at.price).up()
    }
}
