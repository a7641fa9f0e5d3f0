//! Deploys the program and a fund in numbered steps, and brings a deployment to the state in the
//! files.
//!
//! - `profile`, `site` say where the deployment goes, who signs, and which state is wanted.
//! - `guard` checks the conditions of a public cluster, and `multisig` judges who governs there.
//! - `cluster`, `proposal` read, send, or leave a transaction to a multisig.
//! - `step`, `steps` compare the chain with the files and act on the differences, in order.
//! - `loader`, `layout` move the program's bytes, and check that new ones can read the accounts
//!   that exist; `verify` compares them with a build.
//! - `keys` makes the programs' own keys.
//! - `diff` compares parameters field by field.

pub mod cluster;
pub mod diff;
pub mod guard;
pub mod keys;
pub mod layout;
pub mod loader;
pub mod multisig;
pub mod profile;
pub mod proposal;
pub mod site;
pub mod step;
pub mod steps;
pub mod verify;
