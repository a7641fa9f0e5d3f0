//! Pause, treasury and changes of parameters: docs/governance.md.

use crate::{
    number::{part, Int},
    params::{FundParams, MarketParams},
    reason::Reason,
    state::{Change, FundStatus, Model, Pause, QueuedChange},
};

/// What a pause can stop.
pub(crate) const OPEN_MEMBER: u8 = 1;
pub(crate) const CONTRIBUTE: u8 = 2;
pub(crate) const NOVATE: u8 = 4;
pub(crate) const WITHDRAW_MARGIN: u8 = 8;

const MOST_PAUSE_SECS: Int = 3 * 24 * 60 * 60;

impl Model {
    pub(crate) fn require_not_paused(&mut self, bit: u8) {
        let paused = self.pause.bits & bit != 0 && self.clock.ts < self.pause.expires_ts;
        self.require(!paused, Reason::Paused);
    }

    /// `pause`: ends by itself, and the next one must wait as long again. No bits end it.
    pub(crate) fn pause(&mut self, bits: u8, secs: Int) {
        self.governance_nonce += 1;
        if bits == 0 {
            self.pause = Pause { bits: 0, expires_ts: 0, ..self.pause };
            return;
        }
        self.require(bits < 16, Reason::ParameterOutOfBounds);
        let may = (1..=MOST_PAUSE_SECS).contains(&secs) && self.clock.ts >= self.pause.allowed_ts;
        self.require(may, Reason::PauseTooLong);
        let expires_ts = self.clock.ts + secs;
        self.pause = Pause { bits, expires_ts, allowed_ts: expires_ts + secs };
    }

    /// `fund_treasury`
    pub(crate) fn fund_treasury(&mut self, funder: &str, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        self.treasury += amount;
        self.pull(funder, amount);
    }

    /// `withdraw_treasury`: never below the floor, rounded up, as long as there are members.
    pub(crate) fn withdraw_treasury(&mut self, to: &str, amount: Int) {
        self.require(!self.exits_blocked(), Reason::LossPending);
        self.require(amount > 0, Reason::ZeroAmount);
        self.governance_nonce += 1;
        self.release_rewards(); // without shares they are the treasury's
        let closed = self.status == FundStatus::WindDown && self.members.is_empty();
        let relative = part(self.contributions, self.params.treasury_floor_bps).up();
        let floor = if closed { 0 } else { relative.max(self.params.treasury_floor) };
        self.require(self.treasury - amount >= floor, Reason::TreasuryFloor);
        self.treasury -= amount;
        self.pay(to, amount);
    }
}

const DAY_SECS: Int = 24 * 60 * 60;
/// Time in which a change can be applied.
const WINDOW_SECS: Int = 14 * DAY_SECS;

impl FundParams {
    /// Returns `true` if these parameters can only lower the contributors' risk: every limit is
    /// equal or tighter, and everything else is equal.
    fn is_safer_than(&self, now: &Self) -> bool {
        let tighter = self.min_contribution >= now.min_contribution
            && self.treasury_floor >= now.treasury_floor
            && self.treasury_floor_bps >= now.treasury_floor_bps
            && self.notice_secs <= now.notice_secs
            && self.max_mark_age_slots <= now.max_mark_age_slots
            && self.cover_limit_bps <= now.cover_limit_bps;
        let rest = Self {
            min_contribution: now.min_contribution,
            treasury_floor: now.treasury_floor,
            treasury_floor_bps: now.treasury_floor_bps,
            notice_secs: now.notice_secs,
            max_mark_age_slots: now.max_mark_age_slots,
            cover_limit_bps: now.cover_limit_bps,
            ..self.clone()
        };
        tighter && rest == *now
    }
}

impl MarketParams {
    /// Does the same for a market.
    fn is_safer_than(&self, now: &Self) -> bool {
        let (rates, old) = (&self.rates, &now.rates);
        let tighter = rates.initial >= old.initial
            && rates.contribution >= old.contribution
            && rates.stress >= old.stress
            && self.max_open_interest <= now.max_open_interest
            && self.price_band_bps <= now.price_band_bps
            && self.concentration_lots <= now.concentration_lots
            && self.concentration_bps >= now.concentration_bps;
        let rest = Self {
            rates: crate::Rates { maintenance: rates.maintenance, ..now.rates },
            max_open_interest: now.max_open_interest,
            price_band_bps: now.price_band_bps,
            concentration_lots: now.concentration_lots,
            concentration_bps: now.concentration_bps,
            feed_decimals: now.feed_decimals, // the oracle's, which this change leaves alone
            ..self.clone()
        };
        tighter && rest == *now
    }
}

impl Model {
    /// `queue_change`: a day; with notice period and claim window on top, unless it can only lower
    /// the contributors' risk.
    pub(crate) fn queue_change(&mut self, change: Change) {
        self.require_sound(&change);
        let safer = match &change {
            Change::Fund(params) => params.is_safer_than(&self.params),
            Change::Market(market, params) => params.is_safer_than(&self.markets[*market].params),
            Change::FeedDecimals(..) | Change::Close(..) | Change::FinalMark(..) => false,
        };
        let leave = if safer { 0 } else { self.params.notice_secs + self.params.claim_window_secs };
        // A mended feed whose prices all convert exactly cannot wait for exits that its silence may
        // block.
        let is_wall_time = match change {
            Change::FeedDecimals(market, decimals) => decimals <= self.markets[market].params.price_decimals,
            _ => false,
        };
        let ready_secs = self.now_for(is_wall_time) + DAY_SECS + leave;
        let expires_secs = ready_secs + WINDOW_SECS;
        if let (&Change::FeedDecimals(market, _), true) = (&change, is_wall_time) {
            // The end of a dead feed waits for it: once a silence, or it could be put off for ever.
            let market = &mut self.markets[market];
            if market.mend_since_ts != market.publish_ts {
                market.mend_since_ts = market.publish_ts;
                market.mend_until_ts = expires_secs;
            }
        }
        let queued = QueuedChange { change, ready_secs, expires_secs, is_wall_time };
        self.changes.insert(self.governance_nonce as u64, queued);
        self.governance_nonce += 1;
    }

    /// No trade may use up an initial margin, however calm the market: the fee cannot rise, and a
    /// market's least initial margin is beyond what a trade at the edge of the band can lose.
    fn require_sound(&mut self, change: &Change) {
        let now = self.clock.ts;
        let sound = match change {
            Change::Fund(params) => params.clearing_fee_bps <= self.params.clearing_fee_bps,
            Change::Market(_, params) => {
                let least = part(params.rates.initial, params.multiplier_min_bps).down();
                least > 2 * params.price_band_bps + self.params.clearing_fee_bps
            }
            Change::FeedDecimals(..) | Change::Close(..) | Change::FinalMark(..) => true,
        };
        self.require(sound, Reason::MarginWithinPriceBand);
        match *change {
            Change::FeedDecimals(_, decimals) => self.require(decimals <= 18, Reason::ParameterOutOfBounds),
            Change::Close(market, end_ts) => {
                self.require(end_ts >= now + self.params.notice_secs, Reason::ClosingTooSoon);
                self.require_not_ended(market);
            }
            Change::Market(market, ref params)
                if params.expires_ts != self.markets[market].params.expires_ts =>
            {
                let is_late = params.expires_ts == 0 || params.expires_ts >= now + self.params.notice_secs;
                self.require(is_late, Reason::ClosingTooSoon);
                self.require_not_ended(market);
            }
            Change::FinalMark(market, price) => self.require_nameable(market, price),
            Change::Fund(_) | Change::Market(..) => {}
        }
    }

    /// An end that has come stays.
    fn require_not_ended(&mut self, market: usize) {
        let has_come = self.end_ts(market).is_some_and(|end_ts| self.clock.ts >= end_ts);
        let is_final = self.markets[market].final_ts != 0;
        self.require(!has_come && !is_final, Reason::MarketClosed);
    }

    /// Seconds of the clock that a change waits by.
    fn now_for(&self, is_wall_time: bool) -> Int {
        if is_wall_time {
            self.clock.ts
        } else {
            self.exit.secs()
        }
    }

    /// `apply_change`
    pub(crate) fn apply_change(&mut self, number: u64) {
        let queued = self.changes.remove(&number).expect("a change");
        let now_secs = self.now_for(queued.is_wall_time);
        self.require(now_secs >= queued.ready_secs, Reason::ChangeNotReady);
        let end = if queued.is_wall_time {
            queued.expires_secs
        } else {
            self.window_end(queued.ready_secs, queued.expires_secs)
        };
        self.require(now_secs < end, Reason::ChangeExpired);
        self.require_sound(&queued.change);
        self.governance_nonce += 1;
        match queued.change {
            Change::Fund(params) => self.params = params,
            Change::Market(market, params) => {
                let feed_decimals = self.markets[market].params.feed_decimals;
                self.markets[market].adopt(MarketParams { feed_decimals, ..params });
            }
            Change::FeedDecimals(market, decimals) => {
                self.markets[market].params.feed_decimals = decimals;
                self.markets[market].mend_until_ts = 0;
            }
            Change::Close(market, end_ts) => self.markets[market].closing_ts = end_ts,
            Change::FinalMark(market, price) => self.markets[market].named = Some(price),
        }
    }

    /// `veto_change`
    pub(crate) fn veto_change(&mut self, number: u64) {
        self.changes.remove(&number);
        self.governance_nonce += 1;
    }
}
