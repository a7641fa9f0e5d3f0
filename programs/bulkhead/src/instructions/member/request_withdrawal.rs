use {
    crate::{error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Asks for shares back: the notice period starts. The shares stay at risk and keep earning until they are paid.
///
/// - One request at a time (`WithdrawalPending`); its clock cannot be reset, split or handed on.
/// - At most the shares held (`InsufficientShares`).
#[derive(Accounts)]
pub struct RequestWithdrawal {
    /// The fund.
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl RequestWithdrawal {
    fn validate(&self, shares: u128) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())?;
        self.member.require_owner(self.owner.address())?;
        self.member.require_not_defaulted()?;
        require!(shares > 0, BulkheadError::ZeroAmount);
        require!(self.member.notice_shares.is_zero(), BulkheadError::WithdrawalPending);
        Ok(())
    }

    /// See [`RequestWithdrawal`].
    pub fn handler(ctx: &mut Context<Self>, shares: u128) -> Result<()> {
        ctx.accounts.validate(shares)?;
        let Self { fund, member, .. } = &mut ctx.accounts;
        member.touch(fund)?;
        require!(shares <= member.shares.get(), BulkheadError::InsufficientShares);
        let ready = Clock::get()?.unix_timestamp.checked_add(i64::from(fund.params.notice_secs));
        member.notice_shares = shares.into();
        member.notice_ready_ts = ready.ok_or(BulkheadError::Overflow)?;
        member.exit_slot = 0;
        emit!(WithdrawalRequested {
            member: *member.address(),
            shares: shares.into(),
            ready_ts: member.notice_ready_ts
        });
        Ok(())
    }
}
