use {
    crate::{events::*, rules::closing, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Fixes the final mark of a market whose oracle is silent, in a wind-down. Where the oracle
/// speaks, `fix_final_mark` takes its price and governance has no say.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - In a wind-down, after its delay (`NotWindDown`, `FinalMarkNotDue`), once (`MarketClosed`).
/// - The last mark is older than `ORACLE_SILENT_SLOTS` (`OracleNotSilent`); the price is positive
///   (`OracleNotPositive`).
#[derive(Accounts)]
pub struct SetFinalMark {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The fund's authority.
    pub authority: Signer,
}

impl SetFinalMark {
    fn validate(&self, price: u64, clock: &Clock) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())?;
        closing::require_may_set_final_mark(&self.fund, &self.market, price, clock)
        // authority - checked with the mandate.
    }

    /// See [`SetFinalMark`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, price: u64, mandate: Mandate) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(price, &clock)?;
        let Self { fund, market, authority } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        closing::set_final_mark(fund, market, price, &clock)?;
        emit!(MarkFixed { fund: *fund.address(), market_index: u64::from(market.index), price });
        Ok(())
    }
}
