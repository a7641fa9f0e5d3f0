//! Bad accounts that are none: what succeeds, and why it may.

use crate::changes::Change;

/// A change that a call may survive.
pub struct Exception {
    /// Where; `*` is everywhere.
    pub instructions: &'static [&'static str],
    /// The slot.
    pub slot: &'static str,
    /// What is done to it.
    pub change: Change,
    /// Why that is harmless.
    pub why: &'static str,
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[];
