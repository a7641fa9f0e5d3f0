//! Layers 3 and 4, and the call of layer 5: docs/waterfall.md.

use crate::{
    number::{quotient, Int},
    op::RecordId,
    reason::Reason,
    state::{DefaultStatus, EpochEnd, FundStatus, Model},
};

/// Least age of a record that is closed.
const RETENTION_SECS: Int = 90 * 24 * 60 * 60;

/// Amounts that the layers paid of a loss.
#[derive(Clone, Copy, Debug, Default)]
struct Paid {
    from_treasury: Int,
    from_survivors: Int,
    from_cushions: Int,
    residual: Int,
    /// Contributions before layer 4.
    contributions_before: Int,
}

impl Model {
    /// `allocate_loss`: layers 3 and 4 pay what the defaulter could not. The bounty is the
    /// treasury's.
    pub(crate) fn allocate(&mut self, id: &RecordId, keeper: Option<&str>) {
        let record = &self.defaults[id];
        let (status, shortfall, unfunded) = (record.status, record.shortfall, record.unfunded);
        self.require(status == DefaultStatus::Declared, Reason::AlreadyAllocated);
        if let Some(keeper) = keeper {
            self.require_registered(keeper);
        }
        if !self.refused.is_empty() {
            return;
        }
        let bounty = keeper.map_or(0, |keeper| self.pay_from_treasury(keeper, self.bounty(shortfall)));
        self.record(id).status = DefaultStatus::Allocated;
        self.record(id).unfunded = 0;
        // Its gain may cancel as much once it is cut.
        let registers = self.cut_rounds.get(&self.cut_seq).is_some_and(|round| !round.is_cut);
        let waits = if registers { self.defaults[id].assigned.min(unfunded) } else { 0 };
        self.residual += waits;
        let paid = self.run_layers(unfunded - waits);
        let record = self.record(id);
        record.bounties += bounty;
        record.from_treasury = paid.from_treasury;
        record.from_survivors = paid.from_survivors;
        record.from_cushions = paid.from_cushions;
        record.residual = paid.residual + waits;
        record.contributions_before = paid.contributions_before;
        self.end_house_round();
    }

    /// `allocate_residual`
    pub(crate) fn allocate_residual(&mut self) {
        let loss = self.allocatable();
        self.require(loss > 0, Reason::NothingToAllocate);
        if loss > 0 {
            self.residual -= loss;
            let paid = self.run_layers(loss);
            self.note_paid(loss - paid.residual);
        }
    }

    /// So much of the residual is paid.
    pub(crate) fn pay_residual(&mut self, amount: Int) {
        self.residual -= amount;
        self.note_paid(amount);
    }

    /// What is paid counts for the loss of a round that registers before it does for later ones. What was
    /// called is no more than what is left.
    fn note_paid(&mut self, amount: Int) {
        let last = self.cut_seq;
        if let Some(round) = self.cut_rounds.get_mut(&last).filter(|round| !round.is_cut) {
            round.loss = (round.loss - amount).max(0);
        }
        self.assessment.asked = self.assessment.asked.min(self.residual);
    }

    /// `close_default`: allocated, without a cushion, and a quarter old.
    pub(crate) fn close_default(&mut self, id: &RecordId) {
        let record = self.defaults.remove(id).expect("a record");
        let old = self.clock.ts - record.declared.ts >= RETENTION_SECS;
        let settled = record.status == DefaultStatus::Allocated && record.cushion_units == 0;
        self.require(settled && old, Reason::DefaultNotClosable);
    }

    /// Spreads a loss over the layers in their order, each as far as it goes; what is paid goes to
    /// the pool. Layer 4 takes from contributions and cushions in proportion, the cushions' part
    /// rounded up in favour of the members that are not in default.
    fn run_layers(&mut self, loss: Int) -> Paid {
        let (whole, cushions) = (self.book(), self.cushions());
        let mut paid = Paid { from_treasury: loss.min(self.treasury), ..Paid::default() };
        self.treasury -= paid.from_treasury;

        let open = loss - paid.from_treasury;
        let all = self.contributions + cushions;
        paid.contributions_before = self.contributions;
        let taken = open.min(all);
        if taken > 0 {
            paid.from_cushions = quotient(taken, cushions, all).up();
            paid.from_survivors = taken - paid.from_cushions;
        }
        if paid.from_survivors > 0 {
            self.start_cooling_off(whole);
            self.bear_by_shares(paid.from_survivors);
        }
        self.take_cushions(paid.from_cushions);
        self.contributions -= paid.from_survivors;
        paid.residual = open - taken;

        self.pool += loss - paid.residual;
        self.residual += paid.residual;
        if self.is_exhausted() {
            self.end_epoch();
        }
        if self.residual > 0 {
            // A residual that the treasury could pay by now is allocated first.
            if self.treasury == 0 && self.contributions == 0 && self.cushions() == 0 {
                self.call_assessment();
            }
            if self.status == FundStatus::Active {
                self.status = FundStatus::Recovery;
            }
        }
        self.end_recovery();
        paid
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
