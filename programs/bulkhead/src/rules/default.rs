//! Default (layer 1): a member whose equity is negative is declared in default, and its shortfall
//! is fixed.

use {
    super::{alloc::vec::Vec, assessment, cover, house, house::HouseResult, margin, requirements, shares},
    super::{MarketSource, MarketSourceMut},
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        default::shortfall,
        units::{Bps, Money},
        Round,
    },
};

/// How a member stands on its way into default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The member can top up until this slot.
    GraceStarted {
        /// Last slot of the grace period.
        until_slot: u64,
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
    let risk = requirements::risk_of_default(markets, member)?;
    let negative = risk.equity_favourable(member.margin).or_fail()? < 0;
    if let Some(grace) = pass_grace(fund, member, negative, clock.slot)? {
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
fn pass_grace(fund: &mut Fund, member: &mut Member, negative: bool, slot: u64) -> Result<Option<Judgement>> {
    let in_grace = member.status == MemberStatus::Grace;
    if !negative {
        require!(in_grace, BulkheadError::EquityNotNegative);
        end_grace(fund, member)?;
        return Ok(Some(Judgement::GraceEnded));
    }
    let confirm = u64::from(fund.params.default_confirm_slots);
    let due = add(member.grace_slot, confirm)?;
    if confirm > 0 && (!in_grace || slot > add(due, CONFIRM_WINDOW_SLOTS)?) {
        if !in_grace {
            fund.graces = fund.graces.checked_add(1).ok_or(BulkheadError::Overflow)?;
        }
        member.status = MemberStatus::Grace.into();
        member.grace_slot = slot;
        return Ok(Some(Judgement::GraceStarted { until_slot: add(slot, confirm)? }));
    }
    require!(confirm == 0 || slot >= due, BulkheadError::GracePeriodRunning);
    if in_grace {
        end_grace(fund, member)?;
    }
    member.status = MemberStatus::Defaulted.into();
    Ok(None)
}

fn end_grace(fund: &mut Fund, member: &mut Member) -> Result<()> {
    fund.graces = fund.graces.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    member.status = MemberStatus::Active.into();
    member.grace_slot = 0;
    Ok(())
}

/// Opens a default: the margin goes to the pool, the shortfall is owed. Returns the margin taken.
#[inline(never)]
fn open(fund: &mut Fund, member: &mut Member, shortfall: Money) -> Result<Money> {
    if !fund.has_open_loss() && fund.open_houses == 0 {
        assessment::release(fund);
    }
    let margin = member.margin;
    margin::debit(fund, member, margin)?;
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
