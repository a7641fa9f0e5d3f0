//! A market's memory of its prices: volatility, the breaker's windows, the premium and the rates in
//! force.

use {
    anchor_lang::prelude::*,
    bulkhead_math::{
        interval::Range,
        units::Price,
        volatility::{Ewma, Regime},
    },
    bytemuck::{Pod, Zeroable},
};

/// The regime of a market: see [`Regime`].
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MarketRegime {
    /// Neither calm nor stressed.
    Neutral = 0,
    /// Calm.
    RiskOn = 1,
    /// Stressed.
    RiskOff = 2,
}

impl From<Regime> for MarketRegime {
    fn from(regime: Regime) -> Self {
        match regime {
            Regime::Neutral => Self::Neutral,
            Regime::RiskOn => Self::RiskOn,
            Regime::RiskOff => Self::RiskOff,
        }
    }
}

/// Highest and lowest price of a cell of time and of the cell before: see [`Range`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct RangeState {
    /// Number of the cell: time divided by its length.
    pub cell: u64,
    /// Highest price in it.
    pub high: u64,
    /// Lowest price in it.
    pub low: u64,
    /// Highest price in the cell before.
    pub high_before: u64,
    /// Lowest price in the cell before.
    pub low_before: u64,
}

impl RangeState {
    /// As the math takes it.
    #[inline(always)]
    pub fn get(&self) -> Range {
        let Self { cell, high, low, high_before, low_before } = *self;
        Range { cell, high, low, high_before, low_before }
    }

    /// As accounts hold it.
    #[inline(always)]
    pub fn of(range: &Range) -> Self {
        let Range { cell, high, low, high_before, low_before } = *range;
        Self { cell, high, low, high_before, low_before }
    }
}

/// What a market remembers of its prices.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct AdjustmentState {
    // Volatility: see `bulkhead_math::volatility`
    /// Variance per second at the last sample, Q16.48.
    pub variance: u64,
    /// Price of the last sample.
    pub sample_price: u64,
    /// When the last sample was published.
    pub sample_ts: i64,
    /// The variance at which the base rates are in force; zero: they always are.
    pub target_variance: u64,

    // Breaker: see `bulkhead_math::interval`
    /// The range by which a move is measured; its cells are of the oracle's time.
    pub breaker: RangeState,
    /// Trades that add risk halt until then.
    pub halted_until_ts: i64,
    /// Time-weighted mean of the price, Q32.
    pub mean: PodU128,

    // Premium: see `bulkhead_math::premium`
    /// Raw quote per lot, Q64.64.
    pub premium_index: PodU128,
    /// Raw quote that positions have paid and nobody has collected.
    pub premium_raw: PodU128,
    /// Rate per second in a neutral market, of 2^64.
    pub premium_rate: u64,

    // Rates: see `bulkhead_math::rates`
    /// Maintenance margin in parts of a basis point.
    pub maintenance_ramp: u32,
    /// Where it is heading since the last sample.
    pub maintenance_target: u32,
    /// The multiplier of the base rates that follows from volatility, clamped.
    pub multiplier_bps: u16,
    /// See [`MarketRegime`].
    pub regime: PodMarketRegime,
    #[doc(hidden)]
    pub _pad: [u8; 5],
}

impl AdjustmentState {
    /// Returns the volatility as the math takes it.
    pub fn ewma(&self) -> Ewma {
        Ewma { variance: self.variance, price: self.sample_price, ts: self.sample_ts }
    }

    /// The regime as the math takes it.
    pub fn regime(&self) -> Regime {
        if self.regime == MarketRegime::RiskOff {
            Regime::RiskOff
        } else if self.regime == MarketRegime::RiskOn {
            Regime::RiskOn
        } else {
            Regime::Neutral
        }
    }

    /// Returns the mean of the price as a mantissa, rounded down.
    pub fn mean_price(&self) -> Price {
        (self.mean.get() >> 32) as u64
    }
}
