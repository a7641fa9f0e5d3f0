//! Layer 6: one fraction of everybody's net gain, by registration (section 5).

use crate::{
    interval::CELL_SECS,
    number::{quotient, Int, Q64},
    positions::{money, profit_raw},
    reason::Reason,
    state::{CutRound, FundStatus, GainsClaim, Model, MAX_POSITIONS},
};

/// Rounds whose pins are kept.
const KEPT_ROUNDS: u64 = 8;

/// Opening a round and cutting it.
impl Model {
    /// Layers 3 to 5 have nothing left.
    pub(crate) fn require_layers_empty(&mut self) {
        let mutual = self.treasury + self.contributions + self.cushions();
        self.require(self.open_defaults() == 0, Reason::LossPending);
        self.require(mutual == 0, Reason::LayerNotEmpty);
        self.require(!self.assessment_is_open(), Reason::AssessmentOpen);
    }

    /// `open_gains_cut`: fixes the loss as of now and the moment of the pins, two cells ahead.
    pub(crate) fn open_gains_cut(&mut self) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require(self.residual > 0, Reason::NothingToAllocate);
        self.require_layers_empty();
        self.require((0..self.markets.len()).all(|market| !self.house_blocks(market)), Reason::HouseNotSold);
        self.require(self.cut_rounds.values().all(|round| round.is_cut), Reason::GainsCutOpen);
        let cut_ts = self.clock.ts + 2 * CELL_SECS;
        let ends_ts = cut_ts + self.params.register_secs;
        let round = CutRound { loss: self.residual, cut_ts, ends_ts, period: self.period(), ..CutRound::default() };
        self.cut_seq += 1;
        self.cut_rounds.insert(self.cut_seq, round);
    }

    /// `cut_gains`: once registration is over, `x = min(U, unfunded, sum G)` is cut from the
    /// claims. No gains, or two cuts in a row that were too small: wind-down.
    pub(crate) fn cut_gains(&mut self) {
        let Some(round) = self.cut_rounds.get(&self.cut_seq).copied().filter(|round| !round.is_cut) else {
            return self.require(false, Reason::NothingToAllocate);
        };
        self.require(self.clock.ts >= round.ends_ts, Reason::RegistrationOpen);
        if !self.refused.is_empty() {
            return;
        }
        let wanted = round.loss.min(self.residual);
        let cut = wanted.min(round.gains);
        // What is cut is a loss borne now; each claim gets its part of these units when it is touched.
        let units = self.units_for(cut).down();
        self.enter(cut);
        let unfunded = self.residual;
        self.residual -= cut;
        let loss_epoch = self.loss_epoch;
        let round = self.cut_round(self.cut_seq);
        *round = CutRound { is_cut: true, cut, unfunded, units, loss_epoch, first_gains: round.gains, ..*round };
        round.first_cut = cut;
        round.claims -= cut;
        self.small_cuts = if cut < wanted { self.small_cuts + 1 } else { 0 };
        let is_hopeless = wanted > 0 && cut == 0 || self.small_cuts == 2;
        if is_hopeless {
            self.status = FundStatus::WindDown;
            self.wind_down_ts = self.clock.ts;
        }
        self.end_recovery();
    }

    fn cut_round(&mut self, number: u64) -> &mut CutRound {
        self.cut_rounds.get_mut(&number).expect("a round")
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

/// Registration.
impl Model {
    /// The next round that a member has missed, at the oldest pins that are kept.
    fn missed_round(&self, name: &str) -> Option<u64> {
        let oldest = (self.cut_seq + 1).saturating_sub(KEPT_ROUNDS);
        let next = (self.members[name].cut_seen + 1).max(oldest);
        (next <= self.due_round()).then_some(next)
    }

    /// Results that are not vested as of a round's period.
    fn results_of_round(&self, name: &str, number: u64) -> Int {
        let period = self.cut_rounds[&number].period.max(self.members[name].period);
        self.results_as_of(name, period).iter().sum()
    }

    /// Every instruction that changes a member's lots or margin asks for its registration in all
    /// rounds. An account without positions and gains counts as registered.
    pub(crate) fn require_registered(&mut self, name: &str) {
        let Some(missed) = self.missed_round(name) else { return };
        let member = &self.members[name];
        let has_gains = self.results_of_round(name, missed).min(member.margin) > 0 || self.has_claim(name);
        if member.has_positions() || has_gains {
            self.require(false, Reason::GainsNotRegistered);
        } else {
            let due = self.due_round();
            self.member(name).cut_seen = due;
        }
    }

    /// `register_gains`: `G = max(0, u + min(s, margin))`, with `u` the net of unsettled profits at
    /// the pins and `s` as of the round's period. That profit leaves the positions, and `G` becomes
    /// a claim; an unpaid claim of an earlier round is part of it.
    pub(crate) fn register_gains(&mut self, name: &str) {
        let Some(number) = self.missed_round(name) else {
            return self.require(false, Reason::AlreadyRegistered);
        };
        self.touch_claim(name);
        let mut profits = [0; MAX_POSITIONS];
        for place in 0..MAX_POSITIONS {
            let held = self.members[name].positions[place];
            if !held.is_free() {
                let (lots, raw) = self.touch_position(name, held.market).unwrap_or_default();
                let pin = self.pin(held.market, number);
                profits[place] = money(profit_raw(lots, raw, pin), self.markets[held.market].scale);
            }
        }
        let unsettled: Int = profits.iter().sum();
        let settled = self.results_of_round(name, number);
        let margin = self.members[name].margin;
        let gain = (unsettled + settled.min(margin)).max(0);
        if gain > 0 && settled >= 0 {
            let from_margin = settled.min(margin);
            self.move_cash(name, -from_margin);
            self.member(name).settled = [0, 0];
            self.take_profits(name, profits);
        } else if gain > 0 {
            // The rest of the unsettled profit makes up for losses settled before; it stays where most was won.
            let most = (0..MAX_POSITIONS).rev().max_by_key(|place| profits[*place]).expect("a place");
            profits[most] -= unsettled - gain;
            self.take_profits(name, profits);
        }
        let unpaid = self.member(name).gains.take().map_or(0, |claim| {
            self.cut_round(claim.round).claims -= claim.left;
            claim.left
        });
        let gains = gain + unpaid;
        self.cut_round(number).claims += gains;
        self.member(name).cut_seen = number;
        if gains > 0 {
            let claim = GainsClaim { round: number, gains, ..GainsClaim::default() };
            if self.cut_rounds[&number].is_cut {
                self.register_late(name, claim);
            } else {
                self.cut_round(number).gains += gains;
                self.member(name).gains = Some(claim);
            }
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
                if self.is_house_due(held.market) {
                    self.join_house(held.market);
                }
            }
        }
    }

    /// A latecomer pays `ceil(G' X / (sum G + G'))` at the same pins, with `X = min(U, unfunded at
    /// the cut, sum G + G')`. What `X` exceeds the cut by cancels unfunded loss first; the rest is
    /// shared among the round's earlier claims.
    fn register_late(&mut self, name: &str, claim: GainsClaim) {
        let round = self.cut_rounds[&claim.round];
        let all = round.gains + claim.gains;
        let whole = round.loss.min(round.unfunded).min(all);
        let paid = quotient(claim.gains, whole, all).up();
        let cancelled = (whole - round.cut).min(paid).min(self.residual);
        let shared = if round.gains > 0 { paid - cancelled } else { 0 };
        let paid = cancelled + shared;
        self.residual -= cancelled;
        let at = self.cut_round(claim.round);
        at.claims -= cancelled;
        if shared > 0 {
            at.index += quotient(shared, Q64, round.gains).down();
        }
        at.gains = all;
        at.cut = whole;
        let index_seen = at.index;
        let left = claim.gains - paid;
        self.member(name).gains = Some(GainsClaim { left, is_cut: true, index_seen, ..claim });
        if paid > 0 {
            self.bear(name, paid);
        }
        self.end_recovery();
    }
}

/// Claims.
impl Model {
    /// What of a claim of a round that is cut is left: gains before this one in the order of
    /// touches, and this one, get their part of `sum G - x`, rounded down.
    fn settle_claim(&mut self, claim: GainsClaim) -> (GainsClaim, Int, Int) {
        let round = self.cut_rounds[&claim.round];
        let (mut claim, mut cut, mut added) = (claim, 0, 0);
        if !round.is_cut {
            return (claim, 0, 0);
        }
        if !claim.is_cut {
            let up_to = |gains| match round.first_gains {
                0 => 0,
                all => quotient(gains, all - round.first_cut, all).down(),
            };
            claim.left = up_to(round.touched + claim.gains) - up_to(round.touched);
            claim.is_cut = true;
            cut = claim.gains - claim.left;
            self.cut_round(claim.round).touched += claim.gains;
        }
        if round.index > claim.index_seen {
            added = quotient(claim.gains, round.index - claim.index_seen, Q64).down();
            claim.left += added;
            claim.index_seen = round.index;
        }
        (claim, cut, added)
    }

    /// Brings a member's claim up to now: what was cut is borne, what latecomers have added is
    /// borne no more.
    fn touch_claim(&mut self, name: &str) {
        let Some(claim) = self.member(name).gains.take() else { return };
        let (claim, cut, added) = self.settle_claim(claim);
        self.member(name).gains = Some(claim);
        if cut > 0 {
            let round = self.cut_rounds[&claim.round];
            self.bear_entered(name, cut, quotient(round.units, cut, round.first_cut).up(), round.loss_epoch);
        }
        if added > 0 {
            self.bear_less(name, added);
        }
    }

    /// What a claim is worth to others (U1): in full until the cut, then what is left.
    pub(crate) fn claim_to_others(&self, name: &str) -> Int {
        let Some(claim) = self.members[name].gains else { return 0 };
        let round = self.cut_rounds[&claim.round];
        if !round.is_cut {
            return claim.gains;
        }
        let left = match claim.is_cut {
            true => claim.left,
            false => quotient(claim.gains, round.first_gains - round.first_cut, round.first_gains).down(),
        };
        left + quotient(claim.gains, round.index - claim.index_seen, Q64).down()
    }

    /// What a claim is worth for what the member does itself (U2): until the cut `max(0, G (1 - U /
    /// sum G so far))`, rounded down.
    pub(crate) fn claim_to_oneself(&self, name: &str) -> Int {
        match self.members[name].gains {
            Some(claim) if !self.cut_rounds[&claim.round].is_cut => {
                let round = self.cut_rounds[&claim.round];
                quotient(claim.gains, (round.gains - round.loss).max(0), round.gains).down()
            }
            _ => self.claim_to_others(name),
        }
    }

    /// `pay_claim`, anyone's: vested margin, as far as the pool reaches.
    pub(crate) fn pay_claim(&mut self, name: &str) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require_registered(name);
        let was = self.members[name].gains;
        self.touch_claim(name);
        let claim = self.members[name].gains.unwrap_or_default();
        let paid = claim.left.min(self.pool);
        self.require(paid > 0 || was != self.members[name].gains, Reason::NothingToClaim);
        if !self.refused.is_empty() {
            return;
        }
        self.cut_round(claim.round).claims -= paid;
        self.move_cash(name, paid);
        let left = claim.left - paid;
        // A paid claim stays: latecomers of its round may still add to it, until the next round.
        self.member(name).gains = Some(GainsClaim { left, ..claim });
    }

    /// Takes what is left of a member's claim out of its round.
    pub(crate) fn take_claim(&mut self, name: &str) -> Int {
        self.touch_claim(name);
        let Some(claim) = self.member(name).gains.take() else { return 0 };
        self.cut_round(claim.round).claims -= claim.left;
        claim.left
    }

    /// Whether a claim is not paid.
    pub(crate) fn has_claim(&self, name: &str) -> bool {
        self.claim_to_others(name) > 0
    }

    /// `pay_record_claim`, anyone's: a claim that a defaulter had assigned cancels unfunded loss
    /// first, and is a recovery as far as the pool reaches.
    pub(crate) fn pay_record_claim(&mut self, seq: u64) {
        let Some(claim) = self.defaults[&seq].claim else {
            return self.require(false, Reason::NothingToClaim);
        };
        let (mut claim, cut, _) = self.settle_claim(claim);
        let round = self.cut_rounds[&claim.round];
        if cut > 0 {
            // Nobody bears what is cut of it.
            self.leave_entered(cut, quotient(round.units, cut, round.first_cut).down(), round.loss_epoch);
        }
        let cancelled = claim.left.min(self.recoverable_residual());
        let paid = (claim.left - cancelled).min(self.pool);
        self.require(cancelled + paid > 0 || claim.is_cut && cut > 0, Reason::NothingToClaim);
        claim.left -= cancelled + paid;
        self.record(seq).claim = Some(claim);
        self.cut_round(claim.round).claims -= cancelled + paid;
        self.residual -= cancelled;
        self.pool -= paid;
        self.recover(paid);
    }
}
