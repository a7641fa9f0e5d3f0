use {
    crate::{error::*, events::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        fees::plan_fee,
        position::Position,
        risk::{notional, Risk},
        rounding::widening_mul,
        units::{Bps, Price},
    },
};

/// Two members agree on a trade; the fund becomes the counterparty of each.
///
/// - Both sign, owner or delegate (`NotTrader`), and are two different members.
/// - The price is within the market's band around a fresh mark (`PriceOutsideBand`, `StaleMark`), which a wind-down has not
///   made final (`MarketClosed`).
/// - Each side pays the clearing fee from its margin (`InsufficientMargin`).
/// - A side that adds risk must then meet initial margin (`BelowInitialMargin`), the contribution requirement
///   (`BelowRequiredContribution`) and the cover limit (`CoverLimitExceeded`), and keep free what may be assessed
///   (`AssessmentReserved`). It may not while novation is paused
///   (`Paused`), before the market opens (`MarketNotOpen`), or while a default is open in the market
///   (`MarketReduceOnly`), after the price has moved too far (`BreakerTripped`), or while a loss of the fund is unfunded
///   (`LossPending`).
/// - A side that is below initial margin may only reduce, and only at the mark or better for itself
///   (`ReduceAtMarkOnly`): value cannot be walked out of a failing account. Its equity must stay positive
///   (`InsufficientMargin`).
///
/// Remaining accounts: the other markets either side holds.
#[derive(Accounts)]
pub struct Novate {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market traded.
    #[account(mut)]
    pub market: Account<Market>,
    /// Receives the lots.
    #[account(mut)]
    pub buyer: Account<Member>,
    /// Gives the lots.
    #[account(mut)]
    pub seller: Account<Member>,
    /// Signs for the buyer.
    pub buyer_signer: Signer,
    /// Signs for the seller.
    pub seller_signer: Signer,
}

impl Novate {
    fn validate(&self, lots: u64, price: Price, clock: &Clock) -> Result<()> {
        let Self { fund, market, buyer, seller, buyer_signer, seller_signer } = self;
        fund.check()?;
        market.check(fund.address())?;
        buyer.check(fund.address())?;
        seller.check(fund.address())?;
        buyer.require_trader(buyer_signer.address())?;
        seller.require_trader(seller_signer.address())?;
        buyer.require_not_defaulted()?;
        seller.require_not_defaulted()?;
        require!(lots > 0, BulkheadError::ZeroAmount);
        market.require_not_final()?;
        market.require_fresh(clock.slot, fund.params.max_mark_age_slots)?;
        // |price - mark| <= mark * band, cross-multiplied: exact.
        let distance = widening_mul(price.abs_diff(market.mark.price), Bps::ONE);
        let band = widening_mul(market.mark.price, u64::from(market.price_band_bps));
        require!(price > 0 && distance <= band, BulkheadError::PriceOutsideBand);
        Ok(())
    }

    /// See [`Novate`].
    pub fn handler(ctx: &mut Context<Self>, lots: u64, price: Price) -> Result<()> {
        let clock = Clock::get()?;
        ctx.accounts.validate(lots, price, &clock)?;
        let others = Markets::load(&ctx.remaining_accounts()?, ctx.accounts.fund.address())?;
        let Self { fund, market, buyer, seller, .. } = &mut ctx.accounts;
        let params = fund.params;
        let lots = i64::try_from(lots).map_err(|_| BulkheadError::Overflow)?;

        let value = notional(lots, price, market.scale()?).or_fail()?;
        let fee = plan_fee(value, Bps(params.clearing_fee_bps), Bps(params.reward_share_bps)).or_fail()?;
        let bought = trade(fund, market, buyer, lots, price, &clock)?;
        let sold = trade(fund, market, seller, neg(lots)?, price, &clock)?;
        fund.take_fee(buyer, fee.fee)?;
        fund.take_fee(seller, fee.fee)?;
        fund.share_fees(add(fee.to_rewards, fee.to_rewards)?, add(fee.to_treasury, fee.to_treasury)?)?;

        let bought = Change::new(bought, price <= market.mark.price);
        let sold = Change::new(sold, price >= market.mark.price);
        require_covered(fund, market, &others, buyer, bought, &clock)?;
        require_covered(fund, market, &others, seller, sold, &clock)?;
        require!(
            market.open_interest <= market.max_open_interest || (bought != Change::Adds && sold != Change::Adds),
            BulkheadError::OpenInterestLimit
        );
        fund.invariant()?;
        emit!(Novated {
            buyer: *buyer.address(),
            seller: *seller.address(),
            lots,
            price,
            fee: fee.fee,
            market: u64::from(market.index),
        });
        Ok(())
    }
}

/// Books `lots` bought at `price`; whether that adds risk.
#[inline(never)]
fn trade(
    fund: &mut Fund,
    market: &mut Market,
    member: &mut Member,
    lots: i64,
    price: Price,
    clock: &Clock,
) -> Result<bool> {
    let before = fund.touch_position(market, member)?;
    let after = before.trade(lots, price).or_fail()?;
    move_position(fund, market, member, before, after)?;
    let increase = before.is_increase(&after);
    if increase {
        fund.require_not_paused(pause::NOVATE, clock.unix_timestamp)?;
        require!(fund.status == FundStatus::Active, BulkheadError::LossPending);
        require!(clock.unix_timestamp >= market.opens_ts, BulkheadError::MarketNotOpen);
        require!(!market.is_in_default(fund), BulkheadError::MarketReduceOnly);
        require!(!market.is_halted(clock.unix_timestamp), BulkheadError::BreakerTripped);
    }
    Ok(increase)
}

/// Writes a position that was `before`, pending cuts taken, and keeps the market's totals.
#[inline(never)]
pub fn move_position(
    fund: &Fund,
    market: &mut Market,
    member: &mut Member,
    before: Position,
    after: Position,
) -> Result<()> {
    if before.is_empty() && after.is_empty() {
        return Ok(());
    }
    market.move_open_interest(before.lots, after.lots)?;
    let in_default = market.is_in_default(fund);
    market.write(member.slot_or_free(market.index)?, after, in_default)
}

/// What is due, or may become due, of an assessment stays above initial margin.
pub fn require_reserve(fund: &Fund, member: &Member, risk: &Risk, clock: &Clock) -> Result<()> {
    require!(risk.meets_initial(member.margin).or_fail()?, BulkheadError::BelowInitialMargin);
    let reserve = fund.assessment_reserve(member, clock.unix_timestamp)?;
    if reserve > 0 {
        require!(risk.free(member.margin).or_fail()? >= reserve, BulkheadError::AssessmentReserved);
    }
    Ok(())
}

/// What a change of position did to its owner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// More lots, or the other side.
    Adds,
    /// The same, of risk that the fund has already: from the house, or from a member below maintenance.
    TakesOver,
    /// Fewer lots.
    Reduces {
        /// At a price that takes nothing out of the account.
        at_mark_or_better: bool,
    },
}

impl Change {
    /// Whether lots were added, and at which price.
    pub fn new(increase: bool, at_mark_or_better: bool) -> Self {
        if increase {
            Self::Adds
        } else {
            Self::Reduces { at_mark_or_better }
        }
    }

    /// Whether lots were added, by taking over at the mark or better.
    pub fn taken_over(increase: bool) -> Self {
        if increase {
            Self::TakesOver
        } else {
            Self::Reduces { at_mark_or_better: true }
        }
    }
}

/// What a member must meet after its position has changed; what it endangers is noted.
#[inline(never)]
pub fn require_covered(
    fund: &mut Fund,
    market: &Market,
    others: &Markets,
    member: &Account<Member>,
    change: Change,
    clock: &Clock,
) -> Result<()> {
    let max_age = fund.params.max_mark_age_slots;
    let risk = match change {
        Change::TakesOver => others.taker_risk(member, market, clock.slot, max_age)?,
        _ => others.risk(member, Some(market), clock.slot, max_age)?,
    };
    let exposure = fund.expose(member, &risk)?;
    if let Change::Reduces { at_mark_or_better } = change {
        if !risk.meets_initial(member.margin).or_fail()? {
            require!(at_mark_or_better, BulkheadError::ReduceAtMarkOnly);
            // Not even the fee of a reducing trade may create a default (P7).
            require!(risk.equity(member.margin).or_fail()? >= 0, BulkheadError::InsufficientMargin);
        }
        return Ok(());
    }
    require_reserve(fund, member, &risk, clock)?;
    // After a total loss nobody can have a contribution before the house is empty: who takes over from it then must have
    // margin for the whole stress move, for there is nobody else to lose.
    if !(fund.total_shares.is_zero() && fund.is_loss_pending()) {
        let required = risk.required_contribution(fund.params.min_contribution);
        require!(exposure.contribution >= required, BulkheadError::BelowRequiredContribution);
    }
    fund.require_covers(&exposure)
}
