//! A market: one asset, one oracle feed, its mark, its rates and the house's position in it.

mod adjustment;
mod haircut;
mod premium;

pub use adjustment::{Adjusted, AdjustmentState, MarketRegime};

use {
    super::{change::MarketTerms, fund::Fund, params::*},
    crate::{
        constants::{ONE_BPS, VERSION},
        error::*,
        oracle::OraclePrice,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        adjustment::effective,
        auction::merged_since,
        position::Position,
        risk::{Mark, Rates},
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

/// One market of a fund.
#[account]
pub struct Market {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// The feed's exponent is minus this.
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
    /// In force since the last crank: see [`bulkhead_math::adjustment`].
    pub rates: MarketRates,
    /// What moves them: set by governance.
    pub adjustment: AdjustmentTerms,
    /// What the market remembers for it.
    pub adjusted: AdjustmentState,
    /// How far from the mark a trade may be.
    pub price_band_bps: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 6],
    /// Most lots that may be open on one side.
    pub max_open_interest: u64,
    /// Trading starts: later for a market that is added while others' contributions are at stake.
    pub opens_ts: i64,

    // Book
    /// Lots open on the long side, the house's included; the short side has as many (P2).
    pub open_interest: u64,
    /// The house's lots.
    pub house_lots: i64,
    /// The house's raw quote.
    pub house_raw: PodI128,
    /// Slot from which the house's auction counts.
    pub house_since_slot: u64,

    // Losses and gains haircut; two sides are long, short
    /// The fund's loss episode in which this market last had a loss.
    pub loss_episode: u64,
    /// Lots of those who lost in it, signed: the other side has won.
    pub episode_lots: i64,
    /// What they lost: this market's weight when gains are cut.
    pub episode_loss: u64,
    /// Members' lots that a haircut counts, by side: see [`super::PositionSlot::cut_lots`].
    pub cut_lots: [u64; 2],
    /// Raw quote cut per lot, by side.
    pub cut_index: [PodU128; 2],
    /// The mark of the last cut, by side: no more than the gain at it is taken.
    pub cut_price: [u64; 2],
    /// [`Self::cut_index`] before the last cut.
    pub cut_index_before: [PodU128; 2],
    /// The mark of the cut before the last.
    pub cut_price_before: [u64; 2],
    /// Raw quote of the last cut; zero when there was a default since.
    pub cut_raw: PodU128,
    /// Raw quote that lapsed since the last cut.
    pub lapsed_raw: PodU128,
    /// When a wind-down has fixed the mark for good; zero before.
    pub final_ts: i64,

    #[doc(hidden)]
    pub _reserved: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<Market>() == 736);

impl Market {
    /// Whether this is a market of `fund` in the layout this program reads.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// What it trades under.
    pub fn terms(&self) -> MarketTerms {
        MarketTerms {
            max_open_interest: self.max_open_interest,
            rates: self.base_rates,
            adjustment: self.adjustment,
            price_band_bps: self.price_band_bps,
            confidence_multiple: self.confidence_multiple,
            _pad: [0; 5],
        }
    }

    /// Its parameters with other terms, to be checked.
    pub fn with_terms(&self, terms: &MarketTerms) -> MarketParams {
        MarketParams {
            oracle: self.oracle,
            rates: terms.rates,
            adjustment: terms.adjustment,
            max_open_interest: terms.max_open_interest,
            price_band_bps: terms.price_band_bps,
            confidence_multiple: terms.confidence_multiple,
            price_decimals: self.price_decimals,
            lot_decimals: self.lot_decimals,
        }
    }

    /// Its parameters with another oracle, to be checked.
    pub fn with_oracle(&self, oracle: &OracleConfig) -> MarketParams {
        MarketParams { oracle: *oracle, ..self.with_terms(&self.terms()) }
    }

    /// Trades under these terms from now on. Maintenance margin ramps from where it is.
    pub fn set_terms(&mut self, terms: &MarketTerms) -> Result<()> {
        self.base_rates = terms.rates;
        self.adjustment = terms.adjustment;
        self.max_open_interest = terms.max_open_interest;
        self.price_band_bps = terms.price_band_bps;
        self.confidence_multiple = terms.confidence_multiple;
        self.adopt_adjustment()
    }

    /// The rates in force as requirements use them.
    #[inline(always)]
    pub fn risk_rates(&self) -> Rates {
        self.rates.with(&self.adjustment)
    }

    /// What is asked of who takes risk over that the fund has already, from the house or from a member below maintenance: the
    /// base rates, above maintenance margin in force. A multiplier here would keep takers away in the very crash in which the
    /// fund needs them, and leave the position to the contributors.
    #[inline(always)]
    pub fn taker_rates(&self) -> Result<Rates> {
        if self.adjusted.multiplier_bps <= ONE_BPS {
            return Ok(self.risk_rates()); // no higher than that
        }
        self.base_rates_in_force()
    }

    #[inline(never)]
    fn base_rates_in_force(&self) -> Result<Rates> {
        effective(&self.base_rates.with(&self.adjustment), ONE_BPS, self.adjusted.maintenance_ramp).or_fail()
    }

    /// Raw quote per base unit.
    #[inline(always)]
    pub fn scale(&self) -> Result<Scale> {
        Scale::from_stored(self.scale).or_fail()
    }

    /// Refuses a mark older than `max_age` slots: whoever needs a price puts the crank into the same transaction.
    /// A final mark is never stale.
    #[inline(always)]
    pub fn require_fresh(&self, slot: u64, max_age: u32) -> Result<()> {
        if self.final_ts != 0 {
            return Ok(());
        }
        let age = slot.saturating_sub(self.mark.slot);
        require!(self.mark.price > 0 && age <= u64::from(max_age), BulkheadError::StaleMark);
        Ok(())
    }

    /// Whether nobody could take a price from the oracle for this long; a final mark needs none.
    pub fn is_silent(&self, slot: u64, slots: u64) -> bool {
        self.final_ts == 0 && slot.saturating_sub(self.mark.slot) >= slots
    }

    /// The mark as requirements use it.
    #[inline(always)]
    pub fn risk_mark(&self) -> Result<Mark> {
        let (confidence, multiple) = (self.mark.confidence, u64::from(self.confidence_multiple));
        let spread = match confidence >> 56 {
            0 => confidence.wrapping_mul(multiple), // 56 and 8 bits
            _ => confidence.checked_mul(multiple).ok_or(BulkheadError::Overflow)?,
        };
        Ok(Mark { price: self.mark.price, spread })
    }

    /// Refuses once the mark is final.
    #[inline(always)]
    pub fn require_not_final(&self) -> Result<()> {
        require!(self.final_ts == 0, BulkheadError::MarketClosed);
        Ok(())
    }

    /// Takes a checked oracle price into the mark, and what follows from it: see [`Self::adjust`].
    pub fn update_mark(&mut self, price: &OraclePrice, slot: u64, now: i64) -> Result<Adjusted> {
        self.require_not_final()?;
        require!(price.publish_ts >= self.mark.publish_ts, BulkheadError::OracleWentBack);
        let last = self.mark;
        self.mark = MarkState { price: price.price, confidence: price.confidence, slot, publish_ts: price.publish_ts };
        self.adjust(&last, now)
    }

    /// The house's position.
    #[inline(always)]
    pub fn house(&self) -> Position {
        Position { lots: self.house_lots, raw: self.house_raw.get() }
    }

    /// Fixes the mark for good, without doubt. Premiums nobody has collected are the house's from here on: they pay losses.
    pub fn fix_mark(&mut self, price: u64, now: i64) -> Result<()> {
        self.mark.price = price;
        self.mark.confidence = 0;
        self.final_ts = now;
        let premium = core::mem::take(&mut self.adjusted.premium_raw).get();
        self.place_premium(premium)
    }

    /// Whether a flat house has a result to realise: a gain that nobody had paid in yet when it was made, or what lapsed
    /// of a haircut.
    #[inline(always)]
    pub fn is_house_due(&self) -> bool {
        self.house_lots == 0 && self.house_raw.get().unsigned_abs() >= u128::from(self.scale)
    }

    /// Writes the house's position.
    #[inline(always)]
    pub fn set_house(&mut self, house: Position) {
        self.house_lots = house.lots;
        self.house_raw = house.raw.into();
    }

    /// The house's position becomes `next` by taking over `taken` lots of a defaulter.
    #[inline(never)]
    pub fn take_into_house(&mut self, taken: Lots, next: Position, slot: u64) -> Result<()> {
        self.house_since_slot = merged_since(self.house_lots, self.house_since_slot, taken, slot).or_fail()?;
        // The defaulter's lots were counted before and are so no longer; the house's are.
        self.move_open_interest(taken, 0)?;
        self.move_open_interest(self.house_lots, next.lots)?;
        self.set_house(next);
        Ok(())
    }

    /// Keeps the long side's total when somebody's lots change.
    pub fn move_open_interest(&mut self, before: Lots, after: Lots) -> Result<()> {
        let long = |lots: Lots| lots.max(0).unsigned_abs();
        self.open_interest = sub(add(self.open_interest, long(after))?, long(before))?;
        Ok(())
    }

    /// Whether a loss in this market is not paid for yet: it then only reduces.
    #[inline(always)]
    pub fn is_in_default(&self, fund: &Fund) -> bool {
        self.loss_episode == fund.loss_episode
    }
}
