use {
    crate::{error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Vetoes a queued change. The record is closed, and its rent goes back to the rent payer.
///
/// - The guardian or the authority signs with a live mandate (`NotGuardian`, `StaleNonce`,
///   `MandateExpired`).
#[derive(Accounts)]
pub struct VetoChange {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The change.
    #[account(mut, close = payer)]
    pub record: Account<QueuedChange>,
    /// Guardian or authority.
    pub guardian: Signer,
    /// The record's rent payer.
    // SAFETY: it may be the signer itself; an `UncheckedAccount` borrows no data.
    #[account(mut, unsafe(dup), address = record.payer @ BulkheadError::WrongRecord)]
    pub payer: UncheckedAccount,
}

impl VetoChange {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.record.check(self.fund.address())
        // guardian - checked with the mandate.
    }

    /// See [`VetoChange`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, record, guardian, .. } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        fund.authorize_guardian(guardian.address(), &mandate, clock.slot)?;
        emit!(ChangeVetoed { fund: *fund.address(), number: record.number });
        Ok(())
    }
}
