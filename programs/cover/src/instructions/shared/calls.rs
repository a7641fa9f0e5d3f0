//! Calls to the fund's program about a cover: by its drawer, or by whoever pays.

use {
    crate::fund::BULKHEAD,
    anchor_lang::{cpi::InstructionAccount, prelude::*, unchecked_invoke_signed_fixed, CpiHandle},
};

/// First byte of the instructions of the fund's program.
mod discriminator {
    pub const FUND_COVER: u8 = 93;
    pub const HOLD_COVER: u8 = 95;
    pub const DRAW_COVER: u8 = 96;
    pub const COLLECT_COVER: u8 = 98;
    pub const RETURN_COVER: u8 = 99;
}

/// Where money of `fund_cover` goes: the number of a purse of the fund's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Gift {
    /// To contributors and treasury, as fees that the cover has earned.
    Earned = 2,
    /// To the contributors alone.
    Forfeited = 3,
}

/// The account that signs a call, and the seeds of its address; none for a key that signs the
/// transaction.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// The account.
    pub handle: CpiHandle<'a>,
    /// The seeds.
    pub seeds: &'a [&'a [u8]],
}

/// The accounts between which money of a cover moves.
#[derive(Clone, Copy)]
pub struct Purse<'a> {
    /// The fund.
    pub fund: &'a UncheckedAccount,
    /// The cover.
    pub cover: &'a UncheckedAccount,
    /// The token account at the other end.
    pub token_account: &'a UncheckedAccount,
    /// The fund's vault.
    pub fund_vault: &'a UncheckedAccount,
    /// The fund's mint.
    pub mint: &'a UncheckedAccount,
    /// The program that owns mint and vaults.
    pub token_program: &'a UncheckedAccount,
}

impl Signature<'_> {
    /// Calls the fund's program. The accounts of the call are not read meanwhile.
    #[inline(always)]
    fn call<const N: usize>(
        &self,
        data: &[u8],
        accounts: &[InstructionAccount; N],
        handles: &[CpiHandle; N],
    ) {
        let signed = [self.seeds];
        let seeds = if self.seeds.is_empty() { &signed[..0] } else { &signed[..] };
        unchecked_invoke_signed_fixed(&BULKHEAD, data, accounts, handles, seeds);
    }

    /// Holds exits from the fund for `secs` from now on, or for as long as it allows.
    #[inline(never)]
    pub fn hold_cover(&self, fund: &UncheckedAccount, cover: &UncheckedAccount, secs: u32) {
        let mut data = [0; 5];
        let [first, rest @ ..] = &mut data;
        (*first, *rest) = (discriminator::HOLD_COVER, secs.to_le_bytes());
        let accounts = [
            InstructionAccount::writable(fund.address()),
            InstructionAccount::writable(cover.address()),
            InstructionAccount::readonly_signer(self.handle.address()),
        ];
        self.call(&data, &accounts, &[fund.cpi_handle(), cover.cpi_handle(), self.handle]);
    }

    /// Draws on a cover: what the fund owes for it is settled later.
    #[inline(never)]
    pub fn draw_cover(
        &self,
        fund: &UncheckedAccount,
        cover: &UncheckedAccount,
        bulkhead: &UncheckedAccount,
        amount: u64,
    ) {
        let mut data = [0; 9];
        let [first, rest @ ..] = &mut data;
        (*first, *rest) = (discriminator::DRAW_COVER, amount.to_le_bytes());
        let accounts = [
            InstructionAccount::writable(fund.address()),
            InstructionAccount::writable(cover.address()),
            InstructionAccount::readonly_signer(self.handle.address()),
            // The program in the place of the market: there is none.
            InstructionAccount::readonly(bulkhead.address()),
        ];
        let handles = [fund.cpi_handle(), cover.cpi_handle(), self.handle, bulkhead.cpi_handle()];
        self.call(&data, &accounts, &handles);
    }

    /// Takes what a cover has to pay to the token account that it names.
    #[inline(never)]
    pub fn collect_cover(&self, money: &Purse) {
        let Purse { fund, cover, token_account, fund_vault, mint, token_program } = *money;
        let accounts = [
            InstructionAccount::writable(fund.address()),
            InstructionAccount::writable(token_account.address()),
            InstructionAccount::writable(fund_vault.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::readonly(token_program.address()),
            InstructionAccount::writable(cover.address()),
        ];
        let handles = [
            fund.cpi_handle(),
            token_account.cpi_handle(),
            fund_vault.cpi_handle(),
            mint.cpi_handle(),
            token_program.cpi_handle(),
            cover.cpi_handle(),
        ];
        self.call(&[discriminator::COLLECT_COVER], &accounts, &handles);
    }

    /// Gives money to those who contribute.
    #[inline(never)]
    pub fn fund_cover(&self, money: &Purse, amount: u64, gift: Gift) {
        let mut data = [0; 10];
        let [first, number @ .., purse] = &mut data;
        (*first, *purse) = (discriminator::FUND_COVER, gift as u8);
        number.copy_from_slice(&amount.to_le_bytes());
        self.give(money, &data, true);
    }

    /// Returns money to those who bore losses of the fund.
    #[inline(never)]
    pub fn return_cover(&self, money: &Purse, amount: u64) {
        let mut data = [0; 9];
        let [first, rest @ ..] = &mut data;
        (*first, *rest) = (discriminator::RETURN_COVER, amount.to_le_bytes());
        self.give(money, &data, false);
    }

    #[inline(always)]
    fn give(&self, money: &Purse, data: &[u8], writes_cover: bool) {
        let Purse { fund, cover, token_account, fund_vault, mint, token_program } = *money;
        let accounts = [
            InstructionAccount::writable(fund.address()),
            InstructionAccount::writable(token_account.address()),
            InstructionAccount::writable(fund_vault.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::readonly(token_program.address()),
            InstructionAccount::new(cover.address(), writes_cover, false),
            InstructionAccount::readonly_signer(self.handle.address()),
        ];
        let handles = [
            fund.cpi_handle(),
            token_account.cpi_handle(),
            fund_vault.cpi_handle(),
            mint.cpi_handle(),
            token_program.cpi_handle(),
            cover.cpi_handle(),
            self.handle,
        ];
        self.call(data, &accounts, &handles);
    }
}
