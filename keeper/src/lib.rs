//! The standing keeper: follows a fund and does what anybody may do for it.
//!
//! - `book`, `plan`, `triggers`: what there is, what to do about it, and whom a price affects; pure;
//! - `accounts`, `live`, `effects`, `engine`: the fund as it changes, and what of a plan is tried now; pure;
//! - `draft`: from an action to a transaction;
//! - `config`, `start`: what it is told, and whether that can be true;
//! - `source`, `sender`, `fees`, `prices`: the cluster: what is read, what is sent and for how much;
//! - `service`, `watcher`, `metrics`, `server`: the running keeper, and what it tells;
//! - `chain`, `ledger`, `lockstep`: a keeper in step with its caller, for the demo.

pub mod accounts;
pub mod book;
pub mod chain;
pub mod config;
pub mod draft;
pub mod effects;
pub mod engine;
pub mod fees;
pub mod ledger;
pub mod live;
pub mod lockstep;
pub mod metrics;
pub mod plan;
pub mod prices;
pub mod sender;
pub mod server;
pub mod service;
pub mod source;
pub mod start;
pub mod triggers;
mod watcher;
