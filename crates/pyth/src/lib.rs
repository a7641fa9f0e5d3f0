//! Pyth's price updates, from Hermes' answer to the instructions of a receiver.
//!
//! A pull feed's price lives off chain until somebody posts it. Hermes serves it as an *update*: a
//! message per feed, a Merkle proof for each, and the guardians' signatures over the root. A
//! *receiver* checks both and writes a `PriceUpdateV2` account, which Bulkhead reads.
//!
//! - [`answer`] reads the JSON that Hermes sends.
//! - [`update`] and [`vaa`] read the bytes in it.
//! - [`receiver`] knows the deployments: their programs, addresses, and accounts of configuration.
//! - [`instruction`] builds the instructions, and [`route`] chooses among them.
//! - [`error`] names the errors of a receiver.
//! - [`verify`] makes the checks of a receiver before anything is sent.
//! - [`pro`] knows the signed messages of Pyth Pro, and the contract that verifies them.
//!
//! Nothing here sends or asks: the keeper does, and the command line with the keeper's client.

pub mod answer;
pub mod error;
pub mod instruction;
pub mod pro;
pub mod receiver;
pub mod route;
pub mod update;
pub mod vaa;
pub mod verify;

mod bytes;

pub use {
    receiver::Receiver,
    update::{Message, Price, Update, UpdateError},
};

/// The name of a feed, the same on every chain.
pub type FeedId = [u8; 32];

/// Writes a feed's name as Hermes takes it: 64 hexadecimal digits.
pub fn hex(feed: &FeedId) -> String {
    feed.iter().map(|byte| format!("{byte:02x}")).collect()
}
