//! The markets that an instruction is given beyond those it names.

use {
    crate::{
        error::BulkheadError,
        instructions::shared::moment,
        rules::{
            interval::{Moment, Prices},
            MarketSource, MarketSourceMut,
        },
        state::{Fund, Market},
    },
    alloc::vec::Vec,
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    pinocchio::account::AccountView,
};

extern crate alloc;

/// Markets passed as remaining accounts, in any order, at the moment of the instruction.
pub struct Markets {
    accounts: Vec<Account<Market>>,
    moment: Moment,
}

impl Markets {
    /// Loads markets to read.
    #[inline(never)]
    pub fn load(views: &[AccountView], fund: &Account<Fund>, clock: &Clock) -> Result<Self> {
        let mut accounts = Vec::with_capacity(views.len());
        for view in views {
            let market = Account::<Market>::load(*view)?;
            market.check(fund.address())?;
            accounts.push(market);
        }
        Ok(Self { accounts, moment: moment(&fund.params, clock)? })
    }

    /// Loads markets to write.
    #[inline(never)]
    pub fn load_mut(views: &[AccountView], fund: &Account<Fund>, clock: &Clock) -> Result<Self> {
        let mut accounts = Vec::with_capacity(views.len());
        for view in views {
            // An account that is given twice would be two `&mut` to the same bytes.
            require!(!view.is_borrowed(), BulkheadError::DuplicateAccount);
            // SAFETY: nobody else borrows the account (checked just above), and loading it marks it
            // as borrowed for as long as the wrapper lives, so that the same account given again
            // fails that check.
            let market = unsafe { Account::<Market>::load_mut(*view)? };
            market.check(fund.address())?;
            accounts.push(market);
        }
        Ok(Self { accounts, moment: moment(&fund.params, clock)? })
    }

    /// Returns the moment of the instruction.
    pub fn moment(&self) -> Moment {
        self.moment
    }
}

impl MarketSource for Markets {
    #[inline(always)]
    fn find(&self, index: u16) -> Option<&Market> {
        self.accounts.iter().map(|market| &**market).find(|market| market.index == index)
    }

    #[inline(always)]
    fn prices(&self, market: &Market) -> Result<Prices> {
        self.moment.prices(market)
    }
}

impl MarketSourceMut for Markets {
    fn find_mut(&mut self, index: u16) -> Option<&mut Market> {
        self.accounts.iter_mut().map(|market| &mut **market).find(|market| market.index == index)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market> {
        self.accounts.iter_mut().map(|market| &mut **market)
    }
}
