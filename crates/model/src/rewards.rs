//! What contributors earn: the premium that positions pay, fees, and how both reach the shares.
//! docs/shares.md, docs/rates.md 14 to 16.

use crate::{
    number::{decay, part, quotient, Int, Q32, Q64},
    positions::money,
    reason::Reason,
    state::{FundStatus, Model, Position},
};

/// Half-life of rewards on their way.
const HALF_LIFE_SECS: Int = 7 * 24 * 60 * 60;
/// Least time between two releases.
const RELEASE_SECS: Int = 10 * 60;

impl Model {
    /// 14: premium that a position owes since it last paid, in raw quote, rounded up.
    pub(crate) fn premium_due(&self, held: &Position) -> Int {
        quotient(held.lots.abs(), self.markets[held.market].premium_index - held.premium_paid, Q64).up()
    }

    /// 14: it is paid when the position is touched.
    pub(crate) fn take_premium(&mut self, name: &str, place: usize) {
        let held = self.members[name].positions[place];
        let due = self.premium_due(&held);
        let index = self.markets[held.market].premium_index;
        let position = &mut self.member(name).positions[place];
        position.raw -= due;
        position.premium_paid = index;
        self.place_premium(held.market, due);
    }

    /// 15: the house's once the mark is final.
    pub(crate) fn place_premium(&mut self, market: usize, raw: Int) {
        let market = &mut self.markets[market];
        if market.final_ts == 0 {
            market.premium_raw += raw;
        } else {
            market.house_raw += raw;
        }
    }

    /// 15: `collect_premium`, whole units as far as the pool reaches, while nothing is unfunded.
    pub(crate) fn collect_premium(&mut self, market: usize) {
        let (premium, scale) = (self.markets[market].premium_raw, self.markets[market].scale);
        let waits = self.has_open_loss() || self.status == FundStatus::WindDown;
        let amount = if waits { 0 } else { money(premium, scale).min(self.free_pool()) };
        self.require(amount > 0, Reason::NothingToCollect);
        self.markets[market].premium_raw -= amount * scale;
        self.pool -= amount;
        self.share_fee(amount);
    }

    /// A fee or a premium is shared: the contributors' part, rounded down, is on its way to them,
    /// if there are any.
    pub(crate) fn share_fee(&mut self, fee: Int) {
        let to_rewards = part(fee, self.params.reward_share_bps).down();
        self.give_to_contributors(to_rewards);
        self.treasury += fee - to_rewards;
    }

    /// Money for all who have shares, as it is released; without any it is the treasury's.
    pub(crate) fn give_to_contributors(&mut self, amount: Int) {
        if self.total_shares() > 0 {
            self.rewards_streaming += amount;
        } else {
            self.treasury += amount;
        }
    }

    /// Releases the part of streaming rewards that has become the shares' own; the rest is rounded
    /// up.
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

    /// Releases everything: to the last shares that leave, or to those that a loss has wiped out.
    pub(crate) fn release_all_rewards(&mut self) {
        self.release(self.rewards_streaming);
    }

    /// Every share gets `amount / T`, rounded down to 2^-64. The bucket is credited with whole
    /// units, rounded up, less what it was credited too much before; the rest of the amount is the
    /// treasury's.
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
