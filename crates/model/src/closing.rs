//! The end of a market and of a fund: closing, final marks, close-out and pay-out (section 3), and
//! layer 7.

use crate::{
    number::{part, quotient, Int},
    positions::{money, profit_raw},
    reason::Reason,
    state::{FundStatus, Market, MemberStatus, Model, Position, MAX_POSITIONS},
};

const HOUR_SECS: Int = 3_600;
/// A feed that comes back within so many seconds cancels the end that its silence has started.
const DEAD_NOTICE_SECS: Int = 72 * HOUR_SECS;

/// The hour before the end.
impl Market {
    /// The end of the hour, an extension included.
    fn hour_end_ts(&self) -> Int {
        self.hour.end_ts + if self.hour.is_extended { HOUR_SECS } else { 0 }
    }

    /// `price_seconds += last * overlap`, of the time that the last print covers with the hour
    /// before the end. Another end starts anew.
    pub(crate) fn count_hour(&mut self, end: Option<Int>, now: Int) {
        let Some(end_ts) = end else { return };
        if self.hour.end_ts != end_ts {
            self.hour = crate::state::Hour { end_ts, ..crate::state::Hour::default() };
        }
        let from = self.crank_ts.max(self.hour.counted_ts).max(end_ts - HOUR_SECS);
        let to = now.min(self.covers_until_ts).min(self.hour_end_ts());
        let secs = (to - from).max(0);
        self.hour.sum += self.spot * secs;
        self.hour.covered += secs;
        self.hour.counted_ts = now;
    }

    /// Price and confidence of a print: within the hour, what the final mark will be if the price
    /// stays, rounded down, and the part of the confidence that can still move it, rounded up.
    pub(crate) fn price_within_hour(
        &self,
        end: Option<Int>,
        price: Int,
        confidence: Int,
        now: Int,
    ) -> (Int, Int) {
        let rest = (self.hour_end_ts() - now).max(0);
        let all = self.hour.covered + rest;
        if end.is_none_or(|end| now < end - HOUR_SECS) || all == 0 {
            return (price, confidence);
        }
        let mean = quotient(self.hour.sum + price * rest, 1, all).down();
        (mean, quotient(confidence, rest, all).up())
    }
}

/// Closing.
impl Model {
    /// The end `T` of a market: the first of its expiry, a queued closing, a dead feed's and the
    /// wind-down's.
    pub fn end_ts(&self, market: usize) -> Option<Int> {
        let at = &self.markets[market];
        let wind_down = match self.status {
            FundStatus::WindDown => self.wind_down_ts + self.params.wind_down_secs,
            _ => 0,
        };
        [at.params.expires_ts, at.closing_ts, at.dead_ts, wind_down].into_iter().filter(|ts| *ts != 0).min()
    }

    /// Whether a market is reduce-only because it ends: from the moment its end is known, before an
    /// expiry in the last hour.
    pub(crate) fn is_closing(&self, market: usize) -> bool {
        let at = &self.markets[market];
        let expires = at.params.expires_ts;
        let is_last_hour = expires != 0 && self.clock.ts >= expires - HOUR_SECS;
        is_last_hour || at.closing_ts != 0 || at.dead_ts != 0 || self.status == FundStatus::WindDown
    }

    /// `close_market`, anyone's: a feed without a certain print for `dead_feed_secs` ends the
    /// market 72 hours later. An oracle change that keeps the feed and is queued comes first.
    pub(crate) fn close_market(&mut self, market: usize) {
        let at = &self.markets[market];
        let last_ts = if at.price == 0 { at.opens_ts } else { at.publish_ts };
        let (is_final, is_dead) = (at.final_ts != 0, at.dead_ts != 0);
        let is_silent = self.clock.ts - last_ts >= at.params.dead_feed_secs;
        let is_mended = self.changes.values().any(|queued| queued.mends(market));
        self.require(!is_final, Reason::MarketClosed);
        self.require(!is_dead, Reason::MarketClosing);
        self.require(is_silent, Reason::OracleNotSilent);
        self.require(!is_mended, Reason::OracleChangeQueued);
        self.markets[market].dead_ts = self.clock.ts + DEAD_NOTICE_SECS;
    }

    /// `fix_final_mark`, anyone's: the mean of the hour. Under half coverage it is what governance
    /// has named, or the hour is extended once, or it is the last mean.
    pub(crate) fn fix_final_mark(&mut self, market: usize) {
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        let (end, now) = (self.end_ts(market), self.clock.ts);
        let Some(end_ts) = end else {
            return self.require(false, Reason::FinalMarkNotDue);
        };
        let at = &mut self.markets[market];
        at.count_hour(end, now);
        let (hour, end_ts) = (at.hour, end_ts + if at.hour.is_extended { HOUR_SECS } else { 0 });
        let price = if 2 * hour.covered >= HOUR_SECS {
            quotient(hour.sum, 1, hour.covered).down()
        } else if let Some(named) = at.named {
            named
        } else if !hour.is_extended {
            at.hour.is_extended = true;
            return self.require(now >= end_ts, Reason::FinalMarkNotDue);
        } else {
            at.pin_at(end_ts)
        };
        self.require(now >= end_ts, Reason::FinalMarkNotDue);
        self.fix(market, price);
    }

    /// Makes a mark final, with a confidence of zero. Premiums that nobody has collected are the
    /// house's; the house counts as flat, and its result joins the sum of its round.
    fn fix(&mut self, market: usize, price: Int) {
        let ts = self.clock.ts;
        let at = &mut self.markets[market];
        at.price = price;
        at.confidence = 0;
        at.final_ts = ts;
        at.house_raw += std::mem::take(&mut at.premium_raw);
        at.house_waived = None;
        at.crowding = 0;
        self.join_house(market, self.house_lots(market));
        self.end_house_round();
    }

    /// `close_out`, anyone's: the house buys every final position of a member, net. In an active
    /// fund the net is settled, in a wind-down a loss is paid and a gain becomes a claim.
    pub(crate) fn close_out(&mut self, name: &str) {
        let (status, winds_down) = (self.members[name].status, self.status == FundStatus::WindDown);
        self.require(status != MemberStatus::ClosedOut, Reason::MemberClosedOut);
        self.require(status != MemberStatus::Grace, Reason::GracePeriodRunning);
        let held = || self.members[name].positions.iter().filter(|held| !held.is_free());
        let (all, last) =
            (held().count(), held().filter(|held| self.markets[held.market].final_ts != 0).count());
        let is_due = if winds_down { all == last && self.final_marks() > 0 } else { last > 0 };
        self.require(is_due, Reason::MarkNotFinal);
        if !self.refused.is_empty() {
            return;
        }
        let loss_of_all = (-self.risk(name).profit).max(0);
        let mut net = 0;
        let mut first = None;
        for place in 0..MAX_POSITIONS {
            let held = self.members[name].positions[place];
            if !held.is_free() && self.markets[held.market].final_ts != 0 {
                first = first.or(Some((place, held.market)));
                net += self.sell_to_house(name, place);
            }
        }
        if winds_down {
            self.close_out_for_good(name, net);
        } else if let Some((place, market)) = first {
            // A loss is not settled beyond the net of all markets, as in `settle` by others.
            let paid = if net < 0 {
                -(-net).min(loss_of_all).min(self.members[name].margin)
            } else {
                net.min(self.drawable(market))
            };
            self.move_cash(name, paid);
            self.book_result(name, paid);
            if net != paid {
                // The rest stays in the flat slot.
                let raw = (net - paid) * self.markets[market].scale;
                let premium_paid = self.markets[market].premium_index;
                self.member(name).positions[place] =
                    Position { market, raw, premium_paid, ..Position::default() };
            }
        }
        self.end_house_round();
    }

    fn close_out_for_good(&mut self, name: &str, net: Int) {
        self.require(self.members[name].margin + net >= 0, Reason::MemberInsolvent);
        if !self.refused.is_empty() {
            return;
        }
        self.move_cash(name, net.min(0));
        self.collect_assessment(name, self.members[name].margin);
        self.forget_exposure(name);
        let member = self.member(name);
        member.status = MemberStatus::ClosedOut;
        member.claim = net.max(0);
    }

    /// Gains rounded down, losses up; the fraction stays with the house. Returns the profit.
    fn sell_to_house(&mut self, name: &str, place: usize) -> Int {
        let index = self.members[name].positions[place].market;
        let house_before = self.house_lots(index);
        self.markets[index].house_waived = None;
        let (lots, raw) = self.touch_position(name, index).unwrap_or_default();
        let at = &mut self.markets[index];
        let profit = money(profit_raw(lots, raw, at.price), at.scale);
        at.house_raw += raw - profit * at.scale;
        self.member(name).positions[place] = Position::default();
        self.book_crowding(index);
        self.join_house(index, house_before);
        profit
    }

    /// Whether governance may name a price: only for a silent market, within the stress rate of its
    /// last mean.
    pub(crate) fn require_nameable(&mut self, market: usize, price: Int) {
        let at = &self.markets[market];
        let mean = at.pin_at(self.clock.ts);
        let near = (price - mean).abs() <= part(mean, at.params.rates.stress).down();
        let is_final = at.final_ts != 0;
        self.require(!is_final, Reason::MarketClosed);
        self.require(!self.is_fresh(market), Reason::OracleNotSilent);
        self.require(price > 0 && near, Reason::FinalMarkTooFar);
    }

    fn require_wind_down(&mut self) {
        self.require(self.status == FundStatus::WindDown, Reason::NotWindDown);
    }

    /// A wind-down can be averted until it has made a mark final or closed a member out.
    pub(crate) fn is_wind_down_fixed(&self) -> bool {
        let has_final =
            self.markets.iter().any(|market| market.final_ts != 0 && market.final_ts >= self.wind_down_ts);
        has_final || self.in_status(MemberStatus::ClosedOut) > 0
    }

    /// Returns `true` if no price was taken for so many slots; a final mark needs none.
    pub(crate) fn is_unheard(&self, market: usize, slots: Int) -> bool {
        let market = &self.markets[market];
        market.final_ts == 0 && self.clock.slot - market.slot >= slots
    }
}

/// Pay-out of a wind-down.
impl Model {
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
