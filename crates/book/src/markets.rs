//! The markets of a book, as the program's rules read them.

use {
    anchor_lang::prelude::Result,
    bulkhead::rules::{
        interval::{Moment, Prices},
        MarketSource,
    },
    bulkhead_client::state::Market,
    std::ops::{Deref, DerefMut},
};

/// Markets by index.
#[derive(Clone, Default)]
pub struct Markets(Vec<Market>);

impl Markets {
    /// These markets at a moment, as the program's rules read them.
    pub fn at(&self, moment: Moment) -> MarketsAt<'_> {
        MarketsAt { markets: self, moment }
    }
}

/// Markets at a moment. A book stands for the fund after a crank: marks that no crank reaches are
/// silent, by the program's own rule.
#[derive(Clone, Copy)]
pub struct MarketsAt<'a> {
    markets: &'a Markets,
    moment: Moment,
}

impl MarketSource for MarketsAt<'_> {
    fn find(&self, index: u16) -> Option<&Market> {
        self.markets.get(usize::from(index))
    }

    fn prices(&self, market: &Market) -> Result<Prices> {
        self.moment.prices(market)
    }
}

impl From<Vec<Market>> for Markets {
    fn from(markets: Vec<Market>) -> Self {
        Self(markets)
    }
}

impl FromIterator<Market> for Markets {
    fn from_iter<I: IntoIterator<Item = Market>>(markets: I) -> Self {
        Self(markets.into_iter().collect())
    }
}

impl Deref for Markets {
    type Target = Vec<Market>;

    fn deref(&self) -> &Vec<Market> {
        &self.0
    }
}

impl DerefMut for Markets {
    fn deref_mut(&mut self) -> &mut Vec<Market> {
        &mut self.0
    }
}

impl<'m> IntoIterator for &'m Markets {
    type Item = &'m Market;
    type IntoIter = std::slice::Iter<'m, Market>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
