use {
    crate::{constants::DEFAULT_RETENTION_SECS, error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Closes the record of an old default. The rent goes back to the rent payer.
///
/// - It is allocated, its cushion released, and its retention period over (`DefaultNotClosable`).
#[derive(Accounts)]
pub struct CloseDefault {
    /// The fund.
    pub fund: Account<Fund>,
    /// The record.
    #[account(mut, close = payer)]
    pub record: Account<DefaultRecord>,
    /// The record's rent payer.
    #[account(mut, address = record.payer @ BulkheadError::WrongRecord)]
    pub payer: UncheckedAccount,
}

impl CloseDefault {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.record.check(self.fund.address())?;
        let age = Clock::get()?.unix_timestamp.saturating_sub(self.record.declared_ts);
        let resolved = self.record.status == DefaultStatus::Allocated && !self.record.has_cushion();
        require!(resolved && age >= DEFAULT_RETENTION_SECS, BulkheadError::DefaultNotClosable);
        Ok(())
    }

    /// See [`CloseDefault`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, record, .. } = &mut ctx.accounts;
        log!(DefaultClosed { fund: *fund.address(), seq: record.seq });
        Ok(())
    }
}
