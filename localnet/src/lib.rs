//! An embedded local validator with a fund, its members and a keeper: the demo and the local network.
//!
//! - `scenario`, `series`, `pyth`, `population`: what is replayed, with which parameters, by whom;
//! - `validator`, `publisher`, `world`: the embedded validator, its oracles, and the set-up on it;
//! - `chain`, `ledger`, `lockstep`: a keeper in step with its caller, and what its transactions cost;
//! - `checks`, `migration`: those of `bulkhead-inspect`; `format`: `bulkhead-format`;
//! - `replay`, `exit`, `recorder`: the crash, the way out, and what is checked on the way;
//! - `adjustment`: how the rates followed the market, and what that was worth;
//! - `localnet`, `up`: networks that run until they are stopped; `standing`, `swing`, `wallets`, `stop`: what they share;
//! - `report`, `render`, `progress`: what is told.

pub mod adjustment;
pub mod chain;
pub mod demo;
pub mod exit;
pub mod ledger;
pub mod localnet;
pub mod lockstep;
pub mod population;
pub mod progress;
pub mod publisher;
pub mod pyth;
pub mod recorder;
pub mod render;
pub mod replay;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod series;
pub mod standing;
pub mod stop;
pub mod swing;
pub mod up;
pub mod validator;
pub mod wallets;
pub mod world;

pub use {
    bulkhead_format as format,
    bulkhead_inspect::{checks, migration},
};
