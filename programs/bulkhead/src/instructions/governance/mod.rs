//! Governance: the fund itself, its parameters, and its treasury.

pub mod accept_authority;
pub mod apply_change;
pub mod cancel_treasury;
pub mod claim_treasury;
pub mod create_fund;
pub mod end_pause;
pub mod fund_treasury;
pub mod pause;
pub mod queue_change;
pub mod request_treasury;
pub mod transfer_authority;
pub mod veto_change;

pub use {
    accept_authority::*, apply_change::*, cancel_treasury::*, claim_treasury::*, create_fund::*,
    end_pause::*, fund_treasury::*, pause::*, queue_change::*, request_treasury::*, transfer_authority::*,
    veto_change::*,
};
