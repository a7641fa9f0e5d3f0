//! Events that several instructions emit.

use {
    crate::{
        events::{AssessmentPaid, HouseRealised},
        rules::house::HouseResult,
        state::Fund,
    },
    anchor_lang::prelude::*,
};

/// Reports an assessment that a member has paid, if it has paid any.
pub fn emit_assessment(fund: &Account<Fund>, member: &Address, amount: u64) {
    if amount > 0 {
        emit!(AssessmentPaid { fund: *fund.address(), member: *member, amount, residual: fund.residual });
    }
}

/// Reports the results of houses that are flat.
pub fn emit_house_results(fund: &Account<Fund>, results: impl IntoIterator<Item = HouseResult>) {
    for HouseResult { market, result } in results {
        emit!(HouseRealised { fund: *fund.address(), market_index: u64::from(market), result });
    }
}
