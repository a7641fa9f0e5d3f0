//! The ledger of a fund: every event since its creation in a database, an audit from events alone, an
//! HTTP API and a risk report. `docs/history.md` is its page for operators.

pub mod api;
pub mod audit;
pub mod books;
pub mod config;
pub mod decode;
pub mod export;
pub mod follow;
pub mod metrics;
pub mod report;
pub mod service;
pub mod source;
pub mod store;
