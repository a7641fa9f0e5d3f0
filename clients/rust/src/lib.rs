//! Addresses, instructions, accounts, events and errors of Bulkhead, for Rust programs off chain.
//!
//! Keeper, demo and tests build on this one crate, so that there is one of each.

pub mod account;
pub mod address;
pub mod claims;
pub mod error;
pub mod event;
pub mod instruction;
pub mod policies;
pub mod program;

pub use {
    anchor_lang::Address,
    program::{cover_program_id, program_id},
    solana_instruction::Instruction,
};

/// The program's own types, account layouts and parameters, their bounds, and the rules that change
/// them.
pub use bulkhead::{constants, rules, state};
