use {
    crate::{constants::UNPAUSE_SECS, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Ends the pause of parts of a fund early, in an hour.
///
/// - The authority signs with a live mandate (`NotAuthority`, `StaleNonce`, `MandateExpired`).
/// - The parts are ones that there are (`ParameterOutOfBounds`). One that is not paused, or ends
///   sooner by itself, stays as it is.
#[derive(Accounts)]
pub struct EndPause {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The fund's authority.
    pub authority: Signer,
}

impl EndPause {
    fn validate(&self) -> Result<()> {
        self.fund.check()
        // authority - checked with the mandate.
    }

    /// See [`EndPause`].
    pub fn handler(ctx: &mut Context<Self>, bits: u8, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, authority } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        fund.authorize(authority.address(), &mandate, clock.slot)?;
        fund.end_pause(bits, clock.unix_timestamp)?;
        let ends_ts = clock.unix_timestamp.saturating_add(UNPAUSE_SECS);
        log!(PauseEnded { fund: *fund.address(), bits: u64::from(bits), ends_ts });
        Ok(())
    }
}
