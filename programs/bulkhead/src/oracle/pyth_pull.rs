//! Pyth pull oracle: the `PriceUpdateV2` account of a receiver program.
//!
//! ```text
//! 0    discriminator        8   22f123639d7ef4cd
//! 8    write authority     32
//! 40   verification level   1   1 = Full; 0 = Partial, followed by a count that shifts all that is below
//! 41   feed id             32
//! 73   price                8   i64
//! 81   confidence           8   u64
//! 89   exponent             4   i32
//! 93   publish time         8   i64
//! 101  the one before       8   i64
//! ```

use {
    super::RawPrice,
    crate::error::BulkheadError,
    anchor_lang::{prelude::*, require},
};

const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
const LEN: usize = 133;
const FULL: u8 = 1;

/// Reads the price of `feed_id`. A partially verified update carries fewer signatures than
/// Wormhole's quorum: refused.
#[inline(always)]
pub fn parse(data: &[u8], feed_id: &[u8; 32]) -> Result<RawPrice> {
    let data: &[u8; LEN] = data.first_chunk().ok_or(BulkheadError::OracleMalformed)?;
    require!(data[..8] == DISCRIMINATOR, BulkheadError::OracleMalformed);
    require!(data[40] == FULL, BulkheadError::OracleNotVerified);
    require!(data[41..73] == *feed_id, BulkheadError::OracleWrongFeed);
    Ok(RawPrice {
        price: i64::from_le_bytes(field::<73, 8>(data)),
        confidence: u64::from_le_bytes(field::<81, 8>(data)),
        exponent: i32::from_le_bytes(field::<89, 4>(data)),
        publish_ts: i64::from_le_bytes(field::<93, 8>(data)),
        is_trading: true, // an update says nothing of it
    })
}

/// Reads when the price before was published, of an account that [`parse`] reads.
pub fn previous_publish_ts(data: &[u8]) -> Result<i64> {
    let data: &[u8; LEN] = data.first_chunk().ok_or(BulkheadError::OracleMalformed)?;
    Ok(i64::from_le_bytes(field::<101, 8>(data)))
}

/// The bytes of a field, which lies within the account: checked when this is compiled.
#[inline(always)]
fn field<const OFFSET: usize, const SIZE: usize>(data: &[u8; LEN]) -> [u8; SIZE] {
    const { assert!(OFFSET + SIZE <= LEN) };
    let mut bytes = [0; SIZE];
    bytes.copy_from_slice(&data[OFFSET..][..SIZE]);
    bytes
}
