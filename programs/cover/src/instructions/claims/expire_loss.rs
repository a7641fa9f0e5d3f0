use {
    crate::{events::*, instructions::shared::*, rules::losses, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Ends the claims on a loss, 90 days after they opened, and returns the unclaimed rest to the
/// members that bore losses of the fund. Anyone may call it.
///
/// - Claims are open (`ClaimsNotOpen`, `ClaimsOver`), and their time is over (`ClaimsRunning`).
#[derive(Accounts)]
pub struct ExpireLoss {
    /// Panel, fund, cover and vaults.
    pub money: Nested<CoverMoney>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
}

impl ExpireLoss {
    fn validate(&self) -> Result<()> {
        self.money.check()?;
        self.loss.check(self.money.panel.address())
    }

    /// See [`ExpireLoss`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { money, loss } = &mut ctx.accounts;
        let returned = losses::expire(loss, Clock::get()?.unix_timestamp)?;
        if returned > 0 {
            money.give_back(returned)?;
        }
        emit!(LossExpired { loss: *loss.address(), returned });
        Ok(())
    }
}
