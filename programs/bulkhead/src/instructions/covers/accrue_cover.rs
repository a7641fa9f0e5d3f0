use {
    crate::{instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Earns the premium of a cover up to now. A cover without premium in advance lapses as of the second in
/// which it was used up.
///
/// - Anyone may do this.
/// - The cover has not ended (`CoverHasEnded`).
#[derive(Accounts)]
pub struct AccrueCover {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
}

impl AccrueCover {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.cover.check(self.fund.address())?;
        self.cover.require_not_ended()
    }

    /// See [`AccrueCover`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, cover } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let accrued = covers::accrue(fund, cover, clock.unix_timestamp)?;
        fund.invariant()?;
        emit_accrued(cover, &accrued);
        Ok(())
    }
}
