//! Money between the panel's vault, the fund and the cover.

use {
    super::drawer::sign,
    crate::{
        constants::VERSION,
        error::CoverError,
        fund::{CoverView, BULKHEAD},
        state::Panel,
    },
    anchor_lang::{cpi::InstructionAccount, prelude::*},
};

/// First byte of the instructions of the fund's program that move money of a cover.
mod discriminator {
    pub const FUND_COVER: u8 = 93;
    pub const COLLECT_COVER: u8 = 98;
    pub const RETURN_COVER: u8 = 99;
}

/// The purse of `fund_cover` whose money goes to contributors and treasury.
const EARNED: u8 = 2;

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
        let Self { panel, fund, cover, vault, fund_vault, mint, token_program, .. } = self;
        let accounts = [
            InstructionAccount::writable(&panel.fund),
            InstructionAccount::writable(&panel.vault),
            InstructionAccount::writable(fund_vault.address()),
            InstructionAccount::readonly(&panel.mint),
            InstructionAccount::readonly(&panel.token_program),
            InstructionAccount::writable(&panel.cover),
        ];
        let handles = [
            fund.cpi_handle(),
            vault.cpi_handle(),
            fund_vault.cpi_handle(),
            mint.cpi_handle(),
            token_program.cpi_handle(),
            cover.cpi_handle(),
        ];
        sign(panel, &[discriminator::COLLECT_COVER], &accounts, &handles);
        Ok(())
    }

    /// Gives money of the vault to those who contribute: as fees that the cover has earned, or,
    /// once it has ended and earns no more, as [`CoverMoney::give_back`] does.
    #[inline(never)]
    pub fn forfeit(&self, amount: u64) -> Result<()> {
        if self.cover()?.has_ended() {
            return self.give_back(amount);
        }
        let mut data = [0; 10];
        let [first, number @ .., purse] = &mut data;
        (*first, *purse) = (discriminator::FUND_COVER, EARNED);
        number.copy_from_slice(&amount.to_le_bytes());
        self.give(&data, true)
    }

    /// Returns money of the vault to those who bore losses of the fund.
    #[inline(never)]
    pub fn give_back(&self, amount: u64) -> Result<()> {
        let mut data = [0; 9];
        let [first, rest @ ..] = &mut data;
        (*first, *rest) = (discriminator::RETURN_COVER, amount.to_le_bytes());
        self.give(&data, false)
    }

    #[inline(never)]
    fn give(&self, data: &[u8], writes_cover: bool) -> Result<()> {
        let Self { panel, fund, cover, vault, fund_vault, mint, token_program, .. } = self;
        let accounts = [
            InstructionAccount::writable(&panel.fund),
            InstructionAccount::writable(&panel.vault),
            InstructionAccount::writable(fund_vault.address()),
            InstructionAccount::readonly(&panel.mint),
            InstructionAccount::readonly(&panel.token_program),
            InstructionAccount::new(&panel.cover, writes_cover, false),
            InstructionAccount::readonly_signer(panel.address()),
        ];
        let handles = [
            fund.cpi_handle(),
            vault.cpi_handle(),
            fund_vault.cpi_handle(),
            mint.cpi_handle(),
            token_program.cpi_handle(),
            cover.cpi_handle(),
            panel.cpi_handle(),
        ];
        sign(panel, data, &accounts, &handles);
        Ok(())
    }
}
