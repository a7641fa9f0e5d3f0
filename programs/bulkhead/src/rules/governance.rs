//! Governance: new markets, changes of parameters with their timelock, and the treasury.

use {
    super::{cover_two, exit, final_price, house, interval::Moment, rates, rewards, MarketSource},
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        final_price::Conversion,
        units::{Money, Scale},
        MathError,
    },
};

/// Opens a market with these parameters.
///
/// # Errors
/// `TooManyMarkets`, `MarketIndexTaken`; `ParameterOutOfBounds`, `MarginWithinPriceBand`,
/// `ScaleTooSmall`.
#[inline(always)]
pub fn open_market(
    fund: &mut Fund,
    market: &mut Market,
    index: u16,
    params: &MarketParams,
    now: i64,
) -> Result<()> {
    require!(index < MAX_MARKETS, BulkheadError::TooManyMarkets);
    require!(index == fund.market_count, BulkheadError::MarketIndexTaken);
    params.validate(&fund.params)?;
    let scale = Scale::from_decimals(params.price_decimals, params.lot_decimals, fund.quote_decimals);
    let scale = scale.map_err(|error| match error {
        MathError::Underflow => BulkheadError::ScaleTooSmall,
        other => other.into(),
    })?;
    market.version = VERSION;
    market.price_decimals = params.price_decimals;
    market.lot_decimals = params.lot_decimals;
    market.index = index;
    market.oracle = params.oracle;
    market.scale = scale.get();
    rates::adopt(market, &params.terms);
    market.opened_ts = now;
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

/// Returns how many seconds of the exit clock a change waits from queueing, as judged by what is in
/// force now. Where that has changed since it was queued, the longer wait holds.
///
/// A change that may make somebody worse off waits longer than notice period and claim window, so
/// that everybody who disagrees has left before. One that can neither block, liquidate nor lock
/// anybody waits a day.
#[inline(always)]
pub fn timelock(fund: &Fund, market: Option<&Market>, change: &ParameterChange) -> u64 {
    let safer = match (change, market) {
        (ParameterChange::Fund(change), _) => change.onto(&fund.params).is_safer_than(&fund.params),
        (ParameterChange::Market(_, change), Some(market)) => {
            let now = market.terms();
            change.onto(&now).is_safer_than(&now)
        }
        _ => false,
    };
    if safer && !moves_what_covers_take(fund, change) {
        TIMELOCK_SECS
    } else {
        TIMELOCK_SECS.saturating_add(fund.params.leave_secs())
    }
}

/// Returns `true` if a change moves a loss of a cover between treasury and contributions.
fn moves_what_covers_take(fund: &Fund, change: &ParameterChange) -> bool {
    let ParameterChange::Fund(change) = change else { return false };
    let (now, next) = (&fund.params, change.onto(&fund.params));
    let floor = |params: &FundParams| (params.treasury_floor, params.treasury_floor_bps);
    fund.covers > 0 && floor(&next) != floor(now)
}

/// Refuses a change whose time has not come, or has passed. The wait is judged by what is in force
/// now; see [`timelock`].
///
/// A change that waits until everybody could have left waits for a week at least, in chain time, if
/// withdrawals or trades were paused since it was queued. Otherwise a thief of both keys could keep
/// margins in by pauses while a shorter timelock runs out. In a week, of two parts that are paused
/// for three days at a time and rest for as long, first the one and then the other is free. More
/// pauses make it no longer: a guardian cannot put a change off for ever.
///
/// # Errors
/// `ChangeNotReady`, `ChangeExpired`; `LossPending` while exits are blocked, unless it can lock nobody;
/// `OracleNotSilent` for a mend of a feed that is heard.
pub fn require_due(
    fund: &Fund,
    market: Option<&Market>,
    record: &QueuedChange,
    change: &ParameterChange,
    now: i64,
) -> Result<()> {
    let wait = timelock(fund, market, change);
    record.require_due(wait, &fund.exits.clock(), now)?;
    if record.in_chain_time.get() {
        let mends = market.is_some_and(|market| mends_feed(market, change));
        require!(mends, BulkheadError::OracleNotSilent);
    } else if longer_wait(record, wait) > TIMELOCK_SECS {
        // One that was kept back would otherwise come into force while nobody can leave.
        fund.require_exits_open(now)?;
    }
    require!(now >= rests_until(fund, record, wait), BulkheadError::ChangeNotReady);
    Ok(())
}

/// Returns until when a change that waits for `wait` seconds waits because of pauses; see
/// [`require_due`].
pub fn rests_until(fund: &Fund, record: &QueuedChange, wait: u64) -> i64 {
    let is_safer = longer_wait(record, wait) <= TIMELOCK_SECS;
    let paused = fund.last_pause_of(pause::NOVATE | pause::WITHDRAW_MARGIN) > record.queued_ts;
    if is_safer || !paused {
        return record.queued_ts;
    }
    record.queued_ts.saturating_add(PAUSED_TIMELOCK_SECS)
}

/// Returns the longer wait of a change: as judged when it was queued, and `wait`, as judged now.
fn longer_wait(record: &QueuedChange, wait: u64) -> u64 {
    wait.max(record.ready_secs.saturating_sub(record.queued_secs))
}

/// Refuses a change that is outside the hard bounds, or would bring another parameter outside them.
///
/// # Errors
/// - `ParameterOutOfBounds`, `MarginWithinPriceBand`;
/// - `CoversLive` for a change that covers are promised not to see;
/// - `WindDown` for another end of a wind-down that has begun;
/// - as [`final_price::require_movable_end`] for another end of a market;
/// - as [`final_price::require_nameable`];
/// - `StaleMark` for a higher stress rate or another end of a silent market: nobody could close a position
///   before;
/// - `WrongMarket` when the market is not given.
pub fn validate(
    fund: &Fund,
    market: Option<&Market>,
    change: &ParameterChange,
    moment: &Moment,
) -> Result<()> {
    let now = moment.now;
    match (change, market) {
        (ParameterChange::Fund(change), _) => {
            change.require_known()?;
            let params = change.onto(&fund.params);
            params.validate()?;
            // Initial margins were measured against the fee: a higher one could use them up (P7).
            require!(
                params.clearing_fee_bps <= fund.params.clearing_fee_bps,
                BulkheadError::MarginWithinPriceBand
            );
            // Whoever is covered, and whoever may have to pay for it, relies on them.
            let keeps =
                params.allows_covers() && params.cover_min_notice_secs >= fund.params.cover_min_notice_secs;
            require!(fund.covers == 0 || keeps, BulkheadError::CoversLive);
            // The end of all markets hangs on it: nobody chooses another one when it is known.
            let moves_end = params.wind_down_secs != fund.params.wind_down_secs;
            require!(!moves_end || fund.status != FundStatus::WindDown, BulkheadError::WindDown);
            Ok(())
        }
        (ParameterChange::Market(_, change), Some(market)) => {
            change.require_known()?;
            let terms = change.onto(&market.terms());
            MarketParams { terms, ..market.params() }.validate(&fund.params)?;
            // A final mark is named within it: nobody could close a position before it is wider.
            let widens = terms.rates.stress_bps > market.base_rates.stress_bps;
            require!(!widens || moment.is_fresh(market), BulkheadError::StaleMark);
            if terms.expires_ts != market.expires_ts {
                final_price::require_movable_end(fund, market, terms.expires_ts, now)?;
                require!(moment.is_fresh(market), BulkheadError::StaleMark);
            }
            Ok(())
        }
        (ParameterChange::Oracle(_, change), Some(market)) => {
            change.require_known()?;
            MarketParams { oracle: change.onto(&market.oracle), ..market.params() }.validate(&fund.params)
        }
        (ParameterChange::NewMarket(params), _) => params.validate(&fund.params),
        (ParameterChange::Guardian(_), _) => Ok(()),
        (ParameterChange::NewCover(terms), _) => terms.validate(),
        (ParameterChange::RaiseCover(..) | ParameterChange::ResumeCover(_), _) => Ok(()),
        (ParameterChange::Close(_, end), Some(market)) => {
            require!(*end != 0, BulkheadError::ClosingTooSoon);
            final_price::require_movable_end(fund, market, *end, now)?;
            require!(moment.is_fresh(market), BulkheadError::StaleMark);
            Ok(())
        }
        (ParameterChange::FinalMark(_, price), Some(market)) => {
            final_price::require_nameable(market, moment.is_fresh(market), *price, now)
        }
        (_, None) => Err(BulkheadError::WrongMarket.into()),
    }
}

/// Returns `true` if a change touches only the decimals in which the market's feed is published, while it
/// is silent for them, and every price converts exactly. It waits in the chain's time, whether exits are open or not: a
/// market that nobody can read may be what blocks them.
pub fn mends_feed(market: &Market, change: &ParameterChange) -> bool {
    let ParameterChange::Oracle(_, change) = change else { return false };
    let decimals = change.values.feed_decimals;
    let exact = Conversion::new(decimals, market.price_decimals).is_ok_and(|known| known.is_exact());
    market.silence == Silence::Exponent && exact && change.names().eq(["feed_decimals"])
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

/// Puts a change in force: what it touches, and nothing else.
///
/// # Errors
/// `WrongMarket` when the market is not given; `WrongRecord` for a new market, which
/// [`open_market`] opens, and for covers, which have instructions of their own.
#[inline(always)]
pub fn apply(fund: &mut Fund, market: Option<&mut Market>, change: &ParameterChange, now: i64) -> Result<()> {
    match (change, market) {
        (ParameterChange::Fund(change), _) => fund.params = change.onto(&fund.params),
        (ParameterChange::Market(_, change), Some(market)) => {
            rates::run_until(market, now)?;
            rates::adopt(market, &change.onto(&market.terms()));
        }
        (ParameterChange::Oracle(_, change), Some(market)) => {
            market.oracle = change.onto(&market.oracle);
            market.mend_until_ts = 0;
        }
        (ParameterChange::Close(_, end), Some(market)) => market.closing_ts = *end,
        (ParameterChange::FinalMark(_, price), Some(market)) => market.named_price = *price,
        (ParameterChange::Guardian(guardian), _) => {
            fund.guardian = *guardian;
            fund.guardian_veto_ts = 0; // the next one has not vetoed yet
        }
        (ParameterChange::NewMarket(_) | ParameterChange::NewCover(_), _)
        | (ParameterChange::RaiseCover(..) | ParameterChange::ResumeCover(_), _) => {
            return Err(BulkheadError::WrongRecord.into())
        }
        (_, None) => return Err(BulkheadError::WrongMarket.into()),
    }
    Ok(())
}

/// Counts a veto of the guardian, if it is one of its own replacement. Once it has vetoed one, it
/// can veto none that is queued within [`GUARDIAN_VETO_SECS`]: otherwise a long timelock would
/// bring it to the next veto.
///
/// # Errors
/// `VetoedTooOften`.
pub fn note_veto(fund: &mut Fund, record: &QueuedChange, now: i64) -> Result<()> {
    if matches!(record.change()?, ParameterChange::Guardian(_)) {
        let last = fund.guardian_veto_ts;
        let rest = last..last.saturating_add(GUARDIAN_VETO_SECS);
        let may = last == 0 || !rest.contains(&now) && !rest.contains(&record.queued_ts);
        require!(may, BulkheadError::VetoedTooOften);
        fund.guardian_veto_ts = now;
    }
    Ok(())
}

/// Asks `amount` back from the treasury. It waits like a contribution that leaves, and is liable
/// until it is paid.
///
/// # Errors
/// `WithdrawalPending`.
pub fn request_treasury(fund: &mut Fund, to: Address, amount: Money) -> Result<()> {
    require!(fund.treasury_notice == 0, BulkheadError::WithdrawalPending);
    fund.treasury_ready_secs = add(fund.exits.secs(), u64::from(fund.params.notice_secs))?;
    fund.treasury_exit_secs = 0;
    fund.treasury_notice = amount;
    fund.treasury_to = to;
    Ok(())
}

/// Takes a request back.
///
/// # Errors
/// `NoWithdrawal`.
pub fn cancel_treasury(fund: &mut Fund) -> Result<()> {
    require!(fund.treasury_notice > 0, BulkheadError::NoWithdrawal);
    fund.treasury_notice = 0;
    fund.treasury_ready_secs = 0;
    fund.treasury_exit_secs = 0;
    fund.treasury_to = Address::default();
    Ok(())
}

/// Commits to a due request, or takes its money out. Without `exit_delay_slots` the first call does
/// both. Returns the money that is to be paid now.
///
/// Unlike a member, the treasury is never overdue: both calls ask for floor and cover. A commitment
/// whose minute has passed is not made again: renewed at will it would be an option to leave in a
/// crash (P6).
///
/// # Errors
/// - `LossPending` while exits are blocked, or would be without the money;
/// - `NoWithdrawal`, `WithdrawalNotDue` or `WithdrawalExpired` outside the claim window, or outside
///   the slots in which a commitment is paid;
/// - `TreasuryFloor`: the protocol keeps its skin in the game;
/// - `CoverTwoExceeded` if the rest does not cover the two largest exposures.
pub fn claim_treasury(fund: &mut Fund, markets: &impl MarketSource, now: i64) -> Result<Option<Money>> {
    fund.require_exits_open(now)?;
    require!(house::waivers_hold(fund, markets)?, BulkheadError::LossPending);
    let amount = fund.treasury_notice;
    require!(amount > 0, BulkheadError::NoWithdrawal);
    exit::require_window(fund, fund.treasury_ready_secs)?;
    rewards::release(fund, now)?; // without shares they are the treasury's
    let left = fund.treasury.checked_sub(amount).ok_or(BulkheadError::TreasuryFloor)?;
    require!(left >= fund.treasury_floor()?, BulkheadError::TreasuryFloor);
    require!(cover_two::covers_two_with(fund, left)?, BulkheadError::CoverTwoExceeded);
    // It stands for what the houses of silent markets may still lose.
    require!(
        fund.waived_at_risk <= left.saturating_add(fund.cushion_round.money),
        BulkheadError::LossPending
    );
    if fund.treasury_exit_secs == 0 && exit::delay(fund) > 0 {
        fund.treasury_exit_secs = add(fund.exits.secs(), exit::delay(fund))?;
        return Ok(None);
    }
    exit::require_committed(fund, fund.treasury_exit_secs)?;
    cancel_treasury(fund)?;
    fund.treasury = left;
    Ok(Some(amount))
}
