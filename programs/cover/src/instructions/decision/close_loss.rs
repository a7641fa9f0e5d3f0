use {
    crate::{error::*, events::*, rules::losses, state::*},
    anchor_lang::prelude::*,
};

/// Closes a loss that is over. The rent goes back to its payer. Anyone may call it.
///
/// - It is rejected, lapsed or expired, has no pages, and its bond is settled (`LossNotOver`).
/// - Its number is not used again: no proof of it holds for another loss.
#[derive(Accounts)]
pub struct CloseLoss {
    /// The loss.
    #[account(mut, close = payer)]
    pub loss: Account<Loss>,
    /// The loss's rent payer.
    #[account(mut, address = loss.payer @ CoverError::WrongRentPayer)]
    pub payer: UncheckedAccount,
}

impl CloseLoss {
    fn validate(&self) -> Result<()> {
        self.loss.check_version()?;
        losses::require_closable(&self.loss)
    }

    /// See [`CloseLoss`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let loss = &ctx.accounts.loss;
        emit!(LossClosed { panel: loss.panel, loss: *loss.address(), number: loss.number });
        Ok(())
    }
}
