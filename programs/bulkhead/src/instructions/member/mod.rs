//! What a member does with its money.

pub mod agree_assessment;
pub mod cancel_withdrawal;
pub mod claim_recovery;
pub mod claim_rewards;
pub mod claim_withdrawal;
pub mod close_member;
pub mod contribute;
pub mod deposit_margin;
pub mod open_member;
pub mod repay_default;
pub mod request_withdrawal;
pub mod set_delegate;
pub mod waive_recovery;
pub mod withdraw_margin;

pub use {
    agree_assessment::*, cancel_withdrawal::*, claim_recovery::*, claim_rewards::*, claim_withdrawal::*,
    close_member::*, contribute::*, deposit_margin::*, open_member::*, repay_default::*, request_withdrawal::*,
    set_delegate::*, waive_recovery::*, withdraw_margin::*,
};
