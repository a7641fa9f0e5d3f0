use {
    crate::{error::*, events::*, rules::closing, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays a member's claim on a closed fund into its margin: all of it, or its part of the pool.
/// Every claim gets the same part, in whatever order they are paid.
///
/// - In a wind-down (`NotWindDown`), when every member is closed out and every default allocated
///   (`CloseOutPending`).
/// - A residual that other layers can still pay is allocated first (`LayerNotEmpty`,
///   `AssessmentOpen`).
/// - The member has a claim (`NothingToClaim`).
#[derive(Accounts)]
pub struct PayOut {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl PayOut {
    fn validate(&self, now: i64) -> Result<()> {
        let Self { fund, member } = self;
        fund.check()?;
        member.check(fund.address())?;
        closing::require_payable(fund, now)?;
        require!(member.claim > 0, BulkheadError::NothingToClaim);
        Ok(())
    }

    /// See [`PayOut`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(clock.unix_timestamp)?;
        let Self { fund, member } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let claim = member.claim;
        let paid = closing::pay_out(fund, member)?;
        fund.invariant()?;
        log!(ClaimPaid { fund: *fund.address(), member: *member.address(), claim, paid });
        Ok(())
    }
}
