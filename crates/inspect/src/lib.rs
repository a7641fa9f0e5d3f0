//! Describes a deployment and checks it, for the demo, the local network and the command line.
//!
//! - `build` compares builds of programs.
//! - `migration` reads the parameters of fund and markets from the numbered files in `migrations/`.
//! - `checks` recomputes properties of the protocol from account data alone.
//! - `covers` does the same for the properties of covers and of the claims on them.
//! - `party` tells accounts that can never sign.
//! - `settings` reads the user's Solana configuration.

pub mod build;
pub mod checks;
pub mod covers;
pub mod migration;
pub mod party;
pub mod settings;
