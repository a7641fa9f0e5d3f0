use {
    crate::{error::*, events::*, state::*},
    anchor_lang::prelude::*,
};

/// Takes a withdrawal request back.
///
/// - There must be one (`NoWithdrawal`).
#[derive(Accounts)]
pub struct CancelWithdrawal {
    /// The fund.
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl CancelWithdrawal {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        self.member.require_owner(self.owner.address())?;
        require!(!self.member.notice_shares.is_zero(), BulkheadError::NoWithdrawal);
        Ok(())
    }

    /// See [`CancelWithdrawal`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let member = &mut ctx.accounts.member;
        member.clear_notice();
        log!(WithdrawalRequested { member: *member.address(), shares: 0.into(), ready_secs: 0 });
        Ok(())
    }
}
