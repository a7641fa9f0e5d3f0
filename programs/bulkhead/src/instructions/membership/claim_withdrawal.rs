use {
    crate::{
        events::*,
        instructions::shared::*,
        rules::exit::{self, Exit},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pays out the shares of a due request, at their price now.
///
/// With `exit_delay_slots` this takes two calls: the first commits to the exit, the second pays.
/// The shares are at risk in between, which gives keepers the time to declare whatever default was
/// declarable when the member chose to leave: an aged request is no option to run from a crash
/// (P6). For the same reason a commitment is good once, for a minute.
///
/// - After the notice period and before the claim window closes (`WithdrawalNotDue`,
///   `WithdrawalExpired`); the second call within `EXIT_WINDOW_SLOTS` of the end of the delay, else
///   the request is void: cancel it and ask again.
/// - All of that is measured on the exit clock, so that a block of exits voids nothing. A claim
///   window that exits have reopened in has at least an hour left, once; a commitment that a block
///   has interrupted can be made again, once.
/// - Not while exits are blocked (`LossPending`): a member that is not paid yet is liable. Every house of a
///   silent market that does not block them has its market given, and it is still silent.
/// - Not before the cushion of a default of this member is released (`CushionPending`).
/// - With the first call the amount is let out: within the day's outflow (`OutflowCapReached`), and
///   as long as what is left covers the two largest exposures (`CoverTwoExceeded`). In the second
///   half of the claim window neither stops it.
/// - Only down to the required contribution (`BelowRequiredContribution`), and a member with
///   positions meets initial margin (`BelowInitialMargin`); markets of all positions are given,
///   with fresh marks.
/// - The fund's pause does not stop it.
///
/// Remaining accounts: the markets of the member's positions, and those of waived houses.
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
    fn validate(&self) -> Result<()> {
        let Self { custody, member, owner } = self;
        custody.fund.check()?;
        member.check(custody.fund.address())?;
        member.require_owner(owner.address())?;
        Ok(())
    }

    /// See [`ClaimWithdrawal`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate()?;
        let markets = Markets::load_all(&ctx.remaining_accounts()?, &ctx.accounts.custody.fund, &clock)?;
        let Self { custody, member, .. } = &mut ctx.accounts;
        let address = *member.address();
        custody.fund.run_exit_clock(&clock)?;
        let streaming = custody.fund.rewards_streaming;
        let Exit { amount, shares, overdue, pays } =
            exit::claim(&mut custody.fund, &address, member, &markets, &clock)?;
        let (outflow, overdue) = (custody.fund.outflow, u64::from(overdue));
        let released = streaming.saturating_sub(custody.fund.rewards_streaming);
        if !pays {
            log!(ExitCommitted {
                member: address,
                ready_secs: member.exit_ready_secs,
                amount,
                outflow,
                overdue,
                released,
            });
            return Ok(());
        }
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let shares = shares.into();
        log!(WithdrawalPaid { member: address, amount, shares, outflow, overdue, released });
        Ok(())
    }
}
