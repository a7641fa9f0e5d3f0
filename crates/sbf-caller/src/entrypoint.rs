use pinocchio::{
    cpi::{invoke_signed_with_bounds, Seed, Signer},
    error::ProgramError,
    instruction::{InstructionAccount, InstructionView},
    AccountView, Address, ProgramResult,
};

use crate::{FORWARD, HEAD, SEED, SIGNER, TRANSFER_CHECKED, WRITABLE};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

/// Accounts of all calls together, and of one: what fits on a stack frame each.
const MAX_ACCOUNTS: usize = 128;
const MAX_ACCOUNTS_OF_CALL: usize = 16;

const INVALID: ProgramError = ProgramError::InvalidInstructionData;
const NOBODY: Address = Address::new_from_array([0; 32]);

pinocchio::program_entrypoint!(process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();

#[inline(never)]
fn process(_: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    match data {
        [FORWARD, bump, calls @ ..] => {
            let bump = [*bump];
            let seeds = [Seed::from(SEED), Seed::from(&bump)];
            forward(accounts, calls, &[Signer::from(&seeds)])
        }
        [TRANSFER_CHECKED, ..] => {
            let program = accounts.first().ok_or(ProgramError::NotEnoughAccountKeys)?;
            call(program, &[], &[], &[], &[])
        }
        _ => Err(INVALID),
    }
}

fn forward(mut accounts: &[AccountView], mut calls: &[u8], signers: &[Signer]) -> ProgramResult {
    while !calls.is_empty() {
        let ([count, low, high], rest) = calls.split_first_chunk::<HEAD>().ok_or(INVALID)?;
        let (count, len) = (usize::from(*count), usize::from(u16::from_le_bytes([*low, *high])));
        let (flags, rest) = rest.split_at_checked(count).ok_or(INVALID)?;
        let (data, rest) = rest.split_at_checked(len).ok_or(INVALID)?;
        let (program, others) = accounts.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
        let (views, others) = others.split_at_checked(count).ok_or(ProgramError::NotEnoughAccountKeys)?;
        call(program, views, flags, data, signers)?;
        (accounts, calls) = (others, rest);
    }
    Ok(())
}

#[inline(never)]
fn call(
    program: &AccountView,
    views: &[AccountView],
    flags: &[u8],
    data: &[u8],
    signers: &[Signer],
) -> ProgramResult {
    let mut metas = [const { InstructionAccount::readonly(&NOBODY) }; MAX_ACCOUNTS_OF_CALL];
    let accounts = metas.get_mut(..views.len()).ok_or(ProgramError::InvalidArgument)?;
    for ((meta, view), flags) in accounts.iter_mut().zip(views).zip(flags) {
        *meta = InstructionAccount::new(view.address(), flags & WRITABLE != 0, flags & SIGNER != 0);
    }
    let instruction = InstructionView { program_id: program.address(), data, accounts };
    invoke_signed_with_bounds::<MAX_ACCOUNTS_OF_CALL, AccountView>(&instruction, views, signers)
}
