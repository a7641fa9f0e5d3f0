//! A floor under the program's compute units: instructions that do what nobody could leave out, and no arithmetic of money.
//! The benchmark runs it at the program's address on the very accounts and data of the program's own call, so that what is
//! left between the two figures is the arithmetic and the framework. It guards nothing and is for the benchmark only.
//!
//! What an instruction here does, because the same instruction of any program with these accounts must:
//!
//! - every account check of the program: owner, type, layout version, writable, signer, relations by stored addresses, the
//!   vault, mint and token program of the fund, the feed of the market, none borrowed twice; an address is derived where the
//!   program derives it;
//! - states and times that are compared: status, pause, pending losses, the age of a mark;
//! - the clock, where the program reads it;
//! - the same calls of other programs with the same accounts, and events of the same length;
//! - a load and a store of every word of state the program changes, and a load of those it decides by.
//!
//! What it leaves out: products, quotients, sums and comparisons of money, shares, prices and rates; the invariant after an
//! instruction; everything that takes effect only in other than the typical case. Stores add one to what was there, which
//! costs one instruction and keeps the compiler from dropping them. A transfer whose amount the program computes is of one
//! unit.
//!
//! It is a bound for programs with this interface, not the least of this program: what arithmetic costs at least, it does not
//! say. The benchmark checks that it calls, logs and writes at least what the program does.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(any(target_os = "solana", test))]
mod layout;
#[cfg(target_os = "solana")]
mod program;
