//! The last print of a feed of Pyth Pro that somebody has posted. It belongs to no fund: markets of all
//! funds read it.

use {
    crate::{constants::VERSION, error::BulkheadError},
    anchor_lang::prelude::*,
};

/// Microseconds of a second: times of Pyth Pro are in microseconds.
const MICROS: u64 = 1_000_000;

/// What a verified message says of one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedPrint {
    /// When the message was made, in microseconds of Unix time.
    pub message_us: u64,
    /// When the price was made, in microseconds of Unix time: no later than the message.
    pub price_us: u64,
    /// Price mantissa, not zero.
    pub price: i64,
    /// Confidence interval, same exponent.
    pub confidence: u64,
    /// Exponent of ten.
    pub exponent: i16,
    /// The market's session as the oracle numbers them; zero is the regular one.
    pub session: i16,
}

/// The last print of one feed on one channel of Pyth Pro.
#[account]
pub struct ProPrice {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// See [`SignedPrint::exponent`].
    pub exponent: i16,
    /// See [`SignedPrint::session`].
    pub session: i16,
    /// The channel.
    pub channel: u8,
    #[doc(hidden)]
    pub _pad: [u8; 1],
    /// The feed.
    pub feed: u32,
    #[doc(hidden)]
    pub _pad2: [u8; 4],
    /// See [`SignedPrint::message_us`]; zero before the first message.
    pub message_us: u64,
    /// See [`SignedPrint::price_us`].
    pub price_us: u64,
    /// See [`SignedPrint::price`].
    pub price: i64,
    /// See [`SignedPrint::confidence`].
    pub confidence: u64,

    #[doc(hidden)]
    pub _reserved: [u8; 16],
}

const _: () = assert!(core::mem::size_of::<ProPrice>() == 64);

impl ProPrice {
    /// The session in which a market trades as it does in the open; the others are thin or closed.
    pub const REGULAR: i16 = 0;

    /// Returns the number in the address of a feed's account: the feed's, and its channel above it.
    pub const fn number(feed: u32, channel: u8) -> u64 {
        ((channel as u64) << 32) | feed as u64
    }

    /// Returns how the configuration of a market names a feed on a channel: the feed's number in four
    /// bytes, the channel in one, and zeros.
    pub const fn feed_id(feed: u32, channel: u8) -> [u8; 32] {
        let mut id = [0; 32];
        [id[0], id[1], id[2], id[3]] = feed.to_le_bytes();
        id[4] = channel;
        id
    }

    /// Refuses an account in a layout that this program does not read.
    ///
    /// # Errors
    /// `WrongVersion`.
    #[inline(always)]
    pub fn check(&self) -> Result<()> {
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Takes a print whose message is newer than the last one, and returns whether it is. An older
    /// message changes nothing and is no error: whoever posts and cranks in one transaction does not
    /// fail because somebody else was faster.
    pub fn take(&mut self, print: &SignedPrint) -> bool {
        if print.message_us <= self.message_us {
            return false;
        }
        let SignedPrint { message_us, price_us, price, confidence, exponent, session } = *print;
        self.message_us = message_us;
        self.price_us = price_us;
        self.price = price;
        self.confidence = confidence;
        self.exponent = exponent;
        self.session = session;
        true
    }

    /// Returns the second in which the price was made, rounded down: a price is never younger than it
    /// says.
    pub fn publish_ts(&self) -> i64 {
        seconds(self.price_us)
    }
}

/// Returns the second of a time in microseconds, rounded down.
pub fn seconds(micros: u64) -> i64 {
    (micros / MICROS) as i64 // fits: a 64-bit number over a million
}
