//! Integer operations, compiled twice from this one source: by the tool chain under test for the SVM, and for the host by
//! the `tests` crate, which runs both on the same operands and compares (`tests/conformance.rs`).
//!
//! It exists because a wrong calling convention or a miscompiled library call goes unnoticed otherwise: the program
//! links, loads, and returns a wrong number for some operands.

#[cfg(target_os = "solana")]
mod entrypoint;
pub mod operations;
pub mod panics;

use operations::{Outcome, COUNT};

/// Two operands of 16 bytes.
pub const OPERANDS: usize = 32;
/// A flag, 1 where there is a value, and the value.
pub const RESULT: usize = 17;
/// The account is a row of these: operands, then one result per operation.
pub const RECORD: usize = OPERANDS + COUNT * RESULT;

/// Reads the operands of a record.
pub fn operands(record: &[u8]) -> (u128, u128) {
    let word = |at: usize| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&record[at..at + 16]);
        u128::from_le_bytes(bytes)
    };
    (word(0), word(16))
}

/// Runs every operation, or the one that is wanted, on the operands of a record and writes the results behind them.
pub fn run(record: &mut [u8], wanted: Option<usize>) {
    let (a, b) = operands(record);
    operations::run(a, b, wanted, |index, outcome| {
        let at = OPERANDS + index * RESULT;
        encode(outcome, &mut record[at..at + RESULT]);
    });
}

fn encode(outcome: Outcome, into: &mut [u8]) {
    into[0] = outcome.is_some() as u8;
    into[1..].copy_from_slice(&outcome.unwrap_or(0).to_le_bytes());
}
