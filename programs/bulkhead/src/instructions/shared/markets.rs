//! The markets that an instruction is given beyond those it names.

use {
    crate::{
        error::BulkheadError,
        instructions::shared::{moment, moment_without_markets},
        rules::{
            interval::{Moment, Prices},
            MarketSource, MarketSourceMut,
        },
        state::{Fund, Market},
    },
    alloc::vec::Vec,
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    core::cell::OnceCell,
    pinocchio::account::AccountView,
};

extern crate alloc;

/// Markets passed as remaining accounts, in any order, at the moment of the instruction.
pub struct Markets {
    given: Vec<Given>,
    moment: Moment,
}

/// One of them. Its prices are computed when they are first asked for: nothing that reads them
/// changes the mark, the rates or the range.
struct Given {
    account: Account<Market>,
    prices: OnceCell<Prices>,
}

impl Given {
    fn new(account: Account<Market>) -> Self {
        Self { account, prices: OnceCell::new() }
    }

    #[inline(always)]
    fn prices(&self, moment: &Moment) -> Result<Prices> {
        if let Some(prices) = self.prices.get() {
            return Ok(*prices);
        }
        let prices = moment.prices(&self.account)?;
        Ok(*self.prices.get_or_init(|| prices))
    }
}

impl Markets {
    /// Loads markets to read.
    #[inline(never)]
    pub fn load(views: &[AccountView], fund: &Account<Fund>, clock: &Clock) -> Result<Self> {
        let mut given = Vec::with_capacity(views.len());
        for view in views {
            let market = Account::<Market>::load(*view)?;
            market.check(fund.address())?;
            given.push(Given::new(market));
        }
        Ok(Self { given, moment: moment(&fund.params, clock)? })
    }

    /// Loads markets to read, for an instruction that names none itself: it may be given none at all.
    #[inline(always)]
    pub fn load_all(views: &[AccountView], fund: &Account<Fund>, clock: &Clock) -> Result<Self> {
        if views.is_empty() {
            return Ok(Self { given: Vec::new(), moment: moment_without_markets(&fund.params, clock) });
        }
        Self::load(views, fund, clock)
    }

    /// Loads markets to write.
    #[inline(never)]
    pub fn load_mut(views: &[AccountView], fund: &Account<Fund>, clock: &Clock) -> Result<Self> {
        let mut given = Vec::with_capacity(views.len());
        for view in views {
            // An account that is given twice would be two `&mut` to the same bytes.
            require!(!view.is_borrowed(), BulkheadError::DuplicateAccount);
            // SAFETY: nobody else borrows the account (checked just above), and loading it marks it
            // as borrowed for as long as the wrapper lives, so that the same account given again
            // fails that check.
            let market = unsafe { Account::<Market>::load_mut(*view)? };
            market.check(fund.address())?;
            given.push(Given::new(market));
        }
        Ok(Self { given, moment: moment(&fund.params, clock)? })
    }

    /// Returns the moment of the instruction.
    pub fn moment(&self) -> Moment {
        self.moment
    }
}

impl MarketSource for Markets {
    #[inline(always)]
    fn find(&self, index: u16) -> Option<&Market> {
        self.given.iter().map(|given| &*given.account).find(|market| market.index == index)
    }

    #[inline(always)]
    fn prices(&self, market: &Market) -> Result<Prices> {
        self.moment.prices(market)
    }

    #[inline(always)]
    fn priced(&self, index: u16) -> Result<(&Market, Prices)> {
        let mut given = self.given.iter();
        let given = given.find(|given| given.account.index == index).ok_or(BulkheadError::WrongMarket)?;
        Ok((&given.account, given.prices(&self.moment)?))
    }
}

impl MarketSourceMut for Markets {
    fn find_mut(&mut self, index: u16) -> Option<&mut Market> {
        self.given.iter_mut().map(|given| &mut *given.account).find(|market| market.index == index)
    }

    #[inline(always)]
    fn priced_mut(&mut self, index: u16) -> Result<(&mut Market, Prices)> {
        let mut given = self.given.iter_mut();
        let given = given.find(|given| given.account.index == index).ok_or(BulkheadError::WrongMarket)?;
        let prices = given.prices(&self.moment)?;
        Ok((&mut given.account, prices))
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market> {
        self.given.iter_mut().map(|given| &mut *given.account)
    }
}
