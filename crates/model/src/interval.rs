//! Two intervals instead of a price (sections 1 and 2): A judges what is done to a member, B what a
//! member does for itself.

use crate::{
    number::{quotient, Int, BPS},
    params::FundParams,
    reason::Reason,
    state::{Clock, Market, Model, Silence},
};

/// Length of a cell of the range, in seconds of chain time.
pub const CELL_SECS: Int = 10;

/// Highest and lowest price of this cell of time and of the cell before. A cell counts every price
/// taken in it and the price in force when it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Window {
    pub cell: Int,
    pub high: Int,
    pub low: Int,
    pub high_before: Int,
    pub low_before: Int,
}

impl Window {
    /// A window that knows one price.
    pub(crate) fn of(price: Int, cell: Int) -> Self {
        Self { cell, high: price, low: price, high_before: price, low_before: price }
    }

    /// The window as of a later cell, with `price` in force since the last price was taken.
    pub(crate) fn as_of(self, cell: Int, price: Int) -> Self {
        match cell - self.cell {
            0 => self,
            1 => Self { cell, high: price, low: price, high_before: self.high, low_before: self.low },
            _ => Self::of(price, cell),
        }
    }

    /// Counts a price in the present cell.
    pub(crate) fn count(self, price: Int) -> Self {
        Self { high: self.high.max(price), low: self.low.min(price), ..self }
    }

    /// Lowest and highest price of both cells.
    pub(crate) fn range(&self) -> Interval {
        Interval { low: self.low.min(self.low_before), high: self.high.max(self.high_before) }
    }
}

/// Prices between two ends, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Lower end.
    pub low: Int,
    /// Upper end.
    pub high: Int,
}

impl Interval {
    /// The end that is better for the holder of these lots.
    pub fn favourable(&self, lots: Int) -> Int {
        if lots < 0 {
            self.low
        } else {
            self.high
        }
    }

    /// The end that is worse for the holder of these lots.
    pub fn adverse(&self, lots: Int) -> Int {
        self.favourable(-lots)
    }

    /// The smallest interval that holds both.
    fn with(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// An interval around a price, moved by a rate to both sides and rounded outwards.
    fn around(self, numerator: Int, divisor: Int) -> Self {
        Self {
            low: quotient(self.low, divisor - numerator, divisor).down(),
            high: quotient(self.high, divisor + numerator, divisor).up(),
        }
    }
}

/// For what a member is judged by others: a silent leg is valued by another rate in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Judgement {
    /// A silent leg is moved by its maintenance rate.
    Liquidation,
    /// A silent leg is moved by its initial rate.
    Default,
}

impl Market {
    /// Age of the mark in milliseconds: the larger one by the clock and by the slots.
    pub(crate) fn age_ms(&self, clock: Clock, slot_ms: Int) -> Int {
        ((clock.ts - self.publish_ts) * 1_000).max((clock.slot - self.slot) * slot_ms)
    }

    /// A: `[min(p - kc, range low), max(p + kc, range high)]` with `kc = min(k c, p mm / 2)`,
    /// rounded outwards.
    pub fn interval_of_others(&self, clock: Clock) -> Interval {
        let p = self.price;
        if self.final_ts != 0 {
            return Interval { low: p, high: p };
        }
        let doubt = (self.confidence * self.params.confidence_multiple)
            .min(quotient(p, self.rates.maintenance, 2 * BPS).up());
        let range = self.range.as_of(clock.ts / self.cell_secs, p).range();
        Interval { low: p - doubt, high: p + doubt }.with(range)
    }

    /// B: A, widened by `w = st min(1, age / age_full_secs)` to both sides, rounded outwards. A
    /// print that is too uncertain to become the mark widens it too, by its own confidence and at
    /// most the stress rate.
    pub fn interval_of_oneself(&self, clock: Clock, params: &FundParams) -> Interval {
        let others = self.interval_of_others(clock);
        if self.final_ts != 0 {
            return others;
        }
        let full_ms = params.age_full_secs * 1_000;
        let age_ms = self.age_ms(clock, params.slot_ms).clamp(0, full_ms);
        let own = others.around(self.params.rates.stress * age_ms, BPS * full_ms);
        match (self.silence, self.uncertain) {
            (Silence::Uncertain, (price, confidence)) => {
                let most = quotient(price, self.params.rates.stress, BPS).up();
                let doubt = (confidence * self.params.confidence_multiple).min(most);
                own.with(Interval { low: price - doubt, high: price + doubt })
            }
            _ => own,
        }
    }
}

impl Model {
    /// U3: the last certain print is recent by slots and by seconds, not from before the last
    /// restart of the cluster, and nothing newer has silenced the market. A final mark is fresh for
    /// ever.
    pub(crate) fn is_fresh(&self, market: usize) -> bool {
        let (at, clock) = (&self.markets[market], self.clock);
        let recent = clock.slot - at.slot <= self.params.max_mark_age_slots
            && clock.ts - at.publish_ts <= at.params.max_age_secs
            && (self.restart_slot == 0 || at.slot > self.restart_slot);
        at.final_ts != 0 || at.price > 0 && recent && at.silence == Silence::None
    }

    /// U5: the mark is fresh and young enough to move lots at.
    pub(crate) fn is_recent(&self, market: usize) -> bool {
        let at = &self.markets[market];
        let age_ms = at.age_ms(self.clock, self.params.slot_ms);
        at.final_ts != 0 || self.is_fresh(market) && age_ms <= self.params.act_age_secs * 1_000
    }

    pub(crate) fn require_fresh(&mut self, market: usize) {
        self.require(self.is_fresh(market), Reason::StaleMark);
    }

    pub(crate) fn require_recent(&mut self, market: usize) {
        self.require(self.is_recent(market), Reason::StaleMark);
    }

    /// A of a market at this moment.
    pub(crate) fn others(&self, market: usize) -> Interval {
        self.markets[market].interval_of_others(self.clock)
    }

    /// B of a market at this moment.
    pub(crate) fn oneself(&self, market: usize) -> Interval {
        self.markets[market].interval_of_oneself(self.clock, &self.params)
    }

    /// U1: the price at which others value a leg. A silent leg is valued at its last mark moved in
    /// the member's favour, or at the end of A if that favours the member more.
    pub(crate) fn judged_price(&self, market: usize, lots: Int, judgement: Judgement) -> Int {
        let (at, a) = (&self.markets[market], self.others(market));
        if self.is_recent(market) {
            return a.favourable(lots);
        }
        let rate = match judgement {
            Judgement::Liquidation => at.rates.maintenance,
            Judgement::Default => at.rates.initial,
        };
        let last = Interval { low: at.price, high: at.price };
        a.with(last.around(rate, BPS)).favourable(lots)
    }

    /// The price at which a default is realised: the end of A, or the last mark of a silent leg.
    pub(crate) fn realised_price(&self, market: usize, lots: Int) -> Int {
        if self.is_recent(market) {
            self.others(market).favourable(lots)
        } else {
            self.markets[market].price
        }
    }
}
