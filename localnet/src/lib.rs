//! An embedded local validator with a fund, its members and a keeper: the demo and the local
//! network.
//!
//! - `scenario`, `series`, `pyth`, `population` say which prices are replayed, and draw the
//!   members.
//! - `validator`, `publisher`, `world` are the embedded validator, its oracles and the set-up on
//!   it.
//! - `chain`, `ledger`, `lockstep` are a keeper in step with its caller, and the cost of its
//!   transactions.
//! - `replay`, `exit`, `recorder` run the crash and the way out, and check the properties on the
//!   way.
//! - `covers` lets a protocol and a lending pool fail in the crash, and has the fund pay for them.
//! - `adjustment` shows how the rates followed the market, and the value of that.
//! - `localnet`, `up` are networks that run until they are stopped; `standing`, `swing`, `wallets`,
//!   `doors`, `stop` serve both.
//! - `report`, `render`, `progress` write the report and the progress.
//!
//! `checks` and `migration` are those of `bulkhead-inspect`, `format` is `bulkhead-format`.

pub mod adjustment;
pub mod chain;
pub mod covers;
pub mod demo;
pub mod doors;
pub mod exit;
mod giving_on;
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
