//! Layer 5, assessments: docs/waterfall.md.

use crate::{
    number::{part, quotient, Int},
    reason::Reason,
    state::{Assessment, Book, Bought, Model},
};

/// A raise by this part of the most that can be called is one that a gains cut waits for anew.
const MATERIAL_PARTS: Int = 20;

/// Value of `shares` in a book, rounded down in favour of members.
fn worth(shares: Int, book: Book) -> Int {
    match book.shares {
        0 => 0,
        all => quotient(shares, book.contributions, all).down(),
    }
}

impl Bought {
    /// At most so many shares are left: those bought last stay, with their part of the base,
    /// rounded down in favour of the member.
    pub(crate) fn keep(&mut self, shares: Int) {
        if shares < self.shares {
            self.base = quotient(self.base, shares, self.shares).down();
            self.shares = shares;
        }
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

    /// Whether a gains cut waits for the call: for twice the time to pay at most, however often it is
    /// raised.
    pub(crate) fn assessment_holds(&self) -> bool {
        let until = self.assessment.began_ts + 2 * self.params.assessment_secs;
        self.assessment_is_open() && self.clock.ts <= until
    }

    /// Contributions and shares before the losses of this cooling-off period.
    fn book_before(&self) -> Book {
        if self.clock.ts < self.cooling_off_ends_ts {
            self.before
        } else {
            self.book()
        }
    }

    /// A loss of layer 4 meets `whole`. The first one of a cooling-off period is what caps are
    /// measured from (section 7).
    pub(crate) fn start_cooling_off(&mut self, whole: Book) {
        if self.clock.ts >= self.cooling_off_ends_ts {
            self.cooling_off += 1;
            self.cooling_off_ends_ts = self.clock.ts + self.params.cooling_off_secs;
            self.before = whole;
        }
    }

    /// Notes shares that were bought after the first loss of a cooling-off period.
    pub(crate) fn note_bought(&mut self, name: &str, shares: Int, paid: Int) {
        if self.clock.ts >= self.cooling_off_ends_ts {
            return;
        }
        let (cooling_off, epoch) = (self.cooling_off, self.share_epoch);
        let base = paid.min(worth(shares, self.before));
        let bought = &mut self.member(name).bought;
        if (bought.cooling_off, bought.epoch) != (cooling_off, epoch) {
            *bought = Bought { cooling_off, epoch, shares: 0, base: 0 };
        }
        bought.shares += shares;
        bought.base += base;
    }

    /// Value of a member's shares before the losses: those bought since count at the lower of the
    /// price before and the price paid.
    fn worth_before(&self, name: &str, shares: Int, epoch: Int, before: Book) -> Int {
        let bought = self.members[name].bought;
        if (bought.cooling_off, bought.epoch) != (self.cooling_off, epoch) {
            return worth(shares, before);
        }
        worth((shares - bought.shares).max(0), before) + bought.base
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
        let loss = self.allocatable();
        let now = self.clock.ts;
        let call = &mut self.assessment;
        // What has lapsed comes back with a raise, but for what was paid otherwise.
        let lapsed = call.called.min(call.collected + call.asked);
        let called = if now > call.ends_ts { lapsed } else { call.called };
        let most = part(call.base, self.params.assessment_cap_bps).down();
        let open = (called - call.collected).max(0);
        let raised = (loss - open).min((most - called).max(0));
        if call.callable && call.shares > 0 && raised > 0 {
            if call.called == 0 || raised * MATERIAL_PARTS >= most {
                call.began_ts = self.clock.ts;
            }
            call.called = called + raised;
            call.asked = call.open().min(loss);
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
    fn room(&self, name: &str, shares: Int, epoch: Int, before: Book) -> Int {
        let member = &self.members[name];
        let paid = if member.cooling_off == self.cooling_off { member.assessed } else { 0 };
        (part(self.worth_before(name, shares, epoch, before), member.assessment_cap_bps).down() - paid).max(0)
    }

    /// Amount that a member still owes to the call, rounded up in favour of the fund.
    fn assessment_due(&self, name: &str) -> Int {
        let (call, member, shares) = (&self.assessment, &self.members[name], self.assessable(name));
        if shares == 0 || !self.assessment_is_open() {
            return 0;
        }
        let paid = if member.assessed_epoch == call.epoch { member.assessment_paid } else { 0 };
        let due = (quotient(call.called, shares, call.shares).up() - paid).max(0);
        due.min(self.room(name, shares, call.epoch - 1, call.book()))
    }

    /// What must stay above initial margin: what is due, or will be when a loss that is known
    /// exceeds the layers before.
    pub(crate) fn assessment_reserve(&self, name: &str) -> Int {
        let live = self.live_shares(name);
        // A cover never calls anybody.
        if live == 0 && self.assessment.callable && (self.blocked_for_clearing() || self.selling) {
            return self.room(name, self.assessable(name), self.assessment.epoch - 1, self.assessment.book());
        }
        if live > 0 && self.unfunded() > self.treasury + self.contributions + self.cushions() {
            return self.room(name, live, self.share_epoch, self.book_before());
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
        self.assessment.asked = (self.assessment.asked - amount).max(0);
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
        self.require(!self.exits_blocked(), Reason::LossPending);
        self.require(!self.assessment_is_open(), Reason::AssessmentOpen);
        let cap = self.params.assessment_cap_bps;
        self.member(name).assessment_cap_bps = cap;
    }
}
