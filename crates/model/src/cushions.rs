//! Cushions: what defaulters' contributions have left stands behind the sale of their lots until
//! the houses are flat (section 6). docs/cushions.md

use crate::{
    number::{quotient, Int, Q64},
    op::RecordId,
    reason::Reason,
    state::{Model, Round, RoundLosses},
};

/// Units that a base unit buys in a round without units.
const UNITS: Int = 1 << 20;
/// A round with more units than this for a base unit is used up.
const MOST_UNITS: Int = 1 << 40;
/// A round does not end while the one this many before it has records that are not released.
const ROUNDS: u64 = 8;

impl Round {
    fn is_used_up(&self) -> bool {
        self.units > self.money * MOST_UNITS
    }

    /// What units are worth once the round has ended: the order of releases does not matter.
    pub(crate) fn worth_of(&self, units: Int) -> Int {
        quotient(self.worth, units, self.all_units.max(1)).down()
    }
}

impl Model {
    /// The cushions of the present round.
    pub fn present_round(&self) -> Round {
        self.rounds.get(&self.round).copied().unwrap_or_default()
    }

    /// No cushion joins a round whose money is gone: its price is.
    pub(crate) fn takes_cushions(&self) -> bool {
        !self.present_round().is_used_up()
    }

    /// A defaulter's cushion joins the present round, at the price of the units there are, rounded
    /// down in favour of the others.
    pub(crate) fn add_cushion(&mut self, id: &RecordId, amount: Int) {
        let number = self.round;
        self.record(id).round = number;
        if amount == 0 {
            return;
        }
        let round = self.rounds.entry(number).or_default();
        let units = match round.units {
            0 => amount * UNITS,
            units => quotient(amount, units, round.money).down(),
        };
        round.money += amount;
        round.units += units;
        round.records += 1;
        let mark = (round.losses.index, round.losses.units_index);
        let record = self.record(id);
        (record.cushion, record.cushion_units, record.cushion_mark) = (amount, units, mark);
    }

    /// The present round pays for the houses, into the pool.
    pub(crate) fn pay_houses(&mut self, loss: Int) -> Int {
        let number = self.round;
        let Some(round) = self.rounds.get_mut(&number) else { return 0 };
        let paid = loss.min(round.money);
        round.money -= paid;
        self.pool += paid;
        paid
    }

    /// Layer 4 takes from the cushions of every round in proportion, the oldest first, each part
    /// rounded up; those who hold units have borne it for others.
    pub(crate) fn take_cushions(&mut self, amount: Int) {
        let (mut open, mut left) = (amount, self.cushions());
        let present = self.round;
        for number in self.rounds.keys().copied().collect::<Vec<_>>() {
            let round = self.rounds[&number];
            if round.money == 0 {
                continue;
            }
            let taken = quotient(open, round.money, left).up();
            (open, left) = (open - taken, left - round.money);
            let mut next = Round { money: round.money - taken, ..round };
            if number != present {
                next.worth = quotient(round.worth, next.money, round.money).down();
            }
            if taken > 0 {
                next.losses = self.losses_of_units(round, taken);
            }
            self.rounds.insert(number, next);
        }
    }

    /// The losses of a round after its units have borne `amount`.
    fn losses_of_units(&mut self, round: Round, amount: Int) -> RoundLosses {
        let (per_unit, loss_units) = self.share_loss(amount, round.units);
        let mut losses = round.losses;
        if losses.epoch != self.loss_epoch {
            losses.epoch = self.loss_epoch;
            losses.epoch_index = losses.units_index;
        }
        losses.index += per_unit;
        losses.units_index += loss_units;
        losses
    }

    /// A round ends: its cushions can be released, but for what silent houses have at risk, which
    /// goes on into the next round with the same units.
    ///
    /// It waits while the round eight before is not released, and while all of it would go on.
    pub(crate) fn close_round(&mut self) {
        if !self.can_close_round() {
            return;
        }
        let (number, round) = (self.round, self.present_round());
        let goes_on = round.money.min(self.waived_at_risk());
        let next = Round { money: goes_on, losses: RoundLosses::default(), ..round };
        let is_carried = next.money > 0 && !next.is_used_up();
        let next = if is_carried { next } else { Round::default() };
        let left = round.money - next.money;
        let ended = Round { money: left, worth: left, all_units: round.units, is_carried, ..round };
        self.rounds.insert(number, ended);
        self.rounds.insert(number + 1, next);
        self.round += 1;
    }

    /// Returns `true` if the present round has cushions that can be released.
    pub(crate) fn can_close_round(&self) -> bool {
        let round = self.present_round();
        let waits = self.round.checked_sub(ROUNDS).is_some_and(|before| self.rounds.contains_key(&before));
        let all_goes_on = round.money > 0 && round.money <= self.waived_at_risk() && !round.is_used_up();
        round.records > 0 && !waits && !all_goes_on
    }

    /// `release_cushion`: what a cushion has left comes back as shares. It never fails for what the
    /// fund's state is: what mints no share goes to the treasury, and so do the fractions that the
    /// last record of a round leaves.
    pub(crate) fn release_cushion(&mut self, id: &RecordId) {
        let record = &self.defaults[id];
        let (number, units, mark, name) =
            (record.round, record.cushion_units, record.cushion_mark, record.member.clone());
        self.require(units > 0, Reason::NothingToRelease);
        self.require(number < self.round, Reason::HouseNotSold);
        if !self.refused.is_empty() {
            return;
        }
        self.release_rewards();
        let round = self.rounds.get_mut(&number).expect("a round");
        let amount = round.worth_of(units);
        round.money -= amount;
        round.units -= units;
        round.records -= 1;
        let ended = *round;
        if ended.records == 0 {
            self.treasury += ended.money;
            self.rounds.remove(&number);
        }
        let record = self.record(id);
        record.round += 1;
        record.cushion_mark = (0, 0);
        if !ended.is_carried {
            record.cushion_units = 0;
        }
        self.return_losses(&name, &ended.losses, units, mark);
        self.return_cushion(&name, amount);
        self.end_house_round();
    }

    /// The member has borne itself what its units have borne, with as many units of losses.
    fn return_losses(&mut self, name: &str, losses: &RoundLosses, units: Int, from: (Int, Int)) {
        self.enter_loss_epoch(name);
        let began = from.1.max(losses.epoch_index);
        let of_this_epoch = losses.epoch == self.loss_epoch;
        let member = self.member(name);
        member.loss_borne += units * (losses.index - from.0);
        if of_this_epoch {
            member.loss_units += quotient(units, losses.units_index - began, Q64).up();
        }
    }

    /// Mints shares for a released cushion.
    fn return_cushion(&mut self, name: &str, amount: Int) {
        let minted = self.shares_for(amount);
        let member = &self.members[name];
        let settled = member.share_epoch == self.share_epoch || member.shares == 0;
        if minted == 0 || !settled {
            self.treasury += amount;
            return;
        }
        self.touch(name);
        self.member(name).shares += minted;
        self.contributions += amount;
        self.note_bought(name, minted, amount);
        self.note_contribution(name, amount);
    }

    /// Whether a member has a cushion that is not released: it cannot leave before.
    pub fn has_cushion(&self, name: &str) -> bool {
        self.defaults.values().any(|record| record.member == name && record.cushion_units > 0)
    }
}
