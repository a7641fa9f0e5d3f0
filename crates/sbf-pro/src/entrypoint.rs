use {
    crate::evidence::{verify, Refusal},
    pinocchio::{
        cpi::set_return_data,
        error::ProgramError,
        sysvars::{clock::Clock, instructions::INSTRUCTIONS_ID, Sysvar},
        AccountView, Address, ProgramResult,
    },
    pinocchio_system::instructions::Transfer,
};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

const VERIFY_MESSAGE: [u8; 8] = [180, 193, 120, 55, 189, 135, 203, 83];
const STORAGE: [u8; 8] = [209, 117, 255, 185, 196, 175, 68, 9];
const STORAGE_LEN: usize = 381;
const TREASURY: core::ops::Range<usize> = 40..72;
const FEE: core::ops::Range<usize> = 72..80;

/// Errors of Anchor, which the contract is written in.
const CONSTRAINT_HAS_ONE: ProgramError = ProgramError::Custom(2_001);
const CONSTRAINT_SEEDS: ProgramError = ProgramError::Custom(2_006);
const WRONG_DISCRIMINATOR: ProgramError = ProgramError::Custom(3_002);
const WRONG_OWNER: ProgramError = ProgramError::Custom(3_007);

/// The most that a program can return.
const MAX_RETURNED: usize = 1_024;
const MAX_ACCOUNTS: usize = 16;
const BAD_DATA: ProgramError = ProgramError::InvalidInstructionData;

pinocchio::program_entrypoint!(process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();

#[inline(never)]
fn process(program: &Address, views: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let data = data.strip_prefix(&VERIFY_MESSAGE).ok_or(BAD_DATA)?;
    let (length, rest) = data.split_first_chunk().ok_or(BAD_DATA)?;
    let (message, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(BAD_DATA)?;
    let [a, b, signature] = *rest.first_chunk().ok_or(BAD_DATA)?;
    let [payer, storage, treasury, _, transaction, ..] = views else {
        return Err(ProgramError::NotEnoughAccountKeys);
    };
    require_storage(program, storage)?;
    let account = storage.clone();
    let account = account.try_borrow()?;
    if account[TREASURY] != *treasury.address().as_ref() {
        return Err(CONSTRAINT_HAS_ONE);
    }
    let mut fee = [0; 8];
    fee.copy_from_slice(&account[FEE]);
    Transfer { from: payer, to: treasury, lamports: u64::from_le_bytes(fee) }.invoke()?;
    if *transaction.address() != INSTRUCTIONS_ID {
        return Err(ProgramError::UnsupportedSysvar);
    }
    let now = Clock::get()?.unix_timestamp;
    let verified =
        verify(&account, &transaction.try_borrow()?, message, u16::from_le_bytes([a, b]), signature, now);
    let verified = verified.map_err(|refusal| match refusal {
        Refusal::NotChecked => BAD_DATA,
        Refusal::NoInstruction => ProgramError::InvalidArgument,
        Refusal::NotTrusted => ProgramError::MissingRequiredSignature,
    })?;
    let mut returned = [0; MAX_RETURNED];
    let end = 36 + verified.payload.len();
    returned[..32].copy_from_slice(verified.key);
    returned[32..36].copy_from_slice(&(verified.payload.len() as u32).to_le_bytes());
    returned.get_mut(36..end).ok_or(BAD_DATA)?.copy_from_slice(verified.payload);
    set_return_data(&returned[..end]);
    Ok(())
}

/// The account of trusted signers is the contract's own.
fn require_storage(program: &Address, storage: &AccountView) -> ProgramResult {
    if !storage.owned_by(program) {
        return Err(WRONG_OWNER);
    }
    let data = storage.try_borrow()?;
    if !data.starts_with(&STORAGE) || data.len() < STORAGE_LEN {
        return Err(WRONG_DISCRIMINATOR);
    }
    if Address::find_program_address(&[b"storage"], program).0 != *storage.address() {
        return Err(CONSTRAINT_SEEDS);
    }
    Ok(())
}
