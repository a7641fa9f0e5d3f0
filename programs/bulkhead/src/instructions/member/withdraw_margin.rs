use {
    crate::{error::*, events::*, instructions::vault::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::{to_pnl, Bps},
};

/// Pays margin out to the wallet.
///
/// - Only the owner may do this (`NotOwner`), and not while in default (`MemberInDefault`).
/// - Afterwards the member still meets initial margin (`BelowInitialMargin`) and the cover limit (`CoverLimitExceeded`):
///   less collateral is more risk for the others.
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
        require!(amount <= self.member.margin, BulkheadError::InsufficientMargin);
        Ok(())
    }

    /// See [`WithdrawMargin`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(amount, clock.unix_timestamp)?;
        let markets = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.custody.fund.address())?;
        let Self { custody, member, .. } = &mut ctx.accounts;

        member.margin = sub(member.margin, amount)?;
        custody.fund.margin_total = sub(custody.fund.margin_total, amount)?;
        if member.has_positions() {
            let params = &custody.fund.params;
            let risk = markets.risk(member, None, clock.slot, params.max_mark_age_slots)?;
            require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
            let mutual = custody.fund.mutual_resources(member.contribution(&custody.fund)?)?;
            let covered = risk.within_cover_limit(member.margin, Bps(params.cover_limit_bps), mutual).or_fail()?;
            require!(covered, BulkheadError::CoverLimitExceeded);
        }
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let amount = neg(to_pnl(amount).or_fail()?)?;
        emit!(MarginMoved { member: *member.address(), amount, margin: member.margin });
        Ok(())
    }
}
