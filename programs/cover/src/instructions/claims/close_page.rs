use {
    crate::{error::*, events::*, rules::claims, state::*},
    anchor_lang::prelude::*,
};

/// Closes a page. The rent goes back to its payer. Anyone may call it.
///
/// - The loss has expired (`ClaimsRunning`): no bit is forgotten while it can matter.
#[derive(Accounts)]
pub struct ClosePage {
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// The page.
    #[account(mut, close = payer)]
    pub page: Account<Page>,
    /// The page's rent payer.
    #[account(mut, address = page.payer @ CoverError::WrongRentPayer)]
    pub payer: UncheckedAccount,
}

impl ClosePage {
    fn validate(&self) -> Result<()> {
        self.loss.check_version()?;
        self.page.check(self.loss.address())
    }

    /// See [`ClosePage`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { loss, page, .. } = &mut ctx.accounts;
        claims::close_page(loss)?;
        emit!(PageClosed { loss: *loss.address(), page: *page.address() });
        Ok(())
    }
}
