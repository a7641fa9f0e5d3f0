//! The markets that an instruction is given beyond those it names.

use {
    crate::{
        error::BulkheadError,
        rules::{MarketSource, MarketSourceMut},
        state::Market,
    },
    alloc::vec::Vec,
    anchor_lang::prelude::*,
    pinocchio::account::AccountView,
};

extern crate alloc;

/// Markets passed as remaining accounts, in any order.
pub struct Markets(Vec<Account<Market>>);

impl Markets {
    /// Loads markets to read.
    #[inline(never)]
    pub fn load(views: &[AccountView], fund: &Address) -> Result<Self> {
        let mut markets = Vec::with_capacity(views.len());
        for view in views {
            let market = Account::<Market>::load(*view)?;
            market.check(fund)?;
            markets.push(market);
        }
        Ok(Self(markets))
    }

    /// Loads markets to write.
    #[inline(never)]
    pub fn load_mut(views: &[AccountView], fund: &Address) -> Result<Self> {
        let mut markets = Vec::with_capacity(views.len());
        for view in views {
            // An account that is given twice would be two `&mut` to the same bytes.
            require!(!view.is_borrowed(), BulkheadError::DuplicateAccount);
            // SAFETY: nobody else borrows the account (checked just above), and loading it marks it
            // as borrowed for as long as the wrapper lives, so that the same account given again
            // fails that check.
            let market = unsafe { Account::<Market>::load_mut(*view)? };
            market.check(fund)?;
            markets.push(market);
        }
        Ok(Self(markets))
    }
}

impl MarketSource for Markets {
    #[inline(always)]
    fn find(&self, index: u16) -> Option<&Market> {
        self.0.iter().map(|market| &**market).find(|market| market.index == index)
    }
}

impl MarketSourceMut for Markets {
    fn find_mut(&mut self, index: u16) -> Option<&mut Market> {
        self.0.iter_mut().map(|market| &mut **market).find(|market| market.index == index)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market> {
        self.0.iter_mut().map(|market| &mut **market)
    }
}
