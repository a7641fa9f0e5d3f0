use {
    crate::{events::*, instructions::shared::*, rules::rewards, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays out the rewards that a member's shares have earned, those released just now included.
/// Rewards are never slashed, so no pause and no loss stops this.
///
/// - It pays whole base units. The fraction stays (`NothingToClaim` if there is only that).
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
        let clock = Clock::get()?;
        custody.fund.run_exit_clock(&clock)?;
        let streaming = custody.fund.rewards_streaming;
        let amount = rewards::claim(&mut custody.fund, member, clock.unix_timestamp)?;
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let released = streaming.saturating_sub(custody.fund.rewards_streaming);
        log!(RewardsPaid { member: *member.address(), amount, released });
        Ok(())
    }
}
