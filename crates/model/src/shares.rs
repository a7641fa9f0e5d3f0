//! Shares of the default fund: docs/shares.md. `C` money, `T` shares, `V` virtual shares that
//! nobody owns.

use crate::{
    number::{quotient, Int},
    reason::Reason,
    state::{Book, FundStatus, Model},
};

/// `V`.
const VIRTUAL: Int = 1 << 20;
/// More shares than this for a base unit of money end the epoch.
const MOST_PER_UNIT: Int = 1 << 40;

impl Model {
    /// `C` and `T`.
    pub(crate) fn book(&self) -> Book {
        Book { contributions: self.contributions, shares: self.total_shares() }
    }

    /// 1: shares that a contribution buys, rounded down in favour of the members already in.
    pub(crate) fn shares_for(&self, amount: Int) -> Int {
        let Book { contributions, shares } = self.book();
        quotient(amount, shares + VIRTUAL, contributions + 1).down()
    }

    /// 2: value of shares, rounded down in favour of the members that stay.
    pub(crate) fn value_of(&self, shares: Int) -> Int {
        let book = self.book();
        quotient(shares, book.contributions + 1, book.shares + VIRTUAL).down()
    }

    /// Value of a member's shares.
    pub fn contribution(&self, name: &str) -> Int {
        self.value_of(self.live_shares(name))
    }

    /// Amount that leaving shares get: their value, except that the shares which stay keep one base
    /// unit.
    pub(crate) fn redeemed(&self, shares: Int) -> Int {
        let book = self.book();
        let most = if shares == book.shares { book.contributions } else { (book.contributions - 1).max(0) };
        self.value_of(shares).min(most)
    }

    /// Takes `amount` out of one member's shares: as many are burned as it costs, rounded up in
    /// favour of the others.
    pub(crate) fn seize(&mut self, name: &str, amount: Int) {
        let Book { contributions, shares } = self.book();
        let needed = quotient(amount, shares + VIRTUAL, contributions + 1).up();
        self.burn(name, needed.min(self.live_shares(name)));
        self.contributions -= amount;
    }

    /// Burns shares; a request is for no more than is held.
    pub(crate) fn burn(&mut self, name: &str, shares: Int) {
        let member = self.member(name);
        member.shares -= shares;
        member.bought.keep(member.shares);
        member.notice_shares = member.notice_shares.min(member.shares);
    }

    /// 4: returns `true` if the price of a share is gone.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.total_shares() > self.contributions * MOST_PER_UNIT
    }

    /// `contribute`
    pub(crate) fn contribute(&mut self, name: &str, amount: Int) {
        self.require_not_paused(crate::governance::CONTRIBUTE);
        self.require(!self.exits_blocked(), Reason::LossPending);
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require(amount > 0, Reason::ZeroAmount);
        let minted = self.shares_for(amount);
        self.require(minted > 0, Reason::ZeroShares);
        // What was earned until now belongs to the shares there are.
        self.release_rewards();
        if self.touch(name) {
            self.member(name).shares += minted;
            self.contributions += amount;
            self.note_bought(name, minted, amount);
            self.note_contribution(name, amount);
            self.pull(name, amount);
        }
    }

    /// Brings a member's units of losses up to now. Shares of an ended epoch must be settled first.
    pub(crate) fn touch(&mut self, name: &str) -> bool {
        let epoch = self.share_epoch;
        let member = self.member(name);
        if member.share_epoch != epoch && member.shares > 0 {
            self.require(false, Reason::EpochEnded);
            return false;
        }
        member.share_epoch = epoch;
        self.accrue_units(name, self.units_index);
        true
    }

    /// `settle_epoch`: shares of an ended epoch are worth nothing; what they bore up to its end
    /// stays, and they may still be called.
    pub(crate) fn settle_epoch(&mut self, name: &str) {
        let (epoch, call) = (self.share_epoch, self.assessment.epoch);
        let (own, shares) = (self.member(name).share_epoch, self.member(name).shares);
        self.require(own < epoch, Reason::EpochNotEnded);
        if own >= epoch {
            return;
        }
        self.accrue_units(name, self.epochs[own as usize].units_index);
        if own + 1 == call {
            self.note_assessable(name, call, shares);
        }
        self.clear_notice(name);
        let member = self.member(name);
        member.shares = 0;
        member.share_epoch = epoch;
        self.accrue_units(name, self.units_index);
    }
}
