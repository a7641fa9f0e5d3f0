use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::calls::{self, Call},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Collects what a member owes to the default fund, from margin above initial margin only (P11):
///
/// - an assessment that is open (layer 5), at once;
/// - a contribution below what its positions require: the first call sets a due time, one after it
///   turns margin into contribution. Until the requirement is met the member can only reduce, as
///   `novate` sees to. A call that is met ends. While exits are blocked contributions cannot enter,
///   so nothing is called, and the due time waits.
///
/// Refused when there is nothing to do (`NothingToCall`). Shares of an ended epoch are settled
/// before a contribution is called (`EpochEnded`).
///
/// Remaining accounts: the markets the member holds, with fresh marks (`WrongMarket`, `StaleMark`).
#[derive(Accounts)]
pub struct EnforceCall {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl EnforceCall {
    fn validate(&self) -> Result<()> {
        self.fund.check()?;
        self.member.check(self.fund.address())
    }

    /// See [`EnforceCall`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        let address = *member.address();
        fund.run_exit_clock(&clock)?;
        let streaming = fund.rewards_streaming;
        let enforced = calls::enforce(fund, &address, member, &markets, &clock)?;
        let released = streaming.saturating_sub(fund.rewards_streaming);
        emit_assessment(fund, &address, enforced.assessed, enforced.accrued, released);
        if let Some((amount, shares)) = enforced.contributed {
            log!(CallEnforced { member: address, amount, shares: shares.into(), released });
        }
        if let Some(Call { amount, due_secs }) = enforced.call {
            log!(ContributionCalled { member: address, amount, due_secs, released });
        }
        fund.invariant()
    }
}
