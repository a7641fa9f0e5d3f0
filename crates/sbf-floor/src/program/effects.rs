//! What leaves a trace outside the program's accounts: transfers, events, new accounts.

use {
    super::account::{fund, require, word, Fund},
    crate::layout::*,
    pinocchio::{
        cpi::{Seed, Signer},
        error::ProgramError,
        syscalls::sol_log_data,
        sysvars::clock::Clock,
        AccountView, Address, ProgramResult,
    },
    pinocchio_system::instructions::CreateAccount,
    pinocchio_token_2022::instructions::TransferChecked,
};

/// A fund, its vault, and the wallet on the other side.
pub struct Custody<'a> {
    pub fund: Fund<'a>,
    wallet: &'a AccountView,
    vault: &'a AccountView,
    mint: &'a AccountView,
    token_program: &'a AccountView,
}

impl<'a> Custody<'a> {
    #[inline(always)]
    pub fn check<const MONEY: bool>(
        [account, wallet, vault, mint, token_program]: [&'a mut AccountView; 5],
        program: &Address,
        clock: &Clock,
    ) -> Result<Self, ProgramError> {
        let fund = fund::<MONEY>(account, program, clock)?;
        let known = fund.holds(fund_at::vault, vault.address())
            && fund.holds(fund_at::mint, mint.address())
            && fund.holds(fund_at::token_program, token_program.address());
        require(known, ProgramError::InvalidArgument)?;
        require(wallet.is_writable() && vault.is_writable(), ProgramError::Immutable)?;
        Ok(Self { fund, wallet, vault, mint, token_program })
    }

    /// Money in.
    #[inline(always)]
    pub fn pull(&self, authority: &AccountView, amount: u64) -> ProgramResult {
        self.transfer(self.wallet, self.vault, authority, amount, &[])
    }

    /// Money out; the vault is its own authority.
    #[inline(always)]
    pub fn pay(&self, amount: u64) -> ProgramResult {
        let bump = [self.fund.byte(fund_at::vault_bump)];
        let seeds = [Seed::from(b"vault"), Seed::from(self.fund.address().as_array()), Seed::from(&bump)];
        self.transfer(self.vault, self.wallet, self.vault, amount, &[Signer::from(&seeds)])
    }

    #[inline(always)]
    fn transfer(
        &self,
        from: &AccountView,
        to: &AccountView,
        authority: &AccountView,
        amount: u64,
        signers: &[Signer],
    ) -> ProgramResult {
        TransferChecked {
            from,
            mint: self.mint,
            to,
            authority,
            amount,
            decimals: self.fund.byte(fund_at::quote_decimals),
            token_program: self.token_program.address(),
        }
        .invoke_signed(signers)
    }
}

/// Creates an account of the program's at the canonical address of these seeds.
#[inline(always)]
pub fn create(
    payer: &AccountView,
    account: &AccountView,
    len: usize,
    seeds: &[&[u8]; 3],
    program: &Address,
) -> Result<u8, ProgramError> {
    let bump = bump_of(account, seeds, program).ok_or(ProgramError::InvalidSeeds)?;
    let bump_seed = [bump];
    let [prefix, fund, number] = seeds;
    let seeds = [Seed::from(*prefix), Seed::from(*fund), Seed::from(*number), Seed::from(&bump_seed)];
    CreateAccount::with_minimum_balance(payer, account, len as u64, program, None)?
        .invoke_signed(&[Signer::from(&seeds)])?;
    Ok(bump)
}

/// The canonical bump, if the account is at that address. The call that creates it finds out whether that is
/// off the curve.
#[inline(always)]
fn bump_of(account: &AccountView, seeds: &[&[u8]; 3], program: &Address) -> Option<u8> {
    for bump in (0..=u8::MAX).rev() {
        let address = Address::derive_address(seeds, Some(bump), program);
        if account.address() == &address {
            return Some(bump);
        }
        if !address.is_on_curve() {
            break;
        }
    }
    None
}

#[repr(C)]
struct Event<const ADDRESSES: usize, const WORDS: usize> {
    tag: u64,
    addresses: [[u64; 4]; ADDRESSES],
    words: [u64; WORDS],
}

/// Logs an event: what tells it from others, addresses, numbers.
#[inline(always)]
pub fn emit<const ADDRESSES: usize, const WORDS: usize>(
    addresses: [&Address; ADDRESSES],
    words: [u64; WORDS],
) {
    // By words: a copy of 32 bytes would be a call.
    let addresses = addresses.map(|address| [0, 8, 16, 24].map(|at| word(address.as_array(), at)));
    let event = Event { tag: !0, addresses, words };
    // SAFETY: the struct is words after one another, without padding; the system call reads one slice
    // of bytes, which lives as long.
    unsafe {
        let bytes = core::slice::from_raw_parts((&raw const event).cast::<u8>(), size_of_val(&event));
        let slices = [bytes];
        sol_log_data(slices.as_ptr().cast(), slices.len() as u64);
    }
}
