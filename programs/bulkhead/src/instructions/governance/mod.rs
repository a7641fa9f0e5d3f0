//! What governance does.

pub mod accept_authority;
pub mod apply_change;
pub mod create_fund;
pub mod create_market;
pub mod fund_treasury;
pub mod give_recovery;
pub mod pause;
pub mod queue_change;
pub mod set_final_mark;
pub mod transfer_authority;
pub mod veto_change;
pub mod withdraw_treasury;

pub use {
    accept_authority::*, apply_change::*, create_fund::*, create_market::*, fund_treasury::*, give_recovery::*,
    pause::*, queue_change::*, set_final_mark::*, transfer_authority::*, veto_change::*, withdraw_treasury::*,
};
