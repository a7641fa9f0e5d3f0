//! Accounts and margin.

use crate::{
    number::{Int, Q64},
    reason::Reason,
    state::{FundStatus, Member, MemberStatus, Model},
};

impl Model {
    /// `open_member`
    pub(crate) fn open_member(&mut self, name: &str) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require_not_paused(crate::governance::OPEN_MEMBER);
        let member = Member {
            share_epoch: self.share_epoch,
            loss_epoch: self.loss_epoch,
            cut_seen: self.due_round(),
            record_count: self.default_seq,
            assessment_cap_bps: self.params.assessment_cap_bps,
            ..Member::default()
        };
        self.members.insert(name.into(), member);
    }

    /// `close_member`: fractions of a unit are not payable.
    pub(crate) fn close_member(&mut self, name: &str) {
        self.require_registered(name);
        self.forget_exposure(name);
        let claims = self.claim_to_others(name) > 0;
        if !claims {
            self.take_claim(name); // a paid one leaves its round
        }
        let watched = self.watches.get(name).is_some_and(|watch| self.clock.ts < watch.end_ts);
        self.stop_watching(name);
        let is_locked = self.locked(name).margin > 0;
        let member = self.members.remove(name).expect("a member");
        let settled = matches!(member.status, MemberStatus::Active | MemberStatus::ClosedOut);
        let cushioned = self.has_cushion(name);
        let owed =
            member.margin + member.shares + member.claim + member.rewards / Q64 + member.loss_borne / Q64;
        self.require(
            settled
                && owed == 0
                && !member.has_positions()
                && !watched
                && !cushioned
                && !claims
                && !is_locked,
            Reason::MemberNotEmpty,
        );
    }

    /// `deposit_margin`
    pub(crate) fn deposit(&mut self, name: &str, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        self.require_registered(name);
        self.member(name).margin += amount;
        self.pull(name, amount);
    }

    /// `withdraw_margin`: an assessment that is due is collected first.
    pub(crate) fn withdraw(&mut self, name: &str, amount: Int) {
        self.require_not_paused(crate::governance::WITHDRAW_MARGIN);
        self.require(amount > 0, Reason::ZeroAmount);
        self.require_registered(name);
        let risk = self.risk(name);
        self.collect_assessment(name, risk.free(self.members[name].margin));
        self.require(amount <= self.members[name].margin, Reason::InsufficientMargin);
        self.member(name).margin -= amount;
        self.require_reserve(name, &risk);
        if self.members[name].has_positions() || risk.locked.margin > 0 {
            let seen = self.expose(name, &risk);
            self.require_covers(&seen);
        }
        self.pay(name, amount);
    }
}
