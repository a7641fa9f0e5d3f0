use {
    crate::{error::*, events::*, instructions::shared::*, rules::recoveries, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Gives back what a cover was paid and nobody has claimed, or what was recovered from whoever caused the
/// loss. It goes where every recovery goes: to the members that have borne losses, of clearing too.
///
/// - The amount is above zero (`ZeroAmount`).
/// - The cover may have ended.
#[derive(Accounts)]
pub struct ReturnCover {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The cover.
    pub cover: Account<Cover>,
    /// Owns the wallet's token account.
    pub giver: Signer,
}

impl ReturnCover {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        self.cover.check(self.custody.fund.address())?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`ReturnCover`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { custody, cover, giver } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&Clock::get()?)?;
        recoveries::recover(&mut custody.fund, amount)?;
        custody.pull(giver, amount)?;
        custody.fund.invariant()?;
        let outstanding = custody.fund.losses_outstanding;
        log!(CoverReturned { fund: *custody.fund.address(), cover: *cover.address(), amount, outstanding });
        Ok(())
    }
}
