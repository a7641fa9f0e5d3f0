use {
    crate::{events::*, rules::membership, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Closes an empty member account; the rent goes to the wallet.
///
/// - No margin, shares, positions, rewards or losses borne may be left, and no watch be open
///   (`MemberNotEmpty`).
#[derive(Accounts)]
pub struct CloseMember {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The account to close.
    #[account(mut, close = owner)]
    pub member: Account<Member>,
    /// The wallet.
    #[account(mut)]
    pub owner: Signer,
}

impl CloseMember {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        self.member.require_owner(self.owner.address())
    }

    /// See [`CloseMember`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, member, .. } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        let address = *member.address();
        membership::close(fund, &address, member, clock.unix_timestamp)?;
        log!(MemberClosed { fund: *fund.address(), member: *member.address() });
        Ok(())
    }
}
