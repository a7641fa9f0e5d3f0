//! Creates the record accounts that only some calls need.

use {
    crate::{
        constants::VERSION,
        error::BulkheadError,
        events::EpochWiped,
        state::{seeds, EpochRecord, Fund},
        ID,
    },
    anchor_lang::{find_and_verify_program_address, prelude::*, AccountInitialize, Space},
    bytemuck::Pod,
};

/// Creates the account at the canonical address of `[prefix, owner, number]` and returns it with its
/// bump. Lamports sent there beforehand do not stop this.
#[inline(never)]
pub fn create_record<T>(
    payer: &AccountView,
    account: &AccountView,
    prefix: &[u8],
    owner: &Address,
    number: u64,
) -> Result<(Account<T>, u8)>
where
    T: Pod + Owner + Discriminator,
{
    let number = number.to_le_bytes();
    let bump = find_and_verify_program_address(&[prefix, owner.as_ref(), &number], &ID, account.address())
        .map_err(|_| BulkheadError::WrongRecord)?;
    let seeds: [&[u8]; 4] = [prefix, owner.as_ref(), &number, &[bump]];
    let record = Account::<T>::create_and_initialize(
        payer,
        account,
        Account::<T>::INIT_SPACE,
        &ID,
        &(),
        Some(&seeds),
        None,
    )?;
    Ok((record, bump))
}

/// Creates the record of the final indices of an epoch that a waterfall has ended.
#[inline(never)]
pub fn record_epoch(
    fund: &Account<Fund>,
    epoch: u64,
    dust: u64,
    payer: &Signer,
    account: &UncheckedAccount,
) -> Result<()> {
    let (mut record, bump) = create_record::<EpochRecord>(
        payer.account(),
        account.account(),
        seeds::EPOCH,
        fund.address(),
        epoch,
    )?;
    record.version = VERSION;
    record.bump = bump;
    record.fund = *fund.address();
    record.epoch = epoch;
    record.set_indices(&fund.indices());
    log!(EpochWiped { fund: *fund.address(), epoch, dust });
    Ok(())
}
