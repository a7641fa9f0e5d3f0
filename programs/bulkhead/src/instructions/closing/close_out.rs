use {
    crate::{error::*, events::*, instructions::shared::*, rules::closing, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Closes all positions of a member at the final marks of a wind-down, against the house. A net
/// loss is paid from its margin, a net gain is a claim on the pool.
///
/// - In a wind-down (`NotWindDown`), once (`MemberClosedOut`), when there are final marks: until
///   then it can be averted.
/// - Every market it holds is given and has its final mark (`WrongMarket`, `MarkNotFinal`).
/// - A member that cannot pay is declared in default instead (`MemberInsolvent`); a grace period is
///   ended by `declare_default` first (`GracePeriodRunning`).
/// - An assessment that it still owes is collected.
///
/// Remaining accounts: these markets, writable.
#[derive(Accounts)]
pub struct CloseOut {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl CloseOut {
    fn validate(&self) -> Result<()> {
        let Self { fund, member } = self;
        fund.check()?;
        member.check(fund.address())?;
        closing::require_wind_down(fund)?;
        require!(fund.final_marks > 0, BulkheadError::MarkNotFinal);
        require!(member.status != MemberStatus::ClosedOut, BulkheadError::MemberClosedOut);
        require!(member.status == MemberStatus::Active, BulkheadError::GracePeriodRunning);
        Ok(())
    }

    /// See [`CloseOut`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let mut markets = Markets::load_mut(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        let address = *member.address();
        fund.run_exit_clock(&clock)?;
        let closed = closing::close_out(fund, &address, member, &mut markets, clock.unix_timestamp)?;
        emit_house_results(fund, closed.houses);
        emit_round_end(fund, closed.round);
        emit_assessment(fund, &address, closed.assessed);
        fund.invariant()?;
        emit!(ClosedOut { member: address, settled: closed.net, claim: member.claim });
        Ok(())
    }
}
