//! What anyone may call.

pub mod allocate_loss;
pub mod allocate_residual;
pub mod close_default;
pub mod close_out;
pub mod collect_premium;
pub mod crank_market;
pub mod declare_default;
pub mod enforce_call;
pub mod fix_final_mark;
pub mod haircut_gains;
pub mod liquidate;
pub mod pay_out;
pub mod report_exposure;
pub mod settle;
pub mod settle_epoch;

pub use {
    allocate_loss::*, allocate_residual::*, close_default::*, close_out::*, collect_premium::*, crank_market::*,
    declare_default::*, enforce_call::*, fix_final_mark::*, haircut_gains::*, liquidate::*, pay_out::*,
    report_exposure::*, settle::*, settle_epoch::*,
};
