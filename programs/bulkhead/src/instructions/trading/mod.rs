//! Trading: lots that change hands, and profit that becomes cash.

pub mod liquidate;
pub mod novate;
pub mod settle;
pub mod take_over;

pub use {liquidate::*, novate::*, settle::*, take_over::*};
