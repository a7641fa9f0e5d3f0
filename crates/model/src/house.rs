//! The house: positions taken over from defaulters, their auction and their result.
//! docs/waterfall.md

use crate::{
    number::{quotient, Int, BPS},
    positions::{adds_risk, money},
    reason::Reason,
    state::{MemberStatus, Model},
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

    /// `take_over` (U4, U5): the house sells at the end of A that favours it. The discount grows with
    /// the slots, in whole bps, up to its cap, and is paid in margin; what the pool lacks of it stays in
    /// the price. Both roundings favour the fund.
    pub(crate) fn take_over(&mut self, name: &str, market: usize, lots: Int) {
        self.require(self.members[name].status != MemberStatus::Defaulted, Reason::MemberInDefault);
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_recent(market);
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
        let paid = discount.min(self.pool);
        let at_mark = lots * price - discount * scale <= lots * self.markets[market].price;

        let (held, raw) = self.touch_position(name, market).unwrap_or_default();
        self.write(name, market, held + lots, raw - lots * price + (discount - paid) * scale);
        self.markets[market].house_raw += lots * price - discount * scale;
        self.move_cash(name, paid);
        self.selling = true;
        self.require_covered(name, RiskChange::taken_over(adds_risk(held, held + lots), at_mark));
        self.selling = false;
        if self.house_lots(market) == 0 {
            self.realise_house(market, house_lots);
        }
    }

    /// Returns `true` if a flat house has a result of at least one base unit.
    pub(crate) fn is_house_due(&self, market: usize) -> bool {
        let at = &self.markets[market];
        self.house_lots(market) == 0 && at.house_raw.abs() >= at.scale
    }

    /// A flat house's loss is a residual; its gain pays losses nobody has paid, then, as far as the
    /// pool has it, losses borne.
    pub(crate) fn realise_house(&mut self, market: usize, lots: Int) {
        let scale = self.markets[market].scale;
        let result = money(self.markets[market].house_raw, scale);
        let realised = if result < 0 {
            self.enter_default(market, lots, -result);
            self.residual -= result;
            result
        } else {
            let unpaid = result.min(self.recoverable_residual());
            let paid = (result - unpaid).min(self.pool);
            self.residual -= unpaid;
            self.pool -= paid;
            self.recover(paid);
            unpaid + paid
        };
        self.markets[market].house_raw -= realised * scale;
    }

    /// A market has a loss in this episode: of who held `lots`, if anybody did.
    pub(crate) fn enter_default(&mut self, market: usize, lots: Int, loss: Int) {
        let market = &mut self.markets[market];
        if !market.in_default {
            market.in_default = true;
            market.lost = 0;
            if lots != 0 {
                market.lost_lots = 0;
            }
        }
        market.lost_lots += lots;
        market.lost += loss;
    }

    /// Once every loss is paid markets trade again; a wind-down that has no final mark yet is over
    /// too.
    pub(crate) fn end_episode(&mut self) {
        if self.has_open_loss() || self.defaulted_markets() == 0 {
            return;
        }
        self.loss_episode += 1;
        self.markets.iter_mut().for_each(|market| market.in_default = false);
        if self.final_marks() == 0 {
            self.status = crate::state::FundStatus::Active;
        }
    }
}
