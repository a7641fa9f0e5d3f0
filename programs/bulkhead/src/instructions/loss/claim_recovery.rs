use {
    crate::{events::*, instructions::shared::*, rules::recoveries, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays out recovered losses that a member has borne, also after it has left. No pause and no loss
/// stops this.
///
/// - It pays whole base units (`NothingToClaim` if there are none).
/// - Shares of an ended epoch are settled first (`EpochEnded`).
#[derive(Accounts)]
pub struct ClaimRecovery {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl ClaimRecovery {
    fn validate(&self) -> Result<()> {
        self.custody.fund.check()?;
        self.member.check(self.custody.fund.address())?;
        self.member.require_owner(self.owner.address())
    }

    /// See [`ClaimRecovery`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { custody, member, .. } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&Clock::get()?)?;
        let amount = recoveries::claim(&mut custody.fund, member)?;
        custody.pay(amount)?;
        custody.fund.invariant()?;
        log!(RecoveryPaid { fund: *custody.fund.address(), member: *member.address(), amount });
        Ok(())
    }
}
