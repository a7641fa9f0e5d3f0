//! The standing keeper: follows a fund and does what anybody may do for it.
//!
//! - `book`, `plan`, `triggers`: what there is, what to do about it, and whom a price affects; pure;
//! - `draft`: from an action to a transaction;
//! - `chain`, `ledger`, `lockstep`: a keeper in step with its caller, for the demo.

pub mod accounts;
pub mod book;
pub mod chain;
pub mod draft;
pub mod ledger;
pub mod lockstep;
pub mod plan;
pub mod triggers;
