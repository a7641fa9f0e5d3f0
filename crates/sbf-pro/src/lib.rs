//! A stand-in of Pyth Pro's contract for tests. It is not Pyth's program, and it is never deployed to a
//! network that others use.
//!
//! Pyth publishes the contract as a crate, `pyth-lazer-solana-contract`. Its dependencies exclude those of
//! LiteSVM 0.16. The upstream tool chain compiles it and cannot link it: hash maps and backtraces of the
//! standard library have variables, for which SBPF has no place. This program takes its place, at its
//! address: the same instruction (`verify_message`), accounts, layout, return data and errors.
//!
//! Whether a message is verified is decided by [`verify`], which runs off chain as well.
//! `tests/pyth-pro` runs Pyth's own contract natively and compares the two, on messages that are sound and on
//! each way to bend one.
//!
//! What it lacks: the instructions of the contract's authority, and signatures of Ethereum's kind. The
//! account of trusted signers is written by the test.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_os = "solana")]
mod entrypoint;
mod evidence;

pub use evidence::{verify, Refusal, Verified};
