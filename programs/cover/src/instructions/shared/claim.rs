//! A claim, brought by its claimant or by anybody else.

use {
    super::payout::pay_out,
    crate::{error::CoverError, events::CoverClaimPaid, rules::claims, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// The accounts that a claim is booked in and paid from.
#[derive(Accounts)]
pub struct ClaimAccounts {
    /// The panel.
    pub panel: Account<Panel>,
    /// The loss.
    #[account(mut)]
    pub loss: Account<Loss>,
    /// The page that the claim is on.
    #[account(mut)]
    pub page: Account<Page>,
    /// The panel's vault.
    #[account(mut, address = panel.vault @ CoverError::WrongVault)]
    pub vault: UncheckedAccount,
    /// The token account that is paid; the token program checks its mint.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// The fund's mint.
    #[account(address = panel.mint @ CoverError::WrongMint)]
    pub mint: UncheckedAccount,
    /// The program that owns mint and vault.
    #[account(address = panel.token_program @ CoverError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl ClaimAccounts {
    /// Refuses accounts of other panels and losses, or in other layouts.
    ///
    /// # Errors
    /// `WrongPanel`, `WrongLoss`, `WrongVersion`.
    #[inline(always)]
    pub fn check(&self) -> Result<()> {
        self.panel.check_version()?;
        self.loss.check(self.panel.address())?;
        self.page.check(self.loss.address())
    }

    /// Books a claim and pays it.
    #[inline(always)]
    pub fn pay(&mut self, claimant: &Address, index: u32, amount: u64, proof: &[u8]) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let Self { panel, loss, page, vault, destination, mint, token_program } = self;
        let address = *loss.address();
        let paid = claims::claim((&address, loss), page, claimant, index, amount, proof, now)?;
        pay_out(panel, vault, destination, mint, token_program, paid);
        emit!(CoverClaimPaid {
            loss: address,
            claimant: *claimant,
            claim_index: u64::from(index),
            amount,
            paid
        });
        Ok(())
    }
}
