//! Where rules find the markets of a member's positions, and their prices.

use {
    super::interval::Prices,
    crate::{error::BulkheadError, state::Market},
    anchor_lang::prelude::*,
};

/// The markets that a rule may read, at one moment.
///
/// On chain these are the accounts of the transaction, off chain a keeper's copy of the whole fund.
/// Both go through the same risk rules in [`super::requirements`].
pub trait MarketSource {
    /// Returns the market with this index, if it is here.
    fn find(&self, index: u16) -> Option<&Market>;

    /// Returns the prices of a market, whether it is here or not: see
    /// [`super::interval::Moment::prices`].
    ///
    /// # Errors
    /// `Overflow`.
    fn prices(&self, market: &Market) -> Result<Prices>;

    /// Returns the market with this index and its prices.
    ///
    /// # Errors
    /// `WrongMarket` if it is not here; `Overflow`.
    #[inline(always)]
    fn priced(&self, index: u16) -> Result<(&Market, Prices)> {
        let market = self.find(index).ok_or(BulkheadError::WrongMarket)?;
        Ok((market, self.prices(market)?))
    }
}

/// The markets that a rule may change.
pub trait MarketSourceMut: MarketSource {
    /// Returns the market with this index to change, if it is here.
    fn find_mut(&mut self, index: u16) -> Option<&mut Market>;

    /// Returns the market with this index to change, and its prices.
    ///
    /// # Errors
    /// As [`MarketSource::priced`].
    fn priced_mut(&mut self, index: u16) -> Result<(&mut Market, Prices)>;

    /// Visits every market to change it.
    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market>;
}

/// Other markets with one that the instruction names: the named one comes first.
pub struct Named<'a, S> {
    /// The market that the instruction names.
    pub market: &'a Market,
    /// Its prices, which do not change within the instruction.
    pub prices: &'a Prices,
    /// The other markets.
    pub others: &'a S,
}

impl<S: MarketSource> MarketSource for Named<'_, S> {
    #[inline(always)]
    fn find(&self, index: u16) -> Option<&Market> {
        if self.market.index == index {
            return Some(self.market);
        }
        self.others.find(index)
    }

    #[inline(always)]
    fn prices(&self, market: &Market) -> Result<Prices> {
        if self.market.index == market.index {
            return Ok(*self.prices);
        }
        self.others.prices(market)
    }

    #[inline(always)]
    fn priced(&self, index: u16) -> Result<(&Market, Prices)> {
        if self.market.index == index {
            return Ok((self.market, *self.prices));
        }
        self.others.priced(index)
    }
}
