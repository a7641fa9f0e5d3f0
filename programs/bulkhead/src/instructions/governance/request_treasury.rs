use {
    crate::{error::*, events::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Asks money back from the treasury. It leaves like a contribution does: after the notice period,
/// in two calls of `claim_treasury`. It is liable until it is paid.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - Zero is refused (`ZeroAmount`). There is one request at a time (`WithdrawalPending`).
#[derive(Accounts)]
pub struct RequestTreasury {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The token account that is paid; the token program checks it when it is.
    pub token_account: UncheckedAccount,
    /// The fund's authority.
    pub authority: Signer,
}

impl RequestTreasury {
    fn validate(&self, amount: u64) -> Result<()> {
        self.fund.check()?;
        require!(amount > 0, BulkheadError::ZeroAmount);
        Ok(())
        // authority - checked with the mandate.
    }

    /// See [`RequestTreasury`].
    pub fn handler(ctx: &mut Context<Self>, amount: u64, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let Self { fund, token_account, authority } = &mut ctx.accounts;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        governance::request_treasury(fund, *token_account.address(), amount)?;
        let ready_secs = fund.treasury_ready_secs;
        log!(TreasuryRequested { fund: *fund.address(), to: fund.treasury_to, amount, ready_secs });
        Ok(())
    }
}
