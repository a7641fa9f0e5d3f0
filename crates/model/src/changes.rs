//! Changes of parameters: docs/governance.md.

use crate::{
    number::{part, Int},
    params::{FundParams, MarketParams},
    reason::Reason,
    state::{Change, Model, QueuedChange},
};

const DAY_SECS: Int = 24 * 60 * 60;
/// How long a change can be applied.
const WINDOW_SECS: Int = 14 * DAY_SECS;

impl FundParams {
    /// Whether these only lower the contributors' risk: what limits it is tighter, everything else equal.
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
    /// The same of a market.
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
    /// `queue_change`: a day; with notice period and claim window on top, unless it can only lower the contributors' risk.
    pub(crate) fn queue_change(&mut self, change: Change) {
        self.require_sound(&change);
        let safer = match &change {
            Change::Fund(params) => params.is_safer_than(&self.params),
            Change::Market(market, params) => params.is_safer_than(&self.markets[*market].params),
        };
        let leave = if safer { 0 } else { self.params.notice_secs + self.params.claim_window_secs };
        let ready_ts = self.clock.ts + DAY_SECS + leave;
        let queued = QueuedChange { change, ready_ts, expires_ts: ready_ts + WINDOW_SECS };
        self.changes.insert(self.governance_nonce as u64, queued);
        self.governance_nonce += 1;
    }

    /// No trade may use up an initial margin, however calm the market: the fee cannot rise, and a market's least initial margin is
    /// beyond what a trade at the edge of the band can lose.
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
        self.require(self.clock.ts >= queued.ready_ts, Reason::ChangeNotReady);
        self.require(self.clock.ts <= queued.expires_ts, Reason::ChangeExpired);
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
