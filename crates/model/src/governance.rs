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
        };
        let leave = if safer { 0 } else { self.params.notice_secs + self.params.claim_window_secs };
        let ready_secs = self.exit.secs() + DAY_SECS + leave;
        let queued = QueuedChange { change, ready_secs, expires_secs: ready_secs + WINDOW_SECS };
        self.changes.insert(self.governance_nonce as u64, queued);
        self.governance_nonce += 1;
    }

    /// No trade may use up an initial margin, however calm the market: the fee cannot rise, and a
    /// market's least initial margin is beyond what a trade at the edge of the band can lose.
    fn require_sound(&mut self, change: &Change) {
        let sound = match change {
            Change::Fund(params) => params.clearing_fee_bps <= self.params.clearing_fee_bps,
            Change::Market(_, params) => {
                let least = part(params.rates.initial, params.multiplier_min_bps).down();
                least > 2 * params.price_band_bps + self.params.clearing_fee_bps
            }
        };
        self.require(sound, Reason::MarginWithinPriceBand);
    }

    /// `apply_change`
    pub(crate) fn apply_change(&mut self, number: u64) {
        let queued = self.changes.remove(&number).expect("a change");
        let (now, end) = (self.exit.secs(), self.window_end(queued.ready_secs, queued.expires_secs));
        self.require(now >= queued.ready_secs, Reason::ChangeNotReady);
        self.require(now < end, Reason::ChangeExpired);
        self.require_sound(&queued.change);
        self.governance_nonce += 1;
        match queued.change {
            Change::Fund(params) => self.params = params,
            Change::Market(market, params) => self.markets[market].adopt(params),
        }
    }

    /// `veto_change`
    pub(crate) fn veto_change(&mut self, number: u64) {
        self.changes.remove(&number);
        self.governance_nonce += 1;
    }
}
