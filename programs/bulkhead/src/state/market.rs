//! A market: one asset, one oracle feed, its mark, its rates and the house's position in it.

use {
    super::params::*,
    crate::{constants::VERSION, error::*, oracle::OraclePrice},
    anchor_lang::prelude::*,
    bulkhead_math::{
        auction::merged_since,
        position::Position,
        risk::Mark,
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
    /// Set by governance.
    pub base_rates: MarketRates,
    /// In force: base times the volatility multiplier.
    pub rates: MarketRates,
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
    /// Number (plus one) of the last default that put a position into the house.
    pub last_default: u64,

    /// Room for volatility, breaker, premium and gains-haircut indices.
    #[doc(hidden)]
    pub _reserved: [u8; 256],
}

const _: () = assert!(core::mem::size_of::<Market>() == 568);

impl Market {
    /// Whether this is a market of `fund` in the layout this program reads.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Raw quote per base unit.
    #[inline(always)]
    pub fn scale(&self) -> Result<Scale> {
        Scale::from_stored(self.scale).or_fail()
    }

    /// Refuses a mark older than `max_age` slots: whoever needs a price puts the crank into the same transaction.
    #[inline(always)]
    pub fn require_fresh(&self, slot: u64, max_age: u32) -> Result<()> {
        let age = slot.saturating_sub(self.mark.slot);
        require!(self.mark.price > 0 && age <= u64::from(max_age), BulkheadError::StaleMark);
        Ok(())
    }

    /// The mark as requirements use it.
    #[inline(always)]
    pub fn risk_mark(&self) -> Result<Mark> {
        let spread = self.mark.confidence.checked_mul(u64::from(self.confidence_multiple));
        Ok(Mark { price: self.mark.price, spread: spread.ok_or(BulkheadError::Overflow)? })
    }

    /// Takes a checked oracle price into the mark.
    pub fn update_mark(&mut self, price: &OraclePrice, slot: u64) -> Result<()> {
        require!(price.publish_ts >= self.mark.publish_ts, BulkheadError::OracleWentBack);
        self.mark = MarkState { price: price.price, confidence: price.confidence, slot, publish_ts: price.publish_ts };
        Ok(())
    }

    /// The house's position.
    #[inline(always)]
    pub fn house(&self) -> Position {
        Position { lots: self.house_lots, raw: self.house_raw.get() }
    }

    /// Whether a flat house has a gain that nobody had paid in yet when it was made.
    #[inline(always)]
    pub fn is_house_owed(&self) -> bool {
        self.house_lots == 0 && self.house_raw.get() >= i128::from(self.scale)
    }

    /// Writes the house's position.
    #[inline(always)]
    pub fn set_house(&mut self, house: Position) {
        self.house_lots = house.lots;
        self.house_raw = house.raw.into();
    }

    /// The house's position becomes `next` by taking over `taken` lots in default `seq`.
    pub fn take_into_house(&mut self, taken: Lots, next: Position, seq: u64, slot: u64) -> Result<()> {
        self.house_since_slot = merged_since(self.house_lots, self.house_since_slot, taken, slot).or_fail()?;
        // The defaulter's lots were counted before and are so no longer; the house's are.
        self.move_open_interest(taken, 0)?;
        self.move_open_interest(self.house_lots, next.lots)?;
        self.set_house(next);
        self.last_default = add(seq, 1)?;
        Ok(())
    }

    /// Keeps the long side's total when somebody's lots change.
    pub fn move_open_interest(&mut self, before: Lots, after: Lots) -> Result<()> {
        let long = |lots: Lots| lots.max(0).unsigned_abs();
        self.open_interest = sub(add(self.open_interest, long(after))?, long(before))?;
        Ok(())
    }

    /// Whether a default in this market is not paid for yet: it then only reduces.
    #[inline(always)]
    pub fn has_open_default(&self, settled_seq: u64) -> bool {
        self.last_default > settled_seq
    }
}
