//! Pause and treasury: docs/governance.md.

use crate::{
    number::{part, Int},
    reason::Reason,
    state::{FundStatus, Model, Pause},
};

/// What a pause can stop.
pub(crate) const OPEN_MEMBER: u8 = 1;
pub(crate) const CONTRIBUTE: u8 = 2;
pub(crate) const NOVATE: u8 = 4;
pub(crate) const WITHDRAW_MARGIN: u8 = 8;

const MOST_PAUSE_SECS: Int = 3 * 24 * 60 * 60;

impl Model {
    pub(crate) fn require_not_paused(&mut self, bit: u8) {
        let paused = self.pause.bits & bit != 0 && self.clock.ts < self.pause.expires_ts;
        self.require(!paused, Reason::Paused);
    }

    /// `pause`: ends by itself, and the next one must wait as long again. No bits end it.
    pub(crate) fn pause(&mut self, bits: u8, secs: Int) {
        self.governance_nonce += 1;
        if bits == 0 {
            self.pause = Pause { bits: 0, expires_ts: 0, ..self.pause };
            return;
        }
        self.require(bits < 16, Reason::ParameterOutOfBounds);
        let may = (1..=MOST_PAUSE_SECS).contains(&secs) && self.clock.ts >= self.pause.allowed_ts;
        self.require(may, Reason::PauseTooLong);
        let expires_ts = self.clock.ts + secs;
        self.pause = Pause { bits, expires_ts, allowed_ts: expires_ts + secs };
    }

    /// `fund_treasury`
    pub(crate) fn fund_treasury(&mut self, funder: &str, amount: Int) {
        self.require(amount > 0, Reason::ZeroAmount);
        self.treasury += amount;
        self.pull(funder, amount);
    }

    /// `withdraw_treasury`: never below the floor, rounded up, as long as there are members.
    pub(crate) fn withdraw_treasury(&mut self, to: &str, amount: Int) {
        self.require(!self.is_loss_pending(), Reason::LossPending);
        self.require(amount > 0, Reason::ZeroAmount);
        self.governance_nonce += 1;
        self.release_rewards(); // without shares they are the treasury's
        let closed = self.status == FundStatus::WindDown && self.members.is_empty();
        let relative = part(self.contributions, self.params.treasury_floor_bps).up();
        let floor = if closed { 0 } else { relative.max(self.params.treasury_floor) };
        self.require(self.treasury - amount >= floor, Reason::TreasuryFloor);
        self.treasury -= amount;
        self.pay(to, amount);
    }
}
