//! Prices that the keeper posts itself.
//!
//! A pull oracle's account changes only when somebody posts an update. Pyth keeps its sponsored
//! accounts up to date, and a keeper only reads them. Where nobody does, or the account has grown
//! old, the keeper fetches updates from Hermes and posts them before its cranks.
//!
//! - [`hermes`] asks Hermes, once or as a stream.
//! - [`kept`] keeps the updates of the last minute, for takings.
//! - [`listener`] is the task that asks, again and again.
//! - [`once`] posts one price for the command line.
//! - [`pro`] fetches and posts prices of Pyth Pro.
//! - [`poster`] knows the accounts that prices go to, and builds the instructions.

pub mod hermes;
pub mod kept;
pub mod listener;
pub mod once;
pub mod poster;
pub mod pro;

use {
    bulkhead_client::{state::OracleConfig, Address},
    bulkhead_pyth::{FeedId, Receiver},
};

/// Derives the address of a feed's sponsored account at the first receiver, shard 0.
pub fn sponsored_account(feed_id: &FeedId) -> Address {
    Receiver::Core.sponsored(0, feed_id)
}

/// The account that a market's price is read from: the account it is bound to, or the sponsored one
/// of its feed, at the first receiver that the market accepts and this program knows.
pub fn oracle_account(oracle: &OracleConfig) -> Address {
    if oracle.account != [0; 32] {
        return Address::new_from_array(oracle.account);
    }
    let known = oracle.owners.iter().find_map(|owner| Receiver::of(&Address::new_from_array(*owner)));
    known.unwrap_or(Receiver::Core).sponsored(0, &oracle.feed_id)
}
