//! Pyth Pro, formerly Lazer: signed messages, and this program's account of the last one of a feed.
//!
//! A message is verified by Pyth's contract within a transaction, and `post_pro_price` keeps what it says
//! of one feed in a [`ProPrice`]. All numbers are little-endian:
//!
//! ```text
//! magic 4, time of the message in microseconds 8, channel 1, number of feeds 1; of each feed:
//!   feed 4, number of properties 1; of each property its kind 1, and its value:
//!     0 price, 1 best bid, 2 best ask, 5 confidence, 10 and 11 moving averages   8, zero for none
//!     3 number of publishers, 4 exponent, 9 market session                       2
//!     6 funding rate, 7 its time, 8 its interval, 12 time of the price           1, and if that is set 8
//! ```

use {
    super::RawPrice,
    crate::{
        error::BulkheadError,
        state::{ProPrice, SignedPrint},
    },
    anchor_lang::{prelude::*, require, Discriminator},
};

const MAGIC: u32 = 2_479_346_549;

/// Reads the price of the account of `feed_id`.
pub fn parse(data: &[u8], feed_id: &[u8; 32]) -> Result<RawPrice> {
    let body = data.strip_prefix(ProPrice::DISCRIMINATOR).and_then(|body| body.first_chunk());
    let body: &[u8; size_of::<ProPrice>()] = body.ok_or(BulkheadError::OracleMalformed)?;
    let price: ProPrice = bytemuck::pod_read_unaligned(body);
    price.check()?;
    require!(ProPrice::feed_id(price.feed, price.channel) == *feed_id, BulkheadError::OracleWrongFeed);
    Ok(RawPrice {
        price: price.price,
        confidence: price.confidence,
        exponent: price.exponent.into(),
        publish_ts: price.publish_ts(),
        is_trading: price.session == ProPrice::REGULAR,
    })
}

/// Reads what a verified message says of a feed on a channel.
///
/// Everything that judges the price must be in the message, with a value: whoever posts it has chosen the
/// properties, and could leave out what does not suit it. The server gives a price without a break once
/// it has one, and says how old it is, so that a message without one is of a new feed, or made to have none.
///
/// # Errors
/// `ProMessageMalformed`, `ProWrongChannel`, `OracleWrongFeed`, `ProMessageIncomplete`.
#[inline(never)]
pub fn read_message(message: &[u8], feed: u32, channel: u8) -> Result<SignedPrint> {
    let mut rest = Reader(message);
    require!(u32::from_le_bytes(rest.take()?) == MAGIC, BulkheadError::ProMessageMalformed);
    let message_us = u64::from_le_bytes(rest.take()?);
    require!(rest.byte()? == channel, BulkheadError::ProWrongChannel);
    for _ in 0..rest.byte()? {
        let is_wanted = u32::from_le_bytes(rest.take()?) == feed;
        let properties = Properties::read(&mut rest)?;
        if is_wanted {
            return properties.print(message_us);
        }
    }
    Err(BulkheadError::OracleWrongFeed.into())
}

/// The properties of a feed that count; none for those that the message does not have, or has without a
/// value.
#[derive(Default)]
struct Properties {
    price: Option<i64>,
    confidence: Option<i64>,
    exponent: Option<i16>,
    session: Option<i16>,
    /// When the price was made.
    price_us: Option<u64>,
}

impl Properties {
    fn read(rest: &mut Reader) -> Result<Self> {
        let mut all = Self::default();
        for _ in 0..rest.byte()? {
            match rest.byte()? {
                0 => all.price = rest.price()?,
                1 | 2 | 10 | 11 => rest.skip(8)?,
                3 => rest.skip(2)?,
                4 => all.exponent = Some(i16::from_le_bytes(rest.take()?)),
                5 => all.confidence = rest.price()?,
                6..=8 => {
                    rest.optional()?;
                }
                9 => all.session = Some(i16::from_le_bytes(rest.take()?)),
                12 => all.price_us = rest.optional()?.map(u64::from_le_bytes),
                _ => return Err(BulkheadError::ProMessageMalformed.into()),
            }
        }
        Ok(all)
    }

    fn print(&self, message_us: u64) -> Result<SignedPrint> {
        let confidence = required(self.confidence)?;
        let price_us = required(self.price_us)?;
        // A price from after its message would be younger than anything that can be posted.
        require!(price_us <= message_us && confidence > 0, BulkheadError::ProMessageMalformed);
        Ok(SignedPrint {
            message_us,
            price_us,
            price: required(self.price)?,
            confidence: confidence.unsigned_abs(),
            exponent: required(self.exponent)?,
            session: required(self.session)?,
        })
    }
}

fn required<T>(value: Option<T>) -> Result<T> {
    value.ok_or(BulkheadError::ProMessageIncomplete.into())
}

/// The part of a message that is not read yet.
struct Reader<'m>(&'m [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk().ok_or(BulkheadError::ProMessageMalformed)?;
        self.0 = rest;
        Ok(*head)
    }

    /// A price, where zero stands for none.
    fn price(&mut self) -> Result<Option<i64>> {
        let price = i64::from_le_bytes(self.take()?);
        Ok((price != 0).then_some(price))
    }

    fn skip(&mut self, bytes: usize) -> Result<()> {
        self.0 = self.0.get(bytes..).ok_or(BulkheadError::ProMessageMalformed)?;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take::<1>()?[0])
    }

    /// A value of eight bytes behind a byte that says whether it is there.
    fn optional(&mut self) -> Result<Option<[u8; 8]>> {
        if self.byte()? == 0 {
            return Ok(None);
        }
        self.take().map(Some)
    }
}
