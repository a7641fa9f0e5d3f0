//! Default (layers 1 and 2): a member whose equity is negative is declared in default, and pays as
//! far as it can.

use {
    super::{
        alloc::vec::Vec,
        assessment, cover_two, cushions, exit_clock, gains_cut, house,
        house_round::{self, HouseResult, RoundEnd},
        margin, recoveries, requirements, rewards, shares, vesting, waterfall, MarketSource, MarketSourceMut,
    },
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        declaration::{shortfall, Defaulter},
        exit_clock::plan_grace,
        index::whole_units,
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
/// `EquityNotNegative`, `GracePeriodRunning`, `GainsNotRegistered`; `EpochEnded` when the member's shares
/// are of an ended epoch: anyone settles it before, for what it has lost for others is set off against
/// its default; as [`requirements::risk`].
pub fn judge(
    fund: &mut Fund,
    member: &mut Member,
    markets: &impl MarketSource,
    clock: &Clock,
) -> Result<Judgement> {
    gains_cut::require_registered(fund, member, clock.unix_timestamp)?;
    let (risk, silent) = requirements::risk_and_silence(fund, markets, member)?;
    if let Some(grace) = pass_grace(fund, member, &risk, silent, clock)? {
        return Ok(grace);
    }
    require!(shares::can_touch(fund, member), BulkheadError::EpochEnded);
    let realised = if silent {
        requirements::realised_profit(markets, member)?
    } else {
        requirements::judged_profit(fund, member, &risk)?
    };
    Ok(Judgement::InDefault { shortfall: shortfall(member.margin, realised).or_fail()? })
}

/// What a declaration did besides what its record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Results of houses that became flat by taking the member's lots over.
    pub houses: Vec<HouseResult>,
    /// The end of the house round, if all houses are flat.
    pub round: Option<RoundEnd>,
}

/// Declares a member in default, and fills its record, which has the shortfall already: layers 1
/// and 2 pay, and the positions go to the house. The keeper, if there is one, gets a bounty.
pub fn declare(
    fund: &mut Fund,
    address: &Address,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    record: &mut DefaultRecord,
    keeper: Option<&mut Member>,
    clock: &Clock,
) -> Result<Declared> {
    record.version = VERSION;
    record.seq = fund.default_seq;
    record.count = member.default_count;
    record.declared_slot = clock.slot;
    record.declared_ts = clock.unix_timestamp;
    record.from_margin = member.margin;
    let stress_loss = stress_loss(fund, member, markets)?;
    take_own(fund, member, record, keeper, stress_loss, clock.unix_timestamp)?;
    let houses = house::take_positions(fund, member, markets, record, clock.slot)?;
    cover_two::forget(fund, address);
    waterfall::end_recovery(fund);
    Ok(Declared { houses, round: house_round::end(fund)? })
}

/// Moves the member through its grace period, which is longer if a leg is `silent`. Returns nothing if
/// the member is in default now.
///
/// A grace blocks exits until its default can have been made final. It ends early only when the
/// member meets initial margin: a grace that a single unit ends is one that can be ended and begun
/// at will. A grace that nobody has ended or made final has lapsed.
fn pass_grace(
    fund: &mut Fund,
    member: &mut Member,
    risk: &Risk,
    silent: bool,
    clock: &Clock,
) -> Result<Option<Judgement>> {
    let (now, in_grace) = (clock.unix_timestamp, member.status == MemberStatus::Grace);
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
    end_grace(fund, member, MemberStatus::Active, now)?;
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

/// Returns the stress loss of a member's lots: what the sale of them may cost. Without shares there
/// is nothing to keep back for it.
#[inline(never)]
fn stress_loss(fund: &Fund, member: &Member, markets: &impl MarketSource) -> Result<Money> {
    let mut sum = 0;
    if member.live_shares(fund.share_epoch) == 0 {
        return Ok(sum);
    }
    for held in member.held().filter(|held| held.lots != 0) {
        let market = markets.find(held.market).ok_or(BulkheadError::WrongMarket)?;
        sum = add(sum, house::stress_loss(fund, market, held.lots)?)?;
    }
    Ok(sum)
}

/// Layers 1 and 2. All margin goes to the pool. Then its claim to a gain that was cut, rewards and
/// recoveries that the defaulter could claim, and its contribution pay for the shortfall. What is left of the contribution pays
/// the keeper's bounty, and becomes the cushion behind the sale of its lots up to their stress
/// loss. The rest stays shares.
///
/// A claim that is not cut yet pays when it is. What it may pay, rewards, recoveries and losses that are
/// outstanding do not pay as well: they stand for what the claim leaves, as behind one that is cut.
///
/// A default that the defaulter pays for itself is allocated by that: the others never hear of it.
#[inline(never)]
fn take_own(
    fund: &mut Fund,
    member: &mut Member,
    record: &mut DefaultRecord,
    keeper: Option<&mut Member>,
    stress_loss: Money,
    now: i64,
) -> Result<()> {
    if !fund.has_open_loss() && fund.open_houses == fund.waived_houses {
        assessment::release(fund);
    }
    rewards::release(fund, now)?;
    let claim = gains_cut::claim_of_defaulter(fund, member, record)?;
    let later = record.shortfall.saturating_sub(record.assigned);
    let (rewards, recoveries) = claimable(fund, member)?;
    let rewards = rewards.min(later);
    let recoveries = recoveries.min(sub(later, rewards)?);
    let all = fund.book().plan_redeem(member.live_shares(fund.share_epoch)).or_fail()?;
    let shortfall = record.shortfall;
    let defaulter = Defaulter { shortfall, claim, rewards, recoveries, contribution: all.amount };
    let wanted = if keeper.is_some() { bounty(fund, shortfall)? } else { 0 };
    let plan = defaulter.declare(wanted, cushions::wanted(fund, stress_loss));
    record.declare(&plan);

    let margin = member.margin;
    margin::debit(fund, member, margin)?;
    vesting::forget(member);
    // Nothing in practice: a claim counts in the equity that is below zero.
    gains_cut::give_to_houses(fund, sub(claim, plan.from_claim)?)?;
    member.take_whole_rewards(plan.from_rewards)?;
    fund.rewards_unclaimed = sub(fund.rewards_unclaimed, plan.from_rewards)?;
    recoveries::take(fund, member, plan.from_recoveries)?;
    let taken = fund.book().plan_take(&all, plan.from_contribution().or_fail()?).or_fail()?;
    member.burn(taken.shares)?;
    fund.set_book(taken.next);
    let paid = add(add(plan.from_rewards, plan.from_recoveries)?, plan.own)?;
    fund.pool = add(add(fund.pool, margin)?, paid)?;
    cushions::enter(fund, member, record, plan.cushion)?;
    // What others pay for it is set off against what it has lost for others: it gets nothing back while it
    // owes as much.
    record.repaid = recoveries::give_up(fund, member, plan.unfunded.saturating_sub(record.assigned))?;

    fund.default_seq = add(fund.default_seq, 1)?;
    member.default_count = add(member.default_count, 1)?;
    fund.note_unfunded(plan.unfunded)?;
    if plan.unfunded > 0 {
        fund.open_defaults = fund.open_defaults.checked_add(1).ok_or(BulkheadError::Overflow)?;
    }
    if let Some(keeper) = keeper {
        gains_cut::require_registered(fund, keeper, now)?;
        margin::credit(fund, keeper, plan.bounty)?;
        let rest = sub(wanted, plan.bounty)?.min(fund.treasury);
        record.bounties = add(plan.bounty, pay_from_treasury(fund, keeper, rest)?)?;
    }
    Ok(())
}

/// Returns the rewards and recoveries that a defaulter could claim, for the set-off.
fn claimable(fund: &Fund, member: &mut Member) -> Result<(Money, Money)> {
    shares::touch(fund, member)?;
    Ok((whole_units(member.rewards.get()).0, recoveries::claimable(fund, member)?))
}

/// Returns the most that a keeper is paid for a default with this shortfall, for declaring it and
/// again for allocating it.
///
/// It is capped and a small part of the shortfall, rounded down in favour of the fund. Engineering
/// a default therefore pays hardly more than the default itself costs the fund, which the cover
/// limit bounds (P7). The survivors never pay it: for a declaration the defaulter's contribution
/// does, as far as the shortfall leaves it, then the treasury; for an allocation the treasury.
pub fn bounty(fund: &Fund, shortfall: Money) -> Result<Money> {
    let part = Bps(fund.params.bounty_bps).of(shortfall, Round::Down).or_fail()?; // favours the fund
    Ok(part.min(fund.params.bounty_cap))
}

/// Pays a keeper out of the treasury. Returns the amount.
pub fn pay_from_treasury(fund: &mut Fund, keeper: &mut Member, amount: Money) -> Result<Money> {
    fund.treasury = sub(fund.treasury, amount)?;
    margin::credit(fund, keeper, amount)?;
    Ok(amount)
}
