#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{constants::*, error::*, events::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Adds a market to a fund.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The index is the next free one (`MarketIndexTaken`), up to a limit (`TooManyMarkets`).
/// - Parameters are within bounds (`ParameterOutOfBounds`), initial margin exceeds the loss of a
///   trade at the edge of the band (`MarginWithinPriceBand`), and a base unit is at least one raw
///   quote (`ScaleTooSmall`).
/// - A market is new risk for all contributors. It opens only after they could have left, which
///   takes notice period and claim window. In a fund without contributions it opens at once.
#[derive(Accounts)]
#[instruction(index: u16)]
pub struct CreateMarket {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The new market.
    #[account(init, payer = payer, seeds = [seeds::MARKET, fund.address().as_ref(), &index.to_le_bytes()], bump)]
    pub market: Account<Market>,
    /// The fund's authority.
    pub authority: Signer,
    /// Pays the rent.
    // SAFETY: it may be the authority itself. A `Signer` borrows no data, and none of the other
    // accounts can sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// Creates the account.
    pub system_program: Program<System>,
}

impl CreateMarket {
    fn validate(&self, index: u16, params: &MarketParams) -> Result<()> {
        self.fund.check()?;
        require!(index < MAX_MARKETS, BulkheadError::TooManyMarkets);
        require!(index == self.fund.market_count, BulkheadError::MarketIndexTaken);
        params.validate(&self.fund.params)
        // market - created here. authority - checked with the mandate. payer - signs.
    }

    /// See [`CreateMarket`].
    pub fn handler(
        ctx: &mut Context<Self>,
        index: u16,
        params: MarketParams,
        mandate: Mandate,
    ) -> Result<()> {
        ctx.accounts.validate(index, &params)?;
        let bump = ctx.bumps.market;
        let clock = Clock::get()?;
        let Self { fund, market, authority, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        market.bump = bump;
        market.fund = *fund.address();
        governance::open_market(fund, market, &params, clock.unix_timestamp)?;
        emit!(MarketCreated {
            fund: *fund.address(),
            market: *market.address(),
            market_index: u64::from(index),
            opens_ts: market.opens_ts,
        });
        Ok(())
    }
}
