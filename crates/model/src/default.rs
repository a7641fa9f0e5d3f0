//! Declaration of a default: docs/waterfall.md, layer 1.

use crate::{
    number::{part, Int, Q64},
    op::RecordId,
    positions::{money, profit_raw},
    reason::Reason,
    state::{DefaultRecord, DefaultStatus, MemberStatus, Model, MAX_POSITIONS},
};

/// A grace period counts for so many seconds after its end.
const CONFIRM_WINDOW_SECS: Int = 600;
/// Grace of a default with a silent leg, so that its feed can come back.
pub(crate) const SILENT_GRACE_SECS: Int = 3_600;

impl Model {
    /// `declare_default`
    pub(crate) fn declare(&mut self, name: &str, keeper: Option<&str>) {
        let status = self.members[name].status;
        self.require(status != MemberStatus::ClosedOut, Reason::MemberClosedOut);
        self.require_registered(name);
        let risk = self.risk(name);
        let negative = self.members[name].margin + risk.declaring < 0;
        if self.passes_grace(name, negative) {
            let is_settled =
                self.members[name].share_epoch == self.share_epoch || self.members[name].shares == 0;
            self.require(is_settled, Reason::EpochEnded);
            if !is_settled {
                return;
            }
            if let Some(keeper) = keeper {
                self.require_registered(keeper);
            }
            self.enter_record(name, keeper);
        }
    }

    /// Seconds of a grace period. A silent leg makes it at least an hour.
    fn grace_secs(&self, is_long: bool) -> Int {
        let ordinary = self.in_secs(self.params.default_confirm_slots);
        if is_long {
            ordinary.max(SILENT_GRACE_SECS)
        } else {
            ordinary
        }
    }

    /// Whether a leg of the member is silent, by U5.
    fn has_silent_leg(&self, name: &str) -> bool {
        let mut held = self.members[name].positions.iter().filter(|held| !held.is_free());
        held.any(|held| !self.is_recent(held.market))
    }

    /// Moves a member through its grace period (section 7). Returns `true` if it is in default now.
    fn passes_grace(&mut self, name: &str, negative: bool) -> bool {
        let (now, day, silent) = (self.clock, self.day(), self.has_silent_leg(name));
        let member = &self.members[name];
        let (began, in_grace) = (member.grace, member.status == MemberStatus::Grace);
        let end_ts = began.ts + self.grace_secs(member.grace_is_long);
        let lapsed = now.ts >= end_ts + CONFIRM_WINDOW_SECS;
        if !negative {
            self.require(in_grace, Reason::EquityNotNegative);
            let sound = self.meets_initial_to_others(name);
            self.require(!in_grace || lapsed || sound, Reason::GracePeriodRunning);
            self.leave_grace(name, MemberStatus::Active);
            return false;
        }
        if in_grace && !lapsed {
            // A feed that has come back shortens the grace that its silence asked for.
            let over_ts = began.ts + self.grace_secs(silent);
            let over = now.ts >= over_ts && now.slot >= began.slot + self.params.default_confirm_slots;
            self.require(over, Reason::GracePeriodRunning);
        } else if self.starts_grace(name, day, silent) {
            return false;
        }
        self.leave_grace(name, MemberStatus::Active);
        self.stop_watching(name);
        true
    }

    /// With the last grace that ends, graces block exits no longer.
    fn leave_grace(&mut self, name: &str, next: MemberStatus) {
        let was = std::mem::replace(&mut self.member(name).status, next);
        if was == MemberStatus::Grace && self.in_status(MemberStatus::Grace) == 0 {
            self.grace_until_ts = self.grace_until_ts.min(self.clock.ts);
        }
    }

    /// Starts a grace period: one a member a day, within the seconds by which graces may block
    /// exits on a day. A default without one is final at once.
    fn starts_grace(&mut self, name: &str, day: Int, silent: bool) -> bool {
        let (secs, clock) = (self.grace_secs(silent), self.clock);
        let until = self.grace_until_ts.max(clock.ts + secs + CONFIRM_WINDOW_SECS);
        let left = self.params.grace_day_secs - self.grace_used.on(day);
        if secs == 0 || self.members[name].grace_day == day || until - clock.ts > left {
            return false;
        }
        self.grace_until_ts = until;
        let member = self.member(name);
        member.status = MemberStatus::Grace;
        member.grace = clock;
        member.grace_day = day;
        member.grace_is_long = silent;
        true
    }

    /// Initial margin by U1: what ends a grace early.
    fn meets_initial_to_others(&self, name: &str) -> bool {
        let risk = self.risk(name);
        self.members[name].margin - risk.unvested.max(-risk.declaring).max(0) >= risk.initial
    }

    /// Layers 1 and 2: margin, then a claim, rewards and recoveries by set-off, then the contribution pay
    /// the shortfall; every position goes to the house. What is left of the contribution pays the
    /// bounty, and becomes a cushion up to the stress loss of the lots.
    fn enter_record(&mut self, name: &str, keeper: Option<&str>) {
        let waits = (0..self.markets.len()).any(|market| self.house_blocks(market));
        if !self.has_open_loss() && !waits {
            self.assessment.callable = false; // a new loss does not call those who have lost all before
        }
        self.release_rewards();
        let id = &(String::from(name), self.members[name].record_count);
        self.default_seq += 1;
        self.member(name).record_count += 1;
        let from_margin = self.members[name].margin;
        let shortfall = -(from_margin + self.realised_profit(name));
        let stress = if self.takes_cushions() { self.stress_of_lots(name) } else { 0 };
        self.move_cash(name, -from_margin);
        self.member(name).settled = [0, 0];
        let (claim, assigned) = self.claim_of_defaulter(name);
        let from_claim = shortfall.min(claim);
        self.house_sum += claim - from_claim;
        let (from_rewards, from_recoveries) = self.set_off(name, (shortfall - from_claim - assigned).max(0));
        let open = shortfall - from_claim - from_rewards - from_recoveries;
        let whole = self.redeemed(self.live_shares(name));
        let from_contribution = open.min(whole);
        let unfunded = open - from_contribution;
        let wanted = if keeper.is_some() { self.bounty(shortfall) } else { 0 };
        let own_bounty = wanted.min(whole - from_contribution);
        let cushion = stress.min(whole - from_contribution - own_bounty);
        self.take_own(name, from_contribution + own_bounty + cushion);
        self.loss_seq += u64::from(unfunded > 0);
        let repaid = self.give_up(name, (unfunded - assigned).max(0));
        self.pool += shortfall - from_claim - unfunded;
        let status = if unfunded > 0 { DefaultStatus::Declared } else { DefaultStatus::Allocated };
        let record = DefaultRecord {
            status,
            member: name.into(),
            declared: self.clock,
            from_margin,
            shortfall,
            from_claim,
            assigned,
            from_rewards,
            from_recoveries,
            from_contribution,
            unfunded,
            cushion: 0,
            cushion_units: 0,
            round: 0,
            cushion_mark: (0, 0),
            from_treasury: 0,
            from_survivors: 0,
            from_cushions: 0,
            residual: 0,
            contributions_before: 0,
            bounties: 0,
            repaid,
            positions: vec![],
        };
        self.defaults.insert(id.clone(), record);
        self.add_cushion(id, cushion);
        if let Some(keeper) = keeper {
            self.member(keeper).margin += own_bounty;
            self.record(id).bounties = own_bounty + self.pay_from_treasury(keeper, wanted - own_bounty);
        }
        for place in 0..MAX_POSITIONS {
            self.move_to_house(name, place, id);
        }
        self.forget_exposure(name);
        self.end_recovery();
        self.end_house_round();
    }

    /// Stress loss of all lots of a member.
    fn stress_of_lots(&self, name: &str) -> Int {
        let held = self.members[name].positions.iter().filter(|held| !held.is_free());
        held.map(|held| self.stress_of(held.market, held.lots)).sum()
    }

    /// Set-off: rewards and then recoveries that the defaulter could claim, whole units.
    fn set_off(&mut self, name: &str, loss: Int) -> (Int, Int) {
        self.touch(name);
        let rewards = loss.min(self.members[name].rewards / Q64);
        let recovered = (loss - rewards).min(self.claimable(name));
        let member = self.member(name);
        member.rewards -= rewards * Q64;
        member.loss_borne -= recovered * Q64;
        self.rewards_unclaimed -= rewards;
        self.recoveries -= recovered;
        (rewards, recovered)
    }

    /// Takes `amount` out of the defaulter's own shares: all of them if that takes all they are
    /// worth. Shares of others keep a unit of money.
    fn take_own(&mut self, name: &str, amount: Int) {
        if amount < self.redeemed(self.live_shares(name)) {
            self.seize(name, amount);
        } else {
            self.burn(name, self.live_shares(name));
            self.contributions -= amount;
        }
    }

    /// Net profit at the prices at which the house takes the positions.
    fn realised_profit(&self, name: &str) -> Int {
        let held = self.members[name].positions.iter().filter(|held| !held.is_free());
        held.map(|held| {
            let (lots, raw) = self.settled(held);
            let price = self.realised_price(held.market, lots);
            money(profit_raw(lots, raw, price), self.markets[held.market].scale)
        })
        .sum()
    }

    /// A position goes to the house with its profit realised, gains rounded down and losses up: the
    /// house starts without equity.
    fn move_to_house(&mut self, name: &str, place: usize, id: &RecordId) {
        let held = self.members[name].positions[place];
        if held.is_free() {
            return;
        }
        let index = held.market;
        let house_before = self.house_lots(index);
        let (lots, raw) = self.touch_position(name, index).unwrap_or_default();
        let (price, scale) = (self.realised_price(index, lots), self.markets[index].scale);
        let profit = money(profit_raw(lots, raw, price), scale);
        let since = self.merged_since(index, house_before, held.lots);
        self.markets[index].house_waived = None;
        self.member(name).positions[place] = held.emptied();
        let market = &mut self.markets[index];
        market.house_since = since;
        market.house_raw += raw - profit * scale;
        market.house_waived = None;
        self.book_crowding(index);
        self.join_house(index);
        self.record(id).positions.push((index, held.lots, price));
    }

    pub(crate) fn record(&mut self, id: &RecordId) -> &mut DefaultRecord {
        self.defaults.get_mut(id).expect("a record")
    }

    /// Pays a keeper as far as the treasury can. Returns the amount.
    pub(crate) fn pay_from_treasury(&mut self, keeper: &str, amount: Int) -> Int {
        let paid = amount.min(self.treasury);
        self.treasury -= paid;
        self.member(keeper).margin += paid;
        paid
    }

    /// `min(bounty_cap, bounty_bps of D)`, rounded down.
    pub(crate) fn bounty(&self, shortfall: Int) -> Int {
        part(shortfall, self.params.bounty_bps).down().min(self.params.bounty_cap)
    }
}
