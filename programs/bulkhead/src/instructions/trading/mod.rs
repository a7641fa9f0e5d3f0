//! Trading: two members sign, the fund stands between them.

pub mod novate;
pub mod take_over;

pub use {novate::*, take_over::*};
