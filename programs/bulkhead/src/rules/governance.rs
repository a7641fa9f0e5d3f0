//! Governance: new markets, changes of parameters with their timelock, and the treasury.

use {
    super::{final_price, interval::Moment, rates, rewards},
    crate::{constants::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        final_price::Conversion,
        units::{Money, Scale},
        MathError,
    },
};

/// Opens a market with these parameters. Its members trade from `opens_ts` on: a market is new risk
/// for everybody who has contributed, so it opens only after they could have left. In a fund
/// without contributions it opens at once.
///
/// # Errors
/// `ScaleTooSmall`.
#[inline(always)]
pub fn open_market(fund: &mut Fund, market: &mut Market, params: &MarketParams, now: i64) -> Result<()> {
    let scale = Scale::from_decimals(params.price_decimals, params.lot_decimals, fund.quote_decimals);
    let scale = scale.map_err(|error| match error {
        MathError::Underflow => BulkheadError::ScaleTooSmall,
        other => other.into(),
    })?;
    let wait = if fund.total_shares.is_zero() {
        0
    } else {
        i64::try_from(fund.params.leave_secs()).unwrap_or(i64::MAX)
    };
    market.version = VERSION;
    market.price_decimals = params.price_decimals;
    market.lot_decimals = params.lot_decimals;
    market.index = fund.market_count;
    market.oracle = params.oracle;
    market.scale = scale.get();
    rates::adopt(market, &params.terms())?;
    market.opens_ts = now.checked_add(wait).ok_or(BulkheadError::Overflow)?;
    fund.market_count = fund.market_count.checked_add(1).ok_or(BulkheadError::Overflow)?;
    Ok(())
}

/// Refuses unless the market of a change is given and is the fund's. A change of no market has
/// none.
///
/// # Errors
/// `WrongMarket`; `WrongFund`, `WrongVersion`.
#[inline(always)]
pub fn require_market(fund: &Address, market: Option<&Market>, change: &ParameterChange) -> Result<()> {
    if let Some(market) = market {
        market.check(fund)?;
    }
    let given = market.map(|market| market.index);
    require!(given == change.market(), BulkheadError::WrongMarket);
    Ok(())
}

/// Returns how many seconds of the exit clock a change waits before it can be applied.
///
/// A change that makes the contributors' risk larger waits longer than notice period and claim
/// window, so that everybody who disagrees has left before. A change that only makes it smaller
/// waits a day, in which members can prepare.
#[inline(always)]
pub fn timelock(fund: &Fund, market: Option<&Market>, change: &ParameterChange) -> u64 {
    let safer = match (change, market) {
        (ParameterChange::Fund(params), _) => params.is_safer_than(&fund.params),
        (ParameterChange::Market(_, terms), Some(market)) => terms.is_safer_than(&market.terms()),
        _ => false,
    };
    if safer {
        TIMELOCK_SECS
    } else {
        TIMELOCK_SECS.saturating_add(fund.params.leave_secs())
    }
}

/// Refuses a change that is outside the hard bounds, or would bring another parameter outside them.
///
/// # Errors
/// - `ParameterOutOfBounds`, `MarginWithinPriceBand`;
/// - as [`final_price::require_movable_end`] for another end of a market;
/// - as [`final_price::require_nameable`];
/// - `WrongMarket` when the market is not given.
pub fn validate(
    fund: &Fund,
    market: Option<&Market>,
    change: &ParameterChange,
    moment: &Moment,
) -> Result<()> {
    let now = moment.now;
    match (change, market) {
        (ParameterChange::Fund(params), _) => {
            params.validate()?;
            // Initial margins were measured against the fee: a higher one could use them up (P7).
            require!(
                params.clearing_fee_bps <= fund.params.clearing_fee_bps,
                BulkheadError::MarginWithinPriceBand
            );
            Ok(())
        }
        (ParameterChange::Market(_, terms), Some(market)) => {
            market.with_terms(terms).validate(&fund.params)?;
            if terms.expires_ts != market.expires_ts {
                final_price::require_movable_end(fund, market, terms.expires_ts, now)?;
            }
            Ok(())
        }
        (ParameterChange::Oracle(_, oracle), Some(market)) => {
            market.with_oracle(oracle).validate(&fund.params)
        }
        (ParameterChange::Guardian(_), _) => Ok(()),
        (ParameterChange::Close(_, end), Some(market)) => {
            require!(*end != 0, BulkheadError::ClosingTooSoon);
            final_price::require_movable_end(fund, market, *end, now)
        }
        (ParameterChange::FinalMark(_, price), Some(market)) => {
            final_price::require_nameable(market, moment.is_fresh(market), *price, now)
        }
        (_, None) => Err(BulkheadError::WrongMarket.into()),
    }
}

/// Returns `true` if a change only tells the decimals in which the same feed is published now, and
/// every price converts exactly. It waits in the chain's time, whether exits are open or not: a
/// market that nobody can read may be what blocks them.
pub fn mends_feed(market: &Market, change: &ParameterChange) -> bool {
    let ParameterChange::Oracle(_, oracle) = change else { return false };
    let exact =
        Conversion::new(oracle.feed_decimals, market.price_decimals).is_ok_and(|known| known.is_exact());
    exact && oracle.keeps_feed_of(&market.oracle)
}

/// Notes a queued change that may make a market's feed readable again, until `expires_ts`: the end of
/// a dead feed waits for it. Each silence waits for one change, or an authority could put that end off
/// for ever.
pub fn note_mend(market: &mut Market, expires_ts: u64) {
    if market.mend_since_ts != market.mark.publish_ts {
        market.mend_since_ts = market.mark.publish_ts;
        market.mend_until_ts = i64::try_from(expires_ts).unwrap_or(i64::MAX);
    }
}

/// Puts a change in force.
///
/// # Errors
/// `WrongMarket` when the market is not given.
#[inline(always)]
pub fn apply(fund: &mut Fund, market: Option<&mut Market>, change: &ParameterChange) -> Result<()> {
    match (change, market) {
        (ParameterChange::Fund(params), _) => fund.params = *params,
        (ParameterChange::Market(_, terms), Some(market)) => rates::adopt(market, terms)?,
        (ParameterChange::Oracle(_, oracle), Some(market)) => {
            market.oracle = *oracle;
            market.mend_until_ts = 0;
        }
        (ParameterChange::Close(_, end), Some(market)) => market.closing_ts = *end,
        (ParameterChange::FinalMark(_, price), Some(market)) => market.named_price = *price,
        (ParameterChange::Guardian(guardian), _) => fund.guardian = *guardian,
        (_, None) => return Err(BulkheadError::WrongMarket.into()),
    }
    Ok(())
}

/// Takes `amount` out of the treasury, never below its floor: the protocol keeps its skin in the
/// game.
///
/// # Errors
/// `TreasuryFloor`; `LossPending` while exits are blocked.
pub fn withdraw_treasury(fund: &mut Fund, amount: Money, now: i64) -> Result<()> {
    fund.require_exits_open(now)?;
    rewards::release(fund, now)?; // without shares they are the treasury's
    let left = fund.treasury.checked_sub(amount).ok_or(BulkheadError::TreasuryFloor)?;
    require!(left >= fund.treasury_floor()?, BulkheadError::TreasuryFloor);
    fund.treasury = left;
    Ok(())
}
