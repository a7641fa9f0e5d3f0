//! Replays crashes on the reference model, second by second.
//!
//! Members of mixed size and leverage hold positions when a crash begins. Keepers crank, liquidate,
//! declare, allocate and sell while prices move. The replay counts what happens, so that the choices
//! of Protocol 2 rest on numbers: the length of a cell of the range, the age at which a mark is in
//! full doubt, and the liquidation bonus. `docs/replays.md` has the tables and what follows from
//! them.
//!
//! The same prices, settings and seed give the same numbers. The tables of random numbers are drawn
//! before the replay, so that two settings meet the same members and the same prices.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod adversary;
pub mod crowd;
pub mod exhaustive;
pub mod jumps;
pub mod path;
pub mod run;
pub mod shipped;
pub mod table;

pub use run::{replay, Outcome, Settings};
