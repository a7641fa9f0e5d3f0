//! Declaration of a default: docs/waterfall.md, layer 1.

use crate::{
    number::{part, Int},
    positions::{money, profit_raw},
    reason::Reason,
    state::{DefaultRecord, DefaultStatus, MemberStatus, Model, MAX_POSITIONS},
};

/// A grace period counts for so many slots after its end.
const CONFIRM_WINDOW_SLOTS: Int = 1_500;

impl Model {
    /// `declare_default`
    pub(crate) fn declare(&mut self, name: &str, keeper: Option<&str>) {
        let status = self.members[name].status;
        self.require(status != MemberStatus::ClosedOut, Reason::MemberClosedOut);
        self.require(status != MemberStatus::Defaulted, Reason::MemberInDefault);
        self.require_good_standing(keeper);
        let negative = self.members[name].margin + self.risk(name).declaring < 0;
        if self.passes_grace(name, negative) {
            self.enter_record(name, keeper);
        }
    }

    /// Requires that the receiver of a bounty is not in default itself.
    pub(crate) fn require_good_standing(&mut self, keeper: Option<&str>) {
        if let Some(keeper) = keeper {
            self.require(self.members[keeper].status != MemberStatus::Defaulted, Reason::MemberInDefault);
        }
    }

    /// Moves a member through its grace period. Returns `true` if it is in default now.
    fn passes_grace(&mut self, name: &str, negative: bool) -> bool {
        let (slot, confirm) = (self.clock.slot, self.params.default_confirm_slots);
        let in_grace = self.members[name].status == MemberStatus::Grace;
        let due = self.members[name].grace_slot + confirm;
        if !negative {
            self.require(in_grace, Reason::EquityNotNegative);
            self.end_grace(name, MemberStatus::Active);
            return false;
        }
        if confirm > 0 && (!in_grace || slot > due + CONFIRM_WINDOW_SLOTS) {
            let member = self.member(name);
            member.status = MemberStatus::Grace;
            member.grace_slot = slot;
            return false;
        }
        self.require(confirm == 0 || slot >= due, Reason::GracePeriodRunning);
        if in_grace {
            self.end_grace(name, MemberStatus::Defaulted);
        }
        self.member(name).status = MemberStatus::Defaulted;
        true
    }

    fn end_grace(&mut self, name: &str, next: MemberStatus) {
        let member = self.member(name);
        member.status = next;
        member.grace_slot = 0;
    }

    /// Layer 1: all margin goes to the pool, every position to the house.
    fn enter_record(&mut self, name: &str, keeper: Option<&str>) {
        if !self.has_open_loss() && self.open_houses() == 0 {
            self.assessment.callable = false; // a new loss does not call those who have lost all before
        }
        let seq = self.default_seq;
        let from_margin = self.members[name].margin;
        let shortfall = -(from_margin + self.realised_profit(name));
        let record = DefaultRecord {
            status: DefaultStatus::Declared,
            member: name.into(),
            declared: self.clock,
            from_margin,
            shortfall,
            from_contribution: 0,
            from_treasury: 0,
            from_survivors: 0,
            residual: 0,
            contributions_before: 0,
            bounties: 0,
            repaid: 0,
            positions: vec![],
        };
        self.defaults.insert(seq, record);
        self.default_seq += 1;
        self.move_cash(name, -from_margin);
        for place in 0..MAX_POSITIONS {
            self.move_to_house(name, place, seq);
        }
        self.forget_exposure(name);
        let bounty = self.pay_bounty(name, keeper, shortfall);
        self.record(seq).bounties = bounty;
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
    fn move_to_house(&mut self, name: &str, place: usize, seq: u64) {
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
        self.member(name).positions[place] = crate::state::Position::default();
        let market = &mut self.markets[index];
        market.house_since = since;
        market.house_raw += raw - profit * scale;
        market.cut_raw = 0; // what lapsed before says nothing about the new winners
        market.lapsed_raw = 0;
        if profit < 0 {
            self.enter_default(index, held.lots, -profit);
        } else {
            self.enter_default(index, 0, 0);
        }
        if house_before != 0 && self.house_lots(index) == 0 {
            self.realise_house(index, house_before);
        }
        self.record(seq).positions.push((index, held.lots, price));
    }

    pub(crate) fn record(&mut self, seq: u64) -> &mut DefaultRecord {
        self.defaults.get_mut(&seq).expect("a record")
    }

    /// A keeper's bounty, capped and rounded down: from the defaulter's contribution, then the
    /// treasury.
    pub(crate) fn pay_bounty(&mut self, defaulter: &str, keeper: Option<&str>, shortfall: Int) -> Int {
        let Some(keeper) = keeper else { return 0 };
        let wanted = part(shortfall, self.params.bounty_bps).down().min(self.params.bounty_cap);
        let own = wanted.min(self.contribution(defaulter));
        if own > 0 {
            self.touch(defaulter);
            self.seize(defaulter, own);
        }
        let rest = (wanted - own).min(self.treasury);
        self.treasury -= rest;
        self.member(keeper).margin += own + rest;
        own + rest
    }
}
