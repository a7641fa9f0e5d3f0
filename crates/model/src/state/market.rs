//! State of a market.

use std::collections::BTreeMap;

use crate::{
    interval::Window,
    number::Int,
    params::{MarketParams, Rates},
};

/// One market.
#[derive(Clone, Debug, Hash)]
pub struct Market {
    /// Parameters in force.
    pub params: MarketParams,
    /// Raw quote per base unit of money.
    pub scale: Int,
    /// Trading starts.
    pub opened_ts: Int,
    /// The last price; zero before the first.
    pub price: Int,
    /// Its confidence interval.
    pub confidence: Int,
    /// Slot of the crank.
    pub slot: Int,
    /// When it was published.
    pub publish_ts: Int,
    /// Chain time of the crank.
    pub crank_ts: Int,
    /// Length of a cell of the range: [`CELL_SECS`](crate::CELL_SECS), unless a replay tries another.
    pub cell_secs: Int,
    /// Highest and lowest price of this cell of chain time and of the cell before.
    pub range: Window,
    /// Lowest and highest low end of A of this quarter of an hour and of the one before, while the
    /// fund has covers.
    pub gap: Window,
    /// Number of the half minute in which an offer was taken last.
    pub taken_cell: Int,
    /// By how much the takings of that half minute will have raised open interest.
    pub taken_lots: Int,
    /// When the last print was published, one that silenced the market included.
    pub seen_ts: Int,
    /// Why the last print did not become the mark.
    pub silence: Silence,
    /// Price and confidence of a last print that was too uncertain; zeros otherwise.
    pub uncertain: (Int, Int),
    /// When a wind-down has made it final; zero before.
    pub final_ts: Int,
    /// The last print, where the price within the last hour is a mean.
    pub spot: Int,
    /// Until when it covers chain time.
    pub covers_until_ts: Int,
    /// When a queued change ends the market; zero: not.
    pub closing_ts: Int,
    /// When the silence of its feed ends it; zero: not.
    pub dead_ts: Int,
    /// Until then a queued change of the oracle may make the feed readable again.
    pub mend_until_ts: Int,
    /// When the last print was published when that change was queued.
    pub mend_since_ts: Int,
    /// Prices of the last hour.
    pub hour: Hour,
    /// A final mark that governance has named for a silent market.
    pub named: Option<Int>,
    /// Rates in force.
    pub rates: Rates,
    /// What the market keeps about earlier prices.
    pub memory: Memory,

    /// `D` of crowding as it was last booked.
    pub crowding: Int,
    /// The house's raw quote. Its lots are what members hold, on the other side.
    pub house_raw: Int,
    /// What the house of a silent market was shown to risk while it was covered: such a house does
    /// not block exits.
    pub house_waived: Option<Waived>,
    /// From when its auction counts.
    pub house_since: Int,
    /// Per lot, Q64.64.
    pub premium_index: Int,
    /// Paid by positions and not collected, raw quote.
    pub premium_raw: Int,

    /// Pins of the last cut rounds, by number.
    pub pins: BTreeMap<u64, Int>,
}

/// The last hour of a market: the final mark is its mean (section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hour {
    /// The end that it was measured for.
    pub end_ts: Int,
    /// Sum of price times covered seconds.
    pub sum: Int,
    /// Covered seconds.
    pub covered: Int,
    /// Up to when they are counted.
    pub counted_ts: Int,
    /// Whether it goes on for another hour.
    pub is_extended: bool,
}

/// Reason for which the last print of a market did not become its mark (section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Silence {
    #[default]
    None,
    Price,
    Exponent,
    Uncertain,
}

/// Volatility regime of a market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Regime {
    #[default]
    Neutral,
    RiskOn,
    RiskOff,
}

/// See docs/rates.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    /// Variance per second at the last sample, Q48.
    pub variance: Int,
    /// Price of the last sample.
    pub sample_price: Int,
    /// Its time.
    pub sample_ts: Int,
    /// Until when premium and ramp have run because the terms have changed.
    pub run_ts: Int,
    /// Highest and lowest price by which the breaker is measured; its cells are of publish time.
    pub breaker: Window,
    /// Until when trades that add risk halt.
    pub halted_until_ts: Int,
    /// Time-weighted mean of the price, Q32.
    pub mean: Int,
    /// Maintenance margin in 1/3600 bps.
    pub ramp: Int,
    /// Where it is heading.
    pub ramp_target: Int,
    /// Multiplier, clamped.
    pub multiplier_bps: Int,
    /// Regime.
    pub regime: Regime,
}

/// What a house was shown to risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waived {
    /// Its loss at the last mark and the stress move of its lots.
    pub at_risk: Int,
    /// Publish time of the mark then.
    pub published: Int,
}
