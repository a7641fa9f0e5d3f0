#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{error::*, events::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens a market that was queued, when its timelock is over. The record is closed, and its rent
/// goes back to the rent payer.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The record is of a new market (`WrongRecord`), its timelock is over (`ChangeNotReady`) and the
///   window has not closed (`ChangeExpired`).
/// - The index is the next free one (`MarketIndexTaken`), up to a limit (`TooManyMarkets`).
/// - The parameters are still within bounds (`ParameterOutOfBounds`, `MarginWithinPriceBand`,
///   `ScaleTooSmall`).
#[derive(Accounts)]
#[instruction(index: u16)]
pub struct OpenMarket {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The change.
    #[account(mut, close = record_payer)]
    pub record: Account<QueuedChange>,
    /// The new market.
    #[account(init, payer = payer, seeds = [seeds::MARKET, fund.address().as_ref(), &index.to_le_bytes()], bump)]
    pub market: Account<Market>,
    /// The fund's authority.
    pub authority: Signer,
    /// Pays the rent of the market.
    // SAFETY: it may be the authority itself. A `Signer` borrows no data, and none of the other
    // accounts can sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The record's rent payer.
    // SAFETY: it may be one of the signers; an `UncheckedAccount` borrows no data.
    #[account(mut, unsafe(dup), address = record.payer @ BulkheadError::WrongRecord)]
    pub record_payer: UncheckedAccount,
    /// Creates the account.
    pub system_program: Program<System>,
}

impl OpenMarket {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.record.check(self.fund.address())
        // market - created here. authority - checked with the mandate. payer - signs.
    }

    /// See [`OpenMarket`].
    pub fn handler(ctx: &mut Context<Self>, index: u16, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate()?;
        let change = ctx.accounts.record.change()?;
        let ParameterChange::NewMarket(params) = &change else {
            return Err(BulkheadError::WrongRecord.into());
        };
        let bump = ctx.bumps.market;
        let clock = Clock::get()?;
        let Self { fund, record, market, authority, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        governance::require_due(fund, None, record, &change, clock.unix_timestamp)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        market.bump = bump;
        market.fund = *fund.address();
        governance::open_market(fund, market, index, params, clock.unix_timestamp)?;
        log!(ChangeApplied { fund: *fund.address(), number: record.number });
        log!(MarketCreated {
            fund: *fund.address(),
            market: *market.address(),
            market_index: u64::from(index),
            scale: market.scale,
        });
        Ok(())
    }
}
