//! Requirements: the margin and the contribution that a member must have for its positions, over
//! all its markets.

use {
    super::{
        assessment, calls, cover_two, gains_cut, interval::Prices, premium, rates, shares, stress_call,
        vesting, MarketSource,
    },
    crate::{
        arithmetic::*,
        error::BulkheadError,
        state::{Exposure, Fund, Market, Member},
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        requirements::{Mark, Rates, Risk},
        units::{to_pnl, Money, Pnl},
    },
};

/// Returns requirements and profits of `member` over all its positions, for what it does itself (U2).
/// What is locked for offers that are taken counts as if it was asked for already.
///
/// Every market that the member holds must be in `markets`: a caller cannot leave out a market that
/// does not suit it (P8). A silent one counts at its interval B like every other.
///
/// # Errors
/// `WrongMarket`.
#[inline(always)]
pub fn risk(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(fund, markets, member, true, |market| Ok(market.risk_rates()), |prices| Ok(prices.mark()))
}

/// Returns the same for a member that takes over: see [`rates::of_takers`].
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn taker_risk(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(fund, markets, member, true, rates::of_takers, |prices| Ok(prices.mark()))
}

/// Returns the same as others judge the member to liquidate it (U1).
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn risk_of_liquidation(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(fund, markets, member, false, |market| Ok(market.risk_rates()), Prices::liquidating)
}

/// Returns the same as others judge the member to declare its default (U1).
///
/// # Errors
/// As [`risk`].
pub fn risk_of_default(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    Ok(risk_and_silence(fund, markets, member)?.0)
}

/// Returns it, and whether a market that the member holds has no recent print.
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn risk_and_silence(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<(Risk, bool)> {
    let mut silent = false;
    let declaring = |prices: &Prices| {
        silent |= !prices.is_recent;
        prices.declaring()
    };
    let risk = risk_by(fund, markets, member, false, |market| Ok(market.risk_rates()), declaring)?;
    Ok((risk, silent))
}

#[inline(always)]
fn risk_by(
    fund: &Fund,
    markets: &impl MarketSource,
    member: &Member,
    for_itself: bool,
    rates: impl Fn(&Market) -> Result<Rates>,
    mut mark: impl FnMut(&Prices) -> Result<Mark>,
) -> Result<Risk> {
    // A claim to a registered gain counts like profit that is not settled.
    let (others, oneself) = claim_of(fund, member)?;
    let unvested = vesting::unvested(fund, member)?;
    let mut risk = Risk {
        profit: others,
        profit_adverse: oneself,
        profit_favourable: others,
        unvested,
        ..Risk::default()
    };
    if for_itself && member.locked > 0 {
        risk.initial = member.locked;
        risk.contribution = member.locked_contribution;
        risk.locked_stress = member.locked_stress;
    }
    for held in member.held() {
        let (market, prices) = markets.priced(held.market)?;
        let position = premium::position_of(market, held)?;
        risk.add(&position, &mark(&prices)?, market.scale()?, &rates(market)?)
            .map_err(BulkheadError::from)?;
    }
    Ok(risk)
}

/// Returns what a member's claim to a registered gain is worth to others, and for what it does itself.
#[inline(always)]
fn claim_of(fund: &Fund, member: &Member) -> Result<(Pnl, Pnl)> {
    if member.gain_claim.round == 0 {
        return Ok((0, 0)); // nearly always
    }
    let others = to_pnl(gains_cut::worth_to_others(fund, member)?).or_fail()?;
    Ok((others, to_pnl(gains_cut::worth_to_oneself(fund, member)?).or_fail()?))
}

/// Returns a member's net profit at the prices at which a default realises its positions.
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn realised_profit(markets: &impl MarketSource, member: &Member) -> Result<Pnl> {
    let mut sum: Pnl = 0;
    for held in member.held() {
        let (market, prices) = markets.priced(held.market)?;
        let position = premium::position_of(market, held)?;
        let profit = position.profit(prices.realised(held.lots), market.scale()?).or_fail()?;
        sum = sum.checked_add(profit).ok_or(BulkheadError::Overflow)?;
    }
    Ok(sum)
}

/// Returns the same for a member without a silent leg: a default realises its positions at the prices
/// that it was judged by, as `risk` of [`risk_of_default`] has them beside its claim.
pub fn judged_profit(fund: &Fund, member: &Member, risk: &Risk) -> Result<Pnl> {
    let (claim, _) = claim_of(fund, member)?;
    risk.profit_favourable.checked_sub(claim).ok_or_else(|| BulkheadError::Overflow.into())
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
        /// Margin that was free before, as far as some of it must stay free: see [`free_before`].
        free_before: Money,
    },
    /// A taking is filled. The member has met everything when it was taken, and is judged as if it had
    /// traded then: it must not be one that others may liquidate. Were initial margin, contribution, the
    /// cover limit or a stress call asked again, whoever can lower its own by an act, and raise it by
    /// another, would decide after the print whether the fill is made (P7).
    Fills {
        /// Whether the member holds more lots, or has changed sides.
        adds: bool,
        /// Whether the price took nothing out of the account.
        at_mark_or_better: bool,
    },
}

impl RiskChange {
    /// Returns the change of one side of a trade between two members.
    pub fn traded(increase: bool, at_mark_or_better: bool, free_before: Money) -> Self {
        if increase {
            Self::Adds
        } else {
            Self::Reduces { at_mark_or_better, free_before }
        }
    }

    /// Returns the change of one side of an offer that is filled.
    pub fn filled(adds: bool, at_mark_or_better: bool) -> Self {
        Self::Fills { adds, at_mark_or_better }
    }

    /// Lots from the house, or from a member below maintenance margin.
    pub fn taken_over(increase: bool, at_mark_or_better: bool, free_before: Money) -> Self {
        if increase {
            Self::TakesOver
        } else {
            Self::Reduces { at_mark_or_better, free_before }
        }
    }
}

/// Checks what a member must meet after its position in a market has changed, and updates the table
/// of exposures.
///
/// With a `doubt`, of a trade that is tried to take an offer, it must meet initial margin whatever it
/// does. A doubt above zero counts besides as initial margin and as stress loss.
///
/// # Errors
/// - `BelowInitialMargin`, `AssessmentReserved`, `BelowRequiredContribution` or
///   `CoverLimitExceeded` when risk was added or taken over, `MemberReduceOnly` by one that is called;
/// - `ReduceAtMarkOnly` or `InsufficientMargin` when a member below initial margin has reduced,
///   `AssessmentReserved` when what may be assessed is not free any more;
/// - with a doubt: `BelowInitialMargin`, `CoverLimitExceeded`;
/// - of a fill: `InsufficientMargin` for a side below maintenance margin that adds risk, `ReduceAtMarkOnly`
///   or `InsufficientMargin` for one that reduces;
/// - as [`risk`].
#[inline(never)]
pub fn require_covered(
    fund: &mut Fund,
    markets: &impl MarketSource,
    address: &Address,
    member: &mut Member,
    change: RiskChange,
    doubt: Option<Money>,
    clock: &Clock,
) -> Result<()> {
    let risk = match change {
        RiskChange::TakesOver => taker_risk(fund, markets, member)?,
        _ => risk(fund, markets, member)?,
    };
    let exposure = cover_two::update(fund, address, member, &risk)?;
    require_change(fund, member, &risk, &exposure, change, clock)?;
    match doubt {
        None => Ok(()),
        Some(doubt) => require_bears(fund, member, risk, exposure, doubt),
    }
}

/// Checks what a change of position asks for.
#[inline(always)]
fn require_change(
    fund: &Fund,
    member: &mut Member,
    risk: &Risk,
    exposure: &Exposure,
    change: RiskChange,
    clock: &Clock,
) -> Result<()> {
    if let RiskChange::Fills { adds, at_mark_or_better } = change {
        if risk.meets_maintenance(member.margin).or_fail()? {
            return Ok(());
        }
        require!(!adds, BulkheadError::InsufficientMargin);
        return require_reduces_well(risk, member, at_mark_or_better);
    }
    if let RiskChange::Reduces { at_mark_or_better, free_before } = change {
        if !risk.meets_initial(member.margin).or_fail()? {
            require_reduces_well(risk, member, at_mark_or_better)?;
        }
        if free_before > 0 {
            let kept = reserve(fund, member, risk, clock.unix_timestamp)?.min(free_before);
            require!(risk.free(member.margin).or_fail()? >= kept, BulkheadError::AssessmentReserved);
        }
        return Ok(());
    }
    let required = risk.required_contribution(fund.params.min_contribution);
    let missing = shares::missing(fund, member, required)?;
    stress_call::require_not_called(member)?;
    let is_called = change == RiskChange::TakesOver && fund.blocks_exits(clock.unix_timestamp);
    if is_called {
        calls::call_taker(member, missing, fund.exits.secs());
    }
    require_reserve(fund, member, risk, clock.unix_timestamp)?;
    require!(is_called || missing == 0, BulkheadError::BelowRequiredContribution);
    cover_two::require_within_limit(fund, exposure)
}

/// Refuses a member that does not meet initial margin and the cover limit with so much doubt in a price.
#[inline(never)]
fn require_bears(
    fund: &Fund,
    member: &Member,
    mut risk: Risk,
    mut exposure: Exposure,
    doubt: Money,
) -> Result<()> {
    risk.initial = add(risk.initial, doubt)?;
    require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
    if doubt > 0 {
        risk.locked_stress = add(risk.locked_stress, doubt)?;
        if exposure.stress_loss == 0 {
            exposure.contribution = shares::contribution(fund, member)?; // see `cover_two::update`
        }
        exposure.stress_loss = cover_two::stress_loss(fund, member, &risk)?;
        cover_two::require_within_limit(fund, &exposure)?;
    }
    Ok(())
}

/// Refuses a reducing trade that takes more out of an account than the mark says, or leaves it below zero.
///
/// # Errors
/// `ReduceAtMarkOnly`, `InsufficientMargin`.
fn require_reduces_well(risk: &Risk, member: &Member, at_mark_or_better: bool) -> Result<()> {
    require!(at_mark_or_better, BulkheadError::ReduceAtMarkOnly);
    // Not even the fee of a reducing trade may create a default (P7).
    require!(risk.equity(member.margin).or_fail()? >= 0, BulkheadError::InsufficientMargin);
    Ok(())
}

/// Returns the margin that a member has free before a trade, or zero if nothing of it must stay free.
///
/// What may be asked of the member by an assessment, or by a call that is due, must be free after the
/// trade as far as it is before. No trade may carry it out, not even one that reduces risk; a member
/// below initial margin can still reduce.
///
/// # Errors
/// As [`risk`].
#[inline(always)]
pub fn free_before(
    fund: &Fund,
    member: &Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<Money> {
    if !is_asked(fund, member, clock.unix_timestamp)? {
        return Ok(0); // nearly always
    }
    risk(fund, markets, member)?.free(member.margin).or_fail()
}

/// Returns `true` if anything may be asked of the member: see [`free_before`].
#[inline(always)]
pub fn is_asked(fund: &Fund, member: &Member, now: i64) -> Result<bool> {
    Ok(assessment::reserve(fund, member, now)? > 0 || calls::is_due(fund, member))
}

/// Returns what must stay free above initial margin: what is due of an assessment, or may become
/// due, and what is missing of a contribution call that is due.
#[inline(always)]
fn reserve(fund: &Fund, member: &Member, risk: &Risk, now: i64) -> Result<Money> {
    add(assessment::reserve(fund, member, now)?, calls::due(fund, member, risk)?)
}

/// Refuses unless the member meets initial margin and keeps above it what may be asked of it: see
/// [`free_before`].
///
/// # Errors
/// `BelowInitialMargin`, `AssessmentReserved`.
pub fn require_reserve(fund: &Fund, member: &Member, risk: &Risk, now: i64) -> Result<()> {
    require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
    require_reserve_kept(fund, member, risk, now)
}

/// Refuses unless the member keeps free what may be asked of it.
///
/// # Errors
/// `AssessmentReserved`.
#[inline(always)]
pub fn require_reserve_kept(fund: &Fund, member: &Member, risk: &Risk, now: i64) -> Result<()> {
    let reserve = reserve(fund, member, risk, now)?;
    if reserve > 0 {
        require!(risk.free(member.margin).or_fail()? >= reserve, BulkheadError::AssessmentReserved);
    }
    Ok(())
}

/// Refuses unless a member whose contribution has left keeps what its positions require, and meets
/// initial margin.
///
/// # Errors
/// `BelowRequiredContribution`, `BelowInitialMargin`; as [`risk`].
pub fn require_stays_sound(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<()> {
    if !member.has_positions() {
        return Ok(());
    }
    let risk = risk(fund, markets, member)?;
    let required = risk.required_contribution(fund.params.min_contribution);
    require!(shares::contribution(fund, member)? >= required, BulkheadError::BelowRequiredContribution);
    require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
    Ok(())
}

/// Returns a member's equity as a watch is judged by: at the marks, of which all that are not silent
/// are recent.
///
/// # Errors
/// `StaleMark`; as [`risk`].
pub fn watched_equity(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<Pnl> {
    require_recent_or_silent(markets, member)?;
    risk(fund, markets, member)?.equity(member.margin).or_fail()
}

/// Refuses a member that holds a market whose mark could be newer: one that is neither recent nor silent.
///
/// # Errors
/// `StaleMark`; as [`risk`].
pub fn require_recent_or_silent(markets: &impl MarketSource, member: &Member) -> Result<()> {
    for held in member.held() {
        let (_, prices) = markets.priced(held.market)?;
        require!(!prices.is_fresh || prices.is_recent, BulkheadError::StaleMark);
    }
    Ok(())
}
