use {
    crate::{
        error::*,
        events::*,
        instructions::shared::*,
        rules::losses::{self, Bond},
        state::*,
    },
    anchor_lang::prelude::*,
};

/// Pays the bond of a decided loss: back to the reporter, or, if it was rejected, to the
/// contributors, whose exits it has held. Anyone may call it.
///
/// - The loss is decided (`BondHeld`), and its bond not settled (`BondSettled`).
/// - A bond goes back to a token account of the reporter only (`WrongDestination`).
#[derive(Accounts)]
pub struct SettleBond {
    /// Panel, fund, cover and vaults.
    pub money: Nested<CoverMoney>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// A token account of the reporter.
    #[account(mut)]
    pub token_account: UncheckedAccount,
}

impl SettleBond {
    fn validate(&self) -> Result<()> {
        self.money.check()?;
        self.loss.check(self.money.panel.address())
        // token_account - checked if the bond goes there.
    }

    /// See [`SettleBond`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let Self { money, loss, token_account } = &mut ctx.accounts;
        let (amount, forfeited) = match losses::settle_bond(loss)? {
            Bond::Forfeited(amount) => {
                money.forfeit(amount)?;
                (amount, true)
            }
            Bond::Returned(amount) => {
                let owner = token_owner(token_account, &money.panel.token_program)?;
                require!(owner == loss.reporter, CoverError::WrongDestination);
                let CoverMoney { panel, vault, mint, token_program, .. } = &**money;
                pay_out(panel, vault, token_account, mint, token_program, amount);
                (amount, false)
            }
        };
        emit!(BondPaid { loss: *loss.address(), amount, forfeited: u64::from(forfeited) });
        Ok(())
    }
}
