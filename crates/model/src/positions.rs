//! Positions, and how profit and loss become cash: `settle`.

use crate::{
    interval::Judgement,
    number::{quotient, Int},
    reason::Reason,
    state::{FundStatus, Model, Position},
    Fault,
};

/// Profit in raw quote at a price.
pub(crate) fn profit_raw(lots: Int, raw: Int, price: Int) -> Int {
    lots * price + raw
}

/// Raw quote as money: gains rounded down and losses up, which is down both times.
pub(crate) fn money(raw: Int, scale: Int) -> Int {
    quotient(raw, 1, scale).down()
}

/// Returns `true` if a change of lots adds risk: there are more of them, or they are on the other
/// side.
pub(crate) fn adds_risk(before: Int, after: Int) -> bool {
    after.abs() > before.abs() || after * before < 0
}

impl Model {
    /// Index of the slot in which a member holds a market.
    pub(crate) fn place(&self, name: &str, market: usize) -> Option<usize> {
        self.members[name].positions.iter().position(|held| held.market == market && !held.is_free())
    }

    /// The same, or the place that is kept for takings in this market, or one that is kept for none.
    pub(crate) fn place_or_free(&self, name: &str, market: usize) -> Option<usize> {
        let mut slots = self.members[name].positions.iter();
        let is_kept = |held: &Position| held.takings > 0 && held.market == market;
        let kept = slots.position(|held| is_kept(held) || held.market == market && !held.is_free());
        let is_open = |held: &Position| held.is_free() && held.takings == 0;
        kept.or_else(|| self.members[name].positions.iter().position(is_open))
    }

    /// Takes the premium that a position owes: `(lots, raw)` as it is after that; nothing, where
    /// nothing is held.
    pub(crate) fn touch_position(&mut self, name: &str, market: usize) -> Option<(Int, Int)> {
        let place = self.place(name, market)?;
        self.take_premium(name, place);
        let held = &self.members[name].positions[place];
        Some((held.lots, held.raw))
    }

    /// Writes what a member holds in a market, everything it owed taken.
    pub(crate) fn write(&mut self, name: &str, market: usize, lots: Int, raw: Int) {
        let Some(place) = self.place_or_free(name, market) else {
            return self.require(false, Reason::NoFreePosition);
        };
        if (lots, raw) == (0, 0) && self.members[name].positions[place].is_free() {
            return;
        }
        let premium_paid = self.markets[market].premium_index;
        let takings = self.members[name].positions[place].takings;
        self.member(name).positions[place] = Position { market, lots, raw, premium_paid, takings };
    }

    /// Moves cash from the pool to a margin; a negative amount moves it back.
    pub(crate) fn move_cash(&mut self, name: &str, to_member: Int) {
        self.member(name).margin += to_member;
        self.pool -= to_member;
    }

    /// Vesting periods of a member that have passed since the one its results are of, up to a
    /// reading of the vesting clock: while clearing blocks exits nothing vests.
    pub(crate) fn periods_passed(&self, name: &str, reading: Int) -> Int {
        (reading - self.members[name].period_secs).max(0) / self.params.vest_secs
    }

    /// `s0` and `s1` as of a reading; one before the member's period changes nothing.
    pub(crate) fn results_as_of(&self, name: &str, reading: Int) -> [Int; 2] {
        let member = &self.members[name];
        match self.periods_passed(name, reading) {
            0 => member.settled,
            1 => [0, member.settled[0]],
            _ => [0, 0],
        }
    }

    /// Net of the unsettled results of all positions: of several each at the price at which others would
    /// declare the member's default, of a single one at its market's last mark.
    pub(crate) fn net_profit(&self, name: &str) -> Int {
        let positions = &self.members[name].positions;
        let count = positions.iter().filter(|held| !held.is_free()).count();
        let held = positions.iter().filter(|held| !held.is_free());
        held.map(|held| {
            let ((lots, raw), at) = (self.settled(held), &self.markets[held.market]);
            let price = match count {
                0 | 1 => at.price,
                _ => self.judged_price(held.market, lots, Judgement::Default),
            };
            money(profit_raw(lots, raw, price), at.scale)
        })
        .sum()
    }

    /// `s`: the signed sum of what a member has settled in this period and in the one before.
    pub fn unvested(&self, name: &str) -> Int {
        self.results_as_of(name, self.exit.vest_secs()).iter().sum()
    }

    /// Books a settled result, signed.
    pub(crate) fn book_result(&mut self, name: &str, result: Int) {
        let reading = self.exit.vest_secs();
        let [present, before] = self.results_as_of(name, reading);
        let passed = self.periods_passed(name, reading) * self.params.vest_secs;
        let member = self.member(name);
        member.period_secs += passed;
        member.settled = [present + result, before];
    }

    /// `settle`: a loss is paid from margin, as far as that goes; a gain from the pool, as far as
    /// that does. Anyone but the owner books no more loss than the member's net loss over all its
    /// markets, with every doubt in its favour. The owner books more only as far as it could withdraw
    /// it.
    pub(crate) fn settle(&mut self, name: &str, market: usize, by_owner: bool) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require_fresh(market);
        self.require_registered(name);
        let held = self.touch_position(name, market);
        if held.is_none() && !self.is_house_due(market) && !self.is_house_round_due() {
            return self.require(false, Reason::NoPosition);
        }
        let (lots, mut raw) = held.unwrap_or_default();
        let (price, scale) = (self.markets[market].price, self.markets[market].scale);
        let mut profit = money(profit_raw(lots, raw, price), scale);
        if self.fault == Some(Fault::SettleRoundsGainsUp) && profit > 0 {
            profit = quotient(profit_raw(lots, raw, price), 1, scale).up();
        }
        let mut carries_out = false;
        let paid = if profit < 0 {
            // Nobody else turns one leg of a hedge into a settled loss.
            let net_loss = (-self.net_profit(name)).max(0);
            carries_out = by_owner && -profit > net_loss;
            let most = if by_owner { -profit } else { net_loss };
            -(-profit).min(most).min(self.members[name].margin)
        } else {
            profit.min(self.free_pool())
        };
        self.move_cash(name, paid);
        self.book_result(name, paid);
        raw -= paid * scale;
        if lots == 0 && (0..scale).contains(&raw) {
            // A fraction of a unit is the house's, so that the place is free.
            self.markets[market].house_raw += raw;
            raw = 0;
        }
        if held.is_some() {
            self.write(name, market, lots, raw);
        }
        if carries_out {
            let risk = self.risk(name);
            self.require_reserve(name, &risk);
            let seen = self.expose(name, &risk);
            self.require_covers(&seen);
        }
        if self.is_house_due(market) {
            self.join_house(market);
        }
        self.end_house_round();
    }
}
