//! A book as the drawer of its cover: its signature, and the accounts through which it collects and
//! gives back.

use {
    super::calls::{Purse, Signature},
    crate::{
        error::CoverError,
        fund::{CoverView, BULKHEAD},
        state::{seeds, Expiry, PolicyBook},
    },
    anchor_lang::prelude::*,
};

/// Refuses a cover that does not name this book as its drawer, with its vault as the destination. A
/// cover keeps both for as long as it is.
///
/// # Errors
/// `NotDrawer`.
pub fn require_drawer(book: &Account<PolicyBook>, cover: &CoverView) -> Result<()> {
    let drawer = anchor_lang::address_eq(&cover.drawer, book.address());
    let destination = anchor_lang::address_eq(&cover.destination, &book.vault);
    require!(drawer && destination, CoverError::NotDrawer);
    Ok(())
}

/// Refuses a book or a day in a layout that this program does not read, a day of another book, and a
/// book that its cover does not name. Returns the cover.
///
/// # Errors
/// `WrongVersion`, `WrongBook`, `WrongCover`, `NotDrawer`.
pub fn require_day(
    book: &Account<PolicyBook>,
    expiry: &Account<Expiry>,
    cover: &UncheckedAccount,
) -> Result<CoverView> {
    book.check_version()?;
    expiry.check(book.address())?;
    let cover = CoverView::load(cover.account())?;
    require_drawer(book, &cover)?;
    Ok(cover)
}

/// Makes a call with the book's signature.
#[inline(always)]
pub fn sign_as_book(book: &Account<PolicyBook>, call: impl FnOnce(&Signature)) {
    let (id, bump) = book.signer_tail();
    let seeds: [&[u8]; 4] = [seeds::BOOK, book.creator.as_ref(), &id, &bump];
    call(&Signature { handle: book.cpi_handle(), seeds: &seeds });
}

/// The book of a cover, and the accounts through which money for a day comes from the fund and goes back.
#[derive(Accounts)]
pub struct BookMoney {
    /// The book.
    #[account(mut)]
    pub book: Account<PolicyBook>,
    /// The fund.
    #[account(mut, address = book.fund @ CoverError::WrongFund)]
    pub fund: UncheckedAccount,
    /// The cover.
    #[account(mut, address = book.cover @ CoverError::WrongCover)]
    pub cover: UncheckedAccount,
    /// The book's vault.
    #[account(mut, address = book.vault @ CoverError::WrongVault)]
    pub vault: UncheckedAccount,
    /// The fund's vault, which the fund's program checks.
    #[account(mut)]
    pub fund_vault: UncheckedAccount,
    /// The fund's mint.
    #[account(address = book.mint @ CoverError::WrongMint)]
    pub mint: UncheckedAccount,
    /// The program that owns mint and vaults.
    #[account(address = book.token_program @ CoverError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
    /// The fund's program.
    #[account(address = BULKHEAD @ CoverError::WrongProgram)]
    pub bulkhead: UncheckedAccount,
    /// The day.
    #[account(mut)]
    pub expiry: Account<Expiry>,
}

impl BookMoney {
    /// Refuses what [`require_day`] does.
    ///
    /// # Errors
    /// As [`require_day`].
    pub fn check(&self) -> Result<()> {
        require_day(&self.book, &self.expiry, &self.cover)?;
        Ok(())
    }

    /// Reads the cover.
    pub fn cover(&self) -> Result<CoverView> {
        CoverView::load(self.cover.account())
    }

    /// Takes what the cover has to pay into the vault.
    #[inline(never)]
    pub fn collect(&self) {
        self.sign(|drawer, money| drawer.collect_cover(money));
    }

    /// Returns money of the vault to those who bore losses of the fund.
    #[inline(never)]
    pub fn give_back(&self, amount: u64) {
        self.sign(|drawer, money| drawer.return_cover(money, amount));
    }

    /// Makes a call with the book's signature.
    #[inline(always)]
    fn sign(&self, call: impl FnOnce(&Signature, &Purse)) {
        let Self { book, fund, cover, vault, fund_vault, mint, token_program, .. } = self;
        let money = Purse { fund, cover, token_account: vault, fund_vault, mint, token_program };
        sign_as_book(book, |drawer| call(drawer, &money));
    }
}
