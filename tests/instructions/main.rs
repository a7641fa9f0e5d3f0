//! Every instruction against the built program: the rules of its documentation, and every bad input it names. A refused
//! call names its exact error and leaves every account as it was; after every accepted one the fund's properties hold.
//!
//! Amounts are worked out in comments from the figures in `bulkhead_tests::params`.

mod closing;
mod common;
mod covers;
mod governance;
mod loss;
mod markets;
mod membership;
mod scenes;
mod trading;
