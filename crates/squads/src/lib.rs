//! Squads v4 for programs off chain: the addresses and accounts of a multisig, and the instructions
//! with which its members propose, approve and execute what its vaults sign.
//!
//! Names, bytes and orders of accounts are those of the interface that Squads publishes with its
//! client `@sqds/multisig`; a test compares them with what that client makes. Nothing is sent here.
//!
//! A proposal lives in two accounts with one number, the *index*: the *transaction*, which says what a
//! vault will sign, and the *proposal*, which counts the votes on it.

mod account;
mod address;
mod bytes;
mod error;
mod instruction;
mod message;

pub use {
    account::{ConfigAction, ConfigTransaction, SpendingLimit, Transaction, VaultTransaction},
    account::{Member, Multisig, ProgramConfig, Proposal, Status, EXECUTES, INITIATES, VOTES},
    address::{program_config, vault, MultisigKeys, PROGRAM},
    error::Error,
    instruction::NewMultisig,
    message::VaultMessage,
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
};
