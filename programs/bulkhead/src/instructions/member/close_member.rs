use {
    crate::{error::*, events::*, state::*},
    anchor_lang::prelude::*,
};

/// Closes an empty member account; the rent goes to the wallet.
///
/// - No margin, shares, positions, rewards or losses borne may be left (`MemberNotEmpty`).
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
        self.member.require_owner(self.owner.address())?;
        require!(self.member.is_empty(), BulkheadError::MemberNotEmpty);
        Ok(())
    }

    /// See [`CloseMember`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { fund, member, .. } = &mut ctx.accounts;
        if member.status == MemberStatus::ClosedOut {
            fund.closed_out = fund.closed_out.checked_sub(1).ok_or(BulkheadError::Underflow)?;
        }
        fund.members = fund.members.checked_sub(1).ok_or(BulkheadError::Underflow)?;
        emit!(MemberClosed { fund: *fund.address(), member: *member.address() });
        Ok(())
    }
}
