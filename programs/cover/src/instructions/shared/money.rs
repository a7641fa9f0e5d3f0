//! Money between the panel's vault, the fund and the cover.

use {
    super::calls::{Gift, Purse, Signature},
    crate::{
        constants::VERSION,
        error::CoverError,
        fund::{CoverView, BULKHEAD},
        state::{seeds, Panel},
    },
    anchor_lang::prelude::*,
};

/// The panel of a cover, and the accounts through which money comes from the fund and goes back.
#[derive(Accounts)]
pub struct CoverMoney {
    /// The panel.
    #[account(mut)]
    pub panel: Account<Panel>,
    /// The fund.
    #[account(mut, address = panel.fund @ CoverError::WrongFund)]
    pub fund: UncheckedAccount,
    /// The cover.
    #[account(mut, address = panel.cover @ CoverError::WrongCover)]
    pub cover: UncheckedAccount,
    /// The panel's vault.
    #[account(mut, address = panel.vault @ CoverError::WrongVault)]
    pub vault: UncheckedAccount,
    /// The fund's vault, which the fund's program checks.
    #[account(mut)]
    pub fund_vault: UncheckedAccount,
    /// The fund's mint.
    #[account(address = panel.mint @ CoverError::WrongMint)]
    pub mint: UncheckedAccount,
    /// The program that owns mint and vaults.
    #[account(address = panel.token_program @ CoverError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
    /// The fund's program.
    #[account(address = BULKHEAD @ CoverError::WrongProgram)]
    pub bulkhead: UncheckedAccount,
}

impl CoverMoney {
    /// Refuses a panel in a layout that this program does not read.
    ///
    /// # Errors
    /// `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        require!(self.panel.version == VERSION, CoverError::WrongVersion);
        Ok(())
    }

    /// Reads the cover.
    pub fn cover(&self) -> Result<CoverView> {
        CoverView::load(self.cover.account())
    }

    /// Takes what the cover has to pay into the vault.
    #[inline(never)]
    pub fn collect(&self) -> Result<()> {
        self.sign(|drawer, money| drawer.collect_cover(money));
        Ok(())
    }

    /// Gives money of the vault to those who contribute or, once the cover has ended, as
    /// [`CoverMoney::give_back`] does.
    #[inline(never)]
    pub fn forfeit(&self, amount: u64) -> Result<()> {
        if self.cover()?.has_ended() {
            return self.give_back(amount);
        }
        self.sign(|drawer, money| drawer.fund_cover(money, amount, Gift::Forfeited));
        Ok(())
    }

    /// Returns money of the vault to those who bore losses of the fund.
    #[inline(never)]
    pub fn give_back(&self, amount: u64) -> Result<()> {
        self.sign(|drawer, money| drawer.return_cover(money, amount));
        Ok(())
    }

    /// Makes a call with the panel's signature.
    #[inline(always)]
    fn sign(&self, call: impl FnOnce(&Signature, &Purse)) {
        let Self { panel, fund, cover, vault, fund_vault, mint, token_program, .. } = self;
        let (id, bump) = panel.signer_tail();
        let seeds: [&[u8]; 4] = [seeds::PANEL, panel.creator.as_ref(), &id, &bump];
        let drawer = Signature { handle: panel.cpi_handle(), seeds: &seeds };
        call(&drawer, &Purse { fund, cover, token_account: vault, fund_vault, mint, token_program });
    }
}
