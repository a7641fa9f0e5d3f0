//! `anchor-lang` as the programs of this repository use it: the same, but for what every instruction does.
//!
//! The framework inlines everything into one dispatcher: with 77 instructions, the walk through the
//! accounts and the checks of owner, length and type were there hundreds of times, a third of the program, and the
//! dispatcher was nearly too long for SBPF to jump across. Here they are functions.
//!
//! A program names this crate `anchor-lang` in its manifest. The framework's macros then find here what they call by
//! name: [`run_handler`], [`Account`] and the derivation of addresses. Everything else is the framework's own.

#![no_std]

mod account;
mod address;
mod dispatch;

pub use {
    ::anchor_lang::*,
    account::Account,
    address::{find_and_verify_program_address, find_program_address},
    dispatch::run_handler,
};

/// What a file of a program imports.
pub mod prelude {
    pub use {
        crate::{find_program_address, run_handler, Account},
        anchor_lang::prelude::*,
    };
}
