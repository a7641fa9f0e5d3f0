//! Rates: the changes that a new price brings. Volatility, the rates in force, the breaker and the
//! premium follow from it.

use {
    super::{final_price, gains_cut, interval},
    crate::{arithmetic::*, constants::ONE_BPS, error::*, oracle::Print, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        interval::{cell, Mean, Range, CELL_SECS, GAP_CELL_SECS, MEAN_HALF_LIFE_SECS},
        premium,
        rates::{effective, ramp, ramp_target, RAMP_PARTS},
        requirements::Rates,
        units::{Bps, Price},
        volatility::{multiplier_bps, target_variance},
    },
};

/// What a new price changed; the handler emits the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// Whether it has tripped the breaker.
    pub tripped: bool,
    /// Why it did not become the mark.
    pub silence: Silence,
}

/// Takes a checked print into the mark, and adjusts the market to it. A print that is not sound keeps
/// the mark, and silences the market until a sound one is taken.
///
/// # Errors
/// `MarketClosed` once the mark is final; `OracleWentBack` for a print that is older than the last
/// one, sound or not: no older print undoes a silence.
pub fn update_mark(fund: &Fund, market: &mut Market, print: &Print, slot: u64, now: i64) -> Result<Adjusted> {
    market.require_not_final()?;
    require!(print.publish_ts >= market.seen_ts, BulkheadError::OracleWentBack);
    final_price::require_running(fund, market, now)?;
    gains_cut::note_pins(fund, market, now);
    let Print { price, confidence, publish_ts, silence } = *print;
    market.seen_ts = publish_ts;
    market.silence = silence.into();
    let uncertain = silence == Silence::Uncertain;
    (market.uncertain_price, market.uncertain_confidence) =
        if uncertain { (price, confidence) } else { (0, 0) };
    if silence != Silence::None {
        final_price::note_silence(market, now);
        return Ok(Adjusted { tripped: false, silence });
    }
    let Print { price, confidence, .. } = final_price::take_print(fund, market, print, now)?;
    let last = market.mark;
    // Nothing but a quarter of an hour that follows the last one asks for it.
    let turns = fund.covers > 0 && market.gap.cell.checked_add(1) == Some(cell(now, GAP_CELL_SECS));
    let low_in_force = if turns { interval::low_end(market)? } else { 0 };
    count(market, price, now);
    market.mark = MarkState { price, confidence, slot, publish_ts };
    market.crank_ts = now;
    if fund.covers > 0 {
        note_gap(market, low_in_force, now)?;
    }
    adjust(market, &last, now)
}

/// Notes the low end of interval A, from which the fall of a venue's collateral is measured. A quarter of
/// an hour that follows the last one begins with the low end that was in force, and not with the mark: a
/// print of seconds would stand for two of them. After one in which nobody has cranked, a fall has no
/// beginning that is known, and may have taken days: the next one begins anew. The breaker has no part in
/// it.
#[inline(never)]
fn note_gap(market: &mut Market, low_in_force: Price, now: i64) -> Result<()> {
    let low = interval::low_end(market)?;
    let gap = market.gap.get();
    let is_known = cell(now, GAP_CELL_SECS).saturating_sub(gap.cell) <= 1;
    let gap = if is_known {
        gap.add(low, low_in_force, now, GAP_CELL_SECS)
    } else {
        Range::first(low, now, GAP_CELL_SECS)
    };
    market.gap = RangeState::of(&gap);
    Ok(())
}

/// Counts a new price in range and mean, which know chain time: when it was seen, not when it is said
/// to be of.
#[inline(always)]
fn count(market: &mut Market, price: Price, now: i64) {
    let in_force = market.mark.price;
    let (range, mean) = if in_force == 0 {
        (Range::first(price, now, CELL_SECS), Mean::first(price, now))
    } else {
        let mean = Mean { q32: market.adjusted.mean.get(), ts: market.crank_ts };
        (
            market.range.get().add(price, in_force, now, CELL_SECS),
            mean.advance(in_force, now, MEAN_HALF_LIFE_SECS),
        )
    };
    market.range = RangeState::of(&range);
    market.adjusted.mean = mean.q32.into();
}

/// Adjusts a market to its mark, when `last` was the mark until now. Time is the oracle's.
///
/// Premium and maintenance margin have run since then at the price that was known then. A price of
/// this moment changes nothing backwards, and how often the market is cranked makes no difference.
#[inline(never)]
fn adjust(market: &mut Market, last: &MarkState, now: i64) -> Result<Adjusted> {
    let until = market.mark.publish_ts;
    run(market, last, until)?;
    observe_volatility(market);
    let tripped = watch(market, last.price, now);
    refresh(market);
    Ok(Adjusted { tripped, silence: Silence::None })
}

/// Runs premium and maintenance margin up to now at the terms in force, before others are: those change
/// nothing backwards.
pub fn run_until(market: &mut Market, now: i64) -> Result<()> {
    let last = market.mark;
    run(market, &last, now)?;
    market.run_ts = now;
    Ok(())
}

/// Runs premium and maintenance margin from the last mark, or from the last change of terms, to `until`.
#[inline(always)]
fn run(market: &mut Market, last: &MarkState, until: i64) -> Result<()> {
    let secs = match last.price {
        0 => 0,
        _ => until.saturating_sub(last.publish_ts.max(market.run_ts)).max(0).unsigned_abs(),
    };
    let terms = &market.adjustment;
    let state = &mut market.adjusted;
    if secs > 0 {
        let regime = state.regime();
        let index = state.premium_index.get();
        state.premium_index =
            premium::grown(index, last.price, state.premium_rate, regime, secs).or_fail()?.into();
        let speed = terms.maintenance_ramp_bps_per_hour;
        state.maintenance_ramp = ramp(state.maintenance_ramp, state.maintenance_target, speed, secs);
    }
    Ok(())
}

#[inline(always)]
fn observe_volatility(market: &mut Market) {
    let (price, ts, terms) = (market.mark.price, market.mark.publish_ts, &market.adjustment);
    let state = &mut market.adjusted;
    let seen = state.ewma().observe(price, ts, terms.volatility_half_life_secs, state.target_variance);
    let multiplier = multiplier_bps(seen.variance, state.target_variance);
    let (least, most) = (terms.multiplier_min_bps, terms.multiplier_max_bps);
    state.multiplier_bps = multiplier.clamp(u32::from(least), u32::from(most)) as u16;
    if seen.sampled {
        state.variance = seen.next.variance;
        state.sample_price = seen.next.price;
        state.sample_ts = seen.next.ts;
        state.regime = MarketRegime::from(state.regime().after(multiplier)).into();
        state.maintenance_target = ramp_target(Bps(market.base_rates.maintenance_bps), state.multiplier_bps);
    }
}

/// Trips the breaker when the price has moved too far. From there it is measured anew.
#[inline(always)]
fn watch(market: &mut Market, last: Price, now: i64) -> bool {
    let (price, ts, terms) = (market.mark.price, market.mark.publish_ts, &market.adjustment);
    let cell_secs = terms.breaker_window_secs;
    let mut seen = match last {
        0 => Range::first(price, ts, cell_secs),
        _ => market.adjusted.breaker.get().add(price, last, ts, cell_secs),
    };
    let tripped = terms.breaker_bps > 0 && seen.moved_beyond(price, Bps(terms.breaker_bps));
    if tripped {
        seen = Range::first(price, ts, cell_secs);
        market.adjusted.halted_until_ts = now.saturating_add(i64::from(terms.breaker_cooloff_secs));
    }
    market.adjusted.breaker = RangeState::of(&seen);
    tripped
}

/// Puts the rates in force that follow from the base rates and volatility.
#[inline(always)]
fn refresh(market: &mut Market) {
    let base = market.base_rates.with(&market.adjustment);
    let state = &market.adjusted;
    let rates = effective(&base, state.multiplier_bps, state.maintenance_ramp);
    market.rates = MarketRates::of(&rates);
}

/// Puts terms in force, at the volatility there is. Maintenance margin ramps from where it is.
pub fn adopt(market: &mut Market, terms: &MarketTerms) {
    market.set_terms(terms);
    let terms = market.adjustment;
    let state = &mut market.adjusted;
    if state.sample_price == 0 {
        // A new market begins at its base rates.
        state.multiplier_bps = ONE_BPS;
        state.maintenance_ramp = u32::from(market.base_rates.maintenance_bps).saturating_mul(RAMP_PARTS);
    }
    state.target_variance = target_variance(terms.target_volatility_bps);
    state.premium_rate = premium::rate_per_second(terms.premium_bps_per_year);
    state.multiplier_bps = state.multiplier_bps.clamp(terms.multiplier_min_bps, terms.multiplier_max_bps);
    state.maintenance_target = ramp_target(Bps(market.base_rates.maintenance_bps), state.multiplier_bps);
    refresh(market);
}

/// Returns the rates for taking on risk that the fund already carries, from the house or from a
/// member below maintenance margin. Up to a multiplier of one they are the rates in force; above it
/// they are those at one, with initial margin still above the maintenance margin in force.
///
/// A multiplier would keep takers away in the very crash in which the fund needs them, and leave
/// the position to the contributors.
#[inline(always)]
pub fn of_takers(market: &Market) -> Result<Rates> {
    if market.adjusted.multiplier_bps <= ONE_BPS {
        return Ok(market.risk_rates()); // they are no higher than the base rates
    }
    Ok(base_in_force(market))
}

#[inline(never)]
fn base_in_force(market: &Market) -> Rates {
    effective(&market.base_rates.with(&market.adjustment), ONE_BPS, market.adjusted.maintenance_ramp)
}
