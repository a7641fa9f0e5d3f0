use {
    crate::{constants::EXIT_WINDOW_SLOTS, error::*, events::*, instructions::vault::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays out the shares of a due request, at their price now.
///
/// With `exit_delay_slots` this takes two calls: the first commits to the exit, the second pays. The shares are at risk
/// in between, which gives keepers the time to declare whatever default was declarable when the member chose to leave:
/// an aged request is no option to run from a crash (P6). For the same reason a commitment is good once, for a minute.
///
/// - After the notice period and before the claim window closes (`WithdrawalNotDue`, `WithdrawalExpired`); the second call
///   within `EXIT_WINDOW_SLOTS` of the end of the delay, else the request is void: cancel it and ask again.
/// - Not while a loss is pending (`LossPending`): who is not paid yet is liable.
/// - With the first call the amount is let out: within the day's outflow (`OutflowCapReached`), and as long as what is left
///   covers the two largest exposures (`CoverTwoExceeded`). In the second half of the claim window neither stops it.
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
        custody.fund.release_rewards_to(member.notice_shares.get(), clock.unix_timestamp)?;
        member.touch(&custody.fund)?;

        let delay = u64::from(custody.fund.params.exit_delay_slots);
        let shares = member.notice_shares.get();
        let plan = custody.fund.book().plan_redeem(shares).or_fail()?;
        let commits = member.exit_slot == 0;
        let overdue = commits
            && custody.fund.let_out(member.address(), plan.amount, member.notice_ready_ts, clock.unix_timestamp)?;
        if commits && delay > 0 {
            member.exit_slot = add(clock.slot, delay)?;
            emit!(ExitCommitted {
                member: *member.address(),
                exit_slot: member.exit_slot,
                amount: plan.amount,
                outflow: custody.fund.outflow,
                overdue: u64::from(overdue),
            });
            return Ok(());
        }
        require!(clock.slot >= member.exit_slot, BulkheadError::WithdrawalNotDue);
        let last = add(member.exit_slot, EXIT_WINDOW_SLOTS)?;
        require!(delay == 0 || clock.slot <= last, BulkheadError::WithdrawalExpired);

        member.burn(shares)?;
        member.clear_notice();
        custody.fund.trade_shares(plan.next);
        custody.fund.note_contribution(member.address(), 0, plan.amount);
        if member.has_positions() {
            let params = &custody.fund.params;
            let risk = markets.risk(member, None, clock.slot, params.max_mark_age_slots)?;
            let required = risk.required_contribution(params.min_contribution);
            require!(member.contribution(&custody.fund)? >= required, BulkheadError::BelowRequiredContribution);
        }
        custody.pay(plan.amount)?;
        custody.fund.invariant()?;
        emit!(WithdrawalPaid {
            member: *member.address(),
            amount: plan.amount,
            shares: shares.into(),
            outflow: custody.fund.outflow,
            overdue: u64::from(overdue),
        });
        Ok(())
    }
}
