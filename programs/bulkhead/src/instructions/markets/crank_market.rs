use {
    crate::{events::*, oracle, rules::rates, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Takes the oracle's price into the market's mark. The only instruction that reads an oracle.
///
/// - The account has an owner (`OracleWrongOwner`) and, if configured, an address
///   (`OracleWrongAccount`) the market accepts, and holds a fully verified (`OracleNotVerified`) price
///   of its feed (`OracleWrongFeed`).
/// - The print is not too old (`OracleTooOld`), not from the future (`OracleFromFuture`), and not older
///   than the last one (`OracleWentBack`).
/// - The final mark of the market is not known yet (`MarketClosed`). Within the last hour the print counts
///   in it: see [`crate::rules::final_price::take_print`].
/// - A print whose price is not positive, whose exponent is not the feed's, that is too uncertain, or
///   that is of a feed which is not trading keeps the mark and silences the market: see [`Silence`].
/// - Volatility, regime, the rates in force, the breaker and the premium follow from it: see
///   [`rates::update_mark`]. How often the market is cranked makes no difference to them.
#[derive(Accounts)]
pub struct CrankMarket {
    /// The fund, whose wind-down may end the market.
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The oracle's account.
    pub price: UncheckedAccount,
}

impl CrankMarket {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.market.check(self.fund.address())?;
        // price - checked by `oracle::read`.
        Ok(())
    }

    /// See [`CrankMarket`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, market, price } = &mut ctx.accounts;
        let print = oracle::read(market, price.account(), clock.unix_timestamp)?;
        let adjusted = rates::update_mark(fund, market, &print, clock.slot, clock.unix_timestamp)?;
        if adjusted.silence != Silence::None {
            let (silence, publish_ts) = (adjusted.silence as u64, print.publish_ts);
            log!(Silenced { market: *market.address(), silence, publish_ts });
            return Ok(());
        }
        if adjusted.tripped {
            let until_ts = market.adjusted.halted_until_ts;
            log!(BreakerTripped { market: *market.address(), price: market.mark.price, until_ts });
        }
        log!(Cranked {
            market: *market.address(),
            price: market.mark.price,
            confidence: market.mark.confidence,
            publish_ts: print.publish_ts,
            multiplier_bps: u64::from(market.adjusted.multiplier_bps),
            initial_bps: u64::from(market.rates.initial_bps),
            maintenance_bps: u64::from(market.rates.maintenance_bps),
            regime: market.adjusted.regime() as u64,
            premium_rate: market.adjusted.premium_rate,
        });
        Ok(())
    }
}
