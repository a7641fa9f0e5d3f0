//! Intervals: the prices that an instruction judges members by. No rule takes a price from a market
//! in another way.
//!
//! - What is done *to* a member is judged at the end of interval A that favours the member (U1), and
//!   its lots change hands at that price.
//! - What a member does *for itself* is judged at the end of interval B that is against it (U2).
//! - Cash moves at a fresh mark only (U3).
//! - The house sells at the end of A that favours the house (U4).
//! - Lots leave a member against its will, or the house, on a recent print only (U5).

use {
    crate::{
        arithmetic::OrFail,
        error::BulkheadError,
        state::{FundParams, Market, Silence},
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        interval::{age_ms, silent_price, Interval, IntervalTerms, Intervals, Reading, CELL_SECS},
        requirements::Mark,
        rounding::word_mul_saturating,
        units::{Bps, Lots, Price},
    },
};

/// Milliseconds in a second.
const MILLIS: u64 = 1_000;

/// A moment of the chain, and how old a fund lets its prices be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Slot.
    pub slot: u64,
    /// Chain time in seconds.
    pub now: i64,
    /// Slot of the cluster's last restart; zero before the first.
    pub restart_slot: u64,
    /// See [`FundParams::max_mark_age_slots`].
    pub max_mark_age_slots: u32,
    /// See [`FundParams::age_full_secs`].
    pub age_full_secs: u32,
    /// See [`FundParams::act_age_secs`].
    pub act_age_secs: u32,
    /// See [`FundParams::slot_ms`].
    pub slot_ms: u16,
}

impl Moment {
    /// Returns the moment of a slot and of the chain's time `now`, under a fund's parameters.
    pub fn new(params: &FundParams, slot: u64, now: i64, restart_slot: u64) -> Self {
        Self {
            slot,
            now,
            restart_slot,
            max_mark_age_slots: params.max_mark_age_slots,
            age_full_secs: params.age_full_secs,
            act_age_secs: params.act_age_secs,
            slot_ms: params.slot_ms,
        }
    }

    /// Returns `true` if the market's mark may move cash: its print and its crank are recent, no later
    /// print has silenced the market, and the cluster has not restarted since. A final mark is fresh
    /// for ever.
    #[inline]
    pub fn is_fresh(&self, market: &Market) -> bool {
        if market.final_ts != 0 {
            return true;
        }
        let mark = &market.mark;
        mark.price > 0
            && market.silence == Silence::None
            && self.slot.saturating_sub(mark.slot) <= u64::from(self.max_mark_age_slots)
            && self.now.saturating_sub(mark.publish_ts) <= i64::from(market.oracle.max_age_secs)
            && (self.restart_slot == 0 || mark.slot > self.restart_slot)
    }

    /// Refuses unless the market's mark may move cash.
    ///
    /// # Errors
    /// `StaleMark`.
    #[inline]
    pub fn require_fresh(&self, market: &Market) -> Result<()> {
        require!(self.is_fresh(market), BulkheadError::StaleMark);
        Ok(())
    }

    /// Returns the market's prices.
    ///
    /// # Errors
    /// `Overflow`, which prices that a crank takes never reach.
    #[inline(never)]
    pub fn prices(&self, market: &Market) -> Result<Prices> {
        let price = market.mark.price;
        let (maintenance, initial) = (Bps(market.rates.maintenance_bps), Bps(market.rates.initial_bps));
        if market.final_ts != 0 {
            let intervals = Intervals::fixed(price);
            return Ok(Prices {
                mark: price,
                intervals,
                is_fresh: true,
                is_recent: true,
                maintenance,
                initial,
            });
        }
        let age_ms = age_ms(self.now, market.mark.publish_ts, self.slot, market.mark.slot, self.slot_ms);
        let is_fresh = self.is_fresh(market);
        let terms = IntervalTerms {
            confidence_multiple: market.confidence_multiple,
            maintenance,
            stress: Bps(market.base_rates.stress_bps),
            age_full_secs: self.age_full_secs,
        };
        let range = market.range.get().advance(price, self.now, CELL_SECS).interval();
        let reading = Reading { price, confidence: market.mark.confidence, range, age_ms };
        let mut intervals = Intervals::of(&reading, &terms).or_fail()?;
        if market.silence == Silence::Uncertain {
            let (price, confidence) = (market.uncertain_price, market.uncertain_confidence);
            intervals = intervals.with_uncertain(price, confidence, &terms).or_fail()?;
        }
        let is_recent = is_fresh && age_ms <= word_mul_saturating(self.act_age_secs.into(), MILLIS);
        Ok(Prices { mark: price, intervals, is_fresh, is_recent, maintenance, initial })
    }
}

/// Returns the low end of interval A of a mark that was just taken.
///
/// # Errors
/// `Overflow`, which prices that a crank takes never reach.
pub fn low_end(market: &Market) -> Result<Price> {
    let terms = IntervalTerms {
        confidence_multiple: market.confidence_multiple,
        maintenance: Bps(market.rates.maintenance_bps),
        stress: Bps(market.base_rates.stress_bps),
        age_full_secs: 1,
    };
    let (price, confidence) = (market.mark.price, market.mark.confidence);
    let reading = Reading { price, confidence, range: market.range.get().interval(), age_ms: 0 };
    Ok(Intervals::of(&reading, &terms).or_fail()?.others.low)
}

/// The prices of one market in one instruction. Both intervals are computed once for all members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The mark.
    pub mark: Price,
    /// Interval A, which judges what is done to a member, and interval B, which judges what it does
    /// itself.
    pub intervals: Intervals,
    /// Whether the mark may move cash (U3).
    pub is_fresh: bool,
    /// Whether lots may leave a member against its will, or the house (U5). Otherwise the market is
    /// silent for a judgement of others.
    pub is_recent: bool,
    /// Maintenance rate in force.
    maintenance: Bps,
    /// Initial rate in force.
    initial: Bps,
}

impl Prices {
    /// Refuses unless the mark may move cash.
    ///
    /// # Errors
    /// `StaleMark`.
    #[inline]
    pub fn require_fresh(&self) -> Result<()> {
        require!(self.is_fresh, BulkheadError::StaleMark);
        Ok(())
    }

    /// Refuses unless lots may leave a member against its will, or the house.
    ///
    /// # Errors
    /// `StaleMark`.
    #[inline]
    pub fn require_recent(&self) -> Result<()> {
        require!(self.is_recent, BulkheadError::StaleMark);
        Ok(())
    }

    /// Returns the mark as the member's own requirements use it. Interval A is that of a recent mark.
    #[inline]
    pub fn mark(&self) -> Mark {
        Mark { price: self.mark, intervals: self.intervals }
    }

    /// Returns the mark by which a member is liquidated.
    ///
    /// # Errors
    /// As [`Self::declaring`].
    #[inline]
    pub fn liquidating(&self) -> Result<Mark> {
        self.judged(self.maintenance)
    }

    /// Returns the mark by which a member is declared in default.
    ///
    /// # Errors
    /// `Overflow`, which prices that a crank takes never reach.
    #[inline]
    pub fn declaring(&self) -> Result<Mark> {
        self.judged(self.initial)
    }

    /// Returns the price at which a holder's lots go to the house in a default: the end of A that
    /// favours the holder, or the last mark of a silent market.
    #[inline]
    pub fn realised(&self, lots: Lots) -> Price {
        if self.is_recent {
            self.intervals.others.favouring(lots)
        } else {
            self.mark
        }
    }

    /// A silent market counts at its last mark moved by `rate` in the member's favour, or at the end
    /// of A where that is better for the member: an old print that somebody cranks now does no harm
    /// in another market.
    #[inline]
    fn judged(&self, rate: Bps) -> Result<Mark> {
        if self.is_recent {
            return Ok(self.mark());
        }
        let low = silent_price(self.mark, -1, rate).or_fail()?;
        let high = silent_price(self.mark, 1, rate).or_fail()?;
        let others = self.intervals.others.hull(&Interval { low, high });
        Ok(Mark { price: self.mark, intervals: Intervals { others, ..self.intervals } })
    }
}
