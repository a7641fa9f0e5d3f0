//! Default (layers 1 and 2): a member whose equity is negative is declared in default, and pays as
//! far as it can.

use {
    super::{
        alloc::vec::Vec,
        assessment, cover, cushions, house,
        house_round::{self, HouseResult, RoundEnd},
        margin, recoveries, requirements, rewards, shares, waterfall, MarketSource, MarketSourceMut,
    },
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        crowding::FineRate,
        declaration::{shortfall, Defaulter},
        index::whole_units,
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
    let risk = requirements::risk_of_default(markets, member, clock, fund.params.max_mark_age_slots)?;
    let negative = risk.equity_favourable(member.margin).or_fail()? < 0;
    if let Some(grace) = pass_grace(fund, member, negative, clock.slot)? {
        return Ok(grace);
    }
    Ok(Judgement::InDefault { shortfall: shortfall(member.margin, risk.profit).or_fail()? })
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
    record.declared_slot = clock.slot;
    record.declared_ts = clock.unix_timestamp;
    record.from_margin = member.margin;
    let stress_loss = stress_loss(fund, member, markets)?;
    take_own(fund, member, record, keeper, stress_loss, clock.unix_timestamp)?;
    let houses = house::take_positions(fund, member, markets, record, clock.slot)?;
    cover::forget(fund, address);
    waterfall::end_episode(fund);
    Ok(Declared { houses, round: house_round::end(fund)? })
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
    Ok(None)
}

fn end_grace(fund: &mut Fund, member: &mut Member) -> Result<()> {
    fund.graces = fund.graces.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    member.status = MemberStatus::Active.into();
    member.grace_slot = 0;
    Ok(())
}

/// Returns the stress loss of a member's lots, at the marks and the rates in force: what the sale
/// of them may cost. The concentration add-on is no part of it.
#[inline(never)]
fn stress_loss(fund: &Fund, member: &Member, markets: &impl MarketSource) -> Result<Money> {
    let mut sum = 0;
    if member.live_shares(fund.share_epoch) == 0 {
        return Ok(sum); // there is nothing to keep back
    }
    for held in member.positions.iter().filter(|held| held.lots != 0) {
        let market = markets.find(held.market).ok_or(BulkheadError::WrongMarket)?;
        let rate =
            FineRate::stress(Bps(market.rates.stress_bps), fund.params.auction().max_discount).or_fail()?;
        let loss = rate.loss_of(held.lots.unsigned_abs(), market.mark.price, market.scale()?).or_fail()?;
        sum = add(sum, loss)?;
    }
    Ok(sum)
}

/// Layers 1 and 2. All margin goes to the pool; then rewards and recoveries that the defaulter
/// could claim, and its contribution, pay for the shortfall. What is left of the contribution pays
/// the keeper's bounty, and becomes the cushion behind the sale of its lots up to their stress
/// loss. The rest stays shares.
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
    if !fund.has_open_loss() && fund.open_houses == 0 {
        assessment::release(fund);
    }
    rewards::release(fund, now)?;
    let (rewards, recoveries) = claimable(fund, member)?;
    let all = fund.book().plan_redeem(member.live_shares(fund.share_epoch)).or_fail()?;
    let shortfall = record.shortfall;
    let defaulter = Defaulter { shortfall, rewards, recoveries, contribution: all.amount };
    let wanted = if keeper.is_some() { bounty(fund, shortfall)? } else { 0 };
    let plan = defaulter.declare(wanted, cushions::wanted(fund, stress_loss));
    record.declare(&plan);

    let margin = member.margin;
    margin::debit(fund, member, margin)?;
    member.take_whole_rewards(plan.from_rewards)?;
    fund.rewards_unclaimed = sub(fund.rewards_unclaimed, plan.from_rewards)?;
    recoveries::take(fund, member, plan.from_recoveries)?;
    let taken = fund.book().plan_take(&all, plan.from_contribution().or_fail()?).or_fail()?;
    member.burn(taken.shares)?;
    fund.set_book(taken.next);
    let paid = add(add(plan.from_rewards, plan.from_recoveries)?, plan.own)?;
    fund.pool = add(add(fund.pool, margin)?, paid)?;
    cushions::enter(fund, member, record, plan.cushion)?;

    fund.default_seq = add(fund.default_seq, 1)?;
    fund.unfunded = add(fund.unfunded, plan.unfunded)?;
    if plan.unfunded > 0 {
        fund.open_defaults = fund.open_defaults.checked_add(1).ok_or(BulkheadError::Overflow)?;
    }
    if let Some(keeper) = keeper {
        margin::credit(fund, keeper, plan.bounty)?;
        let rest = sub(wanted, plan.bounty)?.min(fund.treasury);
        record.bounties = add(plan.bounty, pay_from_treasury(fund, keeper, rest)?)?;
    }
    Ok(())
}

/// Returns the rewards and recoveries that a defaulter could claim, for the set-off. Shares of an
/// ended epoch must be settled before it is known what they have earned and borne, and a
/// declaration does not wait for that.
fn claimable(fund: &Fund, member: &mut Member) -> Result<(Money, Money)> {
    if !shares::can_touch(fund, member) {
        return Ok((0, 0));
    }
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
