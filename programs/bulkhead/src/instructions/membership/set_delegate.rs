use {
    crate::{events::*, rules::delegation, state::*},
    anchor_lang::prelude::*,
};

/// Lets another key trade for the member, and concede up to `daily_budget` against the mark in a
/// day. A delegate can never move money out.
///
/// - Only the owner may do this (`NotOwner`).
/// - The zero address means nobody.
#[derive(Accounts)]
pub struct SetDelegate {
    /// The fund.
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl SetDelegate {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        self.member.require_owner(self.owner.address())
    }

    /// See [`SetDelegate`].
    pub fn handler(ctx: &mut Context<Self>, delegate: Address, daily_budget: u64) -> Result<()> {
        ctx.accounts.validate()?;
        let member = &mut ctx.accounts.member;
        delegation::set(member, delegate, daily_budget);
        log!(DelegateSet { member: *member.address(), delegate, daily_budget });
        Ok(())
    }
}
