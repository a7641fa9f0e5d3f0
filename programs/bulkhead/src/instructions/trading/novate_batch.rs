use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::positions::{self, Deal, Side},
        state::*,
    },
    alloc::vec::Vec,
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    pinocchio::account::AccountView,
};

extern crate alloc;

/// A venue posts trades that it has matched: one member, the taker, trades with several makers in one
/// market.
///
/// - The venue signs for all of them, as their delegate or owner (`NotTrader`). All are different
///   members (`DuplicateAccount`).
/// - There is a deal at least, each of some lots (`ZeroAmount`), and a maker for each (`WrongMember`).
///   The taker buys in all deals, or sells in all.
/// - Each deal is what it would be alone: for its conditions and errors see [`Novate`](super::Novate).
///   What the taker must meet is asked once, after the last one, as if it had made one trade. If it is
///   below initial margin then, all deals reduce, at the mark or better for it (`ReduceAtMarkOnly`).
/// - All are booked, or none.
///
/// Remaining accounts: the makers, writable, in the order of the deals; then the other markets that any
/// of the members holds.
#[derive(Accounts)]
pub struct NovateBatch {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market traded.
    #[account(mut)]
    pub market: Account<Market>,
    /// The member that trades with all others.
    #[account(mut)]
    pub taker: Account<Member>,
    /// Signs for every member.
    pub venue: Signer,
}

/// A maker's account, its address, and whether the venue trades for it as a delegate.
struct Maker {
    address: Address,
    account: Account<Member>,
    by_delegate: bool,
}

impl NovateBatch {
    fn validate(&self, deals: &[Deal]) -> Result<()> {
        let Self { fund, market, taker, venue } = self;
        fund.check()?;
        market.check(fund.address())?;
        taker.check(fund.address())?;
        taker.require_trader(venue.address())?;
        let some = !deals.is_empty() && deals.iter().all(|deal| deal.lots > 0);
        require!(some, BulkheadError::ZeroAmount);
        market.require_not_final()
    }

    /// Loads the maker of a deal.
    fn load(&self, view: &AccountView) -> Result<Maker> {
        require!(!view.is_borrowed(), BulkheadError::DuplicateAccount);
        // SAFETY: nobody else borrows the account (checked just above), and loading it marks it as
        // borrowed for as long as the wrapper lives, so that the same account given again fails that
        // check.
        let account = unsafe { Account::<Member>::load_mut(*view)? };
        account.check(self.fund.address())?;
        account.require_trader(self.venue.address())?;
        let by_delegate = account.is_delegate(self.venue.address());
        Ok(Maker { address: *account.address(), account, by_delegate })
    }

    /// See [`NovateBatch`].
    pub fn handler(ctx: &mut Context<Self>, buys: bool, deals: Vec<Deal>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(&deals)?;
        let rest = ctx.remaining_accounts()?;
        let (makers, markets) = rest.split_at_checked(deals.len()).ok_or(BulkheadError::WrongMember)?;
        let others = Markets::load(markets, &ctx.accounts.fund, &clock)?;
        let mut makers = makers.iter().map(|view| ctx.accounts.load(view)).collect::<Result<Vec<_>>>()?;
        let Self { fund, market, taker, venue } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let taken_by = *taker.address();
        let by_delegate = taker.is_delegate(venue.address());
        let taking = Side { address: &taken_by, member: taker, by_delegate };
        let making = makers.iter_mut().map(|Maker { address, account, by_delegate }| Side {
            address,
            member: account,
            by_delegate: *by_delegate,
        });
        let mut making: Vec<Side> = making.collect();
        let novations =
            positions::novate_batch(fund, market, &others, taking, &mut making, &deals, buys, &clock)?;
        fund.invariant()?;
        for ((maker, deal), novation) in makers.iter().zip(&deals).zip(novations) {
            let (buyer, seller) = if buys { (taken_by, maker.address) } else { (maker.address, taken_by) };
            log!(Novated {
                buyer,
                seller,
                lots: novation.lots,
                price: deal.price,
                fee: novation.fee,
                market_index: u64::from(market.index),
                to_rewards: novation.to_rewards,
            });
        }
        Ok(())
    }
}
