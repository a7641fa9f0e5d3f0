use {
    crate::{events::*, instructions::shared::*, rules::closing, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Makes a market's fresh mark its final one, in a wind-down: positions are closed at it.
///
/// - In a wind-down, after its delay (`NotWindDown`, `FinalMarkNotDue`), once (`MarketClosed`).
/// - The mark is fresh (`StaleMark`), or the oracle has been dead for so long (`ORACLE_DEAD_SLOTS`)
///   that the last one must do: nobody may be locked up for want of a price (P10).
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
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, market } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let moment = moment(&fund.params, &clock)?;
        let price = closing::fix_final_mark(fund, market, &moment)?;
        emit!(MarkFixed { fund: *fund.address(), market_index: u64::from(market.index), price });
        Ok(())
    }
}
