//! Leaving the default fund: the exit clock, watches, and withdrawals of contributions. Section 7,
//! docs/shares.md, docs/exit.md 7 to 9.

use crate::{
    number::{part, quotient, Int},
    op::Op,
    reason::Reason,
    state::{Clock, ExitClock, Model, Used, Watch},
};

/// Slots in which a committed exit can be paid.
pub(crate) const EXIT_WINDOW_SLOTS: Int = 150;
pub(crate) const DAY_SECS: Int = 86_400;
/// A window in which exits have reopened has at least so many seconds left, once.
const REOPENED_SECS: Int = 3_600;
/// Milliseconds of slots that no second has used are kept for later ones, at most these.
const MOST_CARRY_MS: Int = 2_000;

impl Used {
    /// Seconds used on this day.
    pub(crate) fn on(&self, day: Int) -> Int {
        if self.day == day {
            self.secs
        } else {
            0
        }
    }

    /// Uses the seconds from one moment to another; of several days only the last counts.
    pub(crate) fn spend(&mut self, from: Int, to: Int) {
        if from < to {
            let day = (to - 1) / DAY_SECS;
            *self = Self { day, secs: self.on(day) + to - from.max(day * DAY_SECS) };
        }
    }
}

impl ExitClock {
    /// The reading, in whole seconds.
    pub fn secs(&self) -> Int {
        self.ms / 1_000
    }

    /// The reading in seconds of the clock that gains vest by.
    pub fn vest_secs(&self) -> Int {
        self.vest_ms / 1_000
    }
}

/// The exit clock.
impl Model {
    /// The day of chain time.
    pub(crate) fn day(&self) -> Int {
        self.clock.ts / DAY_SECS
    }

    /// Watches that have not ended, by themselves or by a call.
    pub fn open_watches(&self) -> usize {
        self.watches.values().filter(|watch| watch.end_ts > self.watches_swept_ts).count()
    }

    /// When the last grace or watch stops blocking exits by itself.
    fn cleared_until_ts(&self) -> Int {
        let watched = if self.open_watches() > 0 { self.watch_until_ts } else { 0 };
        self.grace_until_ts.max(watched)
    }

    /// The same, with what covers hold.
    fn blocked_until_ts(&self) -> Int {
        self.cleared_until_ts().max(self.hold_until_ts)
    }

    /// Whether something blocks exits that does not end by itself: clearing, or what covers are owed.
    fn is_held(&self) -> bool {
        self.is_clearing() || self.cover_owed() > 0
    }

    /// Whether clearing waits for an open default, an unpaid loss, or a house that has not been
    /// sold. Silent houses that are covered do not count.
    fn is_clearing(&self) -> bool {
        self.has_open_loss()
            || (0..self.markets.len()).any(|market| self.house_blocks(market))
            || self.held_for_waived() > 0
    }

    /// Returns `true` while exits are blocked: contributions neither leave nor enter.
    pub fn exits_blocked(&self) -> bool {
        self.is_held() || self.clock.ts < self.blocked_until_ts()
    }

    /// Returns `true` while clearing blocks exits, and not only a cover.
    pub fn blocked_for_clearing(&self) -> bool {
        self.is_clearing() || self.clock.ts < self.cleared_until_ts()
    }

    /// Whether an action moves the exit clock: whatever writes the fund.
    pub(crate) fn moves_exit_clock(op: &Op) -> bool {
        !op.is_of_policies()
            && !op.is_of_claims()
            && !matches!(
                op,
                Op::Crank { .. }
                    | Op::PostOffer { .. }
                    | Op::CancelOffer { .. }
                    | Op::TakeOffer { .. }
                    | Op::LapseTaking { .. }
                    | Op::Cancel { .. }
                    | Op::AgreeAssessment { .. }
                    | Op::SettleEpoch { .. }
                    | Op::CloseDefault { .. }
                    | Op::CloseMarket { .. }
                    | Op::Gift { .. }
                    | Op::Wait { .. }
                    | Op::Restart
            )
    }

    /// Counts the time since the last action: the part in which exits were open, at most two
    /// lengths of a slot for each slot, and what slots before have left over. Gains vest by the same
    /// count, which covers do not stop. Then books the seconds that graces and watches have blocked.
    pub(crate) fn advance_exit_clock(&mut self) {
        let (seen, until) = (self.exit.seen, self.blocked_until_ts());
        let now = Clock { ts: self.clock.ts.max(seen.ts), slot: self.clock.slot.max(seen.slot) };
        let open_from = if self.is_held() { now.ts } else { until.clamp(seen.ts, now.ts) };
        let allowed_ms = 2 * self.params.slot_ms * (now.slot - seen.slot) + self.exit.carry_ms;
        let clear_from =
            if self.is_clearing() { now.ts } else { self.cleared_until_ts().clamp(seen.ts, now.ts) };
        let vested_ms = ((now.ts - clear_from) * 1_000).min(allowed_ms);
        let counted_ms = ((now.ts - open_from) * 1_000).min(allowed_ms);

        let was_blocked = self.exit.blocked || !self.is_held() && until > seen.ts;
        let is_blocked = self.is_held() || now.ts < until;
        let reading = self.exit.secs();
        if was_blocked && !is_blocked {
            if reading >= self.exit.reopened + REOPENED_SECS {
                self.exit.series_since = reading;
            }
            self.exit.reopened = reading;
        }
        self.exit.blocked = is_blocked;
        self.exit.ms += counted_ms;
        self.exit.vest_ms += vested_ms;
        self.exit.carry_ms = (allowed_ms - vested_ms).min(MOST_CARRY_MS);
        self.exit.seen = now;

        self.grace_used.spend(seen.ts, now.ts.min(self.grace_until_ts));
        self.watch_used.spend(seen.ts, now.ts.min(self.watch_until_ts));
        if self.open_watches() > 0 && now.ts >= self.watch_until_ts {
            self.watches_swept_ts = self.watch_until_ts;
        }
    }

    /// When a window on the exit clock closes: exits that have reopened in it leave it at least an
    /// hour. Reopenings with less than an hour between each two are one series, known by its first
    /// and last: if the series spans the window's end, one of them was in its last hour.
    pub(crate) fn window_end(&self, opens: Int, closes: Int) -> Int {
        let ExitClock { series_since, reopened, .. } = self.exit;
        if series_since >= closes || reopened < opens {
            return closes;
        }
        closes.max(reopened.min(closes) + REOPENED_SECS)
    }
}

/// Watches.
impl Model {
    /// Every mark of a market that the member holds is recent, but for the silent ones.
    pub(crate) fn require_recent_or_silent(&mut self, name: &str) {
        let member = &self.members[name];
        let held: Vec<usize> =
            member.positions.iter().filter(|held| !held.is_free()).map(|held| held.market).collect();
        for market in held {
            self.require(!self.is_fresh(market) || self.is_recent(market), Reason::StaleMark);
        }
    }

    /// Whether a member owes more at the marks than its own contribution covers.
    fn owes_visibly(&mut self, name: &str) -> bool {
        self.require_recent_or_silent(name);
        let risk = self.risk(name);
        self.members[name].margin + risk.profit < -self.contribution(name)
    }

    /// `open_watch`: blocks exits for as long as the member and the fund have seconds left on this
    /// day.
    pub(crate) fn watch(&mut self, name: &str) {
        let (day, now) = (self.day(), self.clock.ts);
        let visible = self.owes_visibly(name);
        self.require(visible, Reason::EquityNotNegative);
        let running = self.watches.get(name).is_some_and(|watch| now < watch.end_ts);
        self.require(!running, Reason::AlreadyWatched);
        self.stop_watching(name);
        let own = self.params.watch_secs - self.members[name].watch_used.on(day);
        let secs = own.min(self.params.watch_day_secs - self.watch_used.on(day));
        self.require(secs > 0, Reason::WatchExhausted);
        self.watches.insert(name.into(), Watch { start_ts: now, end_ts: now + secs });
        self.watch_until_ts = self.watch_until_ts.max(now + secs);
    }

    /// `end_watch`: of a member that is sound, or when its time is over. If it was the last one,
    /// exits are free of watches.
    pub(crate) fn unwatch(&mut self, name: &str) {
        let watch = self.watches.get(name).copied();
        self.require(watch.is_some(), Reason::NotWatched);
        if watch.is_some_and(|watch| self.clock.ts < watch.end_ts) {
            let visible = self.owes_visibly(name);
            self.require(!visible, Reason::EquityNegative);
        }
        self.stop_watching(name);
    }

    /// Ends a watch, if there is one. Its time counts against the member's day.
    pub(crate) fn stop_watching(&mut self, name: &str) {
        let Some(watch) = self.watches.remove(name) else { return };
        let now = self.clock.ts;
        if watch.end_ts > self.watches_swept_ts && self.open_watches() == 0 {
            self.watch_until_ts = self.watch_until_ts.min(now);
        }
        self.member(name).watch_used.spend(watch.start_ts, now.min(watch.end_ts));
    }
}

/// Withdrawals.
impl Model {
    /// `request_withdrawal`
    pub(crate) fn request(&mut self, name: &str, shares: Int) {
        self.require(shares > 0, Reason::ZeroAmount);
        self.require(self.members[name].notice_shares == 0, Reason::WithdrawalPending);
        if !self.touch(name) {
            return;
        }
        self.require(shares <= self.members[name].shares, Reason::InsufficientShares);
        let ready = self.exit.secs() + self.params.notice_secs;
        self.clear_notice(name);
        let member = self.member(name);
        member.notice_shares = shares;
        member.notice_ready_secs = ready;
    }

    /// `cancel_withdrawal`
    pub(crate) fn cancel(&mut self, name: &str) {
        self.require(self.members[name].notice_shares > 0, Reason::NoWithdrawal);
        self.clear_notice(name);
    }

    pub(crate) fn clear_notice(&mut self, name: &str) {
        let member = self.member(name);
        member.notice_shares = 0;
        member.notice_ready_secs = 0;
        member.exit_ready_secs = 0;
        member.exit_renewed = false;
    }

    /// Refuses outside the claim window that opens at a reading of the clock.
    pub(crate) fn require_claim_window(&mut self, ready: Int) {
        let now = self.exit.secs();
        self.require(now >= ready, Reason::WithdrawalNotDue);
        let end = self.window_end(ready, ready + self.params.claim_window_secs);
        self.require(now < end, Reason::WithdrawalExpired);
    }

    /// `claim_withdrawal`: the first call commits, the second is paid after the exit delay. A
    /// member that holds positions meets initial margin by U2 afterwards.
    pub(crate) fn claim(&mut self, name: &str) {
        let now = self.exit.secs();
        let shares = self.members[name].notice_shares;
        let ready = self.members[name].notice_ready_secs;
        self.require(!self.exits_blocked() && self.waivers_hold(), Reason::LossPending);
        self.require(!self.has_cushion(name), Reason::CushionPending);
        self.require(shares > 0, Reason::NoWithdrawal);
        self.require_claim_window(ready);

        // The last shares take all rewards that are on their way.
        if shares == self.total_shares() {
            self.release_all_rewards();
        } else {
            self.release_rewards();
        }
        if !self.touch(name) {
            return;
        }
        let amount = self.redeemed(shares);
        let delay = self.in_secs(self.params.exit_delay_slots);
        let due = self.members[name].exit_ready_secs;
        if due == 0 {
            self.let_out(name, amount, ready);
            if delay > 0 {
                self.member(name).exit_ready_secs = now + delay;
                return;
            }
        }
        if delay > 0 {
            self.require(now >= due, Reason::WithdrawalNotDue);
            let missed = now >= due + self.in_secs(EXIT_WINDOW_SLOTS);
            // A block since the commitment voids nothing: the member commits itself again, once.
            let interrupted = self.exit.reopened >= due - delay;
            if missed && interrupted && !self.members[name].exit_renewed {
                let member = self.member(name);
                member.exit_ready_secs = now + delay;
                member.exit_renewed = true;
                return;
            }
            self.require(!missed, Reason::WithdrawalExpired);
        }

        self.require(self.locked(name).margin == 0, Reason::MarginLocked);
        self.burn(name, shares);
        self.clear_notice(name);
        self.contributions -= amount;
        self.note_contribution(name, -amount);
        if self.members[name].has_positions() {
            let risk = self.risk(name);
            let required = self.required_contribution(&risk);
            self.require(self.contribution(name) >= required, Reason::BelowRequiredContribution);
            self.require(risk.meets_initial(self.members[name].margin), Reason::BelowInitialMargin);
        }
        self.pay(name, amount);
    }

    /// Slots as seconds of the exit clock, rounded up in favour of those who stay.
    pub(crate) fn in_secs(&self, slots: Int) -> Int {
        quotient(slots, self.params.slot_ms, 1_000).up()
    }

    /// 11, 12: within the day's outflow, and covering the two largest exposures. 13: in the second
    /// half of the claim window in any case.
    fn let_out(&mut self, name: &str, amount: Int, ready: Int) {
        let overdue = self.exit.secs() >= ready + self.params.claim_window_secs / 2;
        if self.params.outflow_cap_bps > 0 {
            let within = self.flow_out(amount);
            self.require(overdue || within, Reason::OutflowCapReached);
        }
        self.require(overdue || self.covers_two_without(name, amount), Reason::CoverTwoExceeded);
    }

    /// 11: a bucket of half the cap, of contributions and what has left, that drains by as much in
    /// a day; whether it holds `amount`.
    fn flow_out(&mut self, amount: Int) -> bool {
        let (used, since) = self.outflow;
        let room = part(self.contributions + used, self.params.outflow_cap_bps).down() / 2;
        let drained = quotient(room, (self.clock.ts - since).max(0), DAY_SECS).down();
        let used = (used - drained).max(0) + amount;
        self.outflow = (used, since.max(self.clock.ts));
        used <= room
    }

    /// 12: with so much of a leaver's contribution gone, each exposure known, but for its own, is
    /// covered.
    fn covers_two_without(&self, leaver: &str, amount: Int) -> bool {
        self.covers_two(self.treasury, self.contributions - amount, Some(leaver))
    }

    /// Whether so much treasury and contributions cover each exposure known, but for one member's,
    /// beside what is pledged to covers.
    pub(crate) fn covers_two(&self, treasury: Int, contributions: Int, except: Option<&str>) -> bool {
        let known = self.exposures.iter().flatten();
        let mut counted = known.filter(|known| Some(known.member.as_str()) != except);
        let covered = counted.all(|known| {
            let mutual = treasury + (contributions - known.contribution).max(0) - self.pledged();
            known.stress_loss <= self.cover_limit(mutual.max(0))
        });
        covered && self.pledged() <= treasury + contributions
    }
}
