//! Governance: the fund itself, its parameters, and its treasury.

pub mod accept_authority;
pub mod apply_change;
pub mod create_fund;
pub mod fund_treasury;
pub mod pause;
pub mod queue_change;
pub mod transfer_authority;
pub mod veto_change;
pub mod withdraw_treasury;

pub use {
    accept_authority::*, apply_change::*, create_fund::*, fund_treasury::*, pause::*, queue_change::*,
    transfer_authority::*, veto_change::*, withdraw_treasury::*,
};
