//! Stress tests of a clearing fund: how likely each layer is reached, what would break the fund, and
//! what each member should pay for it.
//!
//! It runs off chain and computes in floating point; [`exact`] measures the error against the
//! reference model of the protocol. docs/stress.md has the definitions, under the numbers used here.
//!
//! | question | module |
//! | --- | --- |
//! | prices: jump diffusion with a t-copula, real days, real hours redrawn | [`paths`], [`history`] |
//! | a day of the fund on them | [`day`], [`behaviour`], [`exact`] |
//! | what defaults at once, and the least shock that breaks a layer | [`shocks`] |
//! | who should pay | [`attribution`] (28), [`shapley`] (26, 27) |
//! | the whole study, and its report | [`study`], [`report`] |
//!
//! The same input gives the same bytes on any number of threads: every path has its own random
//! numbers, sums are taken in the order of paths, and elementary functions come from `libm`.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod attribution;
pub mod behaviour;
pub mod bench;
pub mod closed;
pub mod copula;
pub mod day;
pub mod exact;
pub mod fit;
pub mod fund;
pub mod history;
pub mod measures;
pub mod merton;
pub mod optimise;
pub mod parameters;
pub mod paths;
pub mod proposal;
pub mod random;
pub mod report;
pub mod shapley;
pub mod shocks;
pub mod snapshot;
pub mod special;
pub mod study;
pub mod summary;
pub mod synthetic;
pub mod workers;

pub use bulkhead_replay::shipped::Shipped;
