//! Rates that follow from prices: volatility, requirement rates, breaker and premium.
//! docs/rates.md

use std::collections::BTreeMap;

use crate::{
    interval::{Window, CELL_SECS},
    number::{decay, part, quotient, square_root, Int, BPS, Q32, Q64, YEAR_SECS},
    params::{MarketParams, Rates},
    state::{Clock, Hour, Market, Memory, Regime, Silence},
};

/// Least time between two samples of volatility.
const SAMPLE_SECS: Int = 60;
/// Half-life of the mean of the price.
const MEAN_HALF_LIFE_SECS: Int = 30;
/// Largest multiplier before the clamp.
const MOST_MULTIPLIER: Int = 100_000;
/// Parts of a basis point in which maintenance margin ramps.
const RAMP_PARTS: Int = 3_600;
/// Largest variance. The program keeps it in 64 bits, so a larger one stays there.
const MOST: Int = (1 << 64) - 1;

/// Variance per second of an annual volatility, Q48, rounded down.
pub(crate) fn variance_of(annual_bps: Int) -> Int {
    quotient(annual_bps * annual_bps, 1 << 48, BPS * BPS * YEAR_SECS).down()
}

/// `(p - q)^2 / (p q)` in Q48: a return of either direction is `|p - q| / p` in 2^-24, rounded
/// down, of prices of at most 40 bits.
fn squared_return(from: Int, to: Int) -> Int {
    let mut shift = 0;
    while from.max(to) >> shift >= 1 << 40 {
        shift += 1;
    }
    let (from, to) = (from >> shift, to >> shift);
    if from == 0 || to == 0 {
        return MOST;
    }
    let distance = (from - to).abs() << 24;
    (distance / from).checked_mul(distance / to).unwrap_or(MOST).min(MOST)
}

/// 2, in bps, rounded down; before the clamp. One without a target.
fn multiplier(variance: Int, target: Int) -> Int {
    if target == 0 {
        BPS
    } else if variance / 100 >= target {
        MOST_MULTIPLIER
    } else {
        square_root(variance * BPS * BPS / target)
    }
}

impl Regime {
    /// 3
    fn after(self, multiplier: Int) -> Self {
        if multiplier >= 15_000 || self == Self::RiskOff && multiplier >= 12_500 {
            Self::RiskOff
        } else if multiplier <= 7_500 || self == Self::RiskOn && multiplier <= 9_000 {
            Self::RiskOn
        } else {
            Self::Neutral
        }
    }
}

/// 4: where maintenance margin is heading, in 1/3600 bps, rounded down in favour of members.
fn ramp_target(params: &MarketParams, multiplier: Int) -> Int {
    part(params.rates.maintenance * RAMP_PARTS, multiplier).down()
}

/// 5, 6: rates at a multiplier and maintenance margin, in 1/3600 bps; each product rounded up in
/// favour of the fund.
fn rates_at(base: &Rates, multiplier: Int, ramp: Int) -> Rates {
    let maintenance = ramp / RAMP_PARTS;
    let gap = (base.initial - base.maintenance).max(0);
    let initial = part(gap, multiplier).up() + part(base.maintenance, multiplier).up().max(maintenance);
    let stress = part(base.stress, multiplier.max(BPS)).up();
    Rates {
        initial: initial.min(BPS),
        maintenance: maintenance.min(BPS),
        contribution: part(base.contribution, multiplier).up().min(BPS),
        stress: stress.max(initial).min(BPS),
    }
}

impl Market {
    /// A market as it is created.
    pub(crate) fn new(params: MarketParams, quote_decimals: u32, opened_ts: Int) -> Self {
        let ramp = params.rates.maintenance * RAMP_PARTS;
        let multiplier_bps = BPS.clamp(params.multiplier_min_bps, params.multiplier_max_bps);
        let ramp_target = ramp_target(&params, multiplier_bps);
        Self {
            scale: (10 as Int).pow(params.price_decimals + params.lot_decimals - quote_decimals),
            rates: rates_at(&params.rates, multiplier_bps, ramp),
            memory: Memory { ramp, ramp_target, multiplier_bps, ..Memory::default() },
            params,
            opened_ts,
            price: 0,
            confidence: 0,
            slot: 0,
            publish_ts: 0,
            crank_ts: 0,
            cell_secs: CELL_SECS,
            range: Window::default(),
            gap: Window::default(),
            seen_ts: 0,
            silence: Silence::None,
            uncertain: (0, 0),
            final_ts: 0,
            spot: 0,
            covers_until_ts: 0,
            closing_ts: 0,
            dead_ts: 0,
            mend_until_ts: 0,
            mend_since_ts: 0,
            hour: Hour::default(),
            named: None,
            crowding: 0,
            house_raw: 0,
            house_waived: None,
            taken_cell: 0,
            taken_lots: 0,
            house_since: 0,
            premium_index: 0,
            premium_raw: 0,
            pins: BTreeMap::new(),
        }
    }

    /// New terms: the multiplier within their bounds, and maintenance margin ramps from where it
    /// is.
    pub(crate) fn adopt(&mut self, params: MarketParams) {
        self.params = params;
        let multiplier =
            self.memory.multiplier_bps.clamp(self.params.multiplier_min_bps, self.params.multiplier_max_bps);
        self.memory.multiplier_bps = multiplier;
        self.memory.ramp_target = ramp_target(&self.params, multiplier);
        self.rates = rates_at(&self.params.rates, multiplier, self.memory.ramp);
    }

    /// A checked price becomes the mark. What has run since the last one ran at what was known
    /// then.
    pub(crate) fn take_price(
        &mut self,
        price: Int,
        confidence: Int,
        publish_ts: Int,
        clock: Clock,
        notes_gap: bool,
    ) {
        let (last, last_ts) = (self.price, self.publish_ts);
        let low_in_force = self.interval_of_others(Clock { ts: self.crank_ts, slot: self.slot }).low;
        if last == 0 {
            self.memory.mean = price * Q32;
            self.range = Window::of(price, clock.ts / self.cell_secs);
        } else {
            self.memory.mean = self.mean_at(clock.ts);
            self.range = self.range.as_of(clock.ts / self.cell_secs, last).count(price);
            self.run(last, (publish_ts - last_ts.max(self.memory.run_ts)).max(0));
        }
        self.price = price;
        self.confidence = confidence;
        self.slot = clock.slot;
        self.publish_ts = publish_ts;
        self.crank_ts = clock.ts;
        if notes_gap {
            self.note_gap(low_in_force, clock);
        }
        self.sample(price);
        self.trip(price, last, clock.ts);
        self.rates = rates_at(&self.params.rates, self.memory.multiplier_bps, self.memory.ramp);
    }

    /// The mean at a later moment of chain time, Q32, with the price in force until then: what is
    /// left of its distance to that price is rounded down.
    pub(crate) fn mean_at(&self, ts: Int) -> Int {
        let kept = decay(ts - self.crank_ts, MEAN_HALF_LIFE_SECS);
        let distance = self.memory.mean - self.price * Q32;
        let left = quotient(distance.abs(), kept, Q32).down();
        self.price * Q32 + left * distance.signum()
    }

    /// What has run until new terms come into force ran at those before.
    pub(crate) fn run_until(&mut self, now: Int) {
        if self.price != 0 {
            self.run(self.price, (now - self.publish_ts.max(self.memory.run_ts)).max(0));
        }
        self.memory.run_ts = now;
    }

    /// `secs` at the price until now: premium (14) and maintenance margin (4).
    fn run(&mut self, price: Int, secs: Int) {
        let neutral = quotient(self.params.premium_bps_per_year, Q64, BPS * YEAR_SECS).down();
        let rate = match self.memory.regime {
            Regime::Neutral => neutral,
            Regime::RiskOn => neutral / 2,
            Regime::RiskOff => neutral * 2,
        };
        // The whole notional at most, less what a fraction of 2^64 cannot say.
        self.premium_index += price * (rate * secs).min(Q64 - 1);

        let memory = &mut self.memory;
        let step = self.params.maintenance_ramp_bps_per_hour * secs;
        memory.ramp = if memory.ramp < memory.ramp_target {
            (memory.ramp + step).min(memory.ramp_target)
        } else {
            (memory.ramp - step).max(memory.ramp_target)
        };
    }

    /// 1 to 3
    fn sample(&mut self, price: Int) {
        let target = variance_of(self.params.target_volatility_bps);
        let memory = &mut self.memory;
        let secs = (self.publish_ts - memory.sample_ts).max(0);
        let first = memory.sample_price == 0;
        let variance = if first {
            target
        } else if secs == 0 {
            memory.variance
        } else {
            let kept = decay(secs, self.params.volatility_half_life_secs);
            let seen = squared_return(memory.sample_price, price) / secs;
            (quotient(memory.variance * kept + seen * (Q32 - kept), 1, Q32).down()).min(MOST)
        };
        let multiplier = multiplier(variance, target);
        memory.multiplier_bps =
            multiplier.clamp(self.params.multiplier_min_bps, self.params.multiplier_max_bps);
        if first || secs >= SAMPLE_SECS {
            memory.variance = variance;
            memory.sample_price = price;
            memory.sample_ts = self.publish_ts;
            memory.regime = memory.regime.after(multiplier);
            memory.ramp_target = ramp_target(&self.params, memory.multiplier_bps);
        }
    }

    /// 8, 9
    fn trip(&mut self, price: Int, last: Int, now: Int) {
        let cell = self.publish_ts.max(0) / self.params.breaker_window_secs;
        let window = if last == 0 {
            Window::of(price, cell)
        } else {
            self.memory.breaker.as_of(cell, last).count(price)
        };
        let (limit, range) = (self.params.breaker_bps, window.range());
        let beyond = |from: Int| (price - from).abs() * BPS > from * limit;
        let trips = limit > 0 && (beyond(range.high) || beyond(range.low));
        self.memory.breaker = if trips { Window::of(price, cell) } else { window };
        if trips {
            self.memory.halted_until_ts = now + self.params.breaker_cooloff_secs;
        }
    }

    /// Whether trades that add risk are halted.
    pub(crate) fn is_halted(&self, now: Int) -> bool {
        now < self.memory.halted_until_ts && self.final_ts == 0
    }

    /// 7: for who takes over what the fund has already.
    pub(crate) fn taker_rates(&self) -> Rates {
        if self.memory.multiplier_bps <= BPS {
            return self.rates;
        }
        rates_at(&self.params.rates, BPS, self.memory.ramp)
    }

    /// The mean at a moment that is not before the last crank, as a price: if the last print no
    /// longer covered that moment, the mean as the print found it.
    pub(crate) fn pin_at(&self, ts: Int) -> Int {
        let mean = if ts <= self.covers_until_ts { self.mean_at(ts) } else { self.memory.mean };
        (mean / Q32).max(1)
    }

    /// For who reads it: the variance of the target, and the premium's rate per second, of 2^64.
    pub fn derived(&self) -> (Int, Int) {
        let rate = quotient(self.params.premium_bps_per_year, Q64, BPS * YEAR_SECS).down();
        (variance_of(self.params.target_volatility_bps), rate)
    }
}
