use {
    crate::{arithmetic::*, error::*, events::*, instructions::shared::*, rules::governance},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::units::to_pnl,
};

/// Commits to a request of treasury that is due, or pays it. Where `exit_delay_slots` is set, the first
/// call commits and the second one pays.
///
/// - The authority signs (`NotAuthority`): a commitment that nobody pays within its minute voids the
///   request, so that it must not be anybody's.
/// - In the claim window, and for the payment in the slots after the exit delay (`NoWithdrawal`,
///   `WithdrawalNotDue`, `WithdrawalExpired`).
/// - Not while exits are blocked, or would be without the money (`LossPending`). Every waived house has its
///   market given, and it is still silent.
/// - Never below the floor (`TreasuryFloor`): the protocol keeps its skin in the game.
/// - What is left covers the two largest exposures (`CoverTwoExceeded`).
/// - It goes to the token account that was named (`WrongTokenAccount`).
///
/// Remaining accounts: the markets of waived houses.
#[derive(Accounts)]
pub struct ClaimTreasury {
    /// Fund and vault.
    pub custody: Nested<Custody>,
    /// The fund's authority.
    pub authority: Signer,
}

impl ClaimTreasury {
    fn validate(&self) -> Result<()> {
        let Custody { fund, token_account, .. } = &*self.custody;
        fund.check()?;
        let signs = anchor_lang::address_eq(&fund.authority, self.authority.address());
        require!(signs, BulkheadError::NotAuthority);
        require!(fund.treasury_notice > 0, BulkheadError::NoWithdrawal);
        let named = anchor_lang::address_eq(&fund.treasury_to, token_account.address());
        require!(named, BulkheadError::WrongTokenAccount);
        Ok(())
    }

    /// See [`ClaimTreasury`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let markets = Markets::load_all(&ctx.remaining_accounts()?, &ctx.accounts.custody.fund, &clock)?;
        let Self { custody, .. } = &mut ctx.accounts;
        custody.fund.run_exit_clock(&clock)?;
        let streaming = custody.fund.rewards_streaming;
        let claimed = governance::claim_treasury(&mut custody.fund, &markets, clock.unix_timestamp)?;
        let released = streaming.saturating_sub(custody.fund.rewards_streaming);
        let Some(amount) = claimed else {
            let ready_secs = custody.fund.treasury_exit_secs;
            log!(TreasuryCommitted { fund: *custody.fund.address(), ready_secs, released });
            return Ok(());
        };
        custody.pay(amount)?;
        custody.fund.invariant()?;
        let amount = neg(to_pnl(amount).or_fail()?)?;
        let treasury = custody.fund.treasury;
        log!(TreasuryMoved { fund: *custody.fund.address(), amount, treasury, released });
        Ok(())
    }
}
