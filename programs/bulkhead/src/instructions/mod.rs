//! One file per instruction: documentation, accounts, `validate`, and a `handler` that calls one
//! rule, moves the money and emits the event. No instruction imports another; `shared` holds what
//! several need.

pub mod closing;
pub mod covers;
pub mod governance;
pub mod loss;
pub mod markets;
pub mod membership;
pub mod shared;
pub mod trading;

pub use {closing::*, covers::*, governance::*, loss::*, markets::*, membership::*, trading::*};
