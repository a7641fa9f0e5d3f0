use {
    crate::{error::*, events::*, instructions::vault::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays out the shares of a due request, at their price now.
///
/// With `exit_delay_slots` this takes two calls: the first commits to the exit, the second pays. The shares are at risk
/// in between, which gives keepers the time to declare whatever default was declarable when the member chose to leave:
/// an aged request is no option to run from a crash (P6).
///
/// - After the notice period and before the claim window closes (`WithdrawalNotDue`, `WithdrawalExpired`).
/// - Not while a loss is pending (`LossPending`): who is not paid yet is liable.
/// - Only down to the required contribution (`BelowRequiredContribution`); markets of all positions are given, with
///   fresh marks.
/// - The fund's pause does not stop it.
///
/// Remaining accounts: the markets.
#[derive(Accounts)]
pub struct ClaimWithdrawal {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
    /// The wallet.
    pub owner: Signer,
}

impl ClaimWithdrawal {
    fn validate(&self, now: i64) -> Result<()> {
        let Self { custody, member, owner } = self;
        custody.fund.check()?;
        member.check(custody.fund.address())?;
        member.require_owner(owner.address())?;
        member.require_not_defaulted()?;
        custody.fund.require_no_loss_pending()?;
        require!(!member.notice_shares.is_zero(), BulkheadError::NoWithdrawal);
        require!(now >= member.notice_ready_ts, BulkheadError::WithdrawalNotDue);
        let closes = member.notice_ready_ts.checked_add(i64::from(custody.fund.params.claim_window_secs));
        require!(now <= closes.ok_or(BulkheadError::Overflow)?, BulkheadError::WithdrawalExpired);
        Ok(())
    }

    /// See [`ClaimWithdrawal`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(clock.unix_timestamp)?;
        let markets = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.custody.fund.address())?;
        let Self { custody, member, .. } = &mut ctx.accounts;
        member.touch(&custody.fund)?;

        let delay = u64::from(custody.fund.params.exit_delay_slots);
        if delay > 0 && !exit_is_due(member.exit_slot, clock.slot, delay)? {
            member.exit_slot = add(clock.slot, delay)?;
            emit!(ExitCommitted { member: *member.address(), exit_slot: member.exit_slot });
            return Ok(());
        }

        let shares = member.notice_shares.get();
        let plan = custody.fund.book().plan_redeem(shares).or_fail()?;
        member.burn(shares)?;
        member.clear_notice();
        custody.fund.set_book(plan.next);
        if member.has_positions() {
            let params = &custody.fund.params;
            let risk = markets.risk(member, None, clock.slot, params.max_mark_age_slots)?;
            let required = risk.required_contribution(params.min_contribution);
            require!(member.contribution(&custody.fund)? >= required, BulkheadError::BelowRequiredContribution);
        }
        custody.pay(plan.amount)?;
        custody.fund.invariant()?;
        emit!(WithdrawalPaid { member: *member.address(), amount: plan.amount, shares: shares.into() });
        Ok(())
    }
}

/// Whether a committed exit can be paid: its delay is over, and not longer ago than another delay. A commitment that
/// was left to lie is none, or members would commit in quiet times and leave in a crash.
fn exit_is_due(exit_slot: u64, slot: u64, delay: u64) -> Result<bool> {
    if exit_slot == 0 || slot > add(exit_slot, delay)? {
        return Ok(false);
    }
    require!(slot >= exit_slot, BulkheadError::WithdrawalNotDue);
    Ok(true)
}
