//! A rehearsal of `docs/going-live.md`: a team's whole way on devnet, played on a local validator from an
//! empty wallet to a stolen key.
//!
//! What is rehearsed is what a team would type. Every step runs the programs that
//! `cargo xtask` runs (`bulkhead-migrate`, `bulkhead`, `bulkhead-keeper` and so on) as processes of their
//! own, and reads what they print. Nothing is done by calling their code. Where a multisig would sign,
//! the printed instruction is handed to a [`party`].
//!
//! - `commands` lists every command of the page; a test compares the list with the page.
//! - `place` is what devnet has before a team comes: a cluster, a mint, Pyth. `pyth` publishes prices.
//! - `run` starts programs, `http` asks their servers.
//! - `party` and `proposal` are those who govern, and what they are asked to sign.
//! - `walk` has the steps, `report` tells them.

pub mod commands;
pub mod http;
pub mod party;
pub mod place;
pub mod proposal;
pub mod pyth;
pub mod report;
pub mod run;
pub mod walk;
