//! The accounts through which money comes in and goes out, and the only two ways it moves.

use {
    crate::{
        error::BulkheadError,
        state::{seeds, Fund},
    },
    anchor_lang::prelude::*,
    anchor_spl::token_2022_cpi::instructions::TransferChecked,
    pinocchio::cpi::{Seed, Signer as CpiSigner},
};

/// A fund, its vault, and the wallet's token account on the other side.
#[derive(Accounts)]
pub struct Custody {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The wallet's token account; the token program checks that it is one of the mint.
    #[account(mut)]
    pub token_account: UncheckedAccount,
    /// The fund's vault.
    #[account(mut, address = fund.vault @ BulkheadError::WrongVault)]
    pub vault: UncheckedAccount,
    /// The fund's mint.
    #[account(address = fund.mint @ BulkheadError::WrongMint)]
    pub mint: UncheckedAccount,
    /// The program that owns mint and vault.
    #[account(address = fund.token_program @ BulkheadError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl Custody {
    /// Money in; `authority` owns the wallet's account or is its delegate, which the token program
    /// checks.
    #[inline(never)]
    pub fn pull(&self, authority: &Signer, amount: u64) -> Result<()> {
        TransferChecked {
            from: self.token_account.account(),
            mint: self.mint.account(),
            to: self.vault.account(),
            authority: authority.account(),
            amount,
            decimals: self.fund.quote_decimals,
            token_program: &self.fund.token_program,
        }
        .invoke()
    }

    /// Money out; the vault is its own authority.
    #[inline(never)]
    pub fn pay(&self, amount: u64) -> Result<()> {
        let bump = [self.fund.vault_bump];
        let seeds = [Seed::from(seeds::VAULT), Seed::from(self.fund.address().as_ref()), Seed::from(&bump)];
        TransferChecked {
            from: self.vault.account(),
            mint: self.mint.account(),
            to: self.token_account.account(),
            authority: self.vault.account(),
            amount,
            decimals: self.fund.quote_decimals,
            token_program: &self.fund.token_program,
        }
        .invoke_signed(&[CpiSigner::from(&seeds)])
    }
}
