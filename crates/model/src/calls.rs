//! `enforce_call`: assessments, and contributions below what positions require. docs/waterfall.md

use crate::{
    number::Int,
    reason::Reason,
    requirements::Risk,
    state::{FundStatus, Model},
};

impl Model {
    /// `enforce_call`
    pub(crate) fn enforce_call(&mut self, name: &str) {
        self.require_registered(name);
        let mut risk = self.risk(name);
        let assessed = self.collect_assessment(name, risk.free(self.members[name].margin));
        let member = &self.members[name];
        let unsettled = assessed > 0 && member.shares > 0 && member.share_epoch != self.share_epoch;
        let waits = unsettled || self.exits_blocked() || self.status == FundStatus::WindDown;
        risk.contribution -= risk.locked.contribution; // nobody is called for what a taking locks
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
            self.set_call(name, missing, self.exit.secs() + self.params.call_secs);
            return true;
        }
        let margin = self.members[name].margin;
        let free = risk.free(margin).min(margin);
        if self.exit.secs() < self.members[name].call_due_secs || free == 0 {
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
        self.note_bought(name, minted, amount);
        self.note_contribution(name, amount);
        if amount > missing {
            self.set_call(name, 0, 0);
        }
        true
    }

    /// The amount of a contribution call that is due, as far as contribution is still missing. A
    /// wind-down asks for none.
    pub(crate) fn call_due(&self, name: &str, risk: &Risk) -> Int {
        let member = &self.members[name];
        let is_due = member.call_amount > 0 && member.call_due_secs <= self.exit.secs();
        if !is_due || !member.has_positions() || self.status == FundStatus::WindDown {
            return 0;
        }
        let missing = self.required_contribution(risk) - self.contribution(name);
        member.call_amount.min(missing.max(0))
    }

    pub(crate) fn set_call(&mut self, name: &str, amount: Int, due_secs: Int) {
        let member = self.member(name);
        if member.call_amount != amount {
            member.call_amount = amount;
            member.call_due_secs = due_secs;
        }
    }
}
