//! No instruction data: run the operations over the account's records. One byte: panic in that way. Two bytes: run only the
//! operation of that index, to find the one that faults.

use pinocchio::{entrypoint, error::ProgramError, AccountView, Address, ProgramResult};

use crate::{panics, run, RECORD};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

entrypoint!(process, 1);

fn process(_: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let account = accounts.first_mut().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let mut records = account.try_borrow_mut()?;
    let wanted = match *data {
        [] => None,
        [kind] => return panics::trip(kind, &records),
        [low, high] => Some(u16::from_le_bytes([low, high]) as usize),
        _ => return Err(ProgramError::InvalidInstructionData),
    };
    records.chunks_exact_mut(RECORD).for_each(|record| run(record, wanted));
    Ok(())
}
