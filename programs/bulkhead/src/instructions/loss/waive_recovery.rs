use {
    crate::{events::*, rules::recoveries, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Gives up losses that a member has borne and not recovered, so that its account can be closed.
/// Money that has come back stays claimable. Money that comes back later goes to the others.
///
/// - There must be something to give up (`NothingToClaim`).
/// - Shares of an ended epoch are settled first (`EpochEnded`).
#[derive(Accounts)]
pub struct WaiveRecovery {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl WaiveRecovery {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        self.member.require_owner(self.owner.address())
    }

    /// See [`WaiveRecovery`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, member, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&Clock::get()?)?;
        let amount = recoveries::waive(fund, member)?;
        fund.invariant()?;
        log!(RecoveryWaived { member: *member.address(), amount });
        Ok(())
    }
}
