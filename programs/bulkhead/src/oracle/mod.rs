//! Oracle prices. Each kind is parsed in one place, and only `crank_market` calls this.

mod pyth_pull;
mod pyth_push;

use {
    crate::{
        error::*,
        state::{Market, OracleConfig, OracleKind},
    },
    anchor_lang::prelude::*,
    bulkhead_math::{rounding::widening_mul, units::Bps},
};

/// What an oracle says, before any judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPrice {
    /// Price mantissa.
    pub price: i64,
    /// Confidence interval, same exponent.
    pub confidence: u64,
    /// Exponent of ten.
    pub exponent: i32,
    /// Unix time of publication.
    pub publish_ts: i64,
}

/// A price that passed every check of a market but the one against its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OraclePrice {
    /// Price mantissa, positive.
    pub price: u64,
    /// Confidence interval.
    pub confidence: u64,
    /// Unix time of publication.
    pub publish_ts: i64,
}

/// Reads and checks the price in `account` for `market`.
pub fn read(market: &Market, account: &AccountView, now: i64) -> Result<OraclePrice> {
    let config = &market.oracle;
    let owner =
        config.owners.iter().any(|owner| account.owned_by(bytemuck::cast_ref(owner)) && *owner != [0; 32]);
    require!(owner, BulkheadError::OracleWrongOwner);
    let bound = config.account == [0; 32] || account.address().as_ref() == config.account;
    require!(bound, BulkheadError::OracleWrongAccount);

    let data = account.try_borrow()?;
    let raw = parse(config, &data)?;
    judge(&raw, config, market.price_decimals, now)
}

/// The price in the bytes of an account of the configured kind.
pub fn parse(config: &OracleConfig, data: &[u8]) -> Result<RawPrice> {
    if config.kind == OracleKind::PythPush as u8 {
        pyth_push::parse(data)
    } else {
        pyth_pull::parse(data, &config.feed_id)
    }
}

/// Positive, of the market's exponent, neither old nor from the future, and certain enough.
pub fn judge(raw: &RawPrice, config: &OracleConfig, price_decimals: u8, now: i64) -> Result<OraclePrice> {
    require!(
        raw.exponent.checked_neg() == Some(i32::from(price_decimals)),
        BulkheadError::OracleWrongExponent
    );
    require!(raw.price > 0, BulkheadError::OracleNotPositive);
    let age = now.checked_sub(raw.publish_ts).ok_or(BulkheadError::Overflow)?;
    require!(age <= i64::from(config.max_age_secs), BulkheadError::OracleTooOld);
    require!(age.saturating_add(i64::from(config.max_ahead_secs)) >= 0, BulkheadError::OracleFromFuture);
    let price = raw.price.unsigned_abs();
    let widest = widening_mul(price, u64::from(config.max_confidence_bps));
    let certain = widening_mul(raw.confidence, Bps::ONE) <= widest;
    require!(certain, BulkheadError::OracleTooUncertain);
    Ok(OraclePrice { price, confidence: raw.confidence, publish_ts: raw.publish_ts })
}
