//! Creates the vault of a drawer.

use {
    crate::{error::CoverError, state::seeds, ID},
    anchor_lang::{cpi::create_account_signed, find_program_address, prelude::*},
    anchor_spl::token_2022_cpi::instructions::InitializeAccount3,
};

/// Length of a token account without extensions: the mints that a fund accepts require none.
const TOKEN_ACCOUNT_LEN: usize = 165;

/// Creates the token account that `owner`, a drawer, owns, and returns its bump.
///
/// # Errors
/// `WrongVault` at another address.
#[inline(never)]
pub fn create_vault(
    payer: &Signer,
    vault: &UncheckedAccount,
    mint: &UncheckedAccount,
    token_program: &UncheckedAccount,
    owner: &Address,
) -> Result<u8> {
    let (address, bump) = find_program_address(&[seeds::VAULT, owner.as_ref()], &ID);
    require!(*vault.address() == address, CoverError::WrongVault);
    create_account_signed(
        payer.account(),
        vault.account(),
        TOKEN_ACCOUNT_LEN,
        token_program.address(),
        &[seeds::VAULT, owner.as_ref(), &[bump]],
    )?;
    InitializeAccount3 {
        account: vault.account(),
        mint: mint.account(),
        owner,
        token_program: token_program.address(),
    }
    .invoke()?;
    Ok(bump)
}
