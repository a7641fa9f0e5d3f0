//! What anyone may call.

pub mod allocate_loss;
pub mod allocate_residual;
pub mod close_default;
pub mod crank_market;
pub mod declare_default;
pub mod liquidate;
pub mod settle;
pub mod settle_epoch;

pub use {
    allocate_loss::*, allocate_residual::*, close_default::*, crank_market::*, declare_default::*, liquidate::*,
    settle::*, settle_epoch::*,
};
