//! Changes of accounts as they happen: by the websocket that every node has, or by gRPC from a node with
//! the Geyser plugin *Yellowstone*, which tells them sooner and loses fewer of them.

pub mod grpc;
pub mod websocket;

use {
    bulkhead_client::Address,
    solana_commitment_config::CommitmentConfig,
    std::{fmt, time::Duration},
};

/// Time by which a feed must be open and subscribed.
const CONNECT: Duration = Duration::from_secs(10);

/// Where changes come from.
#[derive(Clone, Debug)]
pub enum Feed {
    /// The address of a websocket.
    Websocket(String),
    /// A node with Yellowstone.
    Grpc(Node),
}

/// A node with Yellowstone.
#[derive(Clone)]
pub struct Node {
    /// Its address.
    pub url: String,
    /// What it knows its customer by, if it asks for that.
    pub token: Option<String>,
}

impl fmt::Debug for Node {
    /// A token is a secret: it is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What is followed, wherever it comes from: the fund's accounts and these oracles.
pub struct Followed<'a> {
    /// The fund.
    pub fund: Address,
    /// Price accounts of its markets.
    pub oracles: &'a [Address],
    /// The commitment at which changes are told.
    pub commitment: CommitmentConfig,
}

impl Followed<'_> {
    /// The accounts that no filter on their data finds.
    fn named(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.fund).chain(self.oracles)
    }
}
