//! Layers 2 to 4, and the call of layer 5: docs/waterfall.md.

use crate::{
    number::Int,
    reason::Reason,
    state::{DefaultStatus, EpochEnd, FundStatus, MemberStatus, Model},
};

/// Least age of a record that is closed.
const RETENTION_SECS: Int = 90 * 24 * 60 * 60;

/// Amounts that the layers paid of a loss.
#[derive(Clone, Copy, Debug, Default)]
struct Paid {
    from_defaulter: Int,
    from_treasury: Int,
    from_survivors: Int,
    residual: Int,
    /// Contributions before layer 4.
    contributions_before: Int,
}

impl Model {
    /// `allocate_loss`
    pub(crate) fn allocate(&mut self, name: &str, seq: u64, keeper: Option<&str>) {
        let record = &self.defaults[&seq];
        let (status, member, shortfall) = (record.status, record.member.clone(), record.shortfall);
        self.require(member == name, Reason::WrongMember);
        self.require(status == DefaultStatus::Declared, Reason::AlreadyAllocated);
        self.require(self.members[name].status == MemberStatus::Defaulted, Reason::MemberNotInDefault);
        self.require_good_standing(keeper);
        if !self.refused.is_empty() {
            return;
        }
        if self.members[name].share_epoch == self.share_epoch {
            self.touch(name);
        }
        let bounty = self.pay_bounty(name, keeper, shortfall);
        self.member(name).status = MemberStatus::Active;
        let paid = self.run_layers(shortfall, Some((name, seq)));
        let record = self.record(seq);
        record.bounties += bounty;
        record.from_contribution = paid.from_defaulter;
        record.from_treasury = paid.from_treasury;
        record.from_survivors = paid.from_survivors;
        record.residual = paid.residual;
        record.contributions_before = paid.contributions_before;
    }

    /// `allocate_residual`
    pub(crate) fn allocate_residual(&mut self) {
        self.require(self.residual > 0, Reason::NothingToAllocate);
        if self.residual > 0 {
            let loss = std::mem::take(&mut self.residual);
            self.run_layers(loss, None);
        }
    }

    /// `close_default`: allocated, and a quarter old.
    pub(crate) fn close_default(&mut self, seq: u64) {
        let record = self.defaults.remove(&seq).expect("a record");
        let old = self.clock.ts - record.declared.ts >= RETENTION_SECS;
        self.require(record.status == DefaultStatus::Allocated && old, Reason::DefaultNotClosable);
    }

    /// Spreads a loss over the layers in their order, each as far as it goes; what is paid goes to
    /// the pool.
    fn run_layers(&mut self, loss: Int, default: Option<(&str, u64)>) -> Paid {
        let whole = self.book();
        let mut paid = Paid::default();
        if let Some((name, _)) = default {
            paid.from_defaulter = self.take_own(name, loss);
        }
        let mut open = loss - paid.from_defaulter;

        paid.from_treasury = open.min(self.treasury);
        self.treasury -= paid.from_treasury;
        open -= paid.from_treasury;

        paid.contributions_before = self.contributions;
        paid.from_survivors = open.min(self.contributions);
        if paid.from_survivors > 0 {
            self.start_cooling_off(whole);
            self.bear_by_shares(paid.from_survivors);
        }
        self.contributions -= paid.from_survivors;
        paid.residual = open - paid.from_survivors;

        if let Some((_, seq)) = default {
            self.record(seq).status = DefaultStatus::Allocated;
        }
        self.pool += loss - paid.residual;
        self.residual += paid.residual;
        if self.is_exhausted() {
            self.end_epoch();
        }
        if self.residual > 0 {
            self.call_assessment();
            if self.status == FundStatus::Active {
                self.status = FundStatus::Recovery;
            }
        }
        self.end_episode();
        paid
    }

    /// Layer 2: of the defaulter's own shares, all of them if the loss takes all they are worth.
    fn take_own(&mut self, name: &str, loss: Int) -> Int {
        let worth = self.contribution(name);
        if loss < worth {
            self.seize(name, loss);
            return loss;
        }
        self.burn(name, self.live_shares(name));
        self.contributions -= worth;
        worth
    }

    /// Ends the share epoch. The rest of contributions goes to the treasury, all rewards are
    /// released, and the shares become liable to a call.
    fn end_epoch(&mut self) {
        let shares = self.total_shares();
        self.treasury += self.contributions;
        self.contributions = 0;
        self.release_all_rewards();
        self.epochs.push(EpochEnd {
            reward_index: self.reward_index,
            loss_index: self.loss_index,
            units_index: self.units_index,
        });
        self.share_epoch += 1;
        self.make_assessable(shares);
    }
}
