use {
    crate::{
        error::*,
        events::*,
        instructions::{enforce_call::collect, novate::require_reserve, vault::*},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::to_pnl,
};

/// Pays margin out to the wallet.
///
/// - Only the owner may do this (`NotOwner`), and not while in default (`MemberInDefault`).
/// - Afterwards the member still meets initial margin (`BelowInitialMargin`) and the cover limit (`CoverLimitExceeded`):
///   less collateral is more risk for the others.
/// - An assessment that is due is collected first; while a loss is pending, what may still be assessed stays above
///   initial margin (`AssessmentReserved`).
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
        self.member.require_not_defaulted()?;
        fund.require_not_paused(pause::WITHDRAW_MARGIN, now)?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
    }

    /// See [`WithdrawMargin`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(amount, clock.unix_timestamp)?;
        let markets = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.custody.fund.address())?;
        let Self { custody, member, .. } = &mut ctx.accounts;

        let fund = &mut custody.fund;
        let risk = markets.risk(member, None, clock.slot, fund.params.max_mark_age_slots)?;
        let free = risk.free(member.margin).or_fail()?;
        collect(fund, member, free, clock.unix_timestamp)?;
        require!(amount <= member.margin, BulkheadError::InsufficientMargin);
        member.margin = sub(member.margin, amount)?;
        fund.margin_total = sub(fund.margin_total, amount)?;
        require_reserve(fund, member, &risk, &clock)?;
        if member.has_positions() {
            let exposure = fund.expose(member, &risk)?;
            fund.require_covers(&exposure)?;
        }
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let amount = neg(to_pnl(amount).or_fail()?)?;
        emit!(MarginMoved { member: *member.address(), amount, margin: member.margin });
        Ok(())
    }
}
