use {
    crate::{events::*, rules::governance, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Takes a request of treasury back.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - There is a request (`NoWithdrawal`).
#[derive(Accounts)]
pub struct CancelTreasury {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The fund's authority.
    pub authority: Signer,
}

impl CancelTreasury {
    /// See [`CancelTreasury`].
    pub fn handler(ctx: &mut Context<Self>, mandate: Mandate) -> Result<()> {
        let Self { fund, authority } = &mut ctx.accounts;
        fund.check()?;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        governance::cancel_treasury(fund)?;
        log!(TreasuryRequested { fund: *fund.address(), to: Address::default(), amount: 0, ready_secs: 0 });
        Ok(())
    }
}
