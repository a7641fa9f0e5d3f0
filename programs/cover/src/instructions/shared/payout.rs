//! Transfers out of a drawer's vault.

use {
    super::calls::Signature,
    crate::{
        error::CoverError,
        state::{seeds, Panel},
    },
    anchor_lang::{cpi::InstructionAccount, prelude::*, unchecked_invoke_signed_fixed},
};

/// First byte of the token program's checked transfer, of both token programs.
const TRANSFER_CHECKED: u8 = 12;

/// Pays `amount` out of the vault, whose owner is the panel.
#[inline(always)]
pub fn pay_out(
    panel: &Account<Panel>,
    vault: &UncheckedAccount,
    destination: &UncheckedAccount,
    mint: &UncheckedAccount,
    token_program: &UncheckedAccount,
    amount: u64,
) {
    let (id, bump) = panel.signer_tail();
    let seeds: [&[u8]; 4] = [seeds::PANEL, panel.creator.as_ref(), &id, &bump];
    let owner = Signature { handle: panel.cpi_handle(), seeds: &seeds };
    transfer(&owner, vault, destination, mint, (token_program, panel.quote_decimals), amount);
}

/// Transfers `amount` out of a vault to its `owner`'s order; with the token program, and the decimals of
/// the mint.
#[inline(always)]
pub fn transfer(
    owner: &Signature,
    vault: &UncheckedAccount,
    destination: &UncheckedAccount,
    mint: &UncheckedAccount,
    (token_program, mint_decimals): (&UncheckedAccount, u8),
    amount: u64,
) {
    let mut data = [0; 10];
    let [first, number @ .., decimals] = &mut data;
    (*first, *decimals) = (TRANSFER_CHECKED, mint_decimals);
    number.copy_from_slice(&amount.to_le_bytes());
    let accounts = [
        InstructionAccount::writable(vault.address()),
        InstructionAccount::readonly(mint.address()),
        InstructionAccount::writable(destination.address()),
        InstructionAccount::readonly_signer(owner.handle.address()),
    ];
    let handles = [vault.cpi_handle(), mint.cpi_handle(), destination.cpi_handle(), owner.handle];
    unchecked_invoke_signed_fixed(token_program.address(), &data, &accounts, &handles, &[owner.seeds]);
}

/// Returns the owner of a token account.
///
/// # Errors
/// `WrongDestination` for anything else than an account of this token program.
#[inline(always)]
pub fn token_owner(account: &UncheckedAccount, token_program: &Address) -> Result<Address> {
    const MINT_LEN: usize = 32;
    let account = account.account();
    require!(account.owned_by(token_program), CoverError::WrongDestination);
    let data = account.try_borrow()?;
    let owner = data.get(MINT_LEN..).and_then(|rest| rest.first_chunk::<32>());
    owner.map(|owner| Address::new_from_array(*owner)).ok_or_else(|| CoverError::WrongDestination.into())
}
