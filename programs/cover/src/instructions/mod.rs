//! One file per instruction: documentation, accounts, `validate`, and a `handler` that calls one
//! rule, moves the money and emits the event. No instruction imports another; `shared` holds what
//! several need.

pub mod claims;
pub mod decision;
pub mod policies;
pub mod shared;

pub use {claims::*, decision::*, policies::*};
