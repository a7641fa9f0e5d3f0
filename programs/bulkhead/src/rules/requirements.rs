//! Requirements: what a member must have for what it holds, over all its markets.

use {
    super::{assessment, calls, cover, premium, rates, shares, stress_call, MarketSource, Named},
    crate::{
        arithmetic::*,
        error::BulkheadError,
        state::{Fund, Market, Member},
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        breaker::less_severe,
        requirements::{Rates, Risk},
        units::{Money, Price},
    },
};

/// Returns requirements and profits of `member` over all its positions.
///
/// Every market that the member holds must be in `markets`, with a fresh mark: a caller cannot
/// leave out a market that does not suit it (P8).
///
/// # Errors
/// `WrongMarket`, `StaleMark`.
#[inline(always)]
pub fn risk(markets: &impl MarketSource, member: &Member, slot: u64, max_age_slots: u32) -> Result<Risk> {
    risk_by(markets, member, slot, max_age_slots, |market| Ok(market.risk_rates()), |_, _| None)
}

/// Returns the same for a member that takes over: see [`rates::of_takers`].
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn taker_risk(
    markets: &impl MarketSource,
    member: &Member,
    slot: u64,
    max_age_slots: u32,
) -> Result<Risk> {
    risk_by(markets, member, slot, max_age_slots, rates::of_takers, |_, _| None)
}

/// Returns the same as a default is judged by. Where a breaker has tripped, the price is the less
/// severe of the mark and its mean, so that one wild print defaults nobody. The mean catches up
/// within minutes.
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn risk_of_default(
    markets: &impl MarketSource,
    member: &Member,
    clock: &Clock,
    max_age_slots: u32,
) -> Result<Risk> {
    let judged = |market: &Market, lots: i64| {
        let halted = market.is_halted(clock.unix_timestamp);
        halted.then(|| less_severe(lots, market.mark.price, market.adjusted.mean_price()))
    };
    risk_by(markets, member, clock.slot, max_age_slots, |market| Ok(market.risk_rates()), judged)
}

/// `judged` is the price that a position counts at for liquidation and default, where it is not the
/// mark.
#[inline(always)]
fn risk_by(
    markets: &impl MarketSource,
    member: &Member,
    slot: u64,
    max_age_slots: u32,
    rates: impl Fn(&Market) -> Result<Rates>,
    judged: impl Fn(&Market, i64) -> Option<Price>,
) -> Result<Risk> {
    let mut risk = Risk::default();
    for held in member.positions.iter().filter(|held| !held.is_free()) {
        let market = markets.find(held.market).ok_or(BulkheadError::WrongMarket)?;
        markets.require_fresh(market, slot, max_age_slots)?;
        let position = premium::position_of(market, held)?;
        risk.add(&position, &market.risk_mark()?, market.scale()?, &rates(market)?)
            .map_err(BulkheadError::from)?;
        if let Some(price) = judged(market, held.lots) {
            risk.judge_at(&position, market.mark.price, price, market.scale()?).or_fail()?;
        }
    }
    Ok(risk)
}

/// What a change of position means to the risk of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskChange {
    /// The member holds more lots, or has changed sides.
    Adds,
    /// The member holds more lots, and the fund carried their risk already: they come from the
    /// house, or from a member below maintenance margin.
    TakesOver,
    /// The member holds fewer lots.
    Reduces {
        /// Whether the price took nothing out of the account.
        at_mark_or_better: bool,
        /// What must be free afterwards: see [`kept_free`].
        kept_free: Money,
    },
}

impl RiskChange {
    /// A trade between two members.
    pub fn traded(increase: bool, at_mark_or_better: bool, kept_free: Money) -> Self {
        if increase {
            Self::Adds
        } else {
            Self::Reduces { at_mark_or_better, kept_free }
        }
    }

    /// A take-over, at the mark or better.
    pub fn taken_over(increase: bool, kept_free: Money) -> Self {
        if increase {
            Self::TakesOver
        } else {
            Self::Reduces { at_mark_or_better: true, kept_free }
        }
    }
}

/// Checks what a member must meet after its position in `market` has changed, and updates the table
/// of exposures.
///
/// # Errors
/// - `BelowInitialMargin`, `AssessmentReserved`, `BelowRequiredContribution` or
///   `CoverLimitExceeded` when risk was added, `MemberReduceOnly` when it was taken over;
/// - `ReduceAtMarkOnly` or `InsufficientMargin` when a member below initial margin has reduced,
///   `AssessmentReserved` when what may be assessed is not free any more;
/// - as [`risk`].
#[inline(never)]
pub fn require_covered(
    fund: &mut Fund,
    market: &Market,
    others: &impl MarketSource,
    address: &Address,
    member: &mut Member,
    change: RiskChange,
    clock: &Clock,
) -> Result<()> {
    let max_age = fund.params.max_mark_age_slots;
    let markets = Named { market, others };
    let risk = match change {
        RiskChange::TakesOver => taker_risk(&markets, member, clock.slot, max_age)?,
        _ => risk(&markets, member, clock.slot, max_age)?,
    };
    let exposure = cover::update(fund, address, member, &risk)?;
    if let RiskChange::Reduces { at_mark_or_better, kept_free } = change {
        if !risk.meets_initial(member.margin).or_fail()? {
            require!(at_mark_or_better, BulkheadError::ReduceAtMarkOnly);
            // Not even the fee of a reducing trade may create a default (P7).
            require!(risk.equity(member.margin).or_fail()? >= 0, BulkheadError::InsufficientMargin);
        }
        if kept_free > 0 {
            require!(risk.free(member.margin).or_fail()? >= kept_free, BulkheadError::AssessmentReserved);
        }
        return Ok(());
    }
    let required = risk.required_contribution(fund.params.min_contribution);
    let missing = required.saturating_sub(exposure.contribution);
    if change == RiskChange::TakesOver {
        stress_call::require_not_called(member)?;
    }
    if change == RiskChange::TakesOver && fund.is_loss_pending() {
        calls::call_taker(member, missing, clock.unix_timestamp);
    } else {
        require!(missing == 0, BulkheadError::BelowRequiredContribution);
    }
    require_reserve(fund, member, &risk, clock.unix_timestamp)?;
    cover::require_within_limit(fund, &exposure)
}

/// Returns what a member must keep free of a trade: what may be asked of it by an assessment or by
/// a call that is due, as far as that is free before. A trade must not carry it out, not even one
/// that reduces risk; a member below initial margin can still reduce.
///
/// # Errors
/// As [`risk`].
#[inline(always)]
pub fn kept_free(fund: &Fund, member: &Member, markets: &impl MarketSource, clock: &Clock) -> Result<Money> {
    match reserve(fund, member, clock.unix_timestamp)? {
        0 => Ok(0), // nearly always
        reserve => {
            let risk = risk(markets, member, clock.slot, fund.params.max_mark_age_slots)?;
            Ok(reserve.min(risk.free(member.margin).or_fail()?))
        }
    }
}

/// Returns what must stay free above initial margin: what is due of an assessment, or may become
/// due, and a contribution call that is due.
#[inline(always)]
fn reserve(fund: &Fund, member: &Member, now: i64) -> Result<Money> {
    add(assessment::reserve(fund, member, now)?, calls::due(member, now))
}

/// Refuses unless the member meets initial margin and keeps above it what may be asked of it: see
/// [`kept_free`].
///
/// # Errors
/// `BelowInitialMargin`, `AssessmentReserved`.
pub fn require_reserve(fund: &Fund, member: &Member, risk: &Risk, now: i64) -> Result<()> {
    require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
    let reserve = reserve(fund, member, now)?;
    if reserve > 0 {
        require!(risk.free(member.margin).or_fail()? >= reserve, BulkheadError::AssessmentReserved);
    }
    Ok(())
}

/// Refuses unless the member's shares are worth the contribution that its positions require.
///
/// # Errors
/// `BelowRequiredContribution`; as [`risk`].
pub fn require_contribution(
    fund: &Fund,
    markets: &impl MarketSource,
    member: &Member,
    slot: u64,
) -> Result<()> {
    if !member.has_positions() {
        return Ok(());
    }
    let risk = risk(markets, member, slot, fund.params.max_mark_age_slots)?;
    let required = risk.required_contribution(fund.params.min_contribution);
    require!(shares::contribution(fund, member)? >= required, BulkheadError::BelowRequiredContribution);
    Ok(())
}
