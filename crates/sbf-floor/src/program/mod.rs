//! One entry for each instruction, by the program's own discriminators.

mod account;
mod custody;
mod default;
mod effects;
mod keeper;
mod trading;

use pinocchio::{error::ProgramError, AccountView, Address, ProgramResult};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

/// Accounts of one instruction: two members, their signers, and eight markets are less.
const MAX_ACCOUNTS: usize = 16;

pinocchio::program_entrypoint!(process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();

fn process(program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    match data.first() {
        Some(3) => custody::fund_treasury(program, accounts, data),
        Some(13) => custody::claim_treasury(program, accounts),
        Some(23) => custody::deposit_margin(program, accounts, data),
        Some(25) => custody::contribute(program, accounts, data),
        Some(28) => custody::claim_withdrawal(program, accounts),
        Some(29) => custody::claim_rewards(program, accounts),
        Some(40) => trading::novate(program, accounts, data),
        Some(41) => trading::take_over(program, accounts, data),
        Some(60) => keeper::crank_market(program, accounts),
        Some(61) => keeper::settle(program, accounts),
        Some(62) => trading::liquidate(program, accounts, data),
        Some(63) => default::declare_default(program, accounts),
        Some(64) => default::allocate_loss(program, accounts),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}
