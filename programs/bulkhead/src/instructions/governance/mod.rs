//! What governance does.

pub mod create_fund;
pub mod create_market;
pub mod fund_treasury;
pub mod give_recovery;
pub mod pause;
pub mod set_final_mark;
pub mod withdraw_treasury;

pub use {
    create_fund::*, create_market::*, fund_treasury::*, give_recovery::*, pause::*, set_final_mark::*,
    withdraw_treasury::*,
};
