//! Layer 6: one fraction of everybody's net gain, by registration (section 5).

use crate::{
    number::{quotient, Int},
    positions::{money, profit_raw},
    reason::Reason,
    state::{CutRound, FundStatus, GainsClaim, MemberStatus, Model, MAX_POSITIONS},
};

/// Rounds whose pins are kept.
const KEPT_ROUNDS: u64 = 8;
/// From the opening of a round to the moment of its pins.
const PIN_DELAY_SECS: Int = 150;

/// Opening a round and cutting it.
impl Model {
    /// Layers 3 to 5 have nothing left.
    pub(crate) fn require_layers_empty(&mut self) {
        let mutual = self.treasury + self.contributions + self.cushions();
        self.require(self.open_defaults() == 0, Reason::LossPending);
        self.require(mutual == 0, Reason::LayerNotEmpty);
        self.require(!self.assessment_holds(), Reason::AssessmentOpen);
    }

    /// `open_gains_cut`: fixes the loss as of now and the moment of the pins.
    /// Nobody may hold a claim of the round that is not kept any more; what its claims could not
    /// divide is a gain of the houses.
    pub(crate) fn open_gains_cut(&mut self) {
        let (number, last) = (self.cut_seq + 1, self.cut_rounds.get(&self.cut_seq).copied());
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require(self.residual > 0, Reason::NothingToAllocate);
        self.require_layers_empty();
        self.require((0..self.markets.len()).all(|market| !self.house_blocks(market)), Reason::HouseNotSold);
        self.require(self.waivers_hold(), Reason::HouseNotSold);
        self.require(self.clock.ts >= self.grace_until_ts, Reason::GracePeriodRunning);
        self.require(last.is_none_or(|round| round.is_cut), Reason::GainsCutOpen);
        let oldest = number.saturating_sub(KEPT_ROUNDS);
        self.require(self.claims_of(oldest).count() == 0, Reason::GainsCutOpen);
        if !self.refused.is_empty() {
            return;
        }
        self.house_sum += self.cut_rounds.remove(&oldest).map_or(0, |round| round.owed());
        let cut_ts = self.clock.ts + PIN_DELAY_SECS;
        let ends_ts = cut_ts + self.params.register_secs;
        let secs = self.exit.vest_secs();
        let round = CutRound { loss: self.residual, cut_ts, ends_ts, secs, ..CutRound::default() };
        self.cut_seq = number;
        self.cut_rounds.insert(number, round);
    }

    /// `cut_gains`: once registration is over, `x = min(U, unfunded, sum G)` is cut from the
    /// claims. No gains, or two cuts in a row that were too small: wind-down.
    pub(crate) fn cut_gains(&mut self) {
        let Some(round) = self.cut_rounds.get(&self.cut_seq).copied().filter(|round| !round.is_cut) else {
            return self.require(false, Reason::NothingToAllocate);
        };
        self.require(self.clock.ts >= round.ends_ts, Reason::RegistrationOpen);
        self.require(self.open_defaults() == 0, Reason::LossPending);
        if !self.refused.is_empty() {
            return;
        }
        let loss = round.loss.min(self.residual);
        let cut = loss.min(round.gains);
        let (loss_epoch, first_gains) = (self.loss_epoch, round.gains);
        let is_cut = true;
        let round = CutRound { is_cut, loss, cut, loss_epoch, first_gains, first_cut: cut, ..round };
        // What is cut is a loss borne now; each claim gets its part of these units when it is touched.
        let first_borne = cut - (round.gone - round.end_of(round.gone));
        let units = self.units_for(first_borne).down();
        self.enter(first_borne);
        self.residual -= cut;
        self.assessment.asked = self.assessment.asked.min(self.residual);
        *self.cut_round(self.cut_seq) = CutRound { units, first_borne, ..round };
        self.set_off_gone(self.cut_seq, 0);
        let is_too_small = loss - cut > self.hidden_by_rounding();
        self.small_cuts = if is_too_small { self.small_cuts + 1 } else { 0 };
        if is_too_small && (round.gains == 0 || self.small_cuts >= 2) {
            self.status = FundStatus::WindDown;
            self.wind_down_ts = self.clock.ts;
        }
        self.end_house_round();
    }

    /// What rounding hides of gains at most: a unit a member and position.
    fn hidden_by_rounding(&self) -> Int {
        (self.members.len() * MAX_POSITIONS) as Int
    }

    /// What gains of claims that have left a round come to, beyond `before`, cancels unfunded loss. The
    /// rest is a gain of the houses.
    fn set_off_gone(&mut self, number: u64, before: Int) {
        let round = self.cut_rounds[&number];
        let amount = round.end_of(round.gone) - before;
        let cancelled = amount.min(self.recoverable_residual());
        self.cut_round(number).paid += amount;
        self.pay_residual(cancelled);
        self.house_sum += amount - cancelled;
    }

    fn cut_round(&mut self, number: u64) -> &mut CutRound {
        self.cut_rounds.get_mut(&number).expect("a round")
    }

    /// Claims of a round.
    pub(crate) fn claims_of(&self, number: u64) -> impl Iterator<Item = GainsClaim> + '_ {
        self.members.values().filter_map(|member| member.gains).filter(move |claim| claim.round == number)
    }

    /// What registered claims are owed. Nothing else draws on the pool for so much.
    pub fn gains_owed(&self) -> Int {
        self.cut_rounds.values().map(CutRound::owed).sum()
    }

    /// What of the pool is not for registered claims.
    pub(crate) fn free_pool(&self) -> Int {
        (self.pool - self.gains_owed()).max(0)
    }

    /// The last round whose pins are known.
    pub(crate) fn due_round(&self) -> u64 {
        match self.cut_rounds.get(&self.cut_seq) {
            Some(round) if self.clock.ts < round.cut_ts => self.cut_seq - 1,
            _ => self.cut_seq,
        }
    }

    /// The pin of a market: its mean at the moment of the cut, or its final mark. No call selects
    /// it.
    fn pin(&self, market: usize, number: u64) -> Int {
        let (at, cut_ts) = (&self.markets[market], self.cut_rounds[&number].cut_ts);
        match at.pins.get(&number) {
            Some(pin) => *pin,
            None if at.final_ts != 0 => at.price,
            None => at.pin_at(cut_ts),
        }
    }

    /// Keeps the pins of rounds whose moment has passed, before the market's price changes.
    pub(crate) fn keep_pins(&mut self, market: usize) {
        let oldest = self.cut_seq.saturating_sub(KEPT_ROUNDS - 1);
        for number in oldest.max(1)..=self.due_round() {
            let pin = self.pin(market, number);
            self.markets[market].pins.insert(number, pin);
        }
        self.markets[market].pins.retain(|number, _| *number >= oldest);
    }
}

impl CutRound {
    /// What its claims are owed: all of them before the cut, then what is not cut and not paid.
    pub fn owed(&self) -> Int {
        self.gains - self.cut - self.paid
    }

    /// What a claim ends at, rounded down.
    fn end_of(&self, gain: Int) -> Int {
        part_of(gain, self.gains - self.cut, self.gains)
    }

    /// What it would have ended at without latecomers.
    fn first_end_of(&self, gain: Int) -> Int {
        part_of(gain, self.first_gains - self.first_cut, self.first_gains)
    }
}

/// `floor(gain amount / all)`; of nothing it is nothing.
fn part_of(gain: Int, amount: Int, all: Int) -> Int {
    if all == 0 {
        return 0;
    }
    quotient(gain, amount, all).down()
}

/// Registration.
impl Model {
    /// The next round that a member has missed, at the oldest pins that are kept.
    fn missed_round(&self, name: &str) -> Option<u64> {
        let oldest = (self.cut_seq + 1).saturating_sub(KEPT_ROUNDS);
        let next = (self.members[name].cut_seen + 1).max(oldest);
        (next <= self.due_round()).then_some(next)
    }

    /// Results that are not vested as of a round.
    fn results_of_round(&self, name: &str, number: u64) -> Int {
        self.results_as_of(name, self.cut_rounds[&number].secs).iter().sum()
    }

    /// Every instruction that changes a member's lots or margin asks for its registration in all
    /// rounds. An account without positions and gains counts as registered.
    pub(crate) fn require_registered(&mut self, name: &str) {
        let Some(missed) = self.missed_round(name) else { return };
        let member = &self.members[name];
        let has_gains = self.results_of_round(name, missed).min(member.margin) > 0 || member.gains.is_some();
        if member.has_positions() || has_gains {
            self.require(false, Reason::GainsNotRegistered);
        } else {
            let due = self.due_round();
            self.member(name).cut_seen = due;
        }
    }

    /// `register_gains`: `G = max(0, u + min(s, margin) + o)`, with `u` the net of unsettled profits
    /// at the pins, `s` as of the round, and `o` what an earlier round still owes. That profit leaves
    /// the positions, and `G` becomes the claim, instead of the earlier one. What of `o` makes up for
    /// losses becomes unsettled profit again, in the first position; without a position `o` counts in
    /// full.
    pub(crate) fn register_gains(&mut self, name: &str) {
        let closed_out = self.members[name].status == MemberStatus::ClosedOut;
        self.require(!closed_out, Reason::MemberClosedOut);
        let Some(number) = self.missed_round(name) else {
            return self.require(false, Reason::AlreadyRegistered);
        };
        let unpaid = self.take_claim(name);
        let mut profits = [0; MAX_POSITIONS];
        for (place, profit) in profits.iter_mut().enumerate() {
            let held = self.members[name].positions[place];
            if !held.is_free() {
                let (lots, raw) = self.touch_position(name, held.market).unwrap_or_default();
                let pin = self.pin(held.market, number);
                *profit = money(profit_raw(lots, raw, pin), self.markets[held.market].scale);
            }
        }
        let unsettled: Int = profits.iter().sum();
        let settled = self.results_of_round(name, number);
        let is_flat = !self.members[name].has_positions();
        let counted = settled.min(self.members[name].margin).max(if is_flat { 0 } else { Int::MIN });
        let gain = (unsettled + counted + unpaid).max(0);
        if gain + unpaid > 0 {
            let reading = self.cut_rounds[&number].secs;
            let passed = self.periods_passed(name, reading) * self.params.vest_secs;
            let takes_all = gain > 0 && settled >= 0;
            if takes_all {
                self.move_cash(name, -counted);
            } else {
                // The rest of the unsettled profit makes up for losses.
                let mut left = gain - unpaid;
                let held = self.members[name].positions;
                for (profit, _) in profits.iter_mut().zip(held).filter(|(_, held)| !held.is_free()) {
                    *profit = left.min((*profit).max(0));
                    left -= *profit;
                }
            }
            let member = self.member(name);
            member.period_secs += passed;
            member.settled = [if takes_all { 0 } else { settled }, 0];
            self.take_profits(name, profits);
        }
        self.member(name).cut_seen = number;
        if gain > 0 {
            self.enter_round(name, GainsClaim { round: number, gain, ..GainsClaim::default() });
        }
        self.end_house_round();
    }

    /// Takes whole units of profit out of positions; a flat slot's fraction is the house's.
    fn take_profits(&mut self, name: &str, profits: [Int; MAX_POSITIONS]) {
        for (place, profit) in profits.into_iter().enumerate() {
            let held = self.members[name].positions[place];
            if held.is_free() {
                continue;
            }
            let scale = self.markets[held.market].scale;
            let raw = held.raw - profit * scale;
            let is_fraction = held.lots == 0 && (0..scale).contains(&raw);
            self.member(name).positions[place].raw = if is_fraction { 0 } else { raw };
            if is_fraction {
                self.markets[held.market].house_raw += raw;
            }
            if self.is_house_due(held.market) {
                self.join_house(held.market);
            }
        }
    }

    /// A claim enters a round. A latecomer pays `ceil(G' X / (sum G + G'))` at the same pins, with
    /// `X = min(U, unfunded at the cut, sum G + G')`. What `X` exceeds the cut by cancels unfunded
    /// loss first, then is a recovery as far as the pool has it for one; the rest is the earlier
    /// claims', whose fraction never falls.
    fn enter_round(&mut self, name: &str, claim: GainsClaim) {
        let free = self.free_pool();
        let round = self.cut_rounds[&claim.round];
        let gains = round.gains + claim.gain;
        self.cut_round(claim.round).gains = gains;
        self.member(name).gains = Some(claim);
        if !round.is_cut {
            return;
        }
        let fair = if round.gains == 0 { gains } else { quotient(round.cut, gains, round.gains).down() };
        let more = (round.loss.min(gains).min(fair) - round.cut).max(0);
        let cancelled = more.min(self.recoverable_residual());
        let recovered = (more - cancelled).min(free);
        self.pay_residual(cancelled);
        self.pool -= recovered;
        self.cut_round(claim.round).cut += cancelled + recovered;
        let whole = self.cut_rounds[&claim.round];
        if claim.round == self.cut_seq && whole.loss - whole.cut <= self.hidden_by_rounding() {
            self.small_cuts = 0;
        }
        let entitled = self.cut_rounds[&claim.round].end_of(claim.gain);
        self.member(name).gains = Some(GainsClaim { entitled, is_booked: true, ..claim });
        if claim.gain > entitled {
            self.bear(name, claim.gain - entitled);
        }
        self.recover(recovered);
        self.set_off_gone(claim.round, round.end_of(round.gone));
    }
}

/// Claims.
impl Model {
    /// Brings a member's claim up to now: what was cut is borne, what latecomers have added since
    /// is borne no more.
    pub(crate) fn touch_claim(&mut self, name: &str) {
        let Some(claim) = self.members[name].gains else { return };
        let round = self.cut_rounds[&claim.round];
        if !round.is_cut {
            return;
        }
        let before = self.claim_seen(&claim);
        if !claim.is_booked {
            let cut = part_of(claim.gain, round.first_cut, round.first_gains);
            let units = if cut > 0 { quotient(round.units, cut, round.first_borne).up() } else { 0 };
            self.bear_entered(name, cut, units, round.loss_epoch);
        }
        let entitled = round.end_of(claim.gain);
        if entitled > before {
            self.bear_less(name, entitled - before);
        }
        self.member(name).gains = Some(GainsClaim { entitled, is_booked: true, ..claim });
    }

    /// The end of a claim that its member's losses say.
    fn claim_seen(&self, claim: &GainsClaim) -> Int {
        if claim.is_booked {
            claim.entitled
        } else {
            self.cut_rounds[&claim.round].first_end_of(claim.gain)
        }
    }

    /// What a claim is owed: all of it until the cut.
    pub(crate) fn left_of(&self, claim: &GainsClaim) -> Int {
        let round = &self.cut_rounds[&claim.round];
        if round.is_cut {
            (round.end_of(claim.gain) - claim.paid).max(0)
        } else {
            claim.gain
        }
    }

    /// What a claim is worth to others (U1).
    pub(crate) fn claim_to_others(&self, name: &str) -> Int {
        self.members[name].gains.map_or(0, |claim| self.left_of(&claim))
    }

    /// What a claim is worth for what the member does itself (U2): until the cut `max(0, G (1 - U /
    /// sum G so far))`, rounded down.
    pub(crate) fn claim_to_oneself(&self, name: &str) -> Int {
        match self.members[name].gains {
            Some(claim) if !self.cut_rounds[&claim.round].is_cut => {
                let round = &self.cut_rounds[&claim.round];
                part_of(claim.gain, (round.gains - round.loss).max(0), round.gains)
            }
            _ => self.claim_to_others(name),
        }
    }

    /// What a claim can be paid now: its part of what there has been for its round so far, less
    /// what it was paid. Claims that have left it have had theirs.
    fn payable(&self, claim: &GainsClaim) -> Int {
        let round = &self.cut_rounds[&claim.round];
        if !round.is_cut {
            return 0;
        }
        let gone = round.end_of(round.gone);
        let there = (round.paid - gone + self.pool).min(round.gains - round.cut - gone);
        let due = part_of(claim.gain, there, round.gains - round.gone) - claim.paid;
        due.clamp(0, self.pool).min(self.left_of(claim))
    }

    /// `pay_claim`, anyone's: a settled gain, as far as the pool reaches; or what latecomers have
    /// added, brought into what the member bears.
    pub(crate) fn pay_claim(&mut self, name: &str) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require_registered(name);
        let before = self.members[name].gains.map_or(0, |claim| self.claim_seen(&claim));
        self.touch_claim(name);
        let paid = self.members[name].gains.map_or(0, |claim| self.payable(&claim));
        let has_more =
            self.members[name].gains.is_some_and(|claim| claim.is_booked && claim.entitled > before);
        self.require(paid > 0 || has_more, Reason::NothingToClaim);
        let Some(claim) = self.members[name].gains.filter(|_| self.refused.is_empty()) else { return };
        self.cut_round(claim.round).paid += paid;
        self.move_cash(name, paid);
        self.book_result(name, paid);
        // A paid claim stays: latecomers of its round may still add to it, until the next round.
        self.member(name).gains = Some(GainsClaim { paid: claim.paid + paid, ..claim });
    }

    /// Takes what is left of a member's claim out of its round.
    pub(crate) fn take_claim(&mut self, name: &str) -> Int {
        self.touch_claim(name);
        let Some(claim) = self.member(name).gains.take() else { return 0 };
        let left = self.left_of(&claim);
        // What all claims that have left come to counts as paid; a unit that fractions hide is the houses'.
        let round = self.cut_rounds[&claim.round];
        let leaves = round.end_of(round.gone + claim.gain) - round.end_of(round.gone) - claim.paid;
        let next = CutRound { gone: round.gone + claim.gain, paid: round.paid + leaves, ..round };
        *self.cut_round(claim.round) = next;
        self.house_sum += leaves - left;
        left
    }

    /// A member that is declared: what is left of a cut claim is set off now, one that is not cut yet when
    /// it is. Returns the first, and the second, which is the fund's from now on.
    pub(crate) fn claim_of_defaulter(&mut self, name: &str) -> (Int, Int) {
        let Some(claim) = self.members[name].gains else { return (0, 0) };
        if self.cut_rounds[&claim.round].is_cut {
            return (self.take_claim(name), 0);
        }
        self.cut_round(claim.round).gone += claim.gain;
        self.member(name).gains = None;
        (0, claim.gain)
    }

    /// The residual that layers 3 to 5 take now: not what defaulters' gains may still cancel.
    pub(crate) fn allocatable(&self) -> Int {
        let round = self.cut_rounds.get(&self.cut_seq).filter(|round| !round.is_cut);
        (self.residual - round.map_or(0, |round| round.gone)).max(0)
    }
}
