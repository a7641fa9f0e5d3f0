use {
    crate::{error::*, events::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Vetoes a queued change. The record is closed, and its rent goes back to the rent payer.
///
/// - The guardian or the authority signs (`NotGuardian`), with a last valid slot (`MandateExpired`).
///   It takes no nonce and uses none up, so that neither of them can make the other's fail.
/// - The guardian may veto its own replacement once in 92 days, and none that is queued within them
///   (`VetoedTooOften`).
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
        // guardian - checked below.
    }

    /// See [`VetoChange`].
    pub fn handler(ctx: &mut Context<Self>, last_valid_slot: u64) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, record, guardian, .. } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        require!(clock.slot <= last_valid_slot, BulkheadError::MandateExpired);
        if fund.is_guardian(guardian.address()) {
            governance::note_veto(fund, record, clock.unix_timestamp)?;
        } else {
            let is_authority = anchor_lang::address_eq(&fund.authority, guardian.address());
            require!(is_authority, BulkheadError::NotGuardian);
        }
        log!(ChangeVetoed { fund: *fund.address(), number: record.number });
        Ok(())
    }
}
