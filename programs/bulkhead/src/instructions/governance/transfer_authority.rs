use {
    crate::{events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Offers the authority to another key. The key has it once it accepts, so that a mistyped key
/// cannot lose the fund. The zero address takes an offer back.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
#[derive(Accounts)]
pub struct TransferAuthority {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The fund's authority.
    pub authority: Signer,
}

impl TransferAuthority {
    /// See [`TransferAuthority`].
    pub fn handler(ctx: &mut Context<Self>, to: Address, mandate: Mandate) -> Result<()> {
        let Self { fund, authority } = &mut ctx.accounts;
        fund.check()?;
        let clock = Clock::get()?;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        fund.offer_authority(to);
        log!(AuthorityMoved { fund: *fund.address(), authority: to, accepted: 0 });
        Ok(())
    }
}
