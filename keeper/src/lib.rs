//! The standing keeper follows a fund and does for it everything that any wallet may do.
//!
//! - `plan`, `triggers` decide on actions and find the members that a price affects; both are pure.
//! - `live`, `effects`, `purse`, `engine` hold the fund as it changes and choose the actions to try
//!   now; all are pure.
//! - `draft` turns an action into a transaction.
//! - `config`, `start` read the configuration and check that it can be true.
//! - `source`, `bulk`, `feed`, `sender`, `transaction`, `fees` read from the cluster and send to it.
//! - `policies` decides what is due for policies on impermanent loss; it is pure.
//! - `prices` fetches price updates from Hermes and posts them.
//! - `service`, `watcher`, `metrics`, `spaced`, `server` are the running keeper, its metrics and its log.
//!
//! The fund itself is a `bulkhead_book::Book`.

pub mod bulk;
pub mod config;
pub mod draft;
pub mod earnings;
pub mod effects;
pub mod engine;
pub mod feed;
pub mod fees;
pub mod live;
pub mod metrics;
pub mod plan;
pub mod policies;
pub mod prices;
pub mod purse;
pub mod sender;
pub mod server;
pub mod service;
pub mod source;
pub mod spaced;
pub mod start;
pub mod transaction;
pub mod triggers;
mod watcher;
