use {
    crate::{events::*, instructions::shared::*, rules::losses, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Opens the claims on a loss: takes what the cover has paid for it into the vault, and fixes what
/// all claims share. Anyone may call it.
///
/// - The loss is approved, and its claims are not open (`NotDecided`).
/// - The cover owes nothing more (`CoverOwes`): one ratio holds for everyone.
/// - From now on another loss of the cover can be alerted.
#[derive(Accounts)]
pub struct OpenClaims {
    /// Panel, fund, cover and vaults.
    pub money: Nested<CoverMoney>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
}

impl OpenClaims {
    fn validate(&self) -> Result<()> {
        self.money.check()?;
        self.loss.check(self.money.panel.address())
    }

    /// See [`OpenClaims`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { money, loss } = &mut ctx.accounts;
        if money.cover()?.payable > 0 {
            money.collect()?;
        }
        let cover = money.cover()?;
        let reserved = losses::open_claims(&mut money.panel, loss, &cover, now)?;
        emit!(ClaimsOpened {
            loss: *loss.address(),
            reserved,
            total: loss.total,
            expires_ts: loss.expires_ts
        });
        Ok(())
    }
}
