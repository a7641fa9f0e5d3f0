use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::{
            positions::Side,
            stress_call::{self, ExcessSale},
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// A member takes lots of another one whose stress call is due, at the mark; a discount is paid
/// besides, in margin.
///
/// - The call is due (`CallNotDue`), and the member still exceeds the cover limit with every doubt
///   in its favour (`NothingToCall`). At most what brings it back within the limit is sold; nothing
///   is refused (`NothingToTake`).
/// - The discount grows over the length of an auction to half of the maintenance rate. It never
///   lowers the target's health.
/// - The taker must meet all requirements of a take-over.
///
/// Remaining accounts: the other markets either side holds.
#[derive(Accounts)]
pub struct SellExcess {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market whose lots are sold.
    #[account(mut)]
    pub market: Account<Market>,
    /// The member that was called.
    #[account(mut)]
    pub target: Account<Member>,
    /// The member that takes the lots.
    #[account(mut)]
    pub taker: Account<Member>,
    /// Signs for the taker, owner or delegate.
    pub trader: Signer,
}

impl SellExcess {
    fn validate(&self, lots: u64, slot: u64) -> Result<()> {
        let Self { fund, market, target, taker, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        target.check(fund.address())?;
        taker.check(fund.address())?;
        taker.require_trader(trader.address())?;
        require!(lots > 0, BulkheadError::ZeroAmount);
        market.require_not_final()?;
        market.require_fresh(slot, fund.params.max_mark_age_slots)
    }

    /// See [`SellExcess`]. `lots` is unsigned: how many of the target's lots the taker takes at
    /// most.
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, lots: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(lots, clock.slot)?;
        let others = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let Self { fund, market, target, taker, trader } = &mut ctx.accounts;
        let address = *taker.address();
        let by_delegate = taker.is_delegate(trader.address());
        let side = Side { address: &address, member: taker, by_delegate };
        let ExcessSale { lots, price, discount } =
            stress_call::sell(fund, market, &others, target, side, lots, &clock)?;
        fund.invariant()?;
        let market_index = u64::from(market.index);
        emit!(ExcessSold { target: *target.address(), taker: address, lots, price, discount, market_index });
        Ok(())
    }
}
