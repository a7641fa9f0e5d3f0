//! Covers: losses that were not born here. A part of the fund is pledged to a program, the drawer, which
//! may hold exits for a time and draw up to hard limits.
//!
//! A drawer that is broken, or a thief's, takes at most what was pledged to it. Clearing comes first: what
//! is drawn is only booked, and paid once no loss, house, grace or watch is there.

use {
    super::{cover_two, house, interval::Prices, recoveries, rewards, MarketSource},
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        covers::{
            budget, contributions_spendable, gap_bound, mean_slot, plan_draw, plan_settle, premium, DrawPlan,
            SettlePlan, Settling,
        },
        interval::{cell, GAP_CELL_SECS},
        units::{Bps, Money},
        Round,
    },
};

// Registration

/// Opens a cover with these terms, and pledges its limit. It opens an hour after this moment at the
/// earliest, so that its premium can be paid before it lapses for want of it.
///
/// # Errors
/// - `TooManyCovers`, `CoverIndexTaken`;
/// - `ParameterOutOfBounds`, `WrongMarket` for a venue of a market that the fund does not have;
/// - `CoverOver` when it would end before it opens; as [`pledge`].
#[inline(never)]
pub fn open(fund: &mut Fund, cover: &mut Cover, index: u16, terms: &CoverTerms, now: i64) -> Result<()> {
    require!(fund.covers < MAX_COVERS, BulkheadError::TooManyCovers);
    require!(index == fund.cover_seq, BulkheadError::CoverIndexTaken);
    terms.validate()?;
    cover.version = VERSION;
    cover.index = index;
    cover.adopt(terms);
    require!(!cover.is_venue() || terms.market < fund.market_count, BulkheadError::WrongMarket);
    cover.opens_ts = terms.opens_ts.max(now.saturating_add(COVER_OPENS_SECS));
    require!(cover.opens_ts < cover.ends_ts, BulkheadError::CoverOver);
    cover.premium_ts = cover.opens_ts;
    fund.covers = fund.covers.checked_add(1).ok_or(BulkheadError::Overflow)?;
    fund.cover_seq = fund.cover_seq.checked_add(1).ok_or(BulkheadError::Overflow)?;
    pledge(fund, terms.limit)
}

/// Pledges `more` of the fund, within the budget of all covers and beside the two largest exposures.
///
/// # Errors
/// `CoverBudgetExceeded`, `CoverTwoExceeded`.
fn pledge(fund: &mut Fund, more: Money) -> Result<()> {
    fund.committed = add(fund.committed, more)?;
    let bps = u16::try_from(fund.params.cover_budget_bps).map_err(|_| BulkheadError::Overflow)?;
    let most = budget(resources(fund)?, Bps(bps)).or_fail()?;
    require!(fund.committed <= most, BulkheadError::CoverBudgetExceeded);
    require!(cover_two::covers_two_with(fund, fund.treasury)?, BulkheadError::CoverTwoExceeded);
    Ok(())
}

/// Raises the limit of a cover.
///
/// # Errors
/// `CoverHasEnded`, `CoverOver`, `LimitNotRaised`; as [`pledge`].
pub fn raise(fund: &mut Fund, cover: &mut Cover, limit: Money, now: i64) -> Result<Accrued> {
    cover.require_not_ended()?;
    let accrued = accrue(fund, cover, now)?;
    require!(now < cover.over_ts(), BulkheadError::CoverOver);
    require!(limit > cover.limit, BulkheadError::LimitNotRaised);
    pledge(fund, sub(limit, cover.limit)?)?;
    cover.limit = limit;
    cover.first_loss_min = cover.first_loss_min.max(cover.least_first_loss());
    Ok(accrued)
}

/// Lifts the suspension of a cover or, if it is not suspended, revives one that has lapsed. A revived
/// cover opens anew: what happened since the lapse stays uncovered, whoever has paid in the meantime.
///
/// The change was queued after that: one that is kept due in advance would undo the guardian's suspension
/// at once, and nobody could leave before.
///
/// # Errors
/// - `CoverHasEnded`; `NothingToResume`, also when there was nothing at `queued_ts`;
/// - `CoverOver` for a lapsed cover whose time is over when it opens, `CoverUnpaid` for one without a
///   premium in advance.
pub fn resume(fund: &mut Fund, cover: &mut Cover, queued_ts: i64, clock: &Clock) -> Result<Accrued> {
    cover.require_not_ended()?;
    let now = clock.unix_timestamp;
    let accrued = accrue(fund, cover, now)?;
    if cover.status == CoverStatus::Suspended {
        require!(queued_ts >= cover.suspended_ts, BulkheadError::NothingToResume);
        cover.status = CoverStatus::Active.into();
        cover.period_settlements = 0;
        cover.owed_slot = clock.slot;
        fund.cover_owed = add(fund.cover_owed, cover.owed)?;
        return Ok(accrued);
    }
    let had_lapsed = cover.has_lapsed() && queued_ts >= cover.lapsed_ts;
    require!(had_lapsed, BulkheadError::NothingToResume);
    let opens_ts = if cover.is_venue() { after_known_falls(now)? } else { now };
    require!(opens_ts < cover.ends_ts, BulkheadError::CoverOver);
    require!(cover.prepaid > 0 || cover.premium_bps_per_year == 0, BulkheadError::CoverUnpaid);
    cover.lapsed_ts = 0;
    cover.premium_ts = opens_ts;
    cover.opens_ts = opens_ts;
    Ok(accrued)
}

/// Returns when the gap of a venue's market no longer looks back to now. Whoever applies the change that
/// revives a venue's cover has seen the price, and would have waited for a fall without a premium.
fn after_known_falls(now: i64) -> Result<i64> {
    let cell = add(cell(now, GAP_CELL_SECS), 2)?;
    let secs = cell.checked_mul(u64::from(GAP_CELL_SECS)).ok_or(BulkheadError::Overflow)?;
    i64::try_from(secs).map_err(|_| BulkheadError::Overflow.into())
}

/// Suspends a cover: what it is owed waits, and what it draws from now on is booked only.
///
/// What a suspended cover is owed blocks no exits. Resuming it waits on the exit clock, which would stand
/// for ever. Members stay for as long as the bucket of holds allows instead.
///
/// # Errors
/// `CoverHasEnded`, `CoverSuspended`.
pub fn suspend(fund: &mut Fund, cover: &mut Cover, now: i64) -> Result<()> {
    cover.require_not_ended()?;
    require!(cover.status != CoverStatus::Suspended, BulkheadError::CoverSuspended);
    cover.status = CoverStatus::Suspended.into();
    cover.suspended_ts = now;
    fund.cover_owed = sub(fund.cover_owed, cover.owed)?;
    if cover.owed > 0 {
        hold_exits(fund, MAX_HOLD_SECS, now);
    }
    Ok(())
}

// Premium

/// What an accrual has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accrued {
    /// Premium that is earned.
    pub premium: Money,
    /// The contributors' part of it.
    pub to_rewards: Money,
    /// Whether the cover has lapsed by it.
    pub lapses: bool,
}

/// Earns the premium of a cover up to now, out of what was paid in advance. A cover whose premium is used
/// up lapses as of the second in which it was.
///
/// The premium is for what is really there: none is due in a wind-down, which pays no cover.
#[inline(never)]
pub fn accrue(fund: &mut Fund, cover: &mut Cover, now: i64) -> Result<Accrued> {
    let until = now.min(cover.ends_ts);
    let secs = until.saturating_sub(cover.premium_ts);
    if secs <= 0 || cover.has_lapsed() {
        return Ok(Accrued::default());
    }
    let rate = Bps(cover.premium_bps_per_year);
    let plan =
        premium(cover.pledged()?, backing(fund)?, fund.committed, rate, secs.unsigned_abs(), cover.prepaid)
            .or_fail()?;
    let lapses = plan.lapses_after.is_some();
    cover.premium_ts = match plan.lapses_after {
        None => until,
        Some(paid) => {
            let paid = i64::try_from(paid).map_err(|_| BulkheadError::Overflow)?;
            cover.lapsed_ts = cover.premium_ts.saturating_add(paid).min(until);
            cover.lapsed_ts
        }
    };
    cover.prepaid = sub(cover.prepaid, plan.premium)?;
    fund.cover_reserve = sub(fund.cover_reserve, plan.premium)?;
    let to_rewards = earn(fund, plan.premium)?;
    Ok(Accrued { premium: plan.premium, to_rewards, lapses })
}

/// Places premium that is earned, as fees are. Returns the contributors' part.
fn earn(fund: &mut Fund, amount: Money) -> Result<Money> {
    if amount == 0 {
        return Ok(0);
    }
    // Favours the treasury.
    let to_rewards = Bps(fund.params.reward_share_bps).of(amount, Round::Down).or_fail()?;
    rewards::share_fees(fund, to_rewards, sub(amount, to_rewards)?)?;
    Ok(to_rewards)
}

/// Money that was paid into a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funded {
    /// The premium that was earned before.
    pub accrued: Accrued,
    /// The contributors' part of what was paid, if that is earned at once; otherwise zero.
    pub to_rewards: Money,
}

/// Adds money to a purse of a cover. Premium for a cover that has lapsed revives nothing: otherwise it
/// could be paid after the incident.
///
/// # Errors
/// `CoverHasEnded`.
pub fn pay_in(
    fund: &mut Fund,
    cover: &mut Cover,
    purse: CoverPurse,
    amount: Money,
    now: i64,
) -> Result<Funded> {
    cover.require_not_ended()?;
    let accrued = accrue(fund, cover, now)?;
    match purse {
        CoverPurse::Earned => return Ok(Funded { accrued, to_rewards: earn(fund, amount)? }),
        CoverPurse::Forfeited => {
            rewards::share_fees(fund, amount, 0)?;
            return Ok(Funded { accrued, to_rewards: amount });
        }
        CoverPurse::Prepaid => cover.prepaid = add(cover.prepaid, amount)?,
        CoverPurse::FirstLoss => cover.first_loss = add(cover.first_loss, amount)?,
    }
    fund.cover_reserve = add(fund.cover_reserve, amount)?;
    Ok(Funded { accrued, to_rewards: 0 })
}

// What is there

/// Returns treasury and contributions.
fn resources(fund: &Fund) -> Result<Money> {
    add(fund.treasury, fund.contributions)
}

/// Returns the treasury that covers may take: what is above its floor, and above what the houses of silent
/// markets may still lose beyond the cushions of the present round.
fn treasury_free(fund: &Fund) -> Result<Money> {
    let waived = fund.waived_at_risk.saturating_sub(fund.cushion_round.money);
    Ok(fund.treasury.saturating_sub(fund.treasury_floor()?.max(waived)))
}

/// Returns what is there for covers: what a settlement can take. It is nothing in a wind-down.
///
/// The exposures of the moment do not count. What covers pledge is no mutual resource of clearing, whose
/// checks subtract `K`, and a settlement lowers both alike. Otherwise whoever trades beside a loss, or
/// reports an exposure at an old mark, would decide what victims are paid.
#[inline(never)]
pub fn backing(fund: &Fund) -> Result<Money> {
    if fund.status == FundStatus::WindDown {
        return Ok(0);
    }
    add(treasury_free(fund)?, contributions_spendable(&fund.book()))
}

// Holds

/// Holds exits for a drawer that has heard of a loss. The hold only ever extends, and comes out of one
/// bucket for all covers: an empty one grants nothing, and refuses nothing. Until the time that was asked
/// for, the cover does not end.
///
/// A suspended cover holds nothing: so the guardian stops a drawer that holds for no reason.
///
/// # Errors
/// `CoverHasEnded`, `ParameterOutOfBounds`; `CoverNotOpen`, `CoverOver`.
pub fn hold(fund: &mut Fund, cover: &mut Cover, secs: u32, now: i64) -> Result<Accrued> {
    cover.require_not_ended()?;
    require!((1..=MAX_HOLD_SECS).contains(&secs), BulkheadError::ParameterOutOfBounds);
    let accrued = accrue(fund, cover, now)?;
    cover.require_serves(now)?;
    let last = cover.over_ts().saturating_add(COVER_LIVES_SECS);
    let live = now.saturating_add(i64::from(secs)).min(last);
    cover.live_until_ts = cover.live_until_ts.max(live);
    if cover.status == CoverStatus::Active {
        hold_exits(fund, secs, now);
    }
    Ok(accrued)
}

/// Holds exits for so long as the bucket has time left. In a wind-down nothing waits for a cover.
fn hold_exits(fund: &mut Fund, secs: u32, now: i64) {
    if fund.status != FundStatus::WindDown {
        let plan = fund.exits.holds().plan(fund.exits.hold_until_ts, u64::from(secs), now);
        fund.exits.set_hold(&plan);
    }
}

// Draws

/// A draw that is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The premium that was earned before.
    pub accrued: Accrued,
    /// What it took.
    pub plan: DrawPlan,
}

/// Books what a drawer asks for, within every limit of its cover. The first loss is paid by the cover
/// itself. The rest is owed, less the coinsurance, and waits for [`settle`].
///
/// It does not fail for reasons of the fund's state, and pays nothing: no caller chooses a moment.
///
/// # Errors
/// - `CoverHasEnded`, `CoverNotOpen`, `CoverOver`;
/// - `FirstLossMissing` when a period would begin with less than the least first loss;
/// - `WrongMarket` for a venue without its market, `StaleMark` while that has no recent print.
#[inline(never)]
pub fn draw(
    fund: &mut Fund,
    cover: &mut Cover,
    asked: Money,
    market: Option<(&Market, &Prices)>,
    clock: &Clock,
) -> Result<Draw> {
    cover.require_not_ended()?;
    let now = clock.unix_timestamp;
    let accrued = accrue(fund, cover, now)?;
    cover.require_serves(now)?;
    let asked = match cover.is_venue() {
        true => asked.min(gap_room(cover, market.ok_or(BulkheadError::WrongMarket)?, now)?),
        false => asked,
    };
    let period = cover.period(now);
    let has_first_loss = !period.is_new() || cover.first_loss >= cover.first_loss_min;
    require!(has_first_loss, BulkheadError::FirstLossMissing);
    let mut purse = cover.purse(&period)?;
    if fund.status == FundStatus::WindDown {
        purse.left = 0;
    }
    let plan = plan_draw(asked, &purse).or_fail()?;
    if plan.from_first_loss == 0 && plan.owed == 0 {
        return Ok(Draw { accrued, plan });
    }
    cover.set_period(&period.book(plan.owed, now).or_fail()?);
    cover.cell_drawn = add(cover.cell_drawn, if cover.is_venue() { asked } else { 0 })?;
    cover.first_loss = sub(cover.first_loss, plan.from_first_loss)?;
    cover.payable = add(cover.payable, plan.from_first_loss)?;
    if plan.owed > 0 {
        owe(fund, cover, plan.owed, clock)?;
    }
    Ok(Draw { accrued, plan })
}

/// Books `amount` as owed. Exits wait for it, or are held once out of the bucket if the cover is suspended:
/// whoever suspends it by settlements of dust would leave before what comes later is paid.
fn owe(fund: &mut Fund, cover: &mut Cover, amount: Money, clock: &Clock) -> Result<()> {
    if cover.status == CoverStatus::Suspended && cover.owed == 0 {
        hold_exits(fund, MAX_HOLD_SECS, clock.unix_timestamp);
    }
    cover.owed_slot = mean_slot(cover.owed_slot, cover.owed, amount, clock.slot).or_fail()?;
    cover.owed = add(cover.owed, amount)?;
    if cover.status == CoverStatus::Active {
        fund.cover_owed = add(fund.cover_owed, amount)?;
    }
    Ok(())
}

/// Returns how much bad debt a venue may report now: what the fall of its market explains, less what it has
/// reported in this cell and in the one before. Moves the cells of the cover on.
///
/// # Errors
/// `WrongMarket`, `StaleMark`.
fn gap_room(cover: &mut Cover, (market, prices): (&Market, &Prices), now: i64) -> Result<Money> {
    let bound = gap(cover, market, prices, now)?;
    let cell = market.gap.get().advance(market.mark.price, now, GAP_CELL_SECS).cell;
    if cell > cover.cell {
        let follows = cover.cell.checked_add(1) == Some(cell);
        cover.before_drawn = if follows { cover.cell_drawn } else { 0 };
        cover.cell_drawn = 0;
        cover.cell = cell;
    }
    Ok(bound.saturating_sub(add(cover.cell_drawn, cover.before_drawn)?))
}

/// Returns the most that a venue's debt can lack because of the last fall of its market, rounded down in
/// favour of the fund: from the highest low end of interval A in this quarter of an hour and the one
/// before, to the high end of A now.
///
/// # Errors
/// `WrongMarket`, `StaleMark`.
pub fn gap(cover: &Cover, market: &Market, prices: &Prices, now: i64) -> Result<Money> {
    require!(market.index == cover.market, BulkheadError::WrongMarket);
    prices.require_recent()?;
    let now_in_force = prices.intervals.others;
    let high = market.gap.get().advance(now_in_force.low, now, GAP_CELL_SECS).interval().high;
    gap_bound(cover.covered_debt, Bps(cover.threshold_bps), high, now_in_force.high).or_fail()
}

/// Holds exits for ten minutes while the market of a venue has a gap. Returns the bound of the venue's
/// draws.
///
/// # Errors
/// `CoverHasEnded`, `CoverSuspended`, `CoverNotOpen`, `CoverOver`; `WrongMarket`, `StaleMark`; `NoGap`.
pub fn show_gap(
    fund: &mut Fund,
    cover: &mut Cover,
    market: &Market,
    prices: &Prices,
    now: i64,
) -> Result<(Accrued, Money)> {
    cover.require_not_ended()?;
    let accrued = accrue(fund, cover, now)?; // a lapse that nobody has booked is seen
    require!(cover.status == CoverStatus::Active, BulkheadError::CoverSuspended);
    cover.require_serves(now)?;
    require!(cover.is_venue(), BulkheadError::WrongMarket);
    let bound = gap(cover, market, prices, now)?;
    require!(bound > 0, BulkheadError::NoGap);
    hold_exits(fund, GAP_HOLD_SECS, now);
    Ok((accrued, bound))
}

// Settlement

/// Pays what a cover is owed out of the fund, as far as the fund has it: the treasury above its floor,
/// then contributions, whose shares bear it like a loss of clearing. What it lacks lapses.
///
/// It happens once clearing is whole, and so long after the draws that a keeper has declared before what
/// was declarable. Every cover that is owed something gets the same part, in any order. No share epoch
/// ends by it, and no cooling-off period begins: assessments, gains and margins are for clearing alone.
///
/// In a wind-down everything that is owed lapses.
///
/// # Errors
/// - `NothingOwed`; `CoverSuspended`; `DrawTooFresh`;
/// - `LossPending` while clearing waits for something, or a waived house has no market here that is still
///   silent;
/// - `CushionPending` while a cushion of a round that has ended is not released.
#[inline(never)]
pub fn settle(
    fund: &mut Fund,
    cover: &mut Cover,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<SettlePlan> {
    require!(cover.owed > 0, BulkheadError::NothingOwed);
    if fund.status == FundStatus::WindDown {
        return lapse(fund, cover);
    }
    require!(cover.status == CoverStatus::Active, BulkheadError::CoverSuspended);
    require!(clock.slot >= cover.owed_slot.saturating_add(SETTLE_SLOTS), BulkheadError::DrawTooFresh);
    require!(!fund.blocks_for_clearing(clock.unix_timestamp), BulkheadError::LossPending);
    require!(house::waivers_hold(fund, markets)?, BulkheadError::LossPending);
    // Whoever has defaulted with a unit would choose between a cushion, which bears nothing here, and shares.
    require!(fund.cushions == fund.cushion_round.money, BulkheadError::CushionPending);
    let plan = plan_settle(&Settling {
        owed: cover.owed,
        cover_owed: fund.cover_owed,
        backing: backing(fund)?,
        treasury_free: treasury_free(fund)?,
        book: fund.book(),
    })
    .or_fail()?;
    if plan.from_contributions > 0 {
        let shares = fund.total_shares.get();
        recoveries::bear_by_shares(fund, plan.from_contributions, shares)?;
    }
    let paid = add(plan.from_treasury, plan.from_contributions)?;
    fund.treasury = sub(fund.treasury, plan.from_treasury)?;
    fund.set_book(plan.book);
    fund.committed = sub(fund.committed, paid)?;
    fund.cover_owed = sub(fund.cover_owed, cover.owed)?;
    fund.cover_reserve = add(fund.cover_reserve, paid)?;
    cover.owed = 0;
    cover.drawn = add(cover.drawn, paid)?;
    cover.payable = add(cover.payable, paid)?;
    if cover.settles_too_often(clock.unix_timestamp) {
        suspend(fund, cover, clock.unix_timestamp)?;
    }
    Ok(plan)
}

/// Lets everything lapse that a cover is owed.
fn lapse(fund: &mut Fund, cover: &mut Cover) -> Result<SettlePlan> {
    let lapses = core::mem::take(&mut cover.owed);
    if cover.status == CoverStatus::Active {
        fund.cover_owed = sub(fund.cover_owed, lapses)?;
    }
    Ok(SettlePlan { from_treasury: 0, from_contributions: 0, lapses, book: fund.book() })
}

/// Money that leaves a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// For its destination.
    pub payable: Money,
    /// Back to its beneficiary.
    pub refunded: Money,
}

impl Collected {
    /// Returns both together.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn total(&self) -> Result<Money> {
        add(self.payable, self.refunded)
    }
}

/// Takes out of the reserve what a token account may get: what is payable if it is the destination, and
/// once the cover has ended also what is left of premium and first loss if it is the beneficiary's.
///
/// # Errors
/// `WrongDestination` for a token account that is neither; `NothingPayable`.
pub fn collect(
    fund: &mut Fund,
    cover: &mut Cover,
    is_destination: bool,
    is_beneficiary: bool,
) -> Result<Collected> {
    let refunds = is_beneficiary && cover.status == CoverStatus::Ended;
    require!(is_destination || refunds, BulkheadError::WrongDestination);
    let payable = if is_destination { core::mem::take(&mut cover.payable) } else { 0 };
    let mut collected = Collected { payable, refunded: 0 };
    if refunds {
        let purses = [core::mem::take(&mut cover.prepaid), core::mem::take(&mut cover.first_loss)];
        collected.refunded = add(purses[0], purses[1])?;
    }
    let total = collected.total()?;
    require!(total > 0, BulkheadError::NothingPayable);
    fund.cover_reserve = sub(fund.cover_reserve, total)?;
    Ok(collected)
}

/// Ends a cover, and takes back what it still pledges. Returns that.
///
/// No money moves: a destination or a beneficiary that cannot be paid keeps nothing pledged. What a
/// suspended cover is owed lapses, but only so much later that governance can resume it before.
///
/// # Errors
/// `CoverHasEnded`; `CoverStillServes`; `CoverNotEmpty` while it is owed something.
pub fn end(fund: &mut Fund, cover: &mut Cover, now: i64) -> Result<(Accrued, Money)> {
    cover.require_not_ended()?;
    let accrued = accrue(fund, cover, now)?;
    require!(now >= cover.ends_at_the_earliest(), BulkheadError::CoverStillServes);
    if cover.owed > 0 {
        require!(cover.status == CoverStatus::Suspended, BulkheadError::CoverNotEmpty);
        let waits_until = cover.over_ts().saturating_add(COVER_LIVES_SECS);
        require!(now >= waits_until, BulkheadError::CoverNotEmpty);
        lapse(fund, cover)?;
    }
    let released = cover.pledged()?;
    fund.committed = sub(fund.committed, released)?;
    fund.covers = fund.covers.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    cover.status = CoverStatus::Ended.into();
    Ok((accrued, released))
}
