//! `enforce_call`: assessments, and contributions below what positions require. docs/waterfall.md

use crate::{
    number::Int,
    reason::Reason,
    requirements::Risk,
    state::{FundStatus, MemberStatus, Model},
};

impl Model {
    /// `enforce_call`
    pub(crate) fn enforce_call(&mut self, name: &str) {
        self.require(self.members[name].status != MemberStatus::Defaulted, Reason::MemberInDefault);
        let risk = self.risk(name);
        let assessed = self.collect_assessment(name, risk.free(self.members[name].margin));
        let member = &self.members[name];
        let unsettled = assessed > 0 && member.shares > 0 && member.share_epoch != self.share_epoch;
        let waits = unsettled || self.is_loss_pending() || self.status == FundStatus::WindDown;
        let called = !waits && self.call_contribution(name, &risk);
        self.require(assessed > 0 || called, Reason::NothingToCall);
    }

    /// Starts, enforces or ends a contribution call. Returns `true` if there was anything to do.
    fn call_contribution(&mut self, name: &str, risk: &Risk) -> bool {
        self.release_rewards();
        if !self.touch(name) {
            return false;
        }
        let required = if self.members[name].has_positions() { self.required_contribution(risk) } else { 0 };
        let missing = (required - self.contribution(name)).max(0);
        let was = self.members[name].call_amount;
        if missing == 0 {
            self.set_call(name, 0, 0);
            return was > 0;
        }
        if was == 0 {
            self.set_call(name, missing, self.clock.ts + self.params.call_secs);
            return true;
        }
        let free = risk.free(self.members[name].margin);
        if self.clock.ts < self.members[name].call_due_ts || free == 0 {
            return false;
        }
        // One unit more: what shares are worth is rounded down.
        let amount = (missing + 1).min(free);
        let minted = self.shares_for(amount);
        self.require(minted > 0, Reason::ZeroShares);
        let member = self.member(name);
        member.margin -= amount;
        member.shares += minted;
        self.contributions += amount;
        self.before.shares = 0;
        self.note_contribution(name, amount);
        if amount > missing {
            self.set_call(name, 0, 0);
        }
        true
    }

    fn set_call(&mut self, name: &str, amount: Int, due_ts: Int) {
        let member = self.member(name);
        if member.call_amount != amount {
            member.call_amount = amount;
            member.call_due_ts = due_ts;
        }
    }
}
