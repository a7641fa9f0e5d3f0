//! Bad accounts of the second program that are none.

use crate::exceptions::Exception;

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[];
