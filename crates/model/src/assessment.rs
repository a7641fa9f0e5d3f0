//! Layer 5, assessments: docs/waterfall.md.

use crate::{
    number::{part, quotient, Int},
    reason::Reason,
    state::{Assessment, Book, Model},
};

/// Value of `shares` in a book, rounded down in favour of members.
fn worth(shares: Int, book: Book) -> Int {
    match book.shares {
        0 => 0,
        all => quotient(shares, book.contributions, all).down(),
    }
}

impl Assessment {
    /// Amount called and not yet collected. Rounding up may collect slightly more than was called.
    fn open(&self) -> Int {
        (self.called - self.collected).max(0)
    }

    fn book(&self) -> Book {
        Book { contributions: self.base, shares: self.shares }
    }
}

impl Model {
    /// Returns `true` while something is left to collect and the call has not ended.
    pub(crate) fn assessment_is_open(&self) -> bool {
        self.assessment.open() > 0 && self.clock.ts <= self.assessment.ends_ts
    }

    /// Contributions and shares before the losses of this cooling-off period.
    fn book_before(&self) -> Book {
        if self.before.shares == 0 {
            self.book()
        } else {
            self.before
        }
    }

    /// A loss of layer 4 meets `whole`: the first one of a cooling-off period, and the first since
    /// somebody came or left, is what caps are measured from.
    pub(crate) fn start_cooling_off(&mut self, whole: Book) {
        if self.clock.ts >= self.cooling_off_ends_ts {
            self.cooling_off += 1;
            self.cooling_off_ends_ts = self.clock.ts + self.params.cooling_off_secs;
            self.before.shares = 0;
        }
        if self.before.shares == 0 {
            self.before = whole;
        }
    }

    /// Makes the shares of the epoch that has just ended liable to a call.
    pub(crate) fn make_assessable(&mut self, shares: Int) {
        let base = worth(shares, self.book_before());
        self.assessment =
            Assessment { shares, epoch: self.share_epoch, base, callable: true, ..Assessment::default() };
    }

    /// Calls the part of the residual that is not called yet, up to the cap. The whole period to
    /// pay starts anew.
    pub(crate) fn call_assessment(&mut self) {
        let call = &mut self.assessment;
        let room = (part(call.base, self.params.assessment_cap_bps).down() - call.called).max(0);
        let raised = (self.residual - call.open()).min(room);
        if call.callable && call.shares > 0 && raised > 0 {
            call.called += raised;
            call.ends_ts = self.clock.ts + self.params.assessment_secs;
        }
    }

    /// Shares of this member that the call is measured by.
    fn assessable(&self, name: &str) -> Int {
        let member = &self.members[name];
        if member.share_epoch + 1 == self.assessment.epoch {
            member.shares
        } else if member.assessed_epoch == self.assessment.epoch {
            member.assessed_shares
        } else {
            0
        }
    }

    /// Amount that can still be assessed on shares of an earlier book: the cap that the member
    /// agreed to, less its payments in this cooling-off period.
    fn room(&self, name: &str, shares: Int, before: Book) -> Int {
        let member = &self.members[name];
        let paid = if member.cooling_off == self.cooling_off { member.assessed } else { 0 };
        (part(worth(shares, before), member.assessment_cap_bps).down() - paid).max(0)
    }

    /// Amount that a member still owes to the call, rounded up in favour of the fund.
    fn assessment_due(&self, name: &str) -> Int {
        let (call, member, shares) = (&self.assessment, &self.members[name], self.assessable(name));
        if shares == 0 || !self.assessment_is_open() {
            return 0;
        }
        let paid = if member.assessed_epoch == call.epoch { member.assessment_paid } else { 0 };
        let due = (quotient(call.called, shares, call.shares).up() - paid).max(0);
        due.min(self.room(name, shares, call.book()))
    }

    /// What must stay above initial margin: what is due, or will be when a loss that is known
    /// exceeds the layers before.
    pub(crate) fn assessment_reserve(&self, name: &str) -> Int {
        let live = self.live_shares(name);
        if live == 0 && self.assessment.callable && self.is_loss_pending() {
            return self.room(name, self.assessable(name), self.assessment.book());
        }
        if live > 0 && self.unfunded() > self.treasury + self.contributions {
            return self.room(name, live, self.book_before());
        }
        self.assessment_due(name)
    }

    /// Collects what is due, as far as `free` reaches. It pays the loss, and its payer has borne
    /// it. Returns what was paid.
    pub(crate) fn collect_assessment(&mut self, name: &str, free: Int) -> Int {
        let amount = self.assessment_due(name).min(free).min(self.members[name].margin);
        if amount == 0 {
            return 0;
        }
        self.note_assessable(name, self.assessment.epoch, self.assessable(name));
        let cooling_off = self.cooling_off;
        let member = self.member(name);
        member.margin -= amount;
        member.assessment_paid += amount;
        if member.cooling_off != cooling_off {
            member.cooling_off = cooling_off;
            member.assessed = 0;
        }
        member.assessed += amount;
        self.assessment.collected += amount;
        self.bear(name, amount);
        self.recover(amount);
        amount
    }

    /// Keeps the shares that a call is measured by, since they outlive their epoch.
    pub(crate) fn note_assessable(&mut self, name: &str, epoch: Int, shares: Int) {
        let member = self.member(name);
        if member.assessed_epoch != epoch {
            member.assessed_epoch = epoch;
            member.assessment_paid = 0;
        }
        member.assessed_shares = shares;
    }

    /// `agree_assessment`
    pub(crate) fn agree_assessment(&mut self, name: &str) {
        self.require(!self.is_loss_pending(), Reason::LossPending);
        self.require(!self.assessment_is_open(), Reason::AssessmentOpen);
        let cap = self.params.assessment_cap_bps;
        self.member(name).assessment_cap_bps = cap;
    }
}
