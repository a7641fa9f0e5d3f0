//! Creates the numbered accounts of a panel or a loss.

use {
    crate::{error::CoverError, ID},
    anchor_lang::{
        accounts::{AccountInitialize, SlabInit},
        find_program_address,
        prelude::*,
        Space,
    },
    bytemuck::{Pod, Zeroable},
};

/// Creates the account at the canonical address of `[prefix, owner, number]` and returns it with
/// its bump. Lamports sent there beforehand do not stop this. `wrong` is the error for another
/// address.
#[inline(never)]
pub fn create_record<T>(
    payer: &AccountView,
    account: &AccountView,
    prefix: &[u8],
    owner: &Address,
    number: &[u8],
    wrong: CoverError,
) -> Result<(Account<T>, u8)>
where
    T: SlabInit + Pod + Zeroable + SlabSchema,
    for<'a> T::Params<'a>: Default,
{
    let (address, bump) = find_program_address(&[prefix, owner.as_ref(), number], &ID);
    if *account.address() != address {
        return Err(wrong.into());
    }
    let seeds: [&[u8]; 4] = [prefix, owner.as_ref(), number, &[bump]];
    let record = Account::<T>::create_and_initialize(
        payer,
        account,
        Account::<T>::INIT_SPACE,
        &ID,
        &Default::default(),
        Some(&seeds),
        None,
    )?;
    Ok((record, bump))
}
