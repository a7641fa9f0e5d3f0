//! One entry for each instruction, by the program's own discriminators.

mod account;
mod custody;
mod default;
mod effects;
mod keeper;
mod rules;
mod trading;

use pinocchio::{error::ProgramError, AccountView, Address, ProgramResult};

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

/// Marks the discriminator of an instruction that is run with the arithmetic of money.
const WITH_ARITHMETIC: u8 = 1 << 7;
/// Accounts of one instruction: two members, their signers, and eight markets are less.
const MAX_ACCOUNTS: usize = 16;

pinocchio::program_entrypoint!(process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();

fn process(program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    match data.first() {
        Some(tag) if tag & WITH_ARITHMETIC != 0 => {
            run::<true>(tag ^ WITH_ARITHMETIC, program, accounts, data)
        }
        Some(tag) => run::<false>(*tag, program, accounts, data),
        None => Err(ProgramError::InvalidInstructionData),
    }
}

/// An instruction, with the arithmetic of money or without.
#[inline(always)]
fn run<const MONEY: bool>(
    tag: u8,
    program: &Address,
    accounts: &mut [AccountView],
    data: &[u8],
) -> ProgramResult {
    match tag {
        3 => custody::fund_treasury::<MONEY>(program, accounts, data),
        13 => custody::claim_treasury::<MONEY>(program, accounts),
        23 => custody::deposit_margin::<MONEY>(program, accounts, data),
        25 => custody::contribute::<MONEY>(program, accounts, data),
        28 => custody::claim_withdrawal::<MONEY>(program, accounts),
        29 => custody::claim_rewards::<MONEY>(program, accounts),
        40 => trading::novate::<MONEY>(program, accounts, data),
        41 => trading::take_over::<MONEY>(program, accounts, data),
        60 => keeper::crank_market::<MONEY>(program, accounts),
        61 => keeper::settle::<MONEY>(program, accounts),
        62 => trading::liquidate::<MONEY>(program, accounts, data),
        63 => default::declare_default::<MONEY>(program, accounts),
        64 => default::allocate_loss::<MONEY>(program, accounts),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}
