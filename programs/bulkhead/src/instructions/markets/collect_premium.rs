use {
    crate::{
        events::*,
        rules::premium::{self, Collected},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Turns the premium that positions in a market have paid into cash, out of the pool: the
/// contributors' part is on its way to them, the rest is the treasury's.
///
/// - There is a whole base unit of it, and money in the pool (`NothingToCollect`).
/// - While a loss in the market is not paid for, or in a wind-down, it waits like every gain
///   (`NothingToCollect`).
#[derive(Accounts)]
pub struct CollectPremium {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
}

impl CollectPremium {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())
    }

    /// See [`CollectPremium`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, market } = &mut ctx.accounts;
        fund.run_exit_clock(&Clock::get()?)?;
        let Collected { amount, to_rewards } = premium::collect(fund, market)?;
        fund.invariant()?;
        log!(PremiumCollected {
            fund: *fund.address(),
            market_index: u64::from(market.index),
            amount,
            to_rewards
        });
        Ok(())
    }
}
