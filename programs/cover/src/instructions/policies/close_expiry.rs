use {
    crate::{error::*, events::*, rules::policies, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Closes the account of a day. The rent goes back to its payer. Anyone may call it.
///
/// - No policy of it is left, and its payouts have ended, or nobody has bought one (`ExpiryNotOver`).
#[derive(Accounts)]
pub struct CloseExpiry {
    /// The day.
    #[account(mut, close = payer)]
    pub expiry: Account<Expiry>,
    /// The rent payer of the day.
    #[account(mut, address = expiry.payer @ CoverError::WrongRentPayer)]
    pub payer: UncheckedAccount,
}

impl CloseExpiry {
    fn validate(&self, now: i64) -> Result<()> {
        self.expiry.check(&self.expiry.book)?;
        policies::require_closable(&self.expiry, now)
    }

    /// See [`CloseExpiry`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
        let expiry = &ctx.accounts.expiry;
        emit!(ExpiryClosed { book: expiry.book, expiry: *expiry.address(), day: u64::from(expiry.day) });
        Ok(())
    }
}
