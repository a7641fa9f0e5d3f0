//! The premium that positions pay: docs/rewards.md 1 to 4.

use crate::{
    number::{quotient, Int, Q64},
    position::money,
    reason::Reason,
    state::{Model, Position},
};

impl Model {
    /// 14: what a position owes since it paid last, in raw quote, rounded up.
    pub(crate) fn premium_due(&self, held: &Position) -> Int {
        quotient(held.lots.abs(), self.markets[held.market].premium_index - held.premium_paid, Q64).up()
    }

    /// 14: it is paid when the position is touched.
    pub(crate) fn take_premium(&mut self, name: &str, place: usize) {
        let held = self.members[name].positions[place];
        let due = self.premium_due(&held);
        let index = self.markets[held.market].premium_index;
        let position = &mut self.member(name).positions[place];
        position.raw -= due;
        position.premium_paid = index;
        self.place_premium(held.market, due);
    }

    /// 15: the house's once the mark is final.
    pub(crate) fn place_premium(&mut self, market: usize, raw: Int) {
        let market = &mut self.markets[market];
        if market.final_ts == 0 {
            market.premium_raw += raw;
        } else {
            market.house_raw += raw;
        }
    }

    /// 15: `collect_premium`, whole units as far as the pool may be drawn.
    pub(crate) fn collect_premium(&mut self, market: usize) {
        let (premium, scale) = (self.markets[market].premium_raw, self.markets[market].scale);
        let amount = money(premium, scale).min(self.drawable(market));
        self.require(amount > 0, Reason::NothingToCollect);
        self.markets[market].premium_raw -= amount * scale;
        self.pool -= amount;
        self.share_fee(amount);
    }
}
