use {
    crate::{events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pauses parts of a fund for a while. Without bits it ends a pause.
///
/// - The guardian or the authority signs with a live mandate (`NotGuardian`, `StaleNonce`,
///   `MandateExpired`).
/// - A pause ends by itself. The next one must wait as long as this one lasted (`PauseTooLong`).
/// - It can stop new members, contributions, risk-increasing trades and margin withdrawals, nothing
///   else (`ParameterOutOfBounds`).
#[derive(Accounts)]
pub struct Pause {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// Guardian or authority.
    pub guardian: Signer,
}

impl Pause {
    fn validate(&self) -> Result<()> {
        self.fund.check()
        // guardian - checked with the mandate.
    }

    /// See [`Pause`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, bits: u8, secs: i64, mandate: Mandate) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, guardian } = &mut ctx.accounts;
        fund.run_exit_clock(&clock)?;
        fund.authorize_guardian(guardian.address(), &mandate, clock.slot)?;
        fund.pause(bits, secs, clock.unix_timestamp)?;
        emit!(Paused { fund: *fund.address(), bits: u64::from(bits), expires_ts: fund.pause_expires_ts });
        Ok(())
    }
}
