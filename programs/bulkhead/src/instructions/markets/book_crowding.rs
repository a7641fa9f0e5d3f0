use {
    crate::{events::*, rules::crowding, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Books what one whole side of a market could cost the fund at its mark: anyone can, because a
/// crank does not write the fund. Whatever changes open interest books it too.
#[derive(Accounts)]
pub struct BookCrowding {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
}

impl BookCrowding {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())
    }

    /// See [`BookCrowding`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, market } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let cost = crowding::book(fund, market)?;
        let (market_index, all) = (u64::from(market.index), fund.crowding);
        log!(CrowdingBooked { fund: *fund.address(), market_index, cost, all });
        Ok(())
    }
}
