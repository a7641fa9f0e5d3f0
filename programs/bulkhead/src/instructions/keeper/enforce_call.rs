use {
    crate::{error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{risk::Risk, units::Money},
};

/// Collects what a member owes to the default fund, from margin above initial margin only (P11):
///
/// - an assessment that is open (layer 5), at once;
/// - a contribution below what its positions require: the first call sets a due time, one after it turns margin into
///   contribution. Until the requirement is met the member can only reduce, as `novate` sees to. A call that is met ends.
///   While a loss is pending contributions cannot enter, so nothing is called.
///
/// Refused when there is nothing to do (`NothingToCall`). Shares of an ended epoch are settled before a contribution is
/// called (`EpochEnded`).
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
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let Self { fund, member } = &mut ctx.accounts;
        let risk = markets.risk(member, None, clock.slot, fund.params.max_mark_age_slots)?;
        let free = risk.free(member.margin).or_fail()?;
        let assessed = collect(fund, member, free, clock.unix_timestamp)?;
        // The payment that ends a loss is not refused for the payer's shares of the epoch it has ended.
        let unsettled = assessed > 0 && !member.shares.is_zero() && member.share_epoch != fund.share_epoch;
        let called = if unsettled || fund.is_loss_pending() || fund.status == FundStatus::WindDown {
            false
        } else {
            call_contribution(fund, member, &risk, clock.unix_timestamp)?
        };
        require!(assessed > 0 || called, BulkheadError::NothingToCall);
        fund.invariant()
    }
}

/// Collects what the member owes of an assessment, as far as `free` reaches. Returns what was paid.
pub fn collect(fund: &mut Account<Fund>, member: &mut Account<Member>, free: Money, now: i64) -> Result<Money> {
    let amount = fund.collect_assessment(member, free, now)?;
    if amount > 0 {
        emit!(AssessmentPaid { fund: *fund.address(), member: *member.address(), amount, residual: fund.residual });
    }
    Ok(amount)
}

/// Starts, enforces or ends a member's contribution call; whether there was anything to do.
fn call_contribution(fund: &mut Fund, member: &mut Account<Member>, risk: &Risk, now: i64) -> Result<bool> {
    fund.release_rewards(now)?;
    member.touch(fund)?;
    let required = if member.has_positions() { risk.required_contribution(fund.params.min_contribution) } else { 0 };
    let missing = required.saturating_sub(member.contribution(fund)?);
    if missing == 0 {
        let ended = member.call_amount > 0;
        set_call(member, 0, 0);
        return Ok(ended);
    }
    if member.call_amount == 0 {
        let due = now.checked_add(i64::from(fund.params.call_secs)).ok_or(BulkheadError::Overflow)?;
        set_call(member, missing, due);
        return Ok(true);
    }
    let free = risk.free(member.margin).or_fail()?;
    if now < member.call_due_ts || free == 0 {
        return Ok(false);
    }
    // One unit more: what shares are worth is rounded down.
    let amount = add(missing, 1)?.min(free);
    let shares = contribute_margin(fund, member, amount)?;
    fund.note_contribution(member.address(), amount, 0);
    emit!(CallEnforced { member: *member.address(), amount, shares: shares.into() });
    if amount > missing {
        set_call(member, 0, 0);
    }
    Ok(true)
}

fn set_call(member: &mut Account<Member>, amount: Money, due_ts: i64) {
    if member.call_amount == amount {
        return;
    }
    member.call_amount = amount;
    member.call_due_ts = due_ts;
    emit!(ContributionCalled { member: *member.address(), amount, due_ts });
}

/// Margin becomes contribution.
fn contribute_margin(fund: &mut Fund, member: &mut Member, amount: Money) -> Result<u128> {
    let plan = fund.book().plan_mint(amount).or_fail()?;
    require!(plan.shares > 0, BulkheadError::ZeroShares);
    member.margin = sub(member.margin, amount)?;
    fund.margin_total = sub(fund.margin_total, amount)?;
    member.shares = member.shares.checked_add(plan.shares).ok_or(BulkheadError::Overflow)?;
    fund.trade_shares(plan.next);
    Ok(plan.shares)
}
