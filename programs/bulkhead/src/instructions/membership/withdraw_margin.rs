use {
    crate::{arithmetic::*, error::*, events::*, instructions::shared::*, rules::margin, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::to_pnl,
};

/// Pays margin out to the wallet.
///
/// - Only the owner may do this (`NotOwner`).
/// - Afterwards the member still meets initial margin (`BelowInitialMargin`) and the cover limit
///   (`CoverLimitExceeded`): less collateral is more risk for the others.
/// - An assessment that is due is collected first; while exits are blocked, what may still be
///   assessed stays above initial margin (`AssessmentReserved`).
/// - Markets of all its positions are given, with fresh marks (`WrongMarket`, `StaleMark`).
/// - Refused while `WITHDRAW_MARGIN` is paused (`Paused`).
///
/// Remaining accounts: the markets.
#[derive(Accounts)]
pub struct WithdrawMargin {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl WithdrawMargin {
    fn validate(&self, amount: u64, now: i64) -> Result<()> {
        let fund = &self.custody.fund;
        fund.check()?;
        self.member.check(fund.address())?;
        self.member.require_owner(self.owner.address())?;
        fund.require_not_paused(pause::WITHDRAW_MARGIN, now)?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`WithdrawMargin`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(amount, clock.unix_timestamp)?;
        let markets = Markets::load_all(&ctx.remaining_accounts()?, &ctx.accounts.custody.fund, &clock)?;
        let Self { custody, member, .. } = &mut ctx.accounts;
        let (fund, address) = (&mut custody.fund, *member.address());
        fund.run_exit_clock(&clock)?;
        let assessed = margin::withdraw(fund, &address, member, &markets, amount, &clock)?;
        emit_assessment(fund, &address, assessed, false, 0);
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let amount = neg(to_pnl(amount).or_fail()?)?;
        log!(MarginMoved { member: address, amount, margin: member.margin });
        Ok(())
    }
}
