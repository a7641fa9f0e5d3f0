//! The markets of a book, as the program's rules read them.

use {
    anchor_lang::prelude::Result,
    bulkhead::rules::{MarketSource, MarketSourceMut},
    bulkhead_client::state::Market,
    std::ops::{Deref, DerefMut},
};

/// Markets by index.
#[derive(Clone, Default)]
pub struct Markets(Vec<Market>);

impl MarketSource for Markets {
    fn find(&self, index: u16) -> Option<&Market> {
        self.0.get(usize::from(index))
    }

    /// Accepts every mark. A book stands for the fund after a crank; [`crate::Book::can_price`]
    /// says which markets a crank can reach.
    fn require_fresh(&self, _: &Market, _: u64, _: u32) -> Result<()> {
        Ok(())
    }
}

impl MarketSourceMut for Markets {
    fn find_mut(&mut self, index: u16) -> Option<&mut Market> {
        self.0.get_mut(usize::from(index))
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market> {
        self.0.iter_mut()
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
