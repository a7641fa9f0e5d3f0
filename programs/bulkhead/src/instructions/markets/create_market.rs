#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{error::*, events::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Adds a market to an empty fund. Later a market is a queued change, because it is new risk for
/// treasury and contributors: see `open_market`.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The fund has neither members nor a treasury (`FundNotEmpty`).
/// - The index is the next free one (`MarketIndexTaken`), up to a limit (`TooManyMarkets`).
/// - Parameters are within bounds (`ParameterOutOfBounds`), initial margin exceeds the loss of a
///   trade at the edge of the band (`MarginWithinPriceBand`), and a base unit is at least one raw
///   quote (`ScaleTooSmall`).
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
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        require!(self.fund.is_empty(), BulkheadError::FundNotEmpty);
        Ok(())
        // market - created here. authority - checked with the mandate. payer - signs.
    }

    /// See [`CreateMarket`].
    pub fn handler(
        ctx: &mut Context<Self>,
        index: u16,
        params: MarketParams,
        mandate: Mandate,
    ) -> Result<()> {
        ctx.accounts.validate()?;
        let bump = ctx.bumps.market;
        let clock = Clock::get()?;
        let Self { fund, market, authority, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        market.bump = bump;
        market.fund = *fund.address();
        governance::open_market(fund, market, index, &params, clock.unix_timestamp)?;
        log!(MarketCreated {
            fund: *fund.address(),
            market: *market.address(),
            market_index: u64::from(index),
            scale: market.scale,
        });
        Ok(())
    }
}
