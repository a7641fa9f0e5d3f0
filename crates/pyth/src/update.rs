//! The accumulator update: a signed root, and messages with proofs that they are below it.
//!
//! ```text
//! magic        4   "PNAU"
//! version      2   major 1, and a minor one that may grow
//! trailing     1   a length, and that many bytes to skip
//! kind         1   0: a root that Wormhole's guardians signed
//! VAA          2   a length, and the VAA
//! messages     1   a count, and for each:
//!   message    2     a length, and the message
//!   proof      1     a count, and that many hashes of 20 bytes, from the leaf up
//! ```
//!
//! Integers have the high byte first. Pyth's own `pythnet-sdk` writes and reads the same; the tests
//! compare the two. It is not used here because it brings a second serialiser and hashers along.

use crate::{bytes::Bytes, vaa::Vaa, FeedId};

const MAGIC: [u8; 4] = *b"PNAU";
const MAJOR: u8 = 1;
const WORMHOLE_MERKLE: u8 = 0;
const PRICE_FEED: u8 = 0;

/// Bytes of a hash in a proof.
pub const HASH: usize = 20;

/// Why bytes are no update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    #[error("the update ends too soon")]
    TooShort,
    #[error("the update does not begin with PNAU")]
    WrongMagic,
    #[error("the update has the major version {0}, not 1")]
    WrongVersion(u8),
    #[error("the update's proof is of the kind {0}, not a signed Merkle root")]
    UnknownProof(u8),
    #[error("the update's VAA has the version {0}, not 1")]
    WrongVaaVersion(u8),
    #[error("the update has bytes after its end")]
    TooLong,
    #[error("the bytes are not those of Pyth Pro")]
    NotPro,
}

/// What Hermes sends for a set of feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The guardians' signatures over the root.
    pub vaa: Vaa,
    /// Messages of price feeds. Those of other kinds are left out.
    pub messages: Vec<Message>,
}

/// A message with the proof that it is below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The bytes that the leaf is a hash of.
    pub bytes: Vec<u8>,
    /// Hashes from the leaf's sibling up.
    pub proof: Vec<[u8; HASH]>,
    /// What the bytes say.
    pub price: Price,
}

/// The price of a feed at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub feed: FeedId,
    /// Mantissa of the price.
    pub price: i64,
    /// Confidence interval, with the same exponent.
    pub confidence: u64,
    /// Exponent of ten.
    pub exponent: i32,
    /// Unix time of publication, in seconds.
    pub publish_ts: i64,
    /// That of the print before.
    pub previous_publish_ts: i64,
    /// Moving average of the price.
    pub ema_price: i64,
    /// Moving average of the confidence.
    pub ema_confidence: u64,
}

impl Update {
    /// Reads an update.
    ///
    /// # Errors
    /// See [`UpdateError`]. No length in the bytes is believed beyond what is there.
    pub fn parse(bytes: &[u8]) -> Result<Self, UpdateError> {
        let mut bytes = Bytes(bytes);
        if bytes.array()? != MAGIC {
            return Err(UpdateError::WrongMagic);
        }
        let [major, _minor] = bytes.array()?;
        if major != MAJOR {
            return Err(UpdateError::WrongVersion(major));
        }
        let trailing = bytes.byte()?;
        bytes.take(trailing.into())?;
        let kind = bytes.byte()?;
        if kind != WORMHOLE_MERKLE {
            return Err(UpdateError::UnknownProof(kind));
        }
        let vaa = Vaa::parse(bytes.sized()?)?;
        let mut messages = Vec::new();
        for _ in 0..bytes.byte()? {
            let message = bytes.sized()?;
            let count = usize::from(bytes.byte()?);
            let hashes = bytes.take(count * HASH)?;
            if let Some(price) = Price::parse(message)? {
                let proof = hashes.as_chunks::<HASH>().0.to_vec();
                messages.push(Message { bytes: message.to_vec(), proof, price });
            }
        }
        match bytes.0 {
            [] => Ok(Self { vaa, messages }),
            _ => Err(UpdateError::TooLong),
        }
    }

    /// The message of a feed.
    pub fn message(&self, feed: &FeedId) -> Option<&Message> {
        self.messages.iter().find(|message| message.price.feed == *feed)
    }
}

impl Price {
    /// Reads a message; `None` if it is not a price feed's. Fields may be added at its end.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, UpdateError> {
        let mut bytes = Bytes(bytes);
        if bytes.byte()? != PRICE_FEED {
            return Ok(None);
        }
        Ok(Some(Self {
            feed: bytes.array()?,
            price: i64::from_be_bytes(bytes.array()?),
            confidence: u64::from_be_bytes(bytes.array()?),
            exponent: i32::from_be_bytes(bytes.array()?),
            publish_ts: i64::from_be_bytes(bytes.array()?),
            previous_publish_ts: i64::from_be_bytes(bytes.array()?),
            ema_price: i64::from_be_bytes(bytes.array()?),
            ema_confidence: u64::from_be_bytes(bytes.array()?),
        }))
    }

    /// The data of the account that a receiver writes when it has checked all signatures.
    pub fn account(&self, write_authority: &[u8; 32], slot: u64) -> Vec<u8> {
        const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
        const FULL: u8 = 1;
        let mut data = DISCRIMINATOR.to_vec();
        data.extend(write_authority);
        data.push(FULL);
        data.extend(self.feed);
        data.extend(self.price.to_le_bytes());
        data.extend(self.confidence.to_le_bytes());
        data.extend(self.exponent.to_le_bytes());
        data.extend(self.publish_ts.to_le_bytes());
        data.extend(self.previous_publish_ts.to_le_bytes());
        data.extend(self.ema_price.to_le_bytes());
        data.extend(self.ema_confidence.to_le_bytes());
        data.extend(slot.to_le_bytes());
        data.push(0); // room for the count of a partial verification
        data
    }
}
