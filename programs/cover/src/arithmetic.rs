//! Checked sums, differences and ratios, with the pinned error of their cause.

use {
    crate::error::CoverError,
    anchor_lang::prelude::*,
    bulkhead_math::{rounding::mul_div, Round},
};

/// `a + b`, or `Overflow`.
#[inline(always)]
pub fn add(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| CoverError::Overflow.into())
}

/// `a - b`, or `Underflow`.
#[inline(always)]
pub fn sub(a: u64, b: u64) -> Result<u64> {
    a.checked_sub(b).ok_or_else(|| CoverError::Underflow.into())
}

/// `amount * numerator / denominator`, or the pinned error of the cause.
#[inline(always)]
pub fn part(amount: u64, numerator: u64, denominator: u64, round: Round) -> Result<u64> {
    mul_div(amount, numerator, denominator, round).map_err(|error| CoverError::from(error).into())
}
