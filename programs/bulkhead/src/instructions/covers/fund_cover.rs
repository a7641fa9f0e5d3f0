use {
    crate::{error::*, events::*, instructions::shared::*, rules::covers, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays into a purse of a cover: premium in advance (0), first loss (1), premium that is earned at once
/// (2), or money for the contributors alone, such as a bond that is forfeited (3).
///
/// - The amount is above zero (`ZeroAmount`), and there is such a purse (`ParameterOutOfBounds`).
/// - The cover has not ended (`CoverHasEnded`).
/// - Premium for a cover that has lapsed revives nothing.
#[derive(Accounts)]
pub struct FundCover {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The cover.
    #[account(mut)]
    pub cover: Account<Cover>,
    /// Owns the wallet's token account.
    pub giver: Signer,
}

impl FundCover {
    fn validate(&self, amount: u64) -> Result<()> {
        self.custody.fund.check()?;
        self.cover.check(self.custody.fund.address())?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`FundCover`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64, purse: u8) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let purse = CoverPurse::from_number(purse)?;
        let clock = Clock::get()?;
        let Self { custody, cover, giver } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&clock)?;
        let funded = covers::pay_in(&mut custody.fund, cover, purse, amount, clock.unix_timestamp)?;
        custody.pull(giver, amount)?;
        custody.fund.invariant()?;
        emit_accrued(cover, &funded.accrued);
        log!(CoverFunded {
            fund: *custody.fund.address(),
            cover: *cover.address(),
            amount,
            purse: purse as u64,
            to_rewards: funded.to_rewards,
        });
        Ok(())
    }
}
