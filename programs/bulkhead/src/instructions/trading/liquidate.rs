use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::{
            liquidation,
            positions::{Bid, Side},
        },
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::Price,
};

/// A member takes lots from another one that is below maintenance margin, at the mark less a bonus.
///
/// - The target is below maintenance at marks moved in its favour (`NotLiquidatable`): a healthy
///   member cannot be liquidated, whatever accounts the caller passes.
/// - At most the lots that bring the target back to initial margin plus a buffer are taken. Below
///   half of maintenance margin there is no such bound. Taking nothing is refused
///   (`NothingToTake`).
/// - Bonus and fee never lower the target's health and never take it below zero.
/// - The liquidator must meet all requirements of a trade that adds risk, at the base rates (see
///   [`crate::rules::rates::of_takers`]), unless it reduces its own.
///
/// Remaining accounts: the other markets either side holds.
#[derive(Accounts)]
pub struct Liquidate {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market whose lots are taken.
    #[account(mut)]
    pub market: Account<Market>,
    /// The member below maintenance.
    #[account(mut)]
    pub target: Account<Member>,
    /// The member that takes the lots.
    #[account(mut)]
    pub liquidator: Account<Member>,
    /// Signs for the liquidator, owner or delegate.
    pub trader: Signer,
}

impl Liquidate {
    fn validate(&self, lots: u64) -> Result<()> {
        let Self { fund, market, target, liquidator, trader } = self;
        fund.check()?;
        market.check(fund.address())?;
        target.check(fund.address())?;
        liquidator.check(fund.address())?;
        liquidator.require_trader(trader.address())?;
        require!(lots > 0, BulkheadError::ZeroAmount);
        market.require_not_final()
    }

    /// See [`Liquidate`]. `lots` is unsigned: how many of the target's lots the liquidator takes at
    /// most. `limit_price` is the worst price that it accepts, the bonus counted.
    pub fn handler(ctx: &mut Context<Self>, lots: u64, limit_price: Price) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(lots)?;
        let others = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, market, target, liquidator, trader } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let (address, before) = (*liquidator.address(), (liquidator.call_amount, liquidator.call_due_secs));
        let by_delegate = liquidator.is_delegate(trader.address());
        let side = Side { address: &address, member: liquidator, by_delegate };
        let plan =
            liquidation::liquidate(fund, market, &others, target, side, Bid { lots, limit_price }, &clock)?;
        fund.invariant()?;
        log!(Liquidated {
            target: *target.address(),
            liquidator: address,
            lots: plan.lots,
            bonus: plan.bonus,
            fee: plan.fee,
            market_index: u64::from(market.index),
            price: plan.price,
        });
        emit_taker_call(liquidator, before);
        Ok(())
    }
}
