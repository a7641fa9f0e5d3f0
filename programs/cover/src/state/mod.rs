//! Accounts: their layouts, and methods of one account alone. The rules that move a loss along are
//! in [`crate::rules`].

pub mod loss;
pub mod page;
pub mod panel;
pub mod seeds;

pub use {loss::*, page::*, panel::*};
