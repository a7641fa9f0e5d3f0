use {
    crate::{error::*, events::*, instructions::shared::*, rules::closing, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Closes all positions of a member in final markets at their final marks, against the house, and nets
/// them. Anyone may call it.
///
/// - The net is settled like a single result: a loss as far as margin reaches and as far as the member
///   has lost over all its markets, a gain as far as the pool reaches. The rest stays.
/// - In a wind-down, what is left of a registered gain is netted too; a net loss is paid from margin, a
///   net gain is a claim on the pool, and an assessment that the member still owes is collected. It is the last action of a member
///   (`MemberClosedOut`), from the end of the markets on (`FinalMarkNotDue`): until their last hour the
///   wind-down can be averted. A member that cannot pay is declared in default instead
///   (`MemberInsolvent`).
/// - Every market it holds is given (`WrongMarket`). One of them has its final mark, and in a wind-down
///   all of them (`MarkNotFinal`). The marks of the others are recent, or their feeds silent (`StaleMark`).
/// - Not for a member in a grace period (`GracePeriodRunning`), which `declare_default` ends.
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
        require!(member.status != MemberStatus::ClosedOut, BulkheadError::MemberClosedOut);
        require!(member.status == MemberStatus::Active, BulkheadError::GracePeriodRunning);
        Ok(())
    }

    /// See [`CloseOut`].
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
        emit_assessment(fund, &address, closed.assessed, false, 0);
        fund.invariant()?;
        let for_good = u64::from(member.status == MemberStatus::ClosedOut);
        log!(ClosedOut { member: address, settled: closed.settled, claim: member.claim, for_good });
        Ok(())
    }
}
