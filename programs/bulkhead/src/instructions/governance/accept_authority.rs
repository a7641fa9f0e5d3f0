use {
    crate::{events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Takes the authority that was offered.
///
/// - The key that it was offered to signs with a live mandate (`NotPendingAuthority`, `StaleNonce`,
///   `MandateExpired`).
#[derive(Accounts)]
pub struct AcceptAuthority {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The key that it was offered to.
    pub authority: Signer,
}

impl AcceptAuthority {
    /// See [`AcceptAuthority`].
    pub fn handler(ctx: &mut Context<Self>, mandate: Mandate) -> Result<()> {
        let Self { fund, authority } = &mut ctx.accounts;
        fund.check()?;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        fund.accept_authority(authority.address(), &mandate, clock.slot)?;
        log!(AuthorityMoved { fund: *fund.address(), authority: *authority.address(), accepted: 1 });
        Ok(())
    }
}
