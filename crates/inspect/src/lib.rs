//! What a deployment should be, and whether it is: for the demo, the local network and the command line.
//!
//! - `migration`: the parameters of fund and markets, from the numbered files in `migrations/`;
//! - `checks`: properties of the protocol, recomputed from account data alone;
//! - `settings`: the user's Solana conventions.

pub mod checks;
pub mod migration;
pub mod settings;
