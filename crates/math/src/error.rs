//! Errors of arithmetic.

/// The result of every function of this crate.
pub type Result<T> = core::result::Result<T, MathError>;

/// A calculation that has no answer. Nothing saturates and nothing wraps: the caller learns the
/// cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathError {
    /// The exact result does not fit its type.
    Overflow,
    /// A subtraction would go below zero.
    Underflow,
    /// A divisor is zero.
    DivByZero,
}
