//! The markets an instruction is given beyond those it names.

use {
    super::{market::Market, member::Member},
    crate::error::{BulkheadError, OrFail},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        breaker::less_severe,
        risk::{Rates, Risk},
    },
    pinocchio::account::AccountView,
};

/// Markets passed as remaining accounts, in any order.
pub struct Markets(Vec<Account<Market>>);

extern crate alloc;
use alloc::vec::Vec;

impl Markets {
    /// Markets to read.
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

    /// Markets to write.
    #[inline(never)]
    pub fn load_mut(views: &[AccountView], fund: &Address) -> Result<Self> {
        let mut markets = Vec::with_capacity(views.len());
        for view in views {
            // An account given twice would be two `&mut` to the same bytes.
            require!(!view.is_borrowed(), BulkheadError::DuplicateAccount);
            // SAFETY: nobody else borrows the account (checked just above), and loading it marks it as borrowed for as
            // long as the wrapper lives, so that the same account given again fails that check.
            let market = unsafe { Account::<Market>::load_mut(*view)? };
            market.check(fund)?;
            markets.push(market);
        }
        Ok(Self(markets))
    }

    /// The market with this index.
    #[inline(always)]
    pub fn find(&self, index: u16) -> Option<&Market> {
        self.0.iter().map(|market| &**market).find(|market| market.index == index)
    }

    /// All of them, to write.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Market> {
        self.0.iter_mut().map(|market| &mut **market)
    }

    /// The market with this index, to write.
    pub fn find_mut(&mut self, index: u16) -> Option<&mut Market> {
        self.0.iter_mut().map(|market| &mut **market).find(|market| market.index == index)
    }

    /// Requirements and profits of `member` over all its positions. Every market it holds must be here, or be
    /// `named`, with a fresh mark: a caller cannot leave out what does not suit it (P8).
    #[inline(always)]
    pub fn risk(&self, member: &Member, named: Option<&Market>, slot: u64, max_age_slots: u32) -> Result<Risk> {
        self.risk_by(|market| Ok(market.risk_rates()), member, named, slot, max_age_slots)
    }

    /// The same for who takes over: see [`Market::taker_rates`].
    #[inline(never)]
    pub fn taker_risk(&self, member: &Member, named: &Market, slot: u64, max_age_slots: u32) -> Result<Risk> {
        self.risk_by(Market::taker_rates, member, Some(named), slot, max_age_slots)
    }

    #[inline(always)]
    fn risk_by(
        &self,
        rates: impl Fn(&Market) -> Result<Rates>,
        member: &Member,
        named: Option<&Market>,
        slot: u64,
        max_age_slots: u32,
    ) -> Result<Risk> {
        let mut risk = Risk::default();
        for held in member.positions.iter().filter(|held| !held.is_free()) {
            let market = match named {
                Some(market) if market.index == held.market => market,
                _ => self.find(held.market).ok_or(BulkheadError::WrongMarket)?,
            };
            market.require_fresh(slot, max_age_slots)?;
            risk.add(&market.position_of(held)?, &market.risk_mark()?, market.scale()?, &rates(market)?)
                .map_err(BulkheadError::from)?;
        }
        Ok(risk)
    }

    /// The same as a default is judged by: where a breaker has tripped, at the less severe of the mark and its mean, so that one
    /// wild print defaults nobody. The mean catches up within minutes.
    #[inline(never)]
    pub fn risk_of_default(&self, member: &Member, clock: &Clock, max_age_slots: u32) -> Result<Risk> {
        let mut risk = self.risk(member, None, clock.slot, max_age_slots)?;
        for market in self.0.iter().filter(|market| market.is_halted(clock.unix_timestamp)) {
            let held = member.position(market.index);
            let price = less_severe(held.lots, market.mark.price, market.adjusted.mean_price());
            risk.judge_at(&held, market.mark.price, price, market.scale()?).or_fail()?;
        }
        Ok(risk)
    }
}
