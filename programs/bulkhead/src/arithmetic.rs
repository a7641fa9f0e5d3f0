//! Checked sums and differences, with the pinned error of their cause.

use {crate::error::BulkheadError, anchor_lang::prelude::*};

/// Carries the cause of a math error into the program's result.
pub trait OrFail<T> {
    /// Returns the value, or the pinned error of the cause.
    fn or_fail(self) -> Result<T>;
}

impl<T> OrFail<T> for bulkhead_math::Result<T> {
    #[inline(always)]
    fn or_fail(self) -> Result<T> {
        self.map_err(|error| BulkheadError::from(error).into())
    }
}

/// `a + b`, or `Overflow`.
#[inline(always)]
pub fn add(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| BulkheadError::Overflow.into())
}

/// `a - b`, or `Underflow`.
#[inline(always)]
pub fn sub(a: u64, b: u64) -> Result<u64> {
    a.checked_sub(b).ok_or_else(|| BulkheadError::Underflow.into())
}

/// `-a`, or `Overflow`.
#[inline(always)]
pub fn neg(a: i64) -> Result<i64> {
    a.checked_neg().ok_or_else(|| BulkheadError::Overflow.into())
}

/// `a + b` for a signed `b`, or `Underflow` or `Overflow`.
#[inline(always)]
pub fn add_signed(a: u64, b: i64) -> Result<u64> {
    if b < 0 {
        sub(a, b.unsigned_abs())
    } else {
        add(a, b.unsigned_abs())
    }
}
