//! Layer 7, the wind-down: docs/waterfall.md.

use crate::{
    gains::SILENT_SLOTS,
    number::{quotient, Int},
    positions::{money, profit_raw},
    reason::Reason,
    state::{FundStatus, MemberStatus, Model, Position, MAX_POSITIONS},
};

/// After so many slots of silence the last mark will do.
const DEAD_SLOTS: Int = 1_512_000;

impl Model {
    /// Returns `true` if no price was taken for so many slots; a final mark needs none.
    pub(crate) fn is_unheard(&self, market: usize, slots: Int) -> bool {
        let market = &self.markets[market];
        market.final_ts == 0 && self.clock.slot - market.slot >= slots
    }

    fn require_wind_down(&mut self) {
        self.require(self.status == FundStatus::WindDown, Reason::NotWindDown);
    }

    fn require_final_marks_due(&mut self, market: usize) {
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_wind_down();
        let due = self.wind_down_ts + self.params.wind_down_secs;
        self.require(self.clock.ts >= due, Reason::FinalMarkNotDue);
    }

    /// `fix_final_mark`
    pub(crate) fn fix_final_mark(&mut self, market: usize) {
        self.require_final_marks_due(market);
        if self.markets[market].price == 0 || !self.is_unheard(market, DEAD_SLOTS) {
            self.require_fresh(market);
        }
        self.fix(market, self.markets[market].price);
    }

    /// `set_final_mark`
    pub(crate) fn set_final_mark(&mut self, market: usize, price: Int) {
        self.require_final_marks_due(market);
        self.require(self.is_unheard(market, SILENT_SLOTS), Reason::OracleNotSilent);
        self.require(price > 0, Reason::OracleNotPositive);
        self.governance_nonce += 1;
        self.fix(market, price);
    }

    /// Without doubt from now on; premiums nobody has collected are the house's.
    fn fix(&mut self, market: usize, price: Int) {
        let ts = self.clock.ts;
        let market = &mut self.markets[market];
        market.price = price;
        market.confidence = 0;
        market.final_ts = ts;
        market.house_raw += std::mem::take(&mut market.premium_raw);
        market.crowding = 0;
    }

    /// `close_out`: the house buys everything at the final marks; a net loss is paid, a net gain is
    /// a claim.
    pub(crate) fn close_out(&mut self, name: &str) {
        let status = self.members[name].status;
        self.require_wind_down();
        self.require(self.final_marks() > 0, Reason::MarkNotFinal);
        self.require(status != MemberStatus::ClosedOut, Reason::MemberClosedOut);
        self.require(status != MemberStatus::Grace, Reason::GracePeriodRunning);
        let mut net = 0;
        for place in 0..MAX_POSITIONS {
            net += self.sell_to_house(name, place);
        }
        self.require(self.members[name].margin + net >= 0, Reason::MemberInsolvent);
        if !self.refused.is_empty() {
            return;
        }
        self.move_cash(name, net.min(0));
        self.end_house_round();
        self.collect_assessment(name, self.members[name].margin);
        self.forget_exposure(name);
        let member = self.member(name);
        member.status = MemberStatus::ClosedOut;
        member.claim = net.max(0);
    }

    /// Gains rounded down, losses up; the fraction stays with the house. Returns the profit.
    fn sell_to_house(&mut self, name: &str, place: usize) -> Int {
        let held = self.members[name].positions[place];
        if held.is_free() {
            return 0;
        }
        let index = held.market;
        self.require(self.markets[index].final_ts != 0, Reason::MarkNotFinal);
        let house_before = self.house_lots(index);
        self.markets[index].house_waived = None;
        let (lots, raw) = self.touch_position(name, index).unwrap_or_default();
        let market = &mut self.markets[index];
        let profit = money(profit_raw(lots, raw, market.price), market.scale);
        market.house_raw += raw - profit * market.scale;
        self.member(name).positions[place] = Position::default();
        self.book_crowding(index);
        self.join_house(index, house_before);
        profit
    }

    /// `pay_out`: the claims up to and with this one get their part of the pool, rounded down, less
    /// what those before got.
    pub(crate) fn pay_out(&mut self, name: &str) {
        self.require_wind_down();
        let all_out =
            self.in_status(MemberStatus::ClosedOut) == self.members.len() && self.open_defaults() == 0;
        self.require(all_out, Reason::CloseOutPending);
        if self.residual > 0 && self.payout_claims == 0 {
            self.require_layers_empty();
        }
        self.require(self.members[name].claim > 0, Reason::NothingToClaim);
        if !self.refused.is_empty() {
            return;
        }
        if self.payout_claims == 0 {
            self.payout_claims = self.claims();
            self.payout_pool = self.pool.min(self.payout_claims);
        }
        let before = self.payout_claims - self.claims();
        let claim = std::mem::take(&mut self.member(name).claim);
        let up_to = |claims| quotient(claims, self.payout_pool, self.payout_claims).down();
        let paid = up_to(before + claim) - up_to(before);
        self.move_cash(name, paid);
        let lost = claim - paid;
        self.residual -= lost.min(self.residual);
        if lost > 0 {
            self.bear(name, lost);
        }
        if self.claims() == 0 {
            self.payout_claims = 0;
            self.end_episode();
        }
    }
}
