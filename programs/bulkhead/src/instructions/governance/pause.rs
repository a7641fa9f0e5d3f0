use {
    crate::{events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Pauses parts of a fund for a while.
///
/// - The guardian signs (`NotGuardian`), with a last valid slot (`MandateExpired`). It takes no nonce
///   and uses none up, so that a thief of the authority cannot make it fail.
/// - A pause ends by itself. The next one of the same part must wait as long as this one lasted
///   (`PauseTooLong`).
/// - It can stop new members, contributions, risk-increasing trades and margin withdrawals, nothing
///   else (`ParameterOutOfBounds`).
#[derive(Accounts)]
pub struct Pause {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The guardian.
    pub guardian: Signer,
}

impl Pause {
    fn validate(&self) -> Result<()> {
        self.fund.check()
        // guardian - checked below.
    }

    /// See [`Pause`].
    pub fn handler(ctx: &mut Context<Self>, bits: u8, secs: i64, last_valid_slot: u64) -> Result<()> {
        ctx.accounts.validate()?;
        let clock = Clock::get()?;
        let Self { fund, guardian } = &mut ctx.accounts;
        fund.require_guardian(guardian.address(), last_valid_slot, clock.slot)?;
        fund.run_exit_clock(&clock)?;
        fund.pause(bits, secs, clock.unix_timestamp)?;
        let expires_ts = clock.unix_timestamp.saturating_add(secs);
        log!(Paused { fund: *fund.address(), bits: u64::from(bits), expires_ts });
        Ok(())
    }
}
