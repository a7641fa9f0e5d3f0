//! Positions, and how profit and loss become cash: `settle`.

use crate::{
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

    /// Takes what a position owes, the premium and then cuts: `(lots, raw)` as it is after that;
    /// nothing, where nothing is held.
    pub(crate) fn touch_position(&mut self, name: &str, market: usize) -> Option<(Int, Int)> {
        let place = self.place(name, market)?;
        self.take_premium(name, place);
        self.take_cuts(name, place);
        let held = &self.members[name].positions[place];
        Some((held.lots, held.raw))
    }

    /// Writes what a member holds in a market, everything it owed taken. In a market with an unpaid
    /// loss a haircut goes on to count the lots it counted.
    pub(crate) fn write(&mut self, name: &str, market: usize, lots: Int, raw: Int) {
        let free = self.members[name].positions.iter().position(Position::is_free);
        let Some(place) = self.place(name, market).or(free) else {
            return self.require(false, Reason::NoFreePosition);
        };
        if (lots, raw) == (0, 0) && self.members[name].positions[place].is_free() {
            return;
        }
        let (in_default, premium_index) =
            (self.markets[market].in_default, self.markets[market].premium_index);
        let was = self.members[name].positions[place];
        let counted = match (lots, raw) {
            (0, 0) => 0,
            _ if in_default => was.counted,
            _ => lots,
        };
        let cuts_taken = self.markets[market].cuts[side_of(counted)].len();
        self.member(name).positions[place] =
            Position { market, lots, raw, counted, cuts_taken, premium_paid: premium_index };
    }

    /// Part of the pool that a gain may draw. It is zero while a loss in the market is unpaid, and
    /// in a wind-down.
    pub(crate) fn drawable(&self, market: usize) -> Int {
        if self.markets[market].in_default || self.status == FundStatus::WindDown {
            0
        } else {
            self.pool
        }
    }

    /// Moves cash from the pool to a margin; a negative amount moves it back.
    pub(crate) fn move_cash(&mut self, name: &str, to_member: Int) {
        self.member(name).margin += to_member;
        self.pool -= to_member;
    }

    /// Vesting periods of a member that have passed since the one its results are of, up to a
    /// reading of the exit clock: while exits are blocked nothing vests.
    fn periods_passed(&self, name: &str, reading: Int) -> Int {
        (reading - self.members[name].period_secs) / self.params.vest_secs
    }

    /// `s0` and `s1` as of a reading that is not before the member's period.
    pub(crate) fn results_as_of(&self, name: &str, reading: Int) -> [Int; 2] {
        let member = &self.members[name];
        match self.periods_passed(name, reading) {
            0 => member.settled,
            1 => [0, member.settled[0]],
            _ => [0, 0],
        }
    }

    /// `s`: the signed sum of what a member has settled in this period and in the one before.
    pub fn unvested(&self, name: &str) -> Int {
        self.results_as_of(name, self.exit.secs()).iter().sum()
    }

    /// Books a settled result, signed.
    pub(crate) fn book_result(&mut self, name: &str, result: Int) {
        let reading = self.exit.secs();
        let [present, before] = self.results_as_of(name, reading);
        let passed = self.periods_passed(name, reading) * self.params.vest_secs;
        let member = self.member(name);
        member.period_secs += passed;
        member.settled = [present + result, before];
    }

    /// `settle`: a loss is paid from margin, as far as that goes; a gain from the pool, as far as
    /// that does. Anyone but the owner books no more loss than the member's net loss over all its
    /// markets, at their last marks.
    pub(crate) fn settle(&mut self, name: &str, market: usize, by_owner: bool) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require_fresh(market);
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
        let paid = if profit < 0 {
            // Nobody else turns one leg of a hedge into a settled loss.
            let most = if by_owner { -profit } else { (-self.risk(name).profit).max(0) };
            -(-profit).min(most).min(self.members[name].margin)
        } else {
            profit.min(self.drawable(market))
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
        if self.is_house_due(market) {
            self.join_house(market, 0);
        }
        self.end_house_round();
    }
}

/// The side of these lots: 0 long, 1 short.
pub(crate) fn side_of(lots: Int) -> usize {
    usize::from(lots < 0)
}
