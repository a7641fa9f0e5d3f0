use {
    crate::{error::*, events::*, instructions::shared::*, rules::recoveries, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays back money that others have paid in a default. The defaulter may, or anyone for it. The
/// money goes where every recovery goes.
///
/// - The default is allocated (`DefaultNotAllocated` before), and no more than it still owes is
///   accepted (`RepaysTooMuch`).
/// - Zero is refused (`ZeroAmount`).
#[derive(Accounts)]
pub struct RepayDefault {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The default's record.
    #[account(mut)]
    pub record: Account<DefaultRecord>,
    /// Owns the wallet's token account.
    pub payer: Signer,
}

impl RepayDefault {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        self.record.check(self.custody.fund.address())?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        require!(self.record.status == DefaultStatus::Allocated, BulkheadError::DefaultNotAllocated);
        Ok(())
    }

    /// See [`RepayDefault`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, record, payer } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&Clock::get()?)?;
        recoveries::repay(&mut custody.fund, record, amount)?;
        custody.pull(payer, amount)?;
        custody.fund.invariant()?;
        let outstanding = custody.fund.losses_outstanding;
        log!(Recovered { fund: *custody.fund.address(), amount, outstanding, seq: record.seq });
        Ok(())
    }
}
