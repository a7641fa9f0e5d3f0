use {
    crate::{events::*, rules::final_price, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Announces the end of a market whose feed is dead, `DEAD_NOTICE_SECS` from now: nobody is locked up
/// for want of a price (P10). A certain print until then cancels it.
///
/// - There was no certain print for the market's `dead_feed_secs` (`OracleNotSilent`).
/// - No change of the oracle waits that may make the feed readable again (`OracleChangeQueued`).
/// - The market has no final mark (`MarketClosed`), and this end is not announced (`MarketClosing`).
#[derive(Accounts)]
pub struct CloseMarket {
    /// The fund.
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
}

impl CloseMarket {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())
    }

    /// See [`CloseMarket`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, market } = &mut ctx.accounts;
        let end_ts = final_price::close_dead(market, Clock::get()?.unix_timestamp)?;
        log!(MarketEnds { fund: *fund.address(), market_index: u64::from(market.index), end_ts });
        Ok(())
    }
}
