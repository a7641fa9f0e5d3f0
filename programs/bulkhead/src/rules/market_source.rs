//! Where rules find the markets of a member's positions.

use {crate::state::Market, anchor_lang::prelude::*};

/// The markets that a rule may read.
///
/// On chain these are the accounts of the transaction, off chain a keeper's copy of the whole fund.
/// Both go through the same risk rules in [`super::requirements`].
pub trait MarketSource {
    /// Returns the market with this index, if it is here.
    fn find(&self, index: u16) -> Option<&Market>;

    /// Refuses a market whose mark may not price anything in `slot`.
    ///
    /// The default is the program's own rule. A source that decides for itself which marks it
    /// trusts, such as a keeper that plans for the slot after a crank, overrides this.
    ///
    /// # Errors
    /// `StaleMark`.
    #[inline(always)]
    fn require_fresh(&self, market: &Market, slot: u64, max_age_slots: u32) -> Result<()> {
        market.require_fresh(slot, max_age_slots)
    }
}

/// The markets that a rule may change.
pub trait MarketSourceMut: MarketSource {
    /// Returns the market with this index to change, if it is here.
    fn find_mut(&mut self, index: u16) -> Option<&mut Market>;

    /// Visits every market to change it.
    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market>;
}

/// Other markets with one that the instruction names: the named one comes first.
pub struct Named<'a, S> {
    /// The market that the instruction names.
    pub market: &'a Market,
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
    fn require_fresh(&self, market: &Market, slot: u64, max_age_slots: u32) -> Result<()> {
        self.others.require_fresh(market, slot, max_age_slots)
    }
}
