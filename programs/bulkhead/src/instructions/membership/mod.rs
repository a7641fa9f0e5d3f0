//! Membership: a member's account and its money.

pub mod agree_assessment;
pub mod cancel_withdrawal;
pub mod claim_rewards;
pub mod claim_withdrawal;
pub mod close_member;
pub mod contribute;
pub mod deposit_margin;
pub mod open_member;
pub mod request_withdrawal;
pub mod set_delegate;
pub mod withdraw_margin;

pub use {
    agree_assessment::*, cancel_withdrawal::*, claim_rewards::*, claim_withdrawal::*, close_member::*,
    contribute::*, deposit_margin::*, open_member::*, request_withdrawal::*, set_delegate::*,
    withdraw_margin::*,
};
