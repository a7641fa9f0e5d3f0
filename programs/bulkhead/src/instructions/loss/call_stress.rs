use {
    crate::{events::*, instructions::shared::*, rules::stress_call, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Calls a member that endangers more than the cover limit would admit now, or ends the call of one
/// that does not.
///
/// - The stress loss is judged with every doubt in the member's favour, as a liquidation is; all
///   its markets are given (`WrongMarket`). There must be a call to start or to end
///   (`NothingToCall`).
/// - A member that is called only reduces. After `call_secs` on the exit clock anyone can take its
///   excess: see `sell_excess`.
///
/// Remaining accounts: the markets.
#[derive(Accounts)]
pub struct CallStress {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl CallStress {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())
    }

    /// See [`CallStress`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        let due = stress_call::call(fund, member, &markets)?;
        let (called, due_secs) = (u64::from(due.is_some()), due.unwrap_or(0));
        log!(StressCalled { fund: *fund.address(), member: *member.address(), called, due_secs });
        Ok(())
    }
}
