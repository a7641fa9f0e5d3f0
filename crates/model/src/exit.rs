//! Leaving the default fund: the exit clock, watches, and withdrawals of contributions. Section 7,
//! docs/shares.md, docs/adjustment.md 11 to 13.

use crate::{
    number::{part, quotient, Int},
    op::Op,
    reason::Reason,
    state::{Model, Used, Watch},
};

/// Slots in which a committed exit can be paid.
const EXIT_WINDOW_SLOTS: Int = 150;
pub(crate) const DAY_SECS: Int = 86_400;
/// A window in which exits were blocked has at least so much left when they reopen, once.
const REOPENED_MS: Int = 3_600_000;

impl Used {
    /// Seconds used on this day.
    pub(crate) fn on(&self, day: Int) -> Int {
        if self.day == day {
            self.secs
        } else {
            0
        }
    }

    /// Uses more of this day.
    pub(crate) fn use_up(&mut self, day: Int, secs: Int) {
        *self = Self { day, secs: self.on(day) + secs };
    }

    /// Gives back what was used on a day, if that day is not over.
    fn give_back(&mut self, day: Int, secs: Int) {
        if self.day == day {
            self.secs = (self.secs - secs).max(0);
        }
    }
}

/// The exit clock.
impl Model {
    /// The day of chain time.
    pub(crate) fn day(&self) -> Int {
        self.clock.ts / DAY_SECS
    }

    /// When the last grace or watch stops blocking exits by itself.
    fn blocked_until_ts(&self) -> Int {
        self.watches.values().map(|watch| watch.end_ts).fold(self.grace_until_ts, Int::max)
    }

    /// Whether something blocks exits that does not end by itself: an open default, an unpaid loss,
    /// a house that has not been sold.
    fn is_held(&self) -> bool {
        self.has_open_loss() || (0..self.markets.len()).any(|market| self.house_blocks(market))
    }

    /// Returns `true` while exits are blocked: contributions neither leave nor enter.
    pub fn exits_blocked(&self) -> bool {
        self.is_held() || self.clock.ts < self.blocked_until_ts()
    }

    /// Whether an action moves the exit clock: whatever writes the fund.
    pub(crate) fn moves_exit_clock(op: &Op) -> bool {
        !matches!(op, Op::Crank { .. } | Op::Gift { .. } | Op::Wait { .. } | Op::Restart)
    }

    /// Counts the time since the last action: the part in which exits were open, at most two
    /// lengths of a slot for each slot. Within one second nothing is counted, so that its slots are
    /// not lost.
    pub(crate) fn advance_exit_clock(&mut self) {
        let (seen, now) = (self.exit.seen, self.clock);
        if now.ts <= seen.ts {
            return;
        }
        let open_from = if self.is_held() { now.ts } else { self.blocked_until_ts().max(seen.ts) };
        let open_ms = (now.ts - open_from).max(0) * 1_000;
        self.exit.ms += open_ms.min(2 * self.params.slot_ms * (now.slot - seen.slot));
        self.exit.seen = now;
        self.watches.retain(|_, watch| watch.end_ts > now.ts);
    }

    /// Notes where the clock stands while exits are blocked. A block that follows within an hour of
    /// the clock adds nothing to what the one before has given.
    pub(crate) fn note_block(&mut self) {
        let since = self.exit.blocked_ms.map_or(REOPENED_MS, |blocked| self.exit.ms - blocked);
        if self.exits_blocked() && since >= REOPENED_MS {
            self.exit.blocked_ms = Some(self.exit.ms);
        }
    }

    /// The end of a window on the exit clock: if exits were blocked in it, it has at least an hour
    /// left when they reopen.
    fn window_end(&self, from_ms: Int, length_ms: Int) -> Int {
        let end = from_ms + length_ms;
        match self.exit.blocked_ms {
            Some(blocked) if (from_ms..=end).contains(&blocked) => end.max(blocked + REOPENED_MS),
            _ => end,
        }
    }
}

/// Watches.
impl Model {
    /// Whether a member owes more at the marks than its own contribution covers. Every mark that is
    /// not silent must be recent.
    fn owes_visibly(&mut self, name: &str) -> bool {
        let member = &self.members[name];
        let held: Vec<usize> = member.positions.iter().filter(|held| !held.is_free()).map(|held| held.market).collect();
        for market in held {
            self.require(!self.is_fresh(market) || self.is_recent(market), Reason::StaleMark);
        }
        let risk = self.risk(name);
        self.members[name].margin + risk.profit < -self.contribution(name)
    }

    /// `watch`: blocks exits for as long as the member and the fund have seconds left on this day.
    pub(crate) fn watch(&mut self, name: &str) {
        let (day, now) = (self.day(), self.clock.ts);
        let visible = self.owes_visibly(name);
        self.require(visible, Reason::EquityNotNegative);
        self.require(!self.watches.contains_key(name), Reason::AlreadyWatched);
        let own = self.params.watch_secs - self.members[name].watch_used.on(day);
        let secs = own.min(self.params.watch_day_secs - self.watch_used.on(day));
        self.require(secs > 0, Reason::WatchExhausted);
        self.member(name).watch_used.use_up(day, secs);
        self.watch_used.use_up(day, secs);
        self.watches.insert(name.into(), Watch { start_ts: now, end_ts: now + secs });
    }

    /// `end_watch`: the member is sound; what is left of the time is given back.
    pub(crate) fn unwatch(&mut self, name: &str) {
        let visible = self.owes_visibly(name);
        self.require(self.watches.contains_key(name), Reason::NotWatched);
        self.require(!visible, Reason::EquityNegative);
        self.stop_watching(name);
    }

    pub(crate) fn stop_watching(&mut self, name: &str) {
        if let Some(watch) = self.watches.remove(name) {
            let (day, left) = (watch.start_ts / DAY_SECS, watch.end_ts - self.clock.ts);
            self.member(name).watch_used.give_back(day, left);
            self.watch_used.give_back(day, left);
        }
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
        let ready = self.exit.ms + self.params.notice_secs * 1_000;
        let member = self.member(name);
        member.notice_shares = shares;
        member.notice_ready_ms = ready;
        member.exit_ready_ms = 0;
    }

    /// `cancel_withdrawal`
    pub(crate) fn cancel(&mut self, name: &str) {
        self.require(self.members[name].notice_shares > 0, Reason::NoWithdrawal);
        self.clear_notice(name);
    }

    pub(crate) fn clear_notice(&mut self, name: &str) {
        let member = self.member(name);
        member.notice_shares = 0;
        member.notice_ready_ms = 0;
        member.exit_ready_ms = 0;
    }

    /// `claim_withdrawal`: the first call commits, the second is paid after the exit delay. A
    /// member that holds positions meets initial margin by U2 afterwards.
    pub(crate) fn claim(&mut self, name: &str) {
        let now = self.exit.ms;
        let shares = self.members[name].notice_shares;
        let ready = self.members[name].notice_ready_ms;
        self.require(!self.exits_blocked(), Reason::LossPending);
        self.require(!self.has_cushion(name), Reason::CushionPending);
        self.require(shares > 0, Reason::NoWithdrawal);
        self.require(now >= ready, Reason::WithdrawalNotDue);
        let end = self.window_end(ready, self.params.claim_window_secs * 1_000);
        self.require(now <= end, Reason::WithdrawalExpired);

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
        let delay = self.params.exit_delay_slots;
        if self.members[name].exit_ready_ms == 0 {
            self.let_out(name, amount, ready);
            if delay > 0 {
                self.member(name).exit_ready_ms = now + delay * self.params.slot_ms;
                return;
            }
        }
        let exit_ready = self.members[name].exit_ready_ms;
        self.require(now >= exit_ready, Reason::WithdrawalNotDue);
        let end = self.window_end(exit_ready, EXIT_WINDOW_SLOTS * self.params.slot_ms);
        self.require(delay == 0 || now <= end, Reason::WithdrawalExpired);

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

    /// 11, 12: within the day's outflow, and covering the two largest exposures. 13: in the second
    /// half of the claim window in any case.
    fn let_out(&mut self, name: &str, amount: Int, ready: Int) {
        let overdue = self.exit.ms >= ready + self.params.claim_window_secs * 500;
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
        self.exposures.iter().flatten().filter(|known| known.member != leaver).all(|known| {
            let others = (self.contributions - amount - known.contribution).max(0);
            known.stress_loss <= self.cover_limit(self.treasury + others)
        })
    }
}
