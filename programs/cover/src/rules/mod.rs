//! The rules of claims, one module a mechanism.
//!
//! A rule takes plain `&mut Panel`, `&mut Loss` and `&mut Page`, and what was read of fund and
//! cover. It knows no accounts, calls no other program and emits no events: it returns what
//! happened, and the instruction does the rest.

pub mod claims;
pub mod losses;
pub mod panel;
