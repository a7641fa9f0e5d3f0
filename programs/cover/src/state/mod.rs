//! Accounts: their layouts, and methods of one account alone. The rules that move a loss along are
//! in [`crate::rules`].

pub mod expiry;
pub mod loss;
pub mod page;
pub mod panel;
pub mod policy;
pub mod policy_book;
pub mod seeds;

pub use {expiry::*, loss::*, page::*, panel::*, policy::*, policy_book::*};
