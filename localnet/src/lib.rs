//! An embedded local validator with a fund, its members and a keeper: the demo and the local network.
//!
//! - `scenario`, `series`, `migration`, `pyth`, `population`: what is replayed, with which parameters, by whom;
//! - `validator`, `world`: the embedded validator and the set-up on it;
//! - `book`, `plan`, `chain`, `keeper`: a keeper, decisions apart from the network;

pub mod book;
pub mod chain;
pub mod format;
pub mod keeper;
pub mod ledger;
pub mod migration;
pub mod plan;
pub mod population;
pub mod progress;
pub mod pyth;
pub mod rng;
pub mod scenario;
pub mod series;
pub mod validator;
pub mod world;
