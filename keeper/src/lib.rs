//! The standing keeper: follows a fund and does what anybody may do for it.
//!
//! - `plan`, `triggers`: what to do about a fund, and whom a price affects; pure;
//! - `live`, `effects`, `engine`: the fund as it changes, and what of a plan is tried now; pure;
//! - `draft`: from an action to a transaction;
//! - `config`, `start`: what it is told, and whether that can be true;
//! - `source`, `sender`, `transaction`, `fees`, `prices`: the cluster: what is read, what is sent and for how much;
//! - `service`, `watcher`, `metrics`, `server`: the running keeper, and what it tells.
//!
//! The fund itself is a `bulkhead_book::Book`.

pub mod config;
pub mod draft;
pub mod effects;
pub mod engine;
pub mod fees;
pub mod live;
pub mod metrics;
pub mod plan;
pub mod prices;
pub mod sender;
pub mod server;
pub mod service;
pub mod source;
pub mod start;
pub mod transaction;
pub mod triggers;
mod watcher;
