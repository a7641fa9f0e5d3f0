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

    /// `settle`: a loss is paid from margin, as far as that goes; a gain from the pool, as far as
    /// that does.
    pub(crate) fn settle(&mut self, name: &str, market: usize) {
        self.require_fresh(market);
        let held = self.touch_position(name, market);
        if held.is_none() && !self.is_house_due(market) {
            return self.require(false, Reason::NoPosition);
        }
        let (lots, mut raw) = held.unwrap_or_default();
        let (price, scale) = (self.markets[market].price, self.markets[market].scale);
        let mut profit = money(profit_raw(lots, raw, price), scale);
        if self.fault == Some(Fault::SettleRoundsGainsUp) && profit > 0 {
            profit = quotient(profit_raw(lots, raw, price), 1, scale).up();
        }
        let paid = if profit < 0 {
            -(-profit).min(self.members[name].margin)
        } else {
            profit.min(self.drawable(market))
        };
        self.move_cash(name, paid);
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
            self.realise_house(market, 0);
        }
    }
}

/// The side of these lots: 0 long, 1 short.
pub(crate) fn side_of(lots: Int) -> usize {
    usize::from(lots < 0)
}
