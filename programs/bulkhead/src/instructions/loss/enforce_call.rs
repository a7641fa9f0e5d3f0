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
/// - the rest of the contribution that its positions require. The first call sets a due time, and a
///   call after it turns margin into contribution. Until the requirement is met `novate` only lets
///   the member reduce. A call that is met ends. While a loss is pending contributions cannot
///   enter, so nothing is called.
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
        self.member.check(self.fund.address())?;
        self.member.require_not_defaulted()
    }

    /// See [`EnforceCall`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, &ctx.accounts.fund, &clock)?;
        let Self { fund, member } = &mut ctx.accounts;
        let address = *member.address();
        let enforced = calls::enforce(fund, &address, member, &markets, &clock)?;
        emit_assessment(fund, &address, enforced.assessed);
        if let Some((amount, shares)) = enforced.contributed {
            emit!(CallEnforced { member: address, amount, shares: shares.into() });
        }
        if let Some(Call { amount, due_ts }) = enforced.call {
            emit!(ContributionCalled { member: address, amount, due_ts });
        }
        fund.invariant()
    }
}
