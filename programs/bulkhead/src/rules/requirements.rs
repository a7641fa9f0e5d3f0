//! Requirements: the margin and the contribution that a member must have for its positions, over
//! all its markets.

use {
    super::{assessment, cover, interval::Prices, premium, rates, shares, MarketSource},
    crate::{
        arithmetic::OrFail,
        error::BulkheadError,
        state::{Fund, Market, Member},
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        requirements::{Mark, Rates, Risk},
        units::Pnl,
    },
};

/// Returns requirements and profits of `member` over all its positions, for what it does itself (U2).
///
/// Every market that the member holds must be in `markets`: a caller cannot leave out a market that
/// does not suit it (P8). A silent one counts at its interval B like every other.
///
/// # Errors
/// `WrongMarket`.
#[inline(always)]
pub fn risk(markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(markets, member, |market| Ok(market.risk_rates()), |prices| Ok(prices.mark()))
}

/// Returns the same for a member that takes over: see [`rates::of_takers`].
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn taker_risk(markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(markets, member, rates::of_takers, |prices| Ok(prices.mark()))
}

/// Returns the same as others judge the member to liquidate it (U1).
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn risk_of_liquidation(markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(markets, member, |market| Ok(market.risk_rates()), Prices::liquidating)
}

/// Returns the same as others judge the member to declare its default (U1).
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn risk_of_default(markets: &impl MarketSource, member: &Member) -> Result<Risk> {
    risk_by(markets, member, |market| Ok(market.risk_rates()), Prices::declaring)
}

#[inline(always)]
fn risk_by(
    markets: &impl MarketSource,
    member: &Member,
    rates: impl Fn(&Market) -> Result<Rates>,
    mark: impl Fn(&Prices) -> Result<Mark>,
) -> Result<Risk> {
    let mut risk = Risk::default();
    for held in member.positions.iter().filter(|held| !held.is_free()) {
        let (market, prices) = markets.priced(held.market)?;
        let position = premium::position_of(market, held)?;
        risk.add(&position, &mark(&prices)?, market.scale()?, &rates(market)?)
            .map_err(BulkheadError::from)?;
    }
    Ok(risk)
}

/// Returns a member's net profit at the prices at which a default realises its positions.
///
/// # Errors
/// As [`risk`].
#[inline(never)]
pub fn realised_profit(markets: &impl MarketSource, member: &Member) -> Result<Pnl> {
    let mut sum: Pnl = 0;
    for held in member.positions.iter().filter(|held| !held.is_free()) {
        let (market, prices) = markets.priced(held.market)?;
        let position = premium::position_of(market, held)?;
        let profit = position.profit(prices.realised(held.lots), market.scale()?).or_fail()?;
        sum = sum.checked_add(profit).ok_or(BulkheadError::Overflow)?;
    }
    Ok(sum)
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
    },
}

impl RiskChange {
    /// Returns the change of one side of a trade between two members.
    pub fn traded(increase: bool, at_mark_or_better: bool) -> Self {
        if increase {
            Self::Adds
        } else {
            Self::Reduces { at_mark_or_better }
        }
    }

    /// Lots from the house, or from a member below maintenance margin.
    pub fn taken_over(increase: bool, at_mark_or_better: bool) -> Self {
        if increase {
            Self::TakesOver
        } else {
            Self::Reduces { at_mark_or_better }
        }
    }
}

/// Checks what a member must meet after its position in a market has changed, and updates the table
/// of exposures.
///
/// # Errors
/// - `BelowInitialMargin`, `AssessmentReserved`, `BelowRequiredContribution` or
///   `CoverLimitExceeded` when risk was added;
/// - `ReduceAtMarkOnly` or `InsufficientMargin` when a member below initial margin has reduced;
/// - as [`risk`].
#[inline(never)]
pub fn require_covered(
    fund: &mut Fund,
    markets: &impl MarketSource,
    address: &Address,
    member: &Member,
    change: RiskChange,
    clock: &Clock,
) -> Result<()> {
    let risk = match change {
        RiskChange::TakesOver => taker_risk(markets, member)?,
        _ => risk(markets, member)?,
    };
    let exposure = cover::update(fund, address, member, &risk)?;
    if let RiskChange::Reduces { at_mark_or_better } = change {
        if !risk.meets_initial(member.margin).or_fail()? {
            require!(at_mark_or_better, BulkheadError::ReduceAtMarkOnly);
            // Not even the fee of a reducing trade may create a default (P7).
            require!(risk.equity(member.margin).or_fail()? >= 0, BulkheadError::InsufficientMargin);
        }
        return Ok(());
    }
    require_reserve(fund, member, &risk, clock.unix_timestamp)?;
    // After a total loss nobody can contribute before the house is empty. A member that takes over
    // from it then needs margin for the whole stress move, because nobody else has anything to
    // lose.
    if !(fund.total_shares.is_zero() && fund.is_loss_pending()) {
        let required = risk.required_contribution(fund.params.min_contribution);
        require!(exposure.contribution >= required, BulkheadError::BelowRequiredContribution);
    }
    cover::require_within_limit(fund, &exposure)
}

/// Refuses unless the member meets initial margin and keeps above it the amount that is due of an
/// assessment, or may become due.
///
/// # Errors
/// `BelowInitialMargin`, `AssessmentReserved`.
pub fn require_reserve(fund: &Fund, member: &Member, risk: &Risk, now: i64) -> Result<()> {
    require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
    let reserve = assessment::reserve(fund, member, now)?;
    if reserve > 0 {
        require!(risk.free(member.margin).or_fail()? >= reserve, BulkheadError::AssessmentReserved);
    }
    Ok(())
}

/// Refuses unless the member's shares are worth the contribution that its positions require.
///
/// # Errors
/// `BelowRequiredContribution`; as [`risk`].
pub fn require_contribution(fund: &Fund, markets: &impl MarketSource, member: &Member) -> Result<()> {
    if !member.has_positions() {
        return Ok(());
    }
    let risk = risk(markets, member)?;
    let required = risk.required_contribution(fund.params.min_contribution);
    require!(shares::contribution(fund, member)? >= required, BulkheadError::BelowRequiredContribution);
    Ok(())
}
