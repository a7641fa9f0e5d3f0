use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::{
            positions::{Bid, Side},
            stress_call::{self, ExcessSale},
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::Price,
};

/// A member takes lots of another one whose stress call is due, at the end of A that favours the
/// target (U1); a discount is paid besides, in margin.
///
/// - The call is due (`CallNotDue`), and the member still exceeds the cover limit with every doubt in
///   its favour (`NothingToCall`). At most what brings it back within the limit is sold; nothing is
///   refused (`NothingToTake`).
/// - The market has a recent print (`StaleMark`, U5).
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
    fn validate(&self, lots: u64) -> Result<()> {
        let Self { fund, market, target, taker, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        target.check(fund.address())?;
        taker.check(fund.address())?;
        taker.require_trader(trader.address())?;
        require!(lots > 0, BulkheadError::ZeroAmount);
        market.require_not_final()
    }

    /// See [`SellExcess`]. `lots` is unsigned: how many of the target's lots the taker takes at most.
    /// `limit_price` is the worst price that it accepts, the discount counted.
    pub fn handler(ctx: &mut Context<Self>, lots: u64, limit_price: Price) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(lots)?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, market, target, taker, trader } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let (address, before) = (*taker.address(), (taker.call_amount, taker.call_due_secs));
        let by_delegate = taker.is_delegate(trader.address());
        let side = Side { address: &address, member: taker, by_delegate };
        let bid = Bid { lots, limit_price };
        let ExcessSale { lots, price, discount } =
            stress_call::sell(fund, market, &others, target, side, bid, &clock)?;
        fund.invariant()?;
        let market_index = u64::from(market.index);
        log!(ExcessSold { target: *target.address(), taker: address, lots, price, discount, market_index });
        emit_taker_call(taker, before);
        Ok(())
    }
}
