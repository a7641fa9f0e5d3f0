//! Default (layer 1): a member whose equity is negative is declared in default, and its shortfall
//! is fixed.

use {
    super::{
        alloc::vec::Vec, assessment, cover, exit_clock, house, house::HouseResult, margin, requirements,
        shares, vesting,
    },
    super::{MarketSource, MarketSourceMut},
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        default::shortfall,
        exit_clock::plan_grace,
        requirements::Risk,
        units::{Bps, Money},
        Round,
    },
};

/// How a member stands on its way into default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The member can top up.
    GraceStarted {
        /// From then on a declaration is final.
        final_ts: i64,
    },
    /// The member has recovered.
    GraceEnded,
    /// The member is in default: its record is created, and [`declare`] follows.
    InDefault {
        /// The loss beyond its margin.
        shortfall: Money,
    },
}

/// Judges a member's equity, and moves the member through its grace period.
///
/// # Errors
/// `EquityNotNegative`, `GracePeriodRunning`; as [`requirements::risk`].
pub fn judge(
    fund: &mut Fund,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<Judgement> {
    let risk = requirements::risk_of_default(fund, markets, member)?;
    if let Some(grace) = pass_grace(fund, member, markets, &risk, clock)? {
        return Ok(grace);
    }
    let realised = requirements::realised_profit(markets, member)?;
    Ok(Judgement::InDefault { shortfall: shortfall(member.margin, realised).or_fail()? })
}

/// Declares a member in default, and fills its record, which has the shortfall already: the margin
/// goes to the pool and the positions to the house. The keeper, if there is one, gets a bounty.
/// Returns the results of houses that became flat by it.
pub fn declare(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    record: &mut DefaultRecord,
    keeper: Option<&mut Member>,
    clock: &Clock,
) -> Result<Vec<HouseResult>> {
    let shortfall = record.shortfall;
    record.version = VERSION;
    record.seq = fund.default_seq;
    record.declared_slot = clock.slot;
    record.declared_ts = clock.unix_timestamp;
    record.from_margin = open(fund, member, shortfall)?;
    let houses = house::take_positions(fund, member, markets, record, clock.slot)?;
    cover::forget(fund, address);
    record.bounties = pay_bounty(fund, member, keeper, shortfall)?;
    Ok(houses)
}

/// Moves the member through its grace period. Returns nothing if the member is in default now.
///
/// A grace blocks exits until its default can have been made final. It ends early only when the
/// member meets initial margin: a grace that a single unit ends is one that can be ended and begun
/// at will. A grace that nobody has ended or made final has lapsed.
fn pass_grace(
    fund: &mut Fund,
    member: &mut Member,
    markets: &impl MarketSource,
    risk: &Risk,
    clock: &Clock,
) -> Result<Option<Judgement>> {
    let (now, in_grace) = (clock.unix_timestamp, member.status == MemberStatus::Grace);
    let silent = requirements::has_silent_leg(markets, member)?;
    let since_grace = now.saturating_sub(member.grace_ts);
    let began = fund.params.grace(member.grace_is_long.get());
    let lapsed = since_grace >= i64::from(began.secs).saturating_add(i64::from(began.confirm_secs));
    if risk.equity_favourable(member.margin).or_fail()? >= 0 {
        require!(in_grace, BulkheadError::EquityNotNegative);
        require!(
            lapsed || risk.meets_initial_to_others(member.margin).or_fail()?,
            BulkheadError::GracePeriodRunning
        );
        end_grace(fund, member, MemberStatus::Active, now)?;
        return Ok(Some(Judgement::GraceEnded));
    }
    if in_grace && !lapsed {
        // A feed that has come back shortens the grace that its silence has asked for. Seconds and
        // slots can each stand still.
        let over = since_grace >= i64::from(fund.params.grace(silent).secs)
            && clock.slot >= add(member.grace_slot, u64::from(fund.params.default_confirm_slots))?;
        require!(over, BulkheadError::GracePeriodRunning);
    } else if let Some(final_ts) = start_grace(fund, member, silent, clock)? {
        return Ok(Some(Judgement::GraceStarted { final_ts }));
    }
    end_grace(fund, member, MemberStatus::Defaulted, now)?;
    exit_clock::stop_watch(fund, member, now)?;
    Ok(None)
}

/// Takes the member out of its grace, if it is in one. With the last one the block of exits by graces
/// ends.
fn end_grace(fund: &mut Fund, member: &mut Member, next: MemberStatus, now: i64) -> Result<()> {
    if member.status == MemberStatus::Grace {
        fund.graces = fund.graces.checked_sub(1).ok_or(BulkheadError::Underflow)?;
        if fund.graces == 0 {
            fund.exits.set_graces(&fund.exits.graces().end(now));
        }
    }
    member.status = next.into();
    Ok(())
}

/// Starts a grace period, one a member a day, and within the seconds by which graces may block
/// exits on a day. Returns from when on a declaration is final, or nothing if the default is final
/// at once.
fn start_grace(fund: &mut Fund, member: &mut Member, silent: bool, clock: &Clock) -> Result<Option<i64>> {
    let (graces, last_day) = (fund.exits.graces(), u64::from(member.grace_day));
    let plan = plan_grace(&graces, last_day, clock.unix_timestamp, &fund.params.grace(silent)).or_fail()?;
    let Some(plan) = plan else { return Ok(None) };
    fund.exits.set_graces(&plan.block);
    if member.status != MemberStatus::Grace {
        fund.graces = fund.graces.checked_add(1).ok_or(BulkheadError::Overflow)?;
    }
    member.status = MemberStatus::Grace.into();
    member.grace_slot = clock.slot;
    member.grace_ts = clock.unix_timestamp;
    member.grace_day = u32::try_from(plan.day).map_err(|_| BulkheadError::Overflow)?;
    member.grace_is_long = silent.into();
    Ok(Some(plan.final_ts))
}

/// Opens a default: the margin goes to the pool, the shortfall is owed. Returns the margin taken.
#[inline(never)]
fn open(fund: &mut Fund, member: &mut Member, shortfall: Money) -> Result<Money> {
    if !fund.has_open_loss() && fund.open_houses == 0 {
        assessment::release(fund);
    }
    let margin = member.margin;
    margin::debit(fund, member, margin)?;
    vesting::forget(member);
    fund.pool = add(fund.pool, margin)?;
    fund.unfunded = add(fund.unfunded, shortfall)?;
    fund.open_defaults = fund.open_defaults.checked_add(1).ok_or(BulkheadError::Overflow)?;
    fund.default_seq = add(fund.default_seq, 1)?;
    Ok(margin)
}

/// Pays a keeper's bounty for a default with this shortfall. Returns the amount paid.
///
/// The bounty is capped and a small part of the shortfall, rounded down in favour of the fund.
/// Engineering a default therefore pays hardly more than the default itself costs the fund, which
/// the cover limit bounds (P7). The defaulter's contribution pays first, then the treasury, never
/// the survivors.
#[inline(never)]
pub fn pay_bounty(
    fund: &mut Fund,
    defaulter: &mut Member,
    keeper: Option<&mut Member>,
    shortfall: Money,
) -> Result<Money> {
    let Some(keeper) = keeper else { return Ok(0) };
    let wanted = Bps(fund.params.bounty_bps).of(shortfall, Round::Down).or_fail()?;
    let wanted = wanted.min(fund.params.bounty_cap);
    let own = wanted.min(shares::contribution(fund, defaulter)?);
    if own > 0 {
        let plan = fund.book().plan_seize(defaulter.live_shares(fund.share_epoch), own).or_fail()?;
        shares::touch(fund, defaulter)?;
        defaulter.burn(plan.shares)?;
        fund.set_book(plan.next);
    }
    let rest = sub(wanted, own)?.min(fund.treasury);
    fund.treasury = sub(fund.treasury, rest)?;
    let paid = add(own, rest)?;
    margin::credit(fund, keeper, paid)?;
    Ok(paid)
}
