//! Oracle prices. Each kind is parsed in one place, and only `crank_market` and `fill_offer` read one.
//! `post_pro_price` keeps what a signed message says, for them to read.

mod pyth_pro;
mod pyth_pull;
mod pyth_push;

pub use pyth_pro::read_message;

use {
    crate::{
        constants::{FILL_AGE_SECS, MAX_PRICE},
        error::*,
        state::{Market, OracleConfig, OracleKind, Silence},
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        final_price::Conversion, offers::is_first_after, rounding::uneven_mul, units::Bps, MathError,
    },
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
    /// Whether the feed is trading.
    pub is_trading: bool,
}

/// A verified and recent print, as a market takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// Price mantissa; zero if the print has no price that the market can use.
    pub price: u64,
    /// Confidence interval.
    pub confidence: u64,
    /// Unix time of publication.
    pub publish_ts: i64,
    /// Why it may not become the mark.
    pub silence: Silence,
}

/// Reads and checks the price in `account` for `market`.
pub fn read(market: &Market, account: &AccountView, now: i64) -> Result<Print> {
    let config = &market.oracle;
    require_accepted(config, account)?;
    let data = account.try_borrow()?;
    let raw = parse(config, &data)?;
    judge(&raw, config, market.price_decimals, now)
}

/// Reads and checks the price in `account` for `market` in the same way, if it is the first one after
/// the second `ts` and not old: see [`is_first_after`].
///
/// # Errors
/// As [`read`]; `NoPreviousPrint`, `NotFirstPrint`, `OracleTooOld`, `PrintUnusable`.
#[inline(never)]
pub fn read_first_after(market: &Market, account: &AccountView, ts: i64, now: i64) -> Result<Print> {
    let config = &market.oracle;
    require_accepted(config, account)?;
    let data = account.try_borrow()?;
    let raw = parse(config, &data)?;
    let before = previous_publish_ts(config, &data)?.ok_or(BulkheadError::NoPreviousPrint)?;
    require!(is_first_after(ts, before, raw.publish_ts), BulkheadError::NotFirstPrint);
    let print = judge(&raw, config, market.price_decimals, now)?;
    require!(now.saturating_sub(print.publish_ts) <= FILL_AGE_SECS, BulkheadError::OracleTooOld);
    require!(print.silence == Silence::None, BulkheadError::PrintUnusable);
    Ok(print)
}

/// Refuses an account that the market does not accept.
#[inline(always)]
fn require_accepted(config: &OracleConfig, account: &AccountView) -> Result<()> {
    let is_owner = |owner: &[u8; 32]| account.owned_by(bytemuck::cast_ref(owner));
    require!(config.accepts_owner(is_owner, crate::ID.as_array()), BulkheadError::OracleWrongOwner);
    let bound = config.account == [0; 32] || account.address().as_ref() == config.account;
    require!(bound, BulkheadError::OracleWrongAccount);
    Ok(())
}

/// The price in the bytes of an account of the configured kind.
#[inline(always)]
pub fn parse(config: &OracleConfig, data: &[u8]) -> Result<RawPrice> {
    if config.kind == OracleKind::PythPull as u8 {
        pyth_pull::parse(data, &config.feed_id)
    } else if config.kind == OracleKind::PythPush as u8 {
        pyth_push::parse(data)
    } else {
        pyth_pro::parse(data, &config.feed_id)
    }
}

/// Returns when the print before the one in these bytes was published, if the oracle says it.
pub fn previous_publish_ts(config: &OracleConfig, data: &[u8]) -> Result<Option<i64>> {
    if config.kind != OracleKind::PythPull as u8 {
        return Ok(None); // the account shows the last print only, and the first after a taking is soon gone
    }
    pyth_pull::previous_publish_ts(data).map(Some)
}

/// Refuses a print that is too old or from the future, and says of any other why it may not become the
/// mark of a market with these decimals.
///
/// # Errors
/// `OracleTooOld`, `OracleFromFuture`.
#[inline(always)]
pub fn judge(raw: &RawPrice, config: &OracleConfig, price_decimals: u8, now: i64) -> Result<Print> {
    let age = now.checked_sub(raw.publish_ts).ok_or(BulkheadError::Overflow)?;
    require!(age <= i64::from(config.max_age_secs), BulkheadError::OracleTooOld);
    require!(age.saturating_add(i64::from(config.max_ahead_secs)) >= 0, BulkheadError::OracleFromFuture);
    let (price, confidence, silence) = match convert(raw, config, price_decimals) {
        Ok((price, confidence)) => (price, confidence, silence_of(raw, config, price)),
        Err(silence) => (0, 0, silence),
    };
    let (price, confidence) = match silence {
        Silence::None | Silence::Uncertain => (price, confidence),
        _ => (0, 0),
    };
    Ok(Print { price, confidence, publish_ts: raw.publish_ts, silence })
}

/// Returns price and confidence in the market's decimals: the price exactly, the confidence rounded
/// up in favour of whom it protects.
#[inline(always)]
fn convert(
    raw: &RawPrice,
    config: &OracleConfig,
    price_decimals: u8,
) -> core::result::Result<(u64, u64), Silence> {
    if raw.exponent != i32::from(config.feed_decimals).wrapping_neg() {
        return Err(Silence::Exponent);
    }
    let price = raw.price.max(0).unsigned_abs();
    if config.feed_decimals == price_decimals {
        return Ok((price, raw.confidence)); // nearly always
    }
    let silence = |error| match error {
        MathError::Underflow => Silence::Exponent,
        _ => Silence::Price,
    };
    let conversion = Conversion::new(config.feed_decimals, price_decimals).map_err(silence)?;
    let price = conversion.price(price).map_err(silence)?;
    Ok((price, conversion.confidence(raw.confidence).map_err(silence)?))
}

#[inline(always)]
fn silence_of(raw: &RawPrice, config: &OracleConfig, price: u64) -> Silence {
    if price == 0 || price > MAX_PRICE {
        return Silence::Price;
    }
    if !raw.is_trading {
        return Silence::NotTrading;
    }
    let widest = uneven_mul(u64::from(config.max_confidence_bps), raw.price.unsigned_abs());
    if uneven_mul(Bps::ONE, raw.confidence) > widest {
        return Silence::Uncertain;
    }
    Silence::None
}
