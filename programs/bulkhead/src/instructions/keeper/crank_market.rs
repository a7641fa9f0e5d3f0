use {
    crate::{constants::VERSION, error::*, events::*, oracle, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Takes the oracle's price into the market's mark. The only instruction that reads an oracle.
///
/// - The account has an owner (`OracleWrongOwner`) and, if configured, an address (`OracleWrongAccount`) the market
///   accepts, holds a fully verified (`OracleNotVerified`) price of its feed (`OracleWrongFeed`), or one that trades
///   (`OracleNotTrading`).
/// - The exponent is the market's, never rescaled in silence (`OracleWrongExponent`); the price positive
///   (`OracleNotPositive`), not too old (`OracleTooOld`), not from the future (`OracleFromFuture`), certain enough
///   (`OracleTooUncertain`), and not older than the last (`OracleWentBack`).
#[derive(Accounts)]
pub struct CrankMarket {
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The oracle's account.
    pub price: UncheckedAccount,
}

impl CrankMarket {
    fn validate(&self) -> Result<()> {
        require!(self.market.version == VERSION, BulkheadError::WrongVersion);
        // price - checked by `oracle::read`.
        Ok(())
    }

    /// See [`CrankMarket`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { market, price } = &mut ctx.accounts;
        let price = oracle::read(market, price.account(), clock.unix_timestamp)?;
        market.update_mark(&price, clock.slot)?;
        emit!(Cranked {
            market: *market.address(),
            price: price.price,
            confidence: price.confidence,
            publish_ts: price.publish_ts,
        });
        Ok(())
    }
}
