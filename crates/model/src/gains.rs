//! Layer 6: one fraction of everybody's net gain, by registration (section 5).

use crate::{
    interval::CELL_SECS,
    number::{quotient, Int},
    op::RecordId,
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
        let reading = self.exit.secs();
        let round = CutRound { loss: self.residual, cut_ts, ends_ts, reading, ..CutRound::default() };
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
        // What is cut is a loss borne now; each claim gets its part of these units when it is
        // touched.
        let units = self.units_for(cut).down();
        self.enter(cut);
        self.residual -= cut;
        let loss_epoch = self.loss_epoch;
        let round = self.cut_round(self.cut_seq);
        *round = CutRound { is_cut: true, loss: wanted, cut, first_cut: cut, units, loss_epoch, ..*round };
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
        let reading = self.cut_rounds[&number].reading.max(self.members[name].period_secs);
        self.results_as_of(name, reading).iter().sum()
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

    /// `register_gains`: `G = max(0, u + min(s, margin) + o)`, with `u` the net of unsettled
    /// profits at the pins, `s` as of the round's period, and `o` what earlier rounds still owe.
    /// That profit leaves the positions, and `G` becomes a claim.
    pub(crate) fn register_gains(&mut self, name: &str) {
        let Some(number) = self.missed_round(name) else {
            return self.require(false, Reason::AlreadyRegistered);
        };
        self.touch_claims(name);
        let held = self.members[name].positions;
        let mut profits = held.map(|held| {
            if held.is_free() {
                return 0;
            }
            let (lots, raw) = self.touch_position(name, held.market).unwrap_or_default();
            money(profit_raw(lots, raw, self.pin(held.market, number)), self.markets[held.market].scale)
        });
        let unsettled: Int = profits.iter().sum();
        let settled = self.results_of_round(name, number);
        let (margin, unpaid) = (self.members[name].margin, self.unpaid_claims(name));
        let gain = (unsettled + settled.min(margin) + unpaid).max(0);
        self.member(name).cut_seen = number;
        if gain == 0 {
            return; // losers only note the round
        }
        if settled >= 0 {
            let from_margin = settled.min(margin);
            self.move_cash(name, -from_margin);
            self.member(name).settled = [0, 0];
            self.carry_claims(name, unpaid);
        } else {
            // What is not part of the gain makes up for losses settled before: the unpaid claim is
            // used first, then the profits in the order of the positions.
            let carried = unpaid.min(gain);
            self.carry_claims(name, carried);
            let mut left = gain - carried;
            for profit in &mut profits {
                *profit = left.min((*profit).max(0));
                left -= *profit;
            }
        }
        self.take_profits(name, profits);
        let is_late = self.cut_rounds[&number].is_cut;
        if is_late {
            self.join_late(number, gain);
        } else {
            self.cut_round(number).gains += gain;
        }
        self.member(name).gains.push(GainsClaim { round: number, gains: gain, paid: 0, borne: 0, is_late });
        self.touch_claims(name);
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

    /// A latecomer joins the sum; everybody ends at the same fraction. The round takes more if it
    /// was too small: `X = min(U, unfunded at the cut, sum)`, and no fraction falls by it. What it
    /// takes more cancels unfunded loss; what finds none, because the loss was paid otherwise, is a
    /// recovery, as far as the pool holds cash that no claim waits for.
    fn join_late(&mut self, number: u64, gain: Int) {
        let round = self.cut_rounds[&number];
        let gains = round.gains + gain;
        let most = match round.gains {
            0 => gains,
            before => quotient(round.cut, gains, before).down(),
        };
        let more = (round.loss.min(gains).min(most) - round.cut).max(0);
        let cancelled = more.min(self.residual);
        let recovered = (more - cancelled).min(self.drawable());
        self.residual -= cancelled;
        self.pool -= recovered;
        let round = self.cut_round(number);
        round.gains = gains;
        round.cut += cancelled + recovered;
        self.recover(recovered);
    }
}

impl CutRound {
    /// What the claims are owed together.
    pub fn owed(&self) -> Int {
        self.gains - self.cut - self.paid
    }

    /// `floor(G (sum G - cut) / sum G)`: what a claim ends at.
    fn entitlement(&self, gains: Int) -> Int {
        quotient(gains, self.gains - self.cut, self.gains).down()
    }

    /// A claim's part of what there has been for the round so far, `min(sum G - cut, paid + pool)`.
    fn part_there(&self, gains: Int, pool: Int) -> Int {
        quotient(gains, (self.paid + pool).min(self.gains - self.cut), self.gains).down()
    }
}

/// Claims.
impl Model {
    /// What of the pool no claim of a cut round waits for: everything else draws on that only.
    pub(crate) fn drawable(&self) -> Int {
        let owed: Int = self.cut_rounds.values().filter(|round| round.is_cut).map(CutRound::owed).sum();
        (self.pool - owed).max(0)
    }

    /// What a member's claims of rounds that are cut still owe it.
    fn unpaid_claims(&self, name: &str) -> Int {
        self.members[name].gains.iter().map(|claim| self.unpaid(claim)).sum()
    }

    fn unpaid(&self, claim: &GainsClaim) -> Int {
        let round = &self.cut_rounds[&claim.round];
        if round.is_cut {
            round.entitlement(claim.gains) - claim.paid
        } else {
            0
        }
    }

    /// Brings a member's claims up to now: what is cut of them is borne. Less is, after a
    /// latecomer.
    pub(crate) fn touch_claims(&mut self, name: &str) {
        for place in 0..self.members[name].gains.len() {
            let claim = self.members[name].gains[place];
            let round = self.cut_rounds[&claim.round];
            if !round.is_cut {
                continue;
            }
            let cut = claim.gains - round.entitlement(claim.gains);
            self.member(name).gains[place].borne = cut;
            match cut - claim.borne {
                0 => {}
                more if more > 0 && claim.is_late => self.bear(name, more),
                more if more > 0 => {
                    let units = quotient(round.units, more, round.first_cut.max(1)).up();
                    self.bear_entered(name, more, units, round.loss_epoch);
                }
                less => self.bear_less(name, -less),
            }
        }
        let is_done = |claim: &GainsClaim| self.cut_rounds[&claim.round].is_cut && self.unpaid(claim) == 0;
        let claims = &self.members[name].gains;
        let newest = claims.iter().map(|claim| claim.round).max();
        let left: Vec<_> =
            claims.iter().filter(|claim| !is_done(claim) || Some(claim.round) == newest).copied().collect();
        self.member(name).gains = left;
    }

    /// Takes so much of what earlier rounds owe a member, the oldest first, into a later claim.
    fn carry_claims(&mut self, name: &str, amount: Int) {
        let mut left = amount;
        for place in 0..self.members[name].gains.len() {
            let claim = self.members[name].gains[place];
            let carried = left.min(self.unpaid(&claim));
            self.member(name).gains[place].paid += carried;
            self.cut_round(claim.round).paid += carried;
            left -= carried;
        }
    }

    /// What a member's claims are worth to others (U1): in full until the cut, then what is owed.
    pub(crate) fn claim_to_others(&self, name: &str) -> Int {
        let worth = |claim: &GainsClaim| {
            let is_cut = self.cut_rounds[&claim.round].is_cut;
            if is_cut {
                self.unpaid(claim)
            } else {
                claim.gains
            }
        };
        self.members[name].gains.iter().map(worth).sum()
    }

    /// What they are worth for what the member does itself (U2): until the cut `max(0, G (1 - U /
    /// sum G so far))`, rounded down.
    pub(crate) fn claim_to_oneself(&self, name: &str) -> Int {
        let worth = |claim: &GainsClaim| {
            let round = &self.cut_rounds[&claim.round];
            if round.is_cut {
                self.unpaid(claim)
            } else {
                quotient(claim.gains, (round.gains - round.loss).max(0), round.gains).down()
            }
        };
        self.members[name].gains.iter().map(worth).sum()
    }

    /// Pays a claim its part of what there has been for its round; returns what was paid.
    fn pay_part(&mut self, claim: &mut GainsClaim) -> Int {
        let round = self.cut_rounds[&claim.round];
        if !round.is_cut {
            return 0;
        }
        let paid = (round.part_there(claim.gains, self.pool) - claim.paid).clamp(0, self.pool);
        claim.paid += paid;
        self.cut_round(claim.round).paid += paid;
        self.pool -= paid;
        paid
    }

    /// `pay_claim`, anyone's: vested margin, as the pool fills.
    pub(crate) fn pay_claim(&mut self, name: &str) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require_registered(name);
        self.touch_claims(name);
        let mut paid = 0;
        for place in 0..self.members[name].gains.len() {
            let mut claim = self.members[name].gains[place];
            paid += self.pay_part(&mut claim);
            self.member(name).gains[place] = claim;
        }
        self.require(paid > 0, Reason::NothingToClaim);
        self.member(name).margin += paid;
    }

    /// Takes what a member's claims still owe out of their rounds.
    pub(crate) fn take_claims(&mut self, name: &str) -> Int {
        self.touch_claims(name);
        let unpaid = self.unpaid_claims(name);
        self.carry_claims(name, unpaid);
        self.member(name).gains.clear();
        unpaid
    }

    /// Whether claims are not paid.
    pub(crate) fn has_claim(&self, name: &str) -> bool {
        self.claim_to_others(name) > 0
    }

    /// `pay_record_claim`, anyone's: of a claim that a defaulter had assigned, what the pool pays
    /// cancels unfunded loss first, and is a recovery then. Nobody bears what is cut of it.
    pub(crate) fn pay_record_claim(&mut self, id: &RecordId) {
        let mut claims = self.defaults[id].claims.clone();
        let mut paid = 0;
        for claim in &mut claims {
            let round = self.cut_rounds[&claim.round];
            if round.is_cut {
                let cut = claim.gains - round.entitlement(claim.gains);
                let more = (cut - claim.borne).max(0).min(round.first_cut);
                claim.borne = cut;
                if more > 0 {
                    let units = quotient(round.units, more, round.first_cut).down();
                    self.leave_entered(more, units, round.loss_epoch);
                }
            }
            paid += self.pay_part(claim);
        }
        self.require(paid > 0, Reason::NothingToClaim);
        self.record(id).claims = claims;
        let cancelled = paid.min(self.recoverable_residual());
        self.residual -= cancelled;
        self.pool += cancelled;
        self.recover(paid - cancelled);
    }
}
