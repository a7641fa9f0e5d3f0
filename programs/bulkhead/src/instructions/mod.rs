//! One file per instruction: documentation, accounts, `validate`, `handler`.

pub mod governance;
pub mod keeper;
pub mod member;
mod record;
pub mod trading;
pub mod vault;

pub use {governance::*, keeper::*, member::*, trading::*};
