use {
    crate::{error::*, events::*, rules::exit, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Asks for shares back: the notice period starts, on the exit clock. The shares stay at risk and
/// keep earning until they are paid.
///
/// - One request at a time (`WithdrawalPending`); its clock cannot be reset, split or handed on.
/// - At most the shares held (`InsufficientShares`).
#[derive(Accounts)]
pub struct RequestWithdrawal {
    /// The fund.
    #[account(mut)]
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
        require!(shares > 0, BulkheadError::ZeroAmount);
        require!(self.member.notice_shares.is_zero(), BulkheadError::WithdrawalPending);
        Ok(())
    }

    /// See [`RequestWithdrawal`].
    pub fn handler(ctx: &mut Context<Self>, shares: u128) -> Result<()> {
        ctx.accounts.validate(shares)?;
        let Self { fund, member, .. } = &mut ctx.accounts;
        fund.run_exit_clock(&Clock::get()?)?;
        exit::request(fund, member, shares)?;
        let ready_secs = member.notice_ready_secs;
        log!(WithdrawalRequested { member: *member.address(), shares: shares.into(), ready_secs });
        Ok(())
    }
}
