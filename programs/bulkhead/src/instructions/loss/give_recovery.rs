use {
    crate::{error::*, events::*, instructions::shared::*, rules::recoveries},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Gives money to the members that have borne losses. Governance may after a vote, or anyone. The
/// money goes where every recovery goes.
///
/// - Zero is refused (`ZeroAmount`).
#[derive(Accounts)]
pub struct GiveRecovery {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// Owns the wallet's token account.
    pub giver: Signer,
}

impl GiveRecovery {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`GiveRecovery`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, giver } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&Clock::get()?)?;
        recoveries::recover(&mut custody.fund, amount)?;
        custody.pull(giver, amount)?;
        custody.fund.invariant()?;
        let outstanding = custody.fund.losses_outstanding;
        log!(Recovered { fund: *custody.fund.address(), amount, outstanding, seq: u64::MAX });
        Ok(())
    }
}
