//! One file per instruction: documentation, accounts, `validate`, `handler`.

pub mod governance;
pub mod keeper;
pub mod member;
pub mod trading;
mod record;
pub mod vault;

pub use {governance::*, keeper::*, member::*, trading::*};
