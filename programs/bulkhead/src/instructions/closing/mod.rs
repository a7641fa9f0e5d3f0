//! Closing: final marks, close-outs and pay-outs of a wind-down.

pub mod close_out;
pub mod fix_final_mark;
pub mod pay_out;
pub mod set_final_mark;

pub use {close_out::*, fix_final_mark::*, pay_out::*, set_final_mark::*};
