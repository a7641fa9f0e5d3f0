//! What contributors earn, and how it reaches the shares: docs/shares.md, docs/rewards.md 5 to 9.

use crate::{
    number::{decay, part, quotient, Int, Q32, Q64},
    reason::Reason,
    state::Model,
};

/// Half-life of rewards on their way.
const HALF_LIFE_SECS: Int = 7 * 24 * 60 * 60;
/// They are released at most this often.
const RELEASE_SECS: Int = 10 * 60;

impl Model {
    /// A fee or a premium is shared: the contributors' part, rounded down, is on its way to them, if there are any.
    pub(crate) fn share_fee(&mut self, fee: Int) {
        let to_rewards = part(fee, self.params.reward_share_bps).down();
        if self.total_shares() > 0 {
            self.rewards_streaming += to_rewards;
        } else {
            self.treasury += to_rewards;
        }
        self.treasury += fee - to_rewards;
    }

    /// What has become the shares' own since the last release; what is still on its way is rounded up.
    pub(crate) fn release_rewards(&mut self) {
        let secs = self.clock.ts - self.rewards_ts;
        if secs < RELEASE_SECS {
            return;
        }
        self.rewards_ts = self.clock.ts;
        let left = match self.total_shares() {
            0 => 0,
            _ => quotient(self.rewards_streaming, decay(secs, HALF_LIFE_SECS), Q32).up(),
        };
        self.release(self.rewards_streaming - left);
    }

    /// Everything: to the last shares that leave, and to those that a loss has wiped out.
    pub(crate) fn release_all_rewards(&mut self) {
        self.release(self.rewards_streaming);
    }

    /// Every share gets `amount / T`, rounded down to 2^-64. The bucket is credited with whole units, rounded up, less what it
    /// was credited too much before; the rest of the amount is the treasury's.
    fn release(&mut self, amount: Int) {
        self.rewards_streaming -= amount;
        let total = self.total_shares();
        if total == 0 {
            self.treasury += amount;
            return;
        }
        let per_share = quotient(amount, Q64, total).down();
        let owed = per_share * total;
        let credited = quotient(owed - self.reward_surplus, 1, Q64).up();
        self.reward_surplus += credited * Q64 - owed;
        self.rewards_unclaimed += credited;
        self.treasury += amount - credited;
        self.reward_index += per_share;
        let epoch = self.share_epoch;
        for member in self.members.values_mut().filter(|member| member.share_epoch == epoch) {
            member.rewards += member.shares * per_share;
        }
    }

    /// `claim_rewards`: whole units.
    pub(crate) fn claim_rewards(&mut self, name: &str) {
        self.release_rewards();
        if !self.touch(name) {
            return;
        }
        let member = self.member(name);
        let amount = member.rewards / Q64;
        member.rewards %= Q64;
        self.rewards_unclaimed -= amount;
        self.pay(name, amount);
        self.require(amount > 0, Reason::NothingToClaim);
    }
}
