//! A market: one asset, one oracle feed, its mark, its rates and the house's position in it.

use {
    super::{adjustment::*, gains_cut::KEPT_ROUNDS, params::*},
    crate::{
        arithmetic::*,
        constants::{TAKING_SECS, VERSION},
        error::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        final_price::LastHour,
        interval::cell,
        positions::Position,
        requirements::Rates,
        units::{Lots, Scale},
    },
    bytemuck::{Pod, Zeroable},
};

/// The last price taken from the oracle.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct MarkState {
    /// Price mantissa; zero before the first crank.
    pub price: u64,
    /// The oracle's confidence interval, same exponent.
    pub confidence: u64,
    /// Slot of the crank.
    pub slot: u64,
    /// The oracle's publish time.
    pub publish_ts: i64,
}

/// Why the last print of a market did not become its mark.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Silence {
    /// It did.
    None = 0,
    /// Its price is not positive, or beyond what a mark can be.
    Price = 1,
    /// It has another exponent than the market.
    Exponent = 2,
    /// The feed is not trading.
    NotTrading = 3,
    /// Its confidence interval is too wide.
    Uncertain = 4,
}

/// Prices of a market's last hour, added up: see [`LastHour`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct LastHourState {
    /// Price times covered seconds.
    pub price_seconds: PodU128,
    /// When the hour ends, an extension included.
    pub end: i64,
    /// Chain time up to which it has run.
    pub ts: i64,
    /// Seconds that are covered.
    pub covered: u32,
    /// Whether the end has been put off by an hour.
    pub extended: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 3],
}

impl LastHourState {
    /// As the math takes it.
    pub fn get(&self) -> LastHour {
        let Self { price_seconds, end, ts, covered, extended, .. } = *self;
        LastHour { price_seconds: price_seconds.get(), end, ts, covered, extended: extended.get() }
    }

    /// As accounts hold it.
    pub fn of(hour: &LastHour) -> Self {
        let LastHour { end, price_seconds, covered, ts, extended } = *hour;
        Self {
            price_seconds: price_seconds.into(),
            end,
            ts,
            covered,
            extended: extended.into(),
            _pad: [0; 3],
        }
    }
}

/// One market of a fund.
#[account]
pub struct Market {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Decimals of its prices; those of the feed are in the configuration of the oracle.
    pub price_decimals: u8,
    /// A lot is `10^-lot_decimals` of the asset.
    pub lot_decimals: u8,
    /// Confidences that a requirement moves the mark by.
    pub confidence_multiple: u8,
    #[doc(hidden)]
    pub _pad: u8,
    /// Number of this market in its fund.
    pub index: u16,
    /// The fund.
    pub fund: Address,

    // Price
    /// Where the price comes from.
    pub oracle: OracleConfig,
    /// The last price.
    pub mark: MarkState,
    /// Raw quote per base unit of money.
    pub scale: u64,

    // Rates
    /// Set by governance, for the target volatility.
    pub base_rates: MarketRates,
    /// In force since the last crank: see [`bulkhead_math::rates`].
    pub rates: MarketRates,
    /// How volatility moves them; set by governance.
    pub adjustment: AdjustmentTerms,
    /// What volatility has made of them so far.
    pub adjusted: AdjustmentState,
    /// How far from the mark a trade may be.
    pub price_band_bps: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 6],
    /// Most lots that may be open on one side.
    pub max_open_interest: u64,
    /// When it was opened.
    pub opened_ts: i64,

    // Book
    /// Lots open on the long side, the house's included; the short side has as many (P2).
    pub open_interest: u64,
    /// The house's lots.
    pub house_lots: i64,
    /// The house's raw quote.
    pub house_raw: PodI128,
    /// Slot from which the house's auction counts.
    pub house_since_slot: u64,

    /// When the mark became final; zero before.
    pub final_ts: i64,

    // Intervals: see `rules::interval`
    /// The range of the mark; its cells are of chain time.
    pub range: RangeState,
    /// Chain time of the crank that took the mark.
    pub crank_ts: i64,
    /// Publish time of the last print that was taken, whether it became the mark or not.
    pub seen_ts: i64,
    /// A last print that was too uncertain to become the mark; zero otherwise.
    pub uncertain_price: u64,
    /// Its confidence interval.
    pub uncertain_confidence: u64,
    /// Why the last print did not become the mark.
    pub silence: PodSilence,
    #[doc(hidden)]
    pub _pad3: [u8; 7],

    // Exits
    /// What the house has at risk if it does not block exits: see `rules::house::book`; zero if it
    /// does.
    pub house_waived: u64,
    /// Publish time of the mark at which it was looked at: a later print voids it.
    pub house_waived_ts: i64,

    // Crowding: see `rules::crowding`
    /// What one whole side could cost the fund, as it was booked last.
    pub crowding: u64,

    // Closing: see `rules::final_price`
    /// When the contract expires; zero: never.
    pub expires_ts: i64,
    /// When an announced closing ends the market; zero: not.
    pub closing_ts: i64,
    /// When the silence of its feed ends it; zero: not.
    pub dead_ts: i64,
    /// Until then a queued change of the oracle may make the feed readable again.
    pub mend_until_ts: i64,
    /// Publish time of the mark when that change was queued: one silence waits for one.
    pub mend_since_ts: i64,
    /// The last certain print. It is the mark, except in the last hour.
    pub spot: u64,
    /// Until when it covers chain time.
    pub fresh_until_ts: i64,
    /// A final mark that governance has named for this silent market; zero: none.
    pub named_price: u64,
    /// The hour before the end.
    pub hour: LastHourState,
    /// A feed that has been silent for so long may end the market.
    pub dead_feed_secs: u32,
    /// Number of the half minute of `taken_lots`.
    pub taken_cell: u32,

    // Gains cuts: see `rules::gains_cut`
    /// The last cut round whose pin is known.
    pub pin_seq: u64,
    /// Pins of the last eight cut rounds, each at its number modulo eight.
    pub pins: [u64; KEPT_ROUNDS],

    /// Until when premium and maintenance margin have run because the terms have changed.
    pub run_ts: i64,

    // Covers: see `rules::covers`
    /// The low ends of interval A in this quarter of an hour and in the one before, while the fund has
    /// covers: the fall of a price is measured from the highest of them.
    pub gap: RangeState,

    // Offers: see `rules::offers`
    /// Lots of the takings of half a minute, filled or not.
    pub taken_lots: u64,
}

const _: () = assert!(core::mem::size_of::<Market>() == 848);

impl Market {
    /// Refuses a market of another fund, or in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Returns the lots of the takings of this half minute. A fill asks for no room in the market, so that
    /// whoever takes asks for it beside them.
    pub fn taken_lots(&self, now: i64) -> u64 {
        if self.taken_cell == taking_cell(now) {
            self.taken_lots
        } else {
            0
        }
    }

    /// Counts a taking of so many lots.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn count_taking(&mut self, lots: u64, now: i64) -> Result<()> {
        self.taken_lots = self.taken_lots(now).checked_add(lots).ok_or(BulkheadError::Overflow)?;
        self.taken_cell = taking_cell(now);
        Ok(())
    }

    /// Returns the terms that it trades under.
    pub fn terms(&self) -> MarketTerms {
        MarketTerms {
            max_open_interest: self.max_open_interest,
            rates: self.base_rates,
            adjustment: self.adjustment,
            price_band_bps: self.price_band_bps,
            confidence_multiple: self.confidence_multiple,
            _pad: [0; 1],
            dead_feed_secs: self.dead_feed_secs,
            expires_ts: self.expires_ts,
        }
    }

    /// Returns its parameters, to be checked with others in their place.
    pub fn params(&self) -> MarketParams {
        let (oracle, terms) = (self.oracle, self.terms());
        let (price_decimals, lot_decimals) = (self.price_decimals, self.lot_decimals);
        MarketParams { oracle, terms, price_decimals, lot_decimals }
    }

    /// Writes terms; [`crate::rules::rates::adopt`] puts them in force.
    pub fn set_terms(&mut self, terms: &MarketTerms) {
        self.base_rates = terms.rates;
        self.adjustment = terms.adjustment;
        self.max_open_interest = terms.max_open_interest;
        self.price_band_bps = terms.price_band_bps;
        self.confidence_multiple = terms.confidence_multiple;
        self.dead_feed_secs = terms.dead_feed_secs;
        self.expires_ts = terms.expires_ts;
    }

    /// Returns the rates in force as requirements use them.
    #[inline(always)]
    pub fn risk_rates(&self) -> Rates {
        self.rates.with(&self.adjustment)
    }

    /// Returns the raw quote per base unit.
    #[inline(always)]
    pub fn scale(&self) -> Result<Scale> {
        Scale::from_stored(self.scale).or_fail()
    }

    /// Returns `true` if nobody could take a price from the oracle for `slots`. A final mark needs
    /// none.
    pub fn is_unheard(&self, slot: u64, slots: u64) -> bool {
        self.final_ts == 0 && slot.saturating_sub(self.mark.slot) >= slots
    }

    /// Refuses once the mark is final.
    #[inline(always)]
    pub fn require_not_final(&self) -> Result<()> {
        require!(self.final_ts == 0, BulkheadError::MarketClosed);
        Ok(())
    }

    /// Returns the house's position.
    #[inline(always)]
    pub fn house(&self) -> Position {
        Position { lots: self.house_lots, raw: self.house_raw.get() }
    }

    /// Returns `true` if no price moves the house's result any more: it holds no lots, or the mark of
    /// the market is final.
    #[inline(always)]
    pub fn is_house_flat(&self) -> bool {
        self.house_lots == 0 || self.final_ts != 0
    }

    /// Returns `true` if a house that counts as flat has a result that has not joined those of the
    /// others: dust of a position that was settled.
    #[inline(always)]
    pub fn is_house_due(&self) -> bool {
        let house = self.house();
        if house.is_empty() || !self.is_house_flat() {
            return false; // nearly always
        }
        let result = house.profit_raw(self.mark.price);
        result.is_ok_and(|raw| raw.unsigned_abs() >= u128::from(self.scale))
    }

    /// Writes the house's position.
    #[inline(always)]
    pub fn set_house(&mut self, house: Position) {
        self.house_lots = house.lots;
        self.house_raw = house.raw.into();
    }

    /// Keeps the long side's total when a holder's lots change.
    pub fn move_open_interest(&mut self, before: Lots, after: Lots) -> Result<()> {
        let long = |lots: Lots| lots.max(0).unsigned_abs();
        self.open_interest = sub(add(self.open_interest, long(after))?, long(before))?;
        Ok(())
    }

    /// Returns `true` if trades that add risk are halted. A final mark has moved for the last time.
    #[inline(always)]
    pub fn is_halted(&self, now: i64) -> bool {
        now < self.adjusted.halted_until_ts && self.final_ts == 0
    }
}

/// Number of the half minute, the longest time of a taking, that holds `now`.
fn taking_cell(now: i64) -> u32 {
    // A number of seconds is a word until the year 4000.
    cell(now, TAKING_SECS as u32) as u32
}
