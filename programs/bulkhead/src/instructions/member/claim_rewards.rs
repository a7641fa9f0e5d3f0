use {
    crate::{error::*, events::*, instructions::vault::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays out the rewards a member's shares have earned, those released just now included. They are never slashed: no pause and no loss stops this.
///
/// - Whole base units; the fraction stays (`NothingToClaim` when there is only that).
#[derive(Accounts)]
pub struct ClaimRewards {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl ClaimRewards {
    fn validate(&self) -> Result<()> {
        self.custody.fund.check()?;
        self.member.check(self.custody.fund.address())?;
        self.member.require_owner(self.owner.address())
    }

    /// See [`ClaimRewards`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { custody, member, .. } = &mut ctx.accounts;
        custody.fund.release_rewards(Clock::get()?.unix_timestamp)?;
        member.touch(&custody.fund)?;
        let amount = member.take_rewards();
        require!(amount > 0, BulkheadError::NothingToClaim);
        custody.fund.rewards_unclaimed = sub(custody.fund.rewards_unclaimed, amount)?;
        custody.pay(amount)?;
        custody.fund.invariant()?;
        emit!(RewardsPaid { member: *member.address(), amount });
        Ok(())
    }
}
