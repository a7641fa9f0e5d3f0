//! The house: positions taken over from defaulters, their auction and their result.
//! docs/waterfall.md

use crate::{
    number::{quotient, Int, BPS},
    positions::{adds_risk, money, profit_raw},
    reason::Reason,
    state::{FundStatus, Model, Round},
    trading::RiskChange,
};

impl Model {
    /// The slot from which the auction counts when `added` lots join `held` ones: the average by
    /// size, rounded up, so that it is younger.
    pub(crate) fn merged_since(&self, market: usize, held: Int, added: Int) -> Int {
        let (since, now) = (self.markets[market].house_since, self.clock.slot);
        let same_side = held > 0 && added >= 0 || held < 0 && added < 0;
        if same_side {
            now - quotient(now - since, held.abs(), held.abs() + added.abs()).down()
        } else if held.abs() > added.abs() {
            since
        } else {
            now
        }
    }

    /// `take_over` (U4, U5): the house sells at the end of A that favours it. The discount grows
    /// with the slots, in whole bps, up to its cap, and is paid in margin; what the pool lacks of
    /// it stays in the price. Both roundings favour the fund.
    pub(crate) fn take_over(&mut self, name: &str, market: usize, lots: Int) {
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_recent(market);
        self.require_registered(name);
        let house_lots = self.house_lots(market);
        let size = lots.min(house_lots.abs());
        self.require(size > 0, Reason::NothingToTake);
        if size == 0 {
            return;
        }
        let lots = size * house_lots.signum();
        let (price, scale) = (self.others(market).favourable(house_lots), self.markets[market].scale);
        let (most, duration) = (self.params.auction_max_discount_bps, self.params.auction_slots);
        let elapsed = (self.clock.slot - self.markets[market].house_since).clamp(0, duration);
        let discount_bps = quotient(most, elapsed, duration).down();
        let discount = quotient(size * price, discount_bps, BPS * scale).down();
        let paid = discount.min(self.free_pool());

        let free_before = self.free_of(name);
        let (held, raw) = self.touch_position(name, market).unwrap_or_default();
        self.write(name, market, held + lots, raw - lots * price + (discount - paid) * scale);
        self.markets[market].house_raw += lots * price - discount * scale;
        self.move_cash(name, paid);
        self.selling = true;
        self.require_covered(name, RiskChange::taken_over(adds_risk(held, held + lots)), free_before);
        self.selling = false;
        self.markets[market].house_waived = None;
        self.book_crowding(market);
        self.join_house(market);
        self.end_house_round();
    }

    /// The loss of a house at the last mark and the stress move of its lots.
    fn house_at_risk(&self, market: usize) -> Int {
        let (at, lots) = (&self.markets[market], self.house_lots(market));
        let loss = -money(profit_raw(lots, at.house_raw, at.price), at.scale).min(0);
        loss + self.stress_of(market, lots)
    }

    /// Whether a house blocks exits (section 7): it holds lots, and nobody has shown that it is
    /// silent and that treasury and cushions cover it.
    pub(crate) fn house_blocks(&self, market: usize) -> bool {
        let at = &self.markets[market];
        self.house_lots(market) != 0 && at.house_waived.is_none() && at.final_ts == 0
    }

    /// `book_house`: shows whether a house is silent, and treasury and cushions cover the risk of
    /// all such houses.
    pub(crate) fn book_house(&mut self, market: usize) {
        let is_open = self.house_lots(market) != 0 && self.markets[market].final_ts == 0;
        self.require(is_open, Reason::NothingToTake);
        self.markets[market].house_waived = None;
        let at_risk = self.house_at_risk(market);
        let others: Int = self.markets.iter().filter_map(|market| market.house_waived).sum();
        if !self.is_fresh(market) && others + at_risk <= self.treasury + self.cushions() {
            self.markets[market].house_waived = Some(at_risk);
        }
        self.end_house_round();
    }

    /// Returns `true` if a flat house has a result of at least one base unit.
    pub(crate) fn is_house_due(&self, market: usize) -> bool {
        let at = &self.markets[market];
        let is_flat = self.house_lots(market) == 0 || at.final_ts != 0;
        is_flat && profit_raw(self.house_lots(market), at.house_raw, at.price).abs() >= at.scale
    }

    /// The result of a house that is flat, or at its final mark, joins the sum of this round,
    /// losses rounded up and gains down; a fraction stays.
    pub(crate) fn join_house(&mut self, market: usize) {
        let (held, at) = (self.house_lots(market), &self.markets[market]);
        if held != 0 && at.final_ts == 0 {
            return;
        }
        let result = money(profit_raw(held, at.house_raw, at.price), at.scale);
        self.markets[market].house_raw -= result * self.markets[market].scale;
        self.house_sum += result;
    }

    /// Once every default is allocated and every house that is not silent is flat, their results
    /// are realised as one sum, and the round of cushions ends (section 6).
    pub(crate) fn end_house_round(&mut self) {
        let waits = self.open_defaults() > 0 || (0..self.markets.len()).any(|market| self.house_blocks(market));
        if !waits {
            self.realise_houses();
            self.close_round();
        }
    }

    /// A loss is paid by the cushions of this round, and is a residual beyond them. A gain pays
    /// losses nobody has paid, then, as far as the pool has it, losses borne.
    fn realise_houses(&mut self) {
        let round = self.rounds.entry(self.round).or_default();
        if self.house_sum < 0 {
            let loss = -self.house_sum;
            let cushioned = loss.min(round.money);
            round.money -= cushioned;
            self.pool += cushioned;
            self.residual += loss - cushioned;
            self.house_sum = 0;
        } else {
            let unpaid = self.house_sum.min(self.recoverable_residual());
            let paid = (self.house_sum - unpaid).min(self.free_pool());
            self.residual -= unpaid;
            self.pool -= paid;
            self.house_sum -= unpaid + paid;
            self.recover(paid);
        }
        self.end_recovery();
    }
}

/// Cushions: what defaulters' contributions have left stays behind the sale of their lots.
impl Model {
    /// A defaulter's cushion joins the present round, at the price of the units there are.
    pub(crate) fn add_cushion(&mut self, seq: u64, amount: Int) {
        let number = self.round;
        let round = self.rounds.entry(number).or_default();
        let units = match round.money {
            0 => amount,
            money => quotient(amount, round.units, money).down(),
        };
        round.money += amount;
        if units > 0 {
            round.units += units;
            round.records += 1;
            let record = self.record(seq);
            (record.cushion, record.cushion_units, record.round) = (amount, units, number);
        }
    }

    /// Layer 4 takes from the cushions of every round in proportion, rounded up one after the
    /// other.
    pub(crate) fn take_cushions(&mut self, amount: Int) {
        let (mut open, mut left) = (amount, self.cushions());
        for round in self.rounds.values_mut().filter(|round| round.money > 0) {
            let taken = quotient(open, round.money, left).up();
            left -= round.money;
            open -= taken;
            round.money -= taken;
        }
    }

    /// A round ends: its cushions can be released, but for the stress loss of silent houses, which
    /// goes on into the next round with the same units. It waits while the round eight before is
    /// not released.
    fn close_round(&mut self) {
        let number = self.round;
        let waits = number.checked_sub(8).is_some_and(|before| self.rounds.contains_key(&before));
        let round = self.rounds.get(&number).copied().unwrap_or_default();
        let silent = (0..self.markets.len()).filter(|market| self.markets[*market].house_waived.is_some());
        let stress: Int = silent.map(|market| self.stress_of(market, self.house_lots(market))).sum();
        let carried = round.money.min(stress);
        if round.units == 0 || waits || carried > 0 && carried == round.money {
            return;
        }
        let next = if carried > 0 { Round { money: carried, ..round } } else { Round::default() };
        self.rounds.insert(number, Round { money: round.money - carried, is_carried: carried > 0, ..round });
        self.rounds.insert(number + 1, next);
        self.round += 1;
    }

    /// `release_cushion`: what a cushion has left comes back as shares. It never fails for what the
    /// fund's state is: what mints no share goes to the treasury.
    pub(crate) fn release_cushion(&mut self, seq: u64) {
        let (number, units, name) = {
            let record = &self.defaults[&seq];
            (record.round, record.cushion_units, record.member.clone())
        };
        self.require(units > 0, Reason::NothingToRelease);
        self.require(number < self.round, Reason::HouseNotSold);
        if !self.refused.is_empty() {
            return;
        }
        let round = self.rounds.get_mut(&number).expect("a round");
        let amount = quotient(round.money, units, round.units).down();
        let is_carried = round.is_carried;
        round.money -= amount;
        round.units -= units;
        round.records -= 1;
        let is_last = round.records == 0;
        if is_last {
            let left = round.money;
            self.rounds.remove(&number);
            self.treasury += left;
        }
        let record = self.record(seq);
        record.round += 1;
        if !is_carried {
            record.cushion_units = 0;
        }
        self.return_cushion(&name, amount);
        self.end_house_round();
    }

    /// Mints shares for a released cushion.
    fn return_cushion(&mut self, name: &str, amount: Int) {
        self.release_rewards();
        let minted = self.shares_for(amount);
        let settled =
            self.members.get(name).is_some_and(|member| member.share_epoch == self.share_epoch || member.shares == 0);
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

/// Recovery.
impl Model {
    /// Once every loss is paid the fund is active again; so is one whose wind-down has closed nobody
    /// out.
    pub(crate) fn end_recovery(&mut self) {
        let is_over = self.status != FundStatus::WindDown || !self.is_wound_up;
        if !self.has_open_loss() && is_over {
            self.status = FundStatus::Active;
        }
    }
}
