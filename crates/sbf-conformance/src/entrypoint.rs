//! No instruction data: run the operations over the account's records. One byte: panic in that way.

use pinocchio::{entrypoint, error::ProgramError, AccountView, Address, ProgramResult};

use crate::{panics, run, RECORD};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

entrypoint!(process, 1);

fn process(_: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let account = accounts.first_mut().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let mut records = account.try_borrow_mut()?;
    if let Some(&kind) = data.first() {
        return panics::trip(kind, &records);
    }
    records.chunks_exact_mut(RECORD).for_each(run);
    Ok(())
}
