use {
    crate::{error::*, events::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Suspends a cover at once: what it is owed waits, and what it draws is booked only. Nothing is refused
/// for good.
///
/// - The guardian signs, or the authority (`NotGuardian`), in the last valid slot at the latest
///   (`MandateExpired`).
/// - The cover is active (`CoverSuspended`, `CoverHasEnded`).
#[derive(Accounts)]
pub struct SuspendCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
    /// The guardian or the authority.
    pub guardian: Signer,
}

impl SuspendCover {
    fn validate(&self, last_valid_slot: u64, slot: u64) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())?;
        require!(slot <= last_valid_slot, BulkheadError::MandateExpired);
        let signer = self.guardian.address();
        let may = self.fund.is_guardian(signer) || anchor_lang::address_eq(&self.fund.authority, signer);
        require!(may, BulkheadError::NotGuardian);
        Ok(())
    }

    /// See [`SuspendCover`].
    pub fn handler(ctx: &mut Context<Self>, last_valid_slot: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(last_valid_slot, clock.slot)?;
        let Self { fund, cover, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        covers::suspend(fund, cover, clock.unix_timestamp)?;
        log!(CoverSuspended { fund: *fund.address(), cover: *cover.address() });
        Ok(())
    }
}
