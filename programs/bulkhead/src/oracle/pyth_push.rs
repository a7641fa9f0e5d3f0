//! Pyth push oracle: the legacy price account, read through Pyth's own SDK.

use {
    super::RawPrice,
    crate::error::BulkheadError,
    anchor_lang::prelude::*,
    pyth_sdk_solana::state::{load_price_account, PriceStatus},
};

/// Reads the aggregate price.
pub fn parse(data: &[u8]) -> Result<RawPrice> {
    let account = load_price_account::<32, ()>(data).map_err(|_| BulkheadError::OracleMalformed)?;
    Ok(RawPrice {
        price: account.agg.price,
        confidence: account.agg.conf,
        exponent: account.expo,
        publish_ts: account.timestamp,
        is_trading: account.agg.status == PriceStatus::Trading,
    })
}
