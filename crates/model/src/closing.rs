//! The end of a market and of a fund: closing, final marks, close-out and pay-out (section 3), and
//! layer 7.

use crate::{
    number::{part, quotient, Int},
    positions::{money, profit_raw},
    reason::Reason,
    state::{FundStatus, Hour, Market, MemberStatus, Model, Position, MAX_POSITIONS},
};

pub(crate) const HOUR_SECS: Int = 3_600;
/// A feed that comes back within so many seconds cancels the end that its silence has started.
const DEAD_NOTICE_SECS: Int = 72 * HOUR_SECS;

/// The hour before the end.
impl Market {
    /// The hour before an end, as of now: `price_seconds += last * overlap`, of the time that the
    /// last print covers. Another end starts anew, from the last crank. If under half is covered
    /// when the end has come, the hour goes on for another one, whoever comes by when.
    pub(crate) fn hour_as_of(&self, end_ts: Int, now: Int) -> Hour {
        let anew = Hour { end_ts, counted_ts: self.crank_ts, ..Hour::default() };
        let mut hour = if self.hour.end_ts == end_ts { self.hour } else { anew };
        self.cover(&mut hour, now.min(end_ts));
        hour.is_extended |= now >= end_ts && 2 * hour.covered < HOUR_SECS;
        let over_ts = hour.over_ts();
        self.cover(&mut hour, now.min(over_ts));
        hour
    }

    fn cover(&self, hour: &mut Hour, until: Int) {
        let from = hour.counted_ts.max(hour.end_ts - HOUR_SECS);
        let secs = (until.min(self.covers_until_ts) - from).max(0);
        hour.sum += self.spot * secs;
        hour.covered += secs;
        hour.counted_ts = hour.counted_ts.max(until);
    }

    /// When the final mark of an end is known: at the end of the hour, or at the end itself if
    /// governance has named it.
    fn due_ts(&self, hour: &Hour) -> Int {
        if self.named.is_some() && hour.is_short() {
            hour.end_ts
        } else {
            hour.over_ts()
        }
    }

    /// A certain print within the hour before an end is taken as what the final mark will be if it
    /// lasts, rounded down, with the part of the confidence that can still move it, rounded up.
    pub(crate) fn take_within_hour(&mut self, end: Option<Int>, print: (Int, Int), now: Int) -> (Int, Int) {
        let (price, confidence) = print;
        let Some(end_ts) = end.filter(|end_ts| now >= end_ts - HOUR_SECS) else { return print };
        self.hour = self.hour_as_of(end_ts, now);
        let rest = self.hour.rest_at(now);
        let all = self.hour.covered + rest;
        if self.hour.covered == 0 {
            return print;
        }
        let mean = quotient(self.hour.sum + price * rest, 1, all).down();
        (mean, quotient(confidence, rest, all).up())
    }
}

impl Hour {
    /// When it is over, an extension included.
    fn over_ts(&self) -> Int {
        self.end_ts + if self.is_extended { HOUR_SECS } else { 0 }
    }

    fn is_short(&self) -> bool {
        2 * self.covered < HOUR_SECS
    }

    /// Seconds until it is over. An extension that no print can avert any more counts already.
    fn rest_at(&self, now: Int) -> Int {
        let until_end = (self.end_ts - now).max(0);
        let is_sure = self.is_extended || 2 * (self.covered + until_end) < HOUR_SECS;
        let over_ts = if is_sure { self.end_ts + HOUR_SECS } else { self.end_ts };
        (over_ts - now).max(0)
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

    /// In the last hour of a wind-down the marks are means of it, and its end stays.
    pub(crate) fn is_last_hour_of_wind_down(&self) -> bool {
        let end_ts = self.wind_down_ts + self.params.wind_down_secs;
        self.status == FundStatus::WindDown && self.clock.ts + HOUR_SECS >= end_ts
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
    /// market 72 hours later. The first oracle change that keeps the feed and was queued in this
    /// silence comes first.
    pub(crate) fn close_market(&mut self, market: usize) {
        let at = &self.markets[market];
        let last_ts = if at.price == 0 { at.opened_ts } else { at.publish_ts };
        let (is_final, is_dead) = (at.final_ts != 0, at.dead_ts != 0);
        let is_silent = self.clock.ts - last_ts >= at.params.dead_feed_secs;
        let is_mended = self.clock.ts < at.mend_until_ts;
        self.require(!is_final, Reason::MarketClosed);
        self.require(!is_dead, Reason::MarketClosing);
        self.require(is_silent, Reason::OracleNotSilent);
        self.require(!is_mended, Reason::OracleChangeQueued);
        self.markets[market].dead_ts = self.clock.ts + DEAD_NOTICE_SECS;
    }

    /// Whether the end of a market has come: its final mark is known, and no print changes it.
    pub fn has_ended(&self, market: usize) -> bool {
        let (at, now) = (&self.markets[market], self.clock.ts);
        self.end_ts(market).is_some_and(|end_ts| now >= at.due_ts(&at.hour_as_of(end_ts, now)))
    }

    /// `fix_final_mark`, anyone's: the mean of the hour. Under half coverage it is what governance
    /// has named, or the hour is extended once, or it is the last mean.
    pub(crate) fn fix_final_mark(&mut self, market: usize) {
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require(self.has_ended(market), Reason::FinalMarkNotDue);
        if !self.refused.is_empty() {
            return;
        }
        let at = &self.markets[market];
        let hour = at.hour_as_of(self.end_ts(market).unwrap_or_default(), self.clock.ts);
        let price = match at.named {
            _ if !hour.is_short() => quotient(hour.sum, 1, hour.covered).down(),
            Some(named) => named,
            None => at.pin_at(hour.over_ts()),
        };
        self.fix(market, price);
    }

    /// Makes a mark final, with a confidence of zero. Premiums that nobody has collected are the
    /// house's; the house counts as flat, and its result joins the sum of its round.
    fn fix(&mut self, market: usize, price: Int) {
        let ts = self.clock.ts;
        self.keep_pins(market);
        let at = &mut self.markets[market];
        at.price = price;
        at.confidence = 0;
        at.final_ts = ts;
        at.house_raw += std::mem::take(&mut at.premium_raw);
        at.house_waived = None;
        at.crowding = 0;
        self.join_house(market);
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
        let is_due = if winds_down { all == last } else { last > 0 };
        self.require(is_due, Reason::MarkNotFinal);
        let is_time = !winds_down || self.clock.ts >= self.wind_down_ts + self.params.wind_down_secs;
        self.require(is_time, Reason::FinalMarkNotDue);
        self.require_registered(name);
        if !self.refused.is_empty() {
            return;
        }
        let loss_of_all = (-self.net_profit(name)).max(0);
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
                net.min(self.free_pool())
            };
            self.move_cash(name, paid);
            self.book_result(name, paid);
            if net != paid {
                // The rest stays in the flat slot.
                let raw = (net - paid) * self.markets[market].scale;
                let premium_paid = self.markets[market].premium_index;
                let slot = self.members[name].positions[place];
                self.member(name).positions[place] = Position { market, raw, premium_paid, ..slot.emptied() };
            }
            self.report_exposure(name);
        }
        self.end_house_round();
    }

    fn close_out_for_good(&mut self, name: &str, net: Int) {
        // A claim pays a loss before margin does.
        let net = net + self.take_claim(name);
        self.require(self.members[name].margin + net >= 0, Reason::MemberInsolvent);
        if !self.refused.is_empty() {
            return;
        }
        self.is_wound_up = true;
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
        self.markets[index].house_waived = None;
        let (lots, raw) = self.touch_position(name, index).unwrap_or_default();
        let at = &mut self.markets[index];
        let profit = money(profit_raw(lots, raw, at.price), at.scale);
        at.house_raw += raw - profit * at.scale;
        self.member(name).positions[place] = self.members[name].positions[place].emptied();
        self.join_house(index);
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
            self.payout_claims = self.payout_left();
            self.payout_pool = self.free_pool().min(self.payout_claims);
            // All claims bear what they lack now; each gets its part of these units when it is paid.
            let lost = self.payout_claims - self.payout_pool;
            (self.payout_units, self.payout_loss_epoch) = (self.units_for(lost).down(), self.loss_epoch);
            self.enter(lost);
        }
        let before = self.payout_claims - self.payout_left();
        let claim = std::mem::take(&mut self.member(name).claim);
        let up_to = |claims| quotient(claims, self.payout_pool, self.payout_claims).down();
        let paid = up_to(before + claim) - up_to(before);
        self.move_cash(name, paid);
        let lost = claim - paid;
        self.residual -= lost.min(self.residual);
        if lost > 0 {
            let all = self.payout_claims - self.payout_pool;
            let units = quotient(self.payout_units, lost, all).up();
            self.bear_entered(name, lost, units, self.payout_loss_epoch);
        }
        if self.payout_left() == 0 {
            self.payout_claims = 0;
            self.end_recovery();
        }
    }
}
