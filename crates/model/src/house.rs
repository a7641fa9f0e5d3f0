//! The house: positions taken over from defaulters, their auction and their result.
//! docs/waterfall.md

use crate::{
    default::SILENT_GRACE_SECS,
    number::{quotient, Int, BPS},
    positions::{adds_risk, money, profit_raw},
    reason::Reason,
    state::{FundStatus, Model, Waived},
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

    /// `take_over` (U4, U5): the house sells at the end of A that favours it. The discount grows
    /// with the slots, in whole bps, up to its cap, and is paid in margin; what the pool lacks of
    /// it stays in the price. Both roundings favour the fund.
    pub(crate) fn take_over(&mut self, name: &str, market: usize, lots: Int) {
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_recent(market);
        self.require_registered(name);
        let house_lots = self.house_lots(market);
        self.markets[market].house_waived = None;
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
        let paid = discount.min(self.free_pool());
        let at_mark = lots * price - discount * scale <= lots * self.markets[market].price;

        let free_before = self.free_of(name);
        let (held, raw) = self.touch_position(name, market).unwrap_or_default();
        self.write(name, market, held + lots, raw - lots * price + (discount - paid) * scale);
        self.markets[market].house_raw += lots * price - discount * scale;
        self.move_cash(name, paid);
        // The discount is no gain, whether it is paid or stays in the price for a while: what is in
        // the price is taken off the settled results, so that both together are nothing.
        if paid < discount {
            self.book_result(name, paid - discount);
        }
        self.selling = true;
        self.require_covered(
            name,
            RiskChange::taken_over(adds_risk(held, held + lots), at_mark),
            free_before,
        );
        self.selling = false;
        self.markets[market].house_waived = None;
        self.book_crowding(market);
        self.join_house(market);
        self.end_house_round();
    }

    /// The loss of a house at the last mark and the stress move of its lots.
    fn house_at_risk(&self, market: usize) -> Int {
        let (at, lots) = (&self.markets[market], self.house_lots(market));
        let loss = -money(profit_raw(lots, at.house_raw, at.price), at.scale).min(0);
        loss + self.stress_of(market, lots)
    }

    /// Whether house rounds and exits wait for a house: it holds lots, and nobody has shown that it is
    /// silent.
    pub(crate) fn house_blocks(&self, market: usize) -> bool {
        let at = &self.markets[market];
        self.house_lots(market) != 0 && at.house_waived.is_none() && at.final_ts == 0
    }

    /// `book_house`: shows whether the feed of a house has had an hour to come back. What it has at risk is
    /// kept as it was shown.
    pub(crate) fn book_house(&mut self, market: usize) {
        let is_open = self.house_lots(market) != 0 && self.markets[market].final_ts == 0;
        self.require(is_open, Reason::NothingToTake);
        self.markets[market].house_waived = None;
        let published = self.markets[market].publish_ts;
        let waived = Waived { at_risk: self.house_at_risk(market), published };
        if !self.is_fresh(market) && self.clock.ts - published >= SILENT_GRACE_SECS {
            self.markets[market].house_waived = Some(waived);
        }
        self.end_house_round();
    }

    /// What silent houses have at risk that were shown to be covered.
    pub fn waived_at_risk(&self) -> Int {
        self.waived().map(|waived| waived.at_risk).sum()
    }

    /// What they have at risk beyond treasury and the cushions of this round: a gain of other houses stands
    /// for it.
    pub fn held_for_waived(&self) -> Int {
        (self.waived_at_risk() - self.treasury - self.present_round().money).max(0)
    }

    /// Whether the markets of all waived houses are still silent, and have had no print since.
    pub(crate) fn waivers_hold(&self) -> bool {
        let holds =
            |at: usize, waived: Waived| !self.is_fresh(at) && self.markets[at].publish_ts == waived.published;
        (0..self.markets.len()).all(|at| self.markets[at].house_waived.is_none_or(|waived| holds(at, waived)))
    }

    fn waived(&self) -> impl Iterator<Item = Waived> + '_ {
        self.markets.iter().filter_map(|market| market.house_waived)
    }

    /// Returns `true` if a flat house has a result of at least one base unit.
    pub(crate) fn is_house_due(&self, market: usize) -> bool {
        let at = &self.markets[market];
        let is_flat = self.house_lots(market) == 0 || at.final_ts != 0;
        is_flat && profit_raw(self.house_lots(market), at.house_raw, at.price).abs() >= at.scale
    }

    /// The result of a house that is flat, or at its final mark, joins the sum of this round,
    /// losses rounded up and gains down; a fraction stays.
    pub(crate) fn join_house(&mut self, market: usize) {
        let (held, at) = (self.house_lots(market), &self.markets[market]);
        if held != 0 && at.final_ts == 0 {
            return;
        }
        let result = money(profit_raw(held, at.house_raw, at.price), at.scale);
        self.markets[market].house_raw -= result * self.markets[market].scale;
        self.house_sum += result;
    }

    /// Once every default is allocated and every house that is not silent is flat, their results
    /// are realised as one sum, and the round of cushions ends (section 6).
    pub(crate) fn end_house_round(&mut self) {
        if !self.waits_for_houses() {
            self.realise_houses();
            self.close_round();
        }
        self.end_recovery();
    }

    /// Whether the results of houses are not all known.
    fn waits_for_houses(&self) -> bool {
        self.open_defaults() > 0 || (0..self.markets.len()).any(|market| self.house_blocks(market))
    }

    /// Returns `true` if there is something that the end of the house round would do.
    pub(crate) fn is_house_round_due(&self) -> bool {
        let is_payable = self.pool > 0 && self.house_sum > self.held_for_waived() || self.residual > 0;
        let has_result = self.house_sum < 0 || self.house_sum > 0 && is_payable;
        !self.waits_for_houses() && (has_result || self.can_close_round())
    }

    /// A loss is paid by the cushions of this round, and is a residual beyond them. A gain pays
    /// losses nobody has paid, then, as far as the pool has it, losses borne.
    fn realise_houses(&mut self) {
        if self.house_sum < 0 {
            let loss = -std::mem::take(&mut self.house_sum);
            let cushioned = self.pay_houses(loss);
            self.residual += loss - cushioned;
            self.loss_seq += u64::from(loss > cushioned);
        } else {
            let unpaid = self.house_sum.min(self.recoverable_residual());
            let left = (self.house_sum - unpaid - self.held_for_waived()).max(0);
            let paid = left.min(self.free_pool());
            self.pay_residual(unpaid);
            self.pool -= paid;
            self.house_sum -= unpaid + paid;
            self.recover(paid);
        }
    }
}

/// Recovery.
impl Model {
    /// Once every loss is paid the fund is active again; so is one whose wind-down has neither
    /// come to its last hour nor closed anybody out.
    pub(crate) fn end_recovery(&mut self) {
        if !self.has_open_loss() {
            self.small_cuts = 0;
        }
        if !self.has_open_loss() && !self.is_wound_up && !self.is_last_hour_of_wind_down() {
            self.status = FundStatus::Active;
        }
    }
}
