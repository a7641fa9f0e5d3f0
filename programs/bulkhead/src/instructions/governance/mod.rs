//! What governance does.

pub mod create_fund;
pub mod create_market;
pub mod fund_treasury;
pub mod pause;
pub mod withdraw_treasury;

pub use {create_fund::*, create_market::*, fund_treasury::*, pause::*, withdraw_treasury::*};
