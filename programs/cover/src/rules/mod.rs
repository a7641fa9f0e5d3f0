//! The rules of claims and policies, one module a mechanism.
//!
//! A rule takes plain structs, such as `&mut Loss` or `&mut Policy`, and what was read of the fund's
//! accounts. It knows no accounts, calls no other program and emits no events: it returns what
//! happened, and the instruction does the rest.

pub mod claims;
pub mod losses;
pub mod panel;
pub mod policies;
pub mod prices;
