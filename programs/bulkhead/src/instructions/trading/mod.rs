//! Trading: lots that change hands, and profit that becomes cash.

pub mod liquidate;
pub mod novate;
pub mod sell_excess;
pub mod settle;
pub mod take_over;

pub use {liquidate::*, novate::*, sell_excess::*, settle::*, take_over::*};
