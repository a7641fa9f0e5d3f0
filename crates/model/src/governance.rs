//! Governance: pauses, the treasury, and queued changes. docs/governance.md, section 9.

use crate::{
    closing::HOUR_SECS,
    exit::{DAY_SECS, EXIT_WINDOW_SLOTS},
    number::{part, Int},
    op::Settings,
    params::{FundParams, MarketParams},
    reason::Reason,
    state::{Change, FundStatus, Market, Model, Pause, QueuedChange, Silence, TreasuryExit},
};

/// What a pause can stop.
pub(crate) const OPEN_MEMBER: u8 = 1;
pub(crate) const CONTRIBUTE: u8 = 2;
pub(crate) const NOVATE: u8 = 4;
pub(crate) const WITHDRAW_MARGIN: u8 = 8;

const MOST_PAUSE_SECS: Int = 3 * DAY_SECS;
/// The authority ends a pause early with so much delay.
const UNPAUSE_SECS: Int = 3_600;
/// Time in which a change can be applied.
const WINDOW_SECS: Int = 14 * DAY_SECS;
/// How often the guardian may veto its own replacement.
const GUARDIAN_VETO_SECS: Int = 92 * DAY_SECS;

/// Pauses.
impl Model {
    pub(crate) fn require_not_paused(&mut self, bit: u8) {
        let part = &self.pauses[bit.trailing_zeros() as usize];
        self.require(self.clock.ts >= part.expires_ts, Reason::Paused);
    }

    /// `pause`, the guardian's: ends by itself, and the next one of the same part must wait as long
    /// as it was paused. It consumes no nonce.
    pub(crate) fn pause(&mut self, bits: u8, secs: Int) {
        let now = self.clock.ts;
        self.require(bits > 0 && bits < 16, Reason::ParameterOutOfBounds);
        self.require((1..=MOST_PAUSE_SECS).contains(&secs), Reason::PauseTooLong);
        for part in (0..4).filter(|part| bits & 1 << part != 0) {
            self.require(now >= self.pauses[part].allowed_ts, Reason::PauseTooLong);
            self.pauses[part] = Pause { start_ts: now, expires_ts: now + secs, allowed_ts: now + 2 * secs };
        }
    }

    /// `end_pause`, the authority's: an hour from now.
    pub(crate) fn end_pause(&mut self, bits: u8) {
        let end = self.clock.ts + UNPAUSE_SECS;
        self.governance_nonce += 1;
        self.require(bits > 0 && bits < 16, Reason::ParameterOutOfBounds);
        for part in (0..4).filter(|part| bits & 1 << part != 0) {
            let part = &mut self.pauses[part];
            if part.expires_ts > end {
                part.expires_ts = end;
                part.allowed_ts = end + (end - part.start_ts);
            }
        }
    }
}

/// The treasury.
impl Model {
    /// `fund_treasury`
    pub(crate) fn fund_treasury(&mut self, funder: &str, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        self.treasury += amount;
        self.pull(funder, amount);
    }

    /// `request_treasury`: the treasury leaves like a contribution does. It stays liable until it
    /// is paid.
    pub(crate) fn request_treasury(&mut self, to: &str, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        self.require(self.treasury_exit.is_none(), Reason::WithdrawalPending);
        self.governance_nonce += 1;
        let ready_secs = self.exit.secs() + self.params.notice_secs;
        self.treasury_exit = Some(TreasuryExit { to: to.into(), amount, ready_secs, exit_ready_secs: 0 });
    }

    /// `cancel_treasury`
    pub(crate) fn cancel_treasury(&mut self) {
        self.require(self.treasury_exit.is_some(), Reason::NoWithdrawal);
        self.governance_nonce += 1;
        self.treasury_exit = None;
    }

    /// `claim_treasury`: the first call commits, the second pays, never while exits are
    /// blocked, never below the floor (rounded up, as long as there are members), and only if what
    /// is left covers the two largest exposures.
    pub(crate) fn claim_treasury(&mut self) {
        let Some(exit) = self.treasury_exit.clone() else {
            return self.require(false, Reason::NoWithdrawal);
        };
        let now = self.exit.secs();
        self.require(!self.exits_blocked() && self.waivers_hold(), Reason::LossPending);
        self.require_claim_window(exit.ready_secs);
        self.release_rewards(); // without shares they are the treasury's
        let left = self.treasury - exit.amount;
        self.require(left >= self.treasury_floor(), Reason::TreasuryFloor);
        self.require(self.covers_two(left, self.contributions, None), Reason::CoverTwoExceeded);
        // It stands for what the houses of silent markets may still lose.
        let covering = left + self.present_round().money;
        self.require(self.waived_at_risk() <= covering, Reason::LossPending);
        let delay = self.in_secs(self.params.exit_delay_slots);
        if delay > 0 && exit.exit_ready_secs == 0 {
            self.treasury_exit = Some(TreasuryExit { exit_ready_secs: now + delay, ..exit });
            return;
        }
        // Renewed at will it would be an option to leave in a crash.
        let is_missed = delay > 0 && now >= exit.exit_ready_secs + self.in_secs(EXIT_WINDOW_SLOTS);
        self.require(now >= exit.exit_ready_secs || delay == 0, Reason::WithdrawalNotDue);
        self.require(!is_missed, Reason::WithdrawalExpired);
        self.treasury_exit = None;
        self.treasury -= exit.amount;
        self.pay(&exit.to, exit.amount);
    }
}

/// The treasury's floor.
impl Model {
    /// Rounded up in favour of members; a closed fund has none.
    pub(crate) fn treasury_floor(&self) -> Int {
        let closed = self.status == FundStatus::WindDown && self.members.is_empty();
        let relative = part(self.contributions, self.params.treasury_floor_bps).up();
        if closed {
            0
        } else {
            relative.max(self.params.treasury_floor)
        }
    }
}

/// Which changes are safer: only what cannot block, liquidate or lock anybody.
impl FundParams {
    fn is_safer(&self, settings: &Settings) -> bool {
        settings.iter().all(|(name, value)| {
            let now = self.get(name).unwrap_or(*value);
            match name.as_str() {
                // They bind the authority alone.
                "treasury_floor" | "treasury_floor_bps" => *value >= now,
                // It is asked of trades that raise open interest, of nothing else.
                "crowding_limit_bps" => *value <= now,
                _ => *value == now,
            }
        })
    }
}

impl MarketParams {
    fn is_safer(&self, settings: &Settings) -> bool {
        settings.iter().all(|(name, value)| {
            let now = self.get(name).unwrap_or(*value);
            match name.as_str() {
                // It is asked of trades that raise open interest, of nothing else.
                "max_open_interest" => *value <= now,
                _ => *value == now,
            }
        })
    }
}

/// Queued changes.
impl Model {
    /// Whether a change is safer than what is in force now.
    fn is_safer(&self, change: &Change) -> bool {
        match change {
            Change::Fund(settings) => self.params.is_safer(settings) && !self.moves_floor(settings),
            Change::Market(market, settings) => self.markets[*market].params.is_safer(settings),
            _ => false,
        }
    }

    /// Whether a change moves a loss of a cover between treasury and contributions.
    fn moves_floor(&self, settings: &Settings) -> bool {
        let moves =
            |name: &str| settings.get(name).is_some_and(|value| Some(*value) != self.params.get(name));
        self.covers_alive() > 0 && (moves("treasury_floor") || moves("treasury_floor_bps"))
    }

    /// How long a change waits, as judged now: a day; with notice period and claim window on top,
    /// unless it is safer.
    fn wait_secs(&self, change: &Change) -> Int {
        let leave =
            if self.is_safer(change) { 0 } else { self.params.notice_secs + self.params.claim_window_secs };
        DAY_SECS + leave
    }

    /// `queue_change`
    pub(crate) fn queue_change(&mut self, change: Change) {
        self.require_sound(&change);
        // A mended feed whose prices all convert exactly cannot wait for exits that its silence may
        // block.
        let is_wall_time = match change {
            Change::FeedDecimals(market, decimals) => self.mends(market, decimals),
            _ => false,
        };
        let (queued_secs, wait_secs) = (self.now_for(is_wall_time), self.wait_secs(&change));
        if let (&Change::FeedDecimals(market, _), true) = (&change, is_wall_time) {
            // The end of a dead feed waits for it: once a silence, or it could be put off for ever.
            let market = &mut self.markets[market];
            if market.mend_since_ts != market.publish_ts {
                market.mend_since_ts = market.publish_ts;
                market.mend_until_ts = queued_secs + wait_secs + WINDOW_SECS;
            }
        }
        let queued = QueuedChange { change, queued_secs, queued_ts: self.clock.ts, wait_secs, is_wall_time };
        self.changes.insert(self.governance_nonce as u64, queued);
        self.governance_nonce += 1;
    }

    /// A change of the decimals makes a feed readable that is silent for them.
    fn mends(&self, market: usize, decimals: u32) -> bool {
        let at = &self.markets[market];
        at.silence == Silence::Exponent && decimals <= at.params.price_decimals
    }

    /// When a change can be applied: it waits for the longer time, as judged when it was queued and
    /// as judged against what is in force now.
    pub fn change_ready_secs(&self, queued: &QueuedChange) -> Int {
        queued.queued_secs + queued.wait_secs.max(self.wait_secs(&queued.change))
    }

    /// No trade may use up an initial margin, however calm the market: the fee cannot rise, and a
    /// market's least initial margin is beyond what a trade at the edge of the band can lose.
    fn require_sound(&mut self, change: &Change) {
        let now = self.clock.ts;
        match *change {
            Change::Fund(ref settings) => {
                let params = self.params.with(settings);
                let fee = params.as_ref().map(|params| params.clearing_fee_bps);
                self.require(params.is_some(), Reason::ParameterOutOfBounds);
                self.require(fee <= Some(self.params.clearing_fee_bps), Reason::MarginWithinPriceBand);
                if let Some(params) = &params {
                    self.require(params.are_sound_for_covers(), Reason::ParameterOutOfBounds);
                    let promised = self.params.cover_min_notice_secs;
                    let keeps = params.cover_budget_bps > 0 && params.cover_min_notice_secs >= promised;
                    self.require(self.covers_alive() == 0 || keeps, Reason::CoversLive);
                }
                // The end of a wind-down that has begun stays.
                let wait = params.as_ref().map(|params| params.wind_down_secs);
                let keeps_end = wait == Some(self.params.wind_down_secs);
                self.require(self.status != FundStatus::WindDown || keeps_end, Reason::WindDown);
            }
            Change::Market(market, ref settings) => {
                let Some(params) = self.markets[market].params.with(settings) else {
                    return self.require(false, Reason::ParameterOutOfBounds);
                };
                self.require_band(&params);
                // A final mark is named within it.
                let widens = params.rates.stress > self.markets[market].params.rates.stress;
                self.require(!widens || self.is_fresh(market), Reason::StaleMark);
                if params.expires_ts != self.markets[market].params.expires_ts {
                    let is_late =
                        params.expires_ts == 0 || params.expires_ts >= now + self.params.notice_secs;
                    self.require(is_late, Reason::ClosingTooSoon);
                    self.require(self.is_fresh(market), Reason::StaleMark);
                    self.require_movable(market);
                }
            }
            Change::FeedDecimals(_, decimals) => self.require(decimals <= 18, Reason::ParameterOutOfBounds),
            Change::NewMarket(ref params) => self.require_band(params),
            Change::Close(market, end_ts) => {
                self.require(end_ts >= now + self.params.notice_secs, Reason::ClosingTooSoon);
                self.require(self.is_fresh(market), Reason::StaleMark);
                self.require_movable(market);
            }
            Change::FinalMark(market, price) => self.require_nameable(market, price),
            Change::NewCover(ref terms) => self.require(terms.are_sound(), Reason::ParameterOutOfBounds),
            Change::Guardian | Change::RaiseCover(..) | Change::ResumeCover(_) => {}
        }
    }

    /// An end stays from the beginning of its last hour on.
    fn require_movable(&mut self, market: usize) {
        let is_near = self.end_ts(market).is_some_and(|end_ts| self.clock.ts + HOUR_SECS >= end_ts);
        let is_final = self.markets[market].final_ts != 0;
        self.require(!is_near && !is_final, Reason::MarketClosed);
    }

    /// Seconds of the clock that a change waits by.
    fn now_for(&self, is_wall_time: bool) -> Int {
        if is_wall_time {
            self.clock.ts
        } else {
            self.exit.secs()
        }
    }

    fn require_band(&mut self, params: &MarketParams) {
        let least = part(params.rates.initial, params.multiplier_min_bps).down();
        let lost = 2 * params.price_band_bps + self.params.clearing_fee_bps;
        self.require(least > lost, Reason::MarginWithinPriceBand);
    }

    /// `apply_change`: sets what the change names, and nothing else.
    pub(crate) fn apply_change(&mut self, number: u64) {
        let queued = self.changes.remove(&number).expect("a change");
        let (now_secs, ready_secs) = (self.now_for(queued.is_wall_time), self.change_ready_secs(&queued));
        self.require(now_secs >= ready_secs, Reason::ChangeNotReady);
        let expires_secs = ready_secs + WINDOW_SECS;
        let end = match queued.is_wall_time {
            true => expires_secs,
            false => self.window_end(ready_secs, expires_secs),
        };
        self.require(now_secs < end, Reason::ChangeExpired);
        // Pauses keep margins in: what waits until everybody could have left waits a week then.
        let paused_ts = self.pauses[2].expires_ts.max(self.pauses[3].expires_ts);
        let wait = queued.wait_secs.max(self.wait_secs(&queued.change));
        if wait > DAY_SECS && paused_ts > queued.queued_ts {
            let least = queued.queued_ts + 2 * MOST_PAUSE_SECS + DAY_SECS;
            self.require(self.clock.ts >= least, Reason::ChangeNotReady);
        }
        // One that was kept back does not come into force while nobody can leave.
        let locks = wait > DAY_SECS && !queued.is_wall_time;
        self.require(!locks || !self.exits_blocked(), Reason::LossPending);
        if let (&Change::FeedDecimals(market, decimals), true) = (&queued.change, queued.is_wall_time) {
            self.require(self.mends(market, decimals), Reason::OracleNotSilent);
        }
        self.require_sound(&queued.change);
        if !self.refused.is_empty() {
            return;
        }
        self.governance_nonce += 1;
        match queued.change {
            Change::Fund(settings) => self.params = self.params.with(&settings).expect("known names"),
            Change::Market(market, settings) => {
                let params = self.markets[market].params.with(&settings).expect("known names");
                let now = self.clock.ts;
                self.markets[market].run_until(now);
                self.markets[market].adopt(params);
            }
            Change::FeedDecimals(market, decimals) => {
                self.markets[market].params.feed_decimals = decimals;
                self.markets[market].mend_until_ts = 0;
            }
            Change::Close(market, end_ts) => self.markets[market].closing_ts = end_ts,
            Change::FinalMark(market, price) => self.markets[market].named = Some(price),
            Change::NewMarket(params) => {
                let (quote_decimals, ts) = (self.params.quote_decimals, self.clock.ts);
                self.markets.push(Market::new(params, quote_decimals, ts));
            }
            Change::Guardian => self.guardian_veto_ts = None,
            Change::NewCover(terms) => self.open_cover(terms),
            Change::RaiseCover(cover, limit) => self.raise_cover(cover, limit),
            Change::ResumeCover(cover) => self.resume_cover(cover, queued.queued_ts),
        }
    }

    /// `veto_change`: the guardian may veto its own replacement once in 92 days. It consumes no
    /// nonce, by whomever.
    pub(crate) fn veto_change(&mut self, number: u64, by_guardian: bool) {
        let queued = self.changes.remove(&number).expect("a change");
        if by_guardian && queued.change == Change::Guardian {
            let now = self.clock.ts;
            // One that was queued within the time counts as within it: a long timelock must not bring
            // the guardian to its next veto.
            let asked_ts = queued.queued_ts;
            let may = self.guardian_veto_ts.is_none_or(|last| {
                now - last >= GUARDIAN_VETO_SECS && !(last..last + GUARDIAN_VETO_SECS).contains(&asked_ts)
            });
            self.require(may, Reason::VetoedTooOften);
            self.guardian_veto_ts = Some(now);
        }
    }
}
