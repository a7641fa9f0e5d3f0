//! Deploys the program and a fund in numbered steps, and brings what is deployed to what the files say.
//!
//! - `profile`, `site`: where to, by whom, and what is wanted;
//! - `guard`: what a public cluster asks for first;
//! - `cluster`, `proposal`: what is read, sent, or left to a multisig to send;
//! - `step`, `steps`: what is there, what is missing, and what to do about it, in order;
//! - `loader`, `layout`: the program's bytes, and whether new ones can read the accounts that exist;
//! - `diff`: parameters field by field.

pub mod cluster;
pub mod diff;
pub mod guard;
pub mod layout;
pub mod loader;
pub mod profile;
pub mod proposal;
pub mod site;
pub mod step;
pub mod steps;
