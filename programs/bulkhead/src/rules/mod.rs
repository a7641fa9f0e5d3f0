//! The rules of the fund, one module a mechanism. `bulkhead_math` and `docs/` have a page of the
//! same name for each.
//!
//! A rule takes plain `&mut Fund`, `&mut Market` and `&mut Member`. It knows no accounts, calls no
//! other program and emits no events: it returns what happened, and the instruction reports it. A
//! keeper therefore calls the same rules off chain.

extern crate alloc;

pub mod assessment;
pub mod calls;
pub mod closing;
pub mod cover_two;
pub mod covers;
pub mod crowding;
pub mod cushions;
pub mod default;
pub mod delegation;
pub mod exit;
pub mod exit_clock;
pub mod final_price;
pub mod gains_cut;
pub mod governance;
pub mod house;
pub mod house_round;
pub mod interval;
pub mod liquidation;
pub mod margin;
mod market_source;
pub mod membership;
pub mod offers;
pub mod positions;
pub mod premium;
pub mod rates;
pub mod recoveries;
pub mod requirements;
pub mod rewards;
pub mod shares;
pub mod stress_call;
pub mod vesting;
pub mod waterfall;

pub use market_source::{MarketSource, MarketSourceMut, Named};
