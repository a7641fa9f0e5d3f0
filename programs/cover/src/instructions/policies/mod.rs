//! From a book of policies to the last payout.

mod buy_policy;
mod claim_policy;
mod close_expiry;
mod close_policy;
mod create_book;
mod end_payouts;
mod note_price;
mod open_expiry;
mod open_payouts;
mod settle_expiry;
mod start_policy;

pub use {
    buy_policy::*, claim_policy::*, close_expiry::*, close_policy::*, create_book::*, end_payouts::*,
    note_price::*, open_expiry::*, open_payouts::*, settle_expiry::*, start_policy::*,
};
