#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod account;
pub mod address;
pub mod event;
mod generated;
pub mod number;
pub mod program;
pub mod set;
mod wire;

pub use {
    generated::{error, instruction, types},
    program::program_id,
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
    wire::Wire,
};
