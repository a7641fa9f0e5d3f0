//! Layer 6, the gains haircut: docs/waterfall.md.

use crate::{
    number::{quotient, Int},
    positions::{money, profit_raw, side_of},
    reason::Reason,
    state::{Cut, FundStatus, Model, Position},
};

/// A market whose oracle has been silent for so many slots takes no part.
pub(crate) const SILENT_SLOTS: Int = 9_000;

/// What cuts leave of a position.
pub(crate) struct Taken {
    pub raw: Int,
    pub taken: Int,
    pub lapsed: Int,
}

impl Model {
    /// Cuts of its side that a position has not been touched for, each as far as its gain at the
    /// mark of the cut reaches. Of three or more the ones before the last count as one, at the mark
    /// of the last of them.
    pub(crate) fn pending_cuts(&self, held: &Position, raw: Int) -> Taken {
        let cuts = &self.markets[held.market].cuts[side_of(held.counted)];
        let pending = if held.counted == 0 { &[][..] } else { &cuts[held.cuts_taken..] };
        let mut result = Taken { raw, taken: 0, lapsed: 0 };
        let Some((last, before)) = pending.split_last() else { return result };
        let together =
            before.last().map(|cut| Cut { per_lot: before.iter().map(|cut| cut.per_lot).sum(), ..*cut });
        for cut in together.iter().chain([last]) {
            let wanted = cut.per_lot * held.counted.abs();
            let taken = wanted.min(profit_raw(held.lots, result.raw, cut.price).max(0));
            result.raw -= taken;
            result.taken += taken;
            result.lapsed += wanted - taken;
        }
        result
    }

    /// Takes them: what there is no gain for is the house's loss, what is taken the member has
    /// borne, whole units of it.
    pub(crate) fn take_cuts(&mut self, name: &str, place: usize) {
        let held = self.members[name].positions[place];
        let cut = self.pending_cuts(&held, held.raw);
        let market = &mut self.markets[held.market];
        let all = market.cuts[side_of(held.counted)].len();
        if held.counted == 0 || held.cuts_taken == all {
            return;
        }
        market.house_raw -= cut.lapsed;
        market.lapsed_raw += cut.lapsed;
        let borne = money(cut.taken, market.scale);
        let position = &mut self.member(name).positions[place];
        position.raw = cut.raw;
        position.cuts_taken = all;
        if position.is_free() {
            position.counted = 0;
        }
        if borne > 0 {
            self.bear(name, borne);
        }
    }

    /// The side that has won what the other lost; as much on both: the one with more lots.
    fn winning_side(&self, market: usize) -> usize {
        let [longs, shorts] = self.counted_lots(market);
        match self.markets[market].lost_lots {
            0 => usize::from(shorts > longs),
            lots => usize::from(lots > 0),
        }
    }

    /// What a market's part of a cut goes by: what was lost in it. None is left where nobody holds
    /// the winning side, the oracle is silent, or more than half of the last cut has lapsed.
    fn cut_weight(&self, index: usize) -> Int {
        let market = &self.markets[index];
        let gone = market.cut_raw > 0 && 2 * market.lapsed_raw > market.cut_raw;
        if self.counted_lots(index)[self.winning_side(index)] == 0
            || self.is_unheard(index, SILENT_SLOTS)
            || gone
        {
            return 0;
        }
        market.lost.max(1)
    }

    /// Layers 3 to 5 have nothing left.
    pub(crate) fn require_layers_empty(&mut self) {
        self.require(self.open_defaults() == 0, Reason::LossPending);
        let empty = self.treasury == 0 && self.contributions == 0 && self.cushions() == 0;
        self.require(empty, Reason::LayerNotEmpty);
        self.require(!self.assessment_is_open(), Reason::AssessmentOpen);
    }

    /// `haircut_gains`: the residual is cut from the winning sides, each market's part rounded down
    /// and the last one's the rest; or the wind-down begins.
    pub(crate) fn haircut_gains(&mut self) {
        self.require(self.status != FundStatus::WindDown, Reason::WindDown);
        self.require(self.residual > 0, Reason::NothingToAllocate);
        self.require_layers_empty();
        let concerned: Vec<usize> =
            (0..self.markets.len()).filter(|market| self.markets[*market].in_default).collect();
        for market in &concerned {
            if !self.is_unheard(*market, SILENT_SLOTS) {
                self.require_fresh(*market);
            }
        }
        let mut weights: Int = concerned.iter().map(|market| self.cut_weight(*market)).sum();
        if weights == 0 {
            self.status = FundStatus::WindDown;
            self.wind_down_ts = self.clock.ts;
            return;
        }
        for market in concerned {
            let weight = self.cut_weight(market);
            if weight > 0 {
                let loss = quotient(self.residual, weight, weights).down();
                weights -= weight;
                if loss > 0 {
                    self.cut(market, loss);
                }
            }
        }
        self.end_episode();
    }

    /// `ceil(loss * S / lots)` raw quote per lot; what rounding up cuts more is the house's.
    fn cut(&mut self, index: usize, loss: Int) {
        let side = self.winning_side(index);
        let lots = self.counted_lots(index)[side];
        let market = &mut self.markets[index];
        let per_lot = quotient(loss, market.scale, lots).up();
        market.house_raw += per_lot * lots - loss * market.scale;
        market.cuts[side].push(Cut { per_lot, price: market.price });
        market.cut_raw = per_lot * lots;
        market.lapsed_raw = 0;
        self.residual -= loss;
    }
}
