//! Closing: the end of a market and of a fund: final marks, close-outs and pay-outs.

pub mod close_market;
pub mod close_out;
pub mod fix_final_mark;
pub mod pay_out;

pub use {close_market::*, close_out::*, fix_final_mark::*, pay_out::*};
