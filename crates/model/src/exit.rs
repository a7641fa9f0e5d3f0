//! Leaving the default fund: docs/shares.md, docs/exit.md 7 to 9.

use crate::{
    number::{part, quotient, Int},
    reason::Reason,
    state::{MemberStatus, Model},
};

/// Slots in which a committed exit can be paid.
const EXIT_WINDOW_SLOTS: Int = 150;
const DAY_SECS: Int = 86_400;

impl Model {
    /// `request_withdrawal`
    pub(crate) fn request(&mut self, name: &str, shares: Int) {
        self.require(self.members[name].status != MemberStatus::Defaulted, Reason::MemberInDefault);
        self.require(shares > 0, Reason::ZeroAmount);
        self.require(self.members[name].notice_shares == 0, Reason::WithdrawalPending);
        if !self.touch(name) {
            return;
        }
        self.require(shares <= self.members[name].shares, Reason::InsufficientShares);
        let ready = self.clock.ts + self.params.notice_secs;
        let member = self.member(name);
        member.notice_shares = shares;
        member.notice_ready_ts = ready;
        member.exit_slot = 0;
    }

    /// `cancel_withdrawal`
    pub(crate) fn cancel(&mut self, name: &str) {
        self.require(self.members[name].notice_shares > 0, Reason::NoWithdrawal);
        self.clear_notice(name);
    }

    pub(crate) fn clear_notice(&mut self, name: &str) {
        let member = self.member(name);
        member.notice_shares = 0;
        member.notice_ready_ts = 0;
        member.exit_slot = 0;
    }

    /// `claim_withdrawal`
    pub(crate) fn claim(&mut self, name: &str) {
        let (now, slot) = (self.clock.ts, self.clock.slot);
        let (status, shares) = (self.members[name].status, self.members[name].notice_shares);
        let ready = self.members[name].notice_ready_ts;
        self.require(status != MemberStatus::Defaulted, Reason::MemberInDefault);
        self.require(!self.is_loss_pending(), Reason::LossPending);
        self.require(shares > 0, Reason::NoWithdrawal);
        self.require(now >= ready, Reason::WithdrawalNotDue);
        self.require(now <= ready + self.params.claim_window_secs, Reason::WithdrawalExpired);

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
        if self.members[name].exit_slot == 0 {
            self.let_out(name, amount, ready);
            if delay > 0 {
                self.member(name).exit_slot = slot + delay;
                return;
            }
        }
        let exit_slot = self.members[name].exit_slot;
        self.require(slot >= exit_slot, Reason::WithdrawalNotDue);
        self.require(delay == 0 || slot <= exit_slot + EXIT_WINDOW_SLOTS, Reason::WithdrawalExpired);

        self.burn(name, shares);
        self.clear_notice(name);
        self.contributions -= amount;
        self.before.shares = 0;
        self.note_contribution(name, -amount);
        if self.members[name].has_positions() {
            let risk = self.risk(name);
            let required = self.required_contribution(&risk);
            self.require(self.contribution(name) >= required, Reason::BelowRequiredContribution);
        }
        self.pay(name, amount);
    }

    /// 11, 12: within the day's outflow, and covering the two largest exposures. 13: in the second
    /// half of the claim window in any case.
    fn let_out(&mut self, name: &str, amount: Int, ready: Int) {
        let overdue = self.clock.ts >= ready + self.params.claim_window_secs / 2;
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
