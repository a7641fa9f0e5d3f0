//! The money of Bulkhead.
//!
//! Pure functions over integers: no accounts, no clock, no allocation, no `unsafe`. The program,
//! the keeper and the tests call the same ones, so there is one truth about every number.
//!
//! - Money is `u64` in the settlement mint's base units, signed money `i64`.
//! - A price is an integer mantissa, a size a signed number of lots, their product a raw quote
//!   (`i128`).
//! - Every division names its rounding and whom it favours.
//! - Functions that change more than one number return a plan: a plain value with the numbers after
//!   the change.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod assessment;
pub mod closing;
pub mod covers;
pub mod crowding;
pub mod cushions;
pub mod decay;
pub mod declaration;
pub mod error;
pub mod exit;
pub mod exit_clock;
pub mod final_price;
pub mod gains_cut;
pub mod house;
pub mod house_round;
pub mod impermanent_loss;
pub mod index;
pub mod interval;
pub mod liquidation;
pub mod offers;
pub mod positions;
pub mod premium;
pub mod rates;
pub mod recoveries;
pub mod requirements;
pub mod rewards;
pub mod rounding;
pub mod shares;
pub mod stress_call;
pub mod units;
pub mod vesting;
pub mod volatility;
pub mod waterfall;

pub use error::{MathError, Result};
pub use rounding::Round;
