//! Losses that members have borne, and their recovery: docs/recoveries.md. `T` outstanding, `U` the
//! units it is held in.

use crate::{
    number::{quotient, Int, Q64},
    op::RecordId,
    reason::Reason,
    state::Model,
};

/// Units a base unit of loss buys when nothing is outstanding.
const UNITS: Int = 1 << 20;
/// With more units than this for a base unit outstanding a recovery waits until it can pay
/// everything.
const MOST_UNITS: Int = 1 << 40;

impl Model {
    /// 1: units that a loss buys, `x U / T`.
    pub(crate) fn units_for(&self, amount: Int) -> crate::number::Quotient {
        match self.outstanding {
            0 => quotient(amount, UNITS, 1),
            outstanding => quotient(amount, self.units, outstanding),
        }
    }

    /// 1: a loss into the book, its units rounded down: those who bear it get them rounded up.
    pub(crate) fn enter(&mut self, amount: Int) {
        self.units += self.units_for(amount).down();
        self.outstanding += amount;
    }

    /// Records a loss that this member bore directly, not through its shares.
    pub(crate) fn bear(&mut self, name: &str, amount: Int) {
        let units = self.units_for(amount).up();
        self.enter(amount);
        self.enter_loss_epoch(name);
        let member = self.member(name);
        member.loss_borne += amount * Q64;
        member.loss_units += units;
    }

    /// A member's part of a loss that was booked before, with units that are void if everything was
    /// recovered since.
    pub(crate) fn bear_entered(&mut self, name: &str, amount: Int, units: Int, loss_epoch: Int) {
        self.enter_loss_epoch(name);
        let is_void = loss_epoch != self.loss_epoch;
        let member = self.member(name);
        member.loss_borne += amount * Q64;
        member.loss_units += if is_void { 0 } else { units };
    }

    /// A defaulter gets nothing back of what it has lost while it owes as much. Returns what it gives up.
    pub(crate) fn give_up(&mut self, name: &str, amount: Int) -> Int {
        if amount == 0 || self.members[name].loss_units == 0 {
            return 0;
        }
        let before = self.outstanding;
        self.enter_loss_epoch(name);
        self.take_units(name, amount);
        let taken = before - self.outstanding;
        let member = self.member(name);
        member.loss_borne = (member.loss_borne - taken * Q64).max(0);
        self.recover(0);
        taken
    }

    /// A member gets back some of what it bore, outside the recoveries: as much of it is
    /// outstanding no more. What had come back of it already comes back once more, to everybody.
    pub(crate) fn bear_less(&mut self, name: &str, amount: Int) {
        self.enter_loss_epoch(name);
        let before = self.claimable(name);
        self.take_units(name, amount);
        let member = self.member(name);
        member.loss_borne = (member.loss_borne - amount * Q64).max(0);
        let free = (before - self.claimable(name)).max(0);
        self.recoveries -= free;
        self.recover(free);
    }

    /// Units of so much leave the book, as far as a member has any, and nobody else's outstanding loss falls.
    fn take_units(&mut self, name: &str, amount: Int) {
        let units = self.members[name].loss_units;
        let own = self.outstanding_of(units);
        if own == 0 {
            return;
        }
        let others = quotient((self.units - units).max(0), self.outstanding, self.units).up();
        let less = amount.min(own).min(self.outstanding - others);
        if less > 0 {
            let gone = quotient(self.units, less, self.outstanding).down();
            self.member(name).loss_units -= gone;
            let left = self.outstanding - less;
            self.units = quotient(self.units, left, self.outstanding).down();
            self.outstanding = left;
        }
    }

    /// 4: every share bears `amount / T`, rounded down to 2^-64; only what shares bear is booked,
    /// rounded up to a unit. Units per share are what that costs at the book's price, rounded up.
    pub(crate) fn bear_by_shares(&mut self, amount: Int) {
        let (per_share, units_per_share) = self.share_loss(amount, self.total_shares());
        self.loss_index += per_share;
        self.units_index += units_per_share;
        let epoch = self.share_epoch;
        for member in self.members.values_mut().filter(|member| member.share_epoch == epoch) {
            member.loss_borne += member.shares * per_share;
        }
    }

    /// Enters a loss that so many shares bear, and returns what one of them bears, and its units,
    /// Q64.64.
    pub(crate) fn share_loss(&mut self, amount: Int, shares: Int) -> (Int, Int) {
        let per_share = quotient(amount, Q64, shares).down();
        let borne = quotient(per_share, shares, Q64).up();
        let units_per_share = match self.outstanding {
            0 => per_share * UNITS,
            outstanding if per_share < Q64 => quotient(per_share, self.units, outstanding).up(),
            // Dust of shares, each worth more than a base unit: by way of whole units.
            _ => quotient(self.units_for(borne).up(), Q64, shares).up(),
        };
        self.enter(borne);
        (per_share, units_per_share)
    }

    /// 4: a member's units of what its shares have borne, up to an index, rounded up at each touch.
    /// Units of a loss epoch that has ended are worth nothing.
    pub(crate) fn accrue_units(&mut self, name: &str, index: Int) {
        self.enter_loss_epoch(name);
        let began = self.loss_epoch_index;
        let member = self.member(name);
        let from = member.units_seen.max(began).min(index);
        member.loss_units += quotient(member.shares, index - from, Q64).up();
        member.units_seen = index;
    }

    pub(crate) fn enter_loss_epoch(&mut self, name: &str) {
        let epoch = self.loss_epoch;
        let member = self.member(name);
        if member.loss_epoch != epoch {
            member.loss_epoch = epoch;
            member.loss_units = 0;
        }
    }

    /// 3: what units have outstanding, rounded up in favour of the fund.
    fn outstanding_of(&self, units: Int) -> Int {
        match self.units {
            0 => 0,
            all => quotient(units, self.outstanding, all).up(),
        }
    }

    /// 3: what a member can claim: whole units of what it bore, less what is outstanding.
    pub(crate) fn claimable(&self, name: &str) -> Int {
        let member = &self.members[name];
        (member.loss_borne / Q64 - self.outstanding_of(member.loss_units)).max(0)
    }

    /// What of the residual a recovery can still pay: none once claims are being paid pro rata.
    pub(crate) fn recoverable_residual(&self) -> Int {
        if self.payout_claims > 0 {
            0
        } else {
            self.residual
        }
    }

    /// 2, 5: money that has come back pays losses nobody has paid, then those borne, then it is the
    /// treasury's.
    pub(crate) fn recover(&mut self, amount: Int) {
        let unpaid = amount.min(self.recoverable_residual());
        self.pay_residual(unpaid);
        self.pool += unpaid;
        self.recoveries += amount - unpaid;

        let there = amount - unpaid + self.recoveries_held;
        let left = self.outstanding - there;
        if left > 0 && self.units > left * MOST_UNITS {
            self.recoveries_held = there;
        } else {
            self.recoveries_held = 0;
            self.outstanding = left.max(0);
            let excess = (-left).max(0);
            self.recoveries -= excess;
            self.treasury += excess;
            if left <= 0 && self.units > 0 {
                self.units = 0;
                self.loss_epoch += 1;
                self.loss_epoch_index = self.units_index;
            }
        }
        self.end_recovery();
    }

    /// `claim_recovery`
    pub(crate) fn claim_recovery(&mut self, name: &str) {
        if !self.touch(name) {
            return;
        }
        self.touch_claim(name);
        let amount = self.claimable(name);
        self.require(amount > 0, Reason::NothingToClaim);
        self.member(name).loss_borne -= amount * Q64;
        self.recoveries -= amount;
        self.pay(name, amount);
    }

    /// `waive_recovery`: what is outstanding of it goes; what the others have does not fall,
    /// rounded up. As many units stay as keep what a unit stands for, rounded down.
    pub(crate) fn waive_recovery(&mut self, name: &str) {
        if !self.touch(name) {
            return;
        }
        self.touch_claim(name);
        self.require(self.members[name].loss_borne > 0, Reason::NothingToClaim);
        let claimable = self.claimable(name);
        let left = self.units - self.members[name].loss_units;
        if left > 0 {
            let (outstanding, units) = (self.outstanding, self.units);
            self.outstanding = quotient(outstanding, left, units).up();
            self.units = quotient(self.outstanding, units, outstanding).down();
        } else {
            self.outstanding = 0;
            self.units = 0;
        }
        let member = self.member(name);
        member.loss_units = 0;
        member.loss_borne = claimable * Q64;
        self.recover(0); // what was held for it may be enough for the others
    }

    /// `repay_default`: no more than the default still owes.
    pub(crate) fn repay_default(&mut self, payer: &str, id: &RecordId, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        let default = self.defaults.get_mut(id).expect("a record");
        let set_off = default.from_claim + default.from_rewards + default.from_recoveries;
        let own = set_off + default.from_contribution;
        let owed = default.shortfall - own - default.repaid;
        let allocated = default.status == crate::state::DefaultStatus::Allocated;
        default.repaid += amount;
        self.require(allocated, Reason::DefaultNotAllocated);
        self.require(amount <= owed, Reason::RepaysTooMuch);
        self.recover(amount);
        self.pull(payer, amount);
    }

    /// `give_recovery`
    pub(crate) fn give_recovery(&mut self, giver: &str, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        self.recover(amount);
        self.pull(giver, amount);
    }
}
