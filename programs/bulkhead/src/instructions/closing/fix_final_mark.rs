use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::final_price::{self, FinalMark},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Makes the mark of a market final once its end has come: contracts are closed out at it.
///
/// - The end has come (`FinalMarkNotDue`): an expiry, an announced closing, a dead feed, a wind-down.
/// - The final mark is the mean of the last hour. With less than half of it covered, it is the price
///   that governance has named, or the hour goes on once more, or it is the last mean.
/// - Once (`MarketClosed`).
#[derive(Accounts)]
pub struct FixFinalMark {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
}

impl FixFinalMark {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())
    }

    /// See [`FixFinalMark`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, market } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let FinalMark { price, house, round } = final_price::fix(fund, market, clock.unix_timestamp)?;
        emit_house_results(fund, house);
        emit_round_end(fund, round);
        fund.invariant()?;
        log!(MarkFixed { fund: *fund.address(), market_index: u64::from(market.index), price });
        Ok(())
    }
}
