#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{error::*, events::*, rules::covers, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens a cover that was queued, when its timelock is over. The record is closed, and its rent goes back
/// to the rent payer.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The record is of a new cover (`WrongRecord`), its timelock is over (`ChangeNotReady`), its window has
///   not closed (`ChangeExpired`) and exits are open (`LossPending`): everybody who disagrees could leave.
/// - The index is the next one (`CoverIndexTaken`), and the fund has fewer than 16 covers
///   (`TooManyCovers`).
/// - All covers together pledge at most their budget (`CoverBudgetExceeded`), and the two largest
///   exposures are covered beside them (`CoverTwoExceeded`).
/// - A venue is bounded by a market of the fund (`WrongMarket`).
/// - It opens an hour from now at the earliest, before its end (`CoverOver`).
#[derive(Accounts)]
#[instruction(index: u16)]
pub struct OpenCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The change.
    #[account(mut, close = record_payer)]
    pub record: Account<QueuedChange>,
    /// The new cover.
    #[account(init, payer = payer, seeds = [seeds::COVER, fund.address().as_ref(), &index.to_le_bytes()], bump)]
    pub cover: Account<Cover>,
    /// The fund's authority.
    pub authority: Signer,
    /// Pays the rent of the cover.
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

impl OpenCover {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.record.check(self.fund.address())
        // cover - created here. authority - checked with the mandate. payer - signs.
    }

    /// See [`OpenCover`].
    pub fn handler(ctx: &mut Context<Self>, index: u16, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate()?;
        let change = ctx.accounts.record.change()?;
        let ParameterChange::NewCover(terms) = &change else {
            return Err(BulkheadError::WrongRecord.into());
        };
        let bump = ctx.bumps.cover;
        let clock = Clock::get()?;
        let Self { fund, record, cover, authority, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        governance::require_due(fund, None, record, &change, clock.unix_timestamp)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        cover.bump = bump;
        cover.fund = *fund.address();
        covers::open(fund, cover, index, terms, clock.unix_timestamp)?;
        log!(ChangeApplied { fund: *fund.address(), number: record.number });
        log!(CoverOpened {
            fund: *fund.address(),
            cover: *cover.address(),
            limit: cover.limit,
            opens_ts: cover.opens_ts,
            ends_ts: cover.ends_ts,
            index: u64::from(index),
            kind: u64::from(cover.kind),
        });
        Ok(())
    }
}
