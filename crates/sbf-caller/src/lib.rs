//! A program that calls what it is told to, with the flags it is told to pass on: an integrator, a lender of flash loans,
//! an attacker, whatever a test writes into the instruction. It guards nothing and is for tests only.
//!
//! Instruction data is [`FORWARD`], the bump of the program's PDA, then for each call a head of [`HEAD`] bytes (how many
//! accounts: `u8`; how many bytes of data: `u16`, little endian), a byte of flags for each account, and the data. Accounts
//! are those of the calls, one after the other, each led by the program that is called.
//!
//! The PDA of [`SEED`] signs where a flag says so: it can own accounts, as a vault or a multisig does.
//!
//! Data that starts with [`TRANSFER_CHECKED`] comes from somebody who takes this program for a token program. It calls
//! the first account instead of moving money: reentrancy, if anybody lets it.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_os = "solana")]
mod entrypoint;

/// First byte of data: forward the calls that follow.
pub const FORWARD: u8 = 0xf0;
/// First byte of data: SPL Token's transfer, which the fund would ask for.
pub const TRANSFER_CHECKED: u8 = 12;
/// What the PDA is derived from, before its bump.
pub const SEED: &[u8] = b"vault";
/// Length of a call's head.
pub const HEAD: usize = 3;
/// The callee is told that the account signs.
pub const SIGNER: u8 = 1;
/// The callee is told that the account may be written.
pub const WRITABLE: u8 = 2;
