use {
    crate::{error::*, events::*, rules::policies, state::*},
    anchor_lang::prelude::*,
};

/// Closes a policy that is paid nothing. The rent goes back to its payer. Anyone may call it.
///
/// - Its day is settled and pays it nothing, or the time for its payout is over (`PolicyLive`).
#[derive(Accounts)]
pub struct ClosePolicy {
    /// The book.
    pub book: Account<PolicyBook>,
    /// The policies of its day.
    #[account(mut)]
    pub expiry: Account<Expiry>,
    /// The policy.
    #[account(mut, close = payer)]
    pub policy: Account<Policy>,
    /// The policy's rent payer.
    #[account(mut, address = policy.payer @ CoverError::WrongRentPayer)]
    pub payer: UncheckedAccount,
}

impl ClosePolicy {
    fn validate(&self) -> Result<()> {
        self.book.check_version()?;
        self.expiry.check(self.book.address())?;
        self.policy.check(self.book.address(), self.expiry.day)
    }

    /// See [`ClosePolicy`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { book, expiry, policy, .. } = &mut ctx.accounts;
        policies::close(book, expiry, policy)?;
        emit!(PolicyClosed { policy: *policy.address(), owner: policy.owner });
        Ok(())
    }
}
