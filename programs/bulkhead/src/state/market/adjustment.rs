//! What follows from a new price: volatility, the rates in force, the breaker, the premium.

use {
    super::{MarkState, Market},
    crate::error::*,
    anchor_lang::prelude::*,
    bulkhead_math::{
        adjustment::{effective, ramp, ramp_target, RAMP_PARTS},
        breaker::PriceWindow,
        decay::{decay, mean_after},
        premium,
        units::{Bps, Price},
        volatility::{multiplier_bps, target_variance, Ewma, Regime},
    },
    bytemuck::{Pod, Zeroable},
};

/// How a market is: see [`Regime`].
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

/// Half-lives of the price's mean in a window of the breaker: the mean forgets a print of seconds, and puts a default off for
/// minutes only.
const MEAN_HALF_LIVES: u32 = 4;

/// What a market remembers of its prices.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct AdjustmentState {
    // Volatility: see `bulkhead_math::volatility`
    /// Variance per second at the last sample, Q16.48.
    pub variance: u64,
    /// Price of the last sample.
    pub sample_price: u64,
    /// When it was published.
    pub sample_ts: i64,
    /// The variance at which the base rates are in force; zero: they always are.
    pub target_variance: u64,

    // Breaker: see `bulkhead_math::breaker`
    /// Number of the window of time.
    pub window: u64,
    /// Highest price in it.
    pub high: u64,
    /// Lowest price in it.
    pub low: u64,
    /// Highest price in the window before.
    pub high_before: u64,
    /// Lowest price in the window before.
    pub low_before: u64,
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

    // Rates: see `bulkhead_math::adjustment`
    /// Maintenance margin in parts of a basis point.
    pub maintenance_ramp: u32,
    /// Where it is heading since the last sample.
    pub maintenance_target: u32,
    /// What volatility makes of the base rates, clamped.
    pub multiplier_bps: u16,
    /// See [`MarketRegime`].
    pub regime: PodMarketRegime,
    #[doc(hidden)]
    pub _pad: [u8; 5],
}

impl AdjustmentState {
    fn ewma(&self) -> Ewma {
        Ewma { variance: self.variance, price: self.sample_price, ts: self.sample_ts }
    }

    fn prices(&self) -> PriceWindow {
        PriceWindow {
            number: self.window,
            high: self.high,
            low: self.low,
            high_before: self.high_before,
            low_before: self.low_before,
        }
    }

    fn set_prices(&mut self, prices: &PriceWindow) {
        self.window = prices.number;
        self.high = prices.high;
        self.low = prices.low;
        self.high_before = prices.high_before;
        self.low_before = prices.low_before;
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

    /// The mean of the price as a mantissa, rounded down.
    pub fn mean_price(&self) -> Price {
        (self.mean.get() >> 32) as u64
    }
}

/// What a price has changed, for who tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// Whether it has tripped the breaker.
    pub tripped: bool,
}

impl Market {
    /// What follows from the mark, when `last` was it until now. Time is the oracle's.
    ///
    /// What has run since then, premium, maintenance margin and the mean, has run at what was known then: a price of this
    /// moment changes nothing backwards, and how often the market is cranked makes no difference.
    #[inline(never)]
    pub(super) fn adjust(&mut self, last: &MarkState, now: i64) -> Result<Adjusted> {
        let price = self.mark.price;
        let secs = match last.price {
            0 => 0,
            _ => self.mark.publish_ts.saturating_sub(last.publish_ts).max(0).unsigned_abs(),
        };
        let terms = self.adjustment;
        let state = &mut self.adjusted;

        if secs > 0 {
            let regime = state.regime();
            let index = state.premium_index.get();
            state.premium_index = premium::grown(index, last.price, state.premium_rate, regime, secs).or_fail()?.into();
            let speed = terms.maintenance_ramp_bps_per_hour;
            state.maintenance_ramp = ramp(state.maintenance_ramp, state.maintenance_target, speed, secs);
            let kept = decay(secs, terms.breaker_window_secs / MEAN_HALF_LIVES);
            state.mean = mean_after(state.mean.get(), last.price, kept).into();
        } else if last.price == 0 {
            state.mean = (u128::from(price) << 32).into();
        }

        let half_life = terms.volatility_half_life_secs;
        let seen = state.ewma().observe(price, self.mark.publish_ts, half_life, state.target_variance);
        let multiplier = multiplier_bps(seen.variance, state.target_variance);
        let (least, most) = (terms.multiplier_min_bps, terms.multiplier_max_bps);
        state.multiplier_bps = multiplier.clamp(u32::from(least), u32::from(most)) as u16;
        if seen.sampled {
            state.variance = seen.next.variance;
            state.sample_price = seen.next.price;
            state.sample_ts = seen.next.ts;
            state.regime = MarketRegime::from(state.regime().after(multiplier)).into();
            state.maintenance_target = ramp_target(Bps(self.base_rates.maintenance_bps), state.multiplier_bps);
        }

        let tripped = self.watch(last.price, now);
        self.refresh_rates()?;
        Ok(Adjusted { tripped })
    }

    /// Trips the breaker when the price has moved too far; from there it is measured anew.
    #[inline(always)]
    fn watch(&mut self, last: Price, now: i64) -> bool {
        let (price, ts, terms) = (self.mark.price, self.mark.publish_ts, &self.adjustment);
        let mut seen = self.adjusted.prices().observe(price, last, ts, terms.breaker_window_secs);
        let tripped = terms.breaker_bps > 0 && seen.moved_beyond(price, Bps(terms.breaker_bps));
        if tripped {
            seen = PriceWindow { number: seen.number, high: price, low: price, high_before: price, low_before: price };
            self.adjusted.halted_until_ts = now.saturating_add(i64::from(terms.breaker_cooloff_secs));
        }
        self.adjusted.set_prices(&seen);
        tripped
    }

    /// Whether trades that add risk are halted. A final mark has moved for the last time.
    #[inline(always)]
    pub fn is_halted(&self, now: i64) -> bool {
        now < self.adjusted.halted_until_ts && self.final_ts == 0
    }

    /// Puts in force what volatility makes of the base rates.
    #[inline(always)]
    fn refresh_rates(&mut self) -> Result<()> {
        let base = self.base_rates.with(&self.adjustment);
        let state = &self.adjusted;
        let rates = effective(&base, state.multiplier_bps, state.maintenance_ramp).or_fail()?;
        self.rates = super::MarketRates::of(&rates);
        Ok(())
    }

    /// Takes new terms over: what follows from them, at the volatility there is.
    pub(super) fn adopt_adjustment(&mut self) -> Result<()> {
        let terms = self.adjustment;
        let state = &mut self.adjusted;
        let target = target_variance(terms.target_volatility_bps);
        if state.sample_price == 0 {
            // A new market begins at its base rates.
            state.multiplier_bps = Bps::ONE as u16;
            state.maintenance_ramp = u32::from(self.base_rates.maintenance_bps).saturating_mul(RAMP_PARTS);
        }
        state.target_variance = target;
        state.premium_rate = premium::rate_per_second(terms.premium_bps_per_year);
        state.multiplier_bps = state.multiplier_bps.clamp(terms.multiplier_min_bps, terms.multiplier_max_bps);
        state.maintenance_target = ramp_target(Bps(self.base_rates.maintenance_bps), state.multiplier_bps);
        self.refresh_rates()
    }
}
