//! Gains cuts (layer 6): a loss that no layer has paid is cut from everybody's net gain, as one
//! fraction.
//!
//! A round fixes its loss, and the moment of its pins five half-lives of the mean ahead. From then on each member
//! registers its net gain at the pins, which becomes a claim; then all claims are cut alike, and paid
//! as the pool fills. No call selects a price, an order or a member.

use {
    super::{
        alloc::vec::Vec,
        closing, final_price, house,
        house_round::{self, HouseResult, RoundEnd},
        margin, positions, recoveries, vesting, waterfall, MarketSource, MarketSourceMut,
    },
    crate::{arithmetic::*, constants::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        gains_cut::{spread, Claimant},
        rounding::mul_div,
        units::{to_pnl, Money, Pnl, Price},
        Round,
    },
    bytemuck::Zeroable,
};

// Rounds

/// Opens a round: its loss is what is unfunded now, and the pins are read `PIN_DELAY_SECS` from now. Returns
/// the number of the round.
///
/// # Errors
/// - `WindDown`, `NothingToAllocate`; as [`waterfall::require_layers_empty`];
/// - `HouseNotSold` while a house that is not waived holds lots, or the market of a waived one is not
///   given or not silent: its result comes first;
/// - `GracePeriodRunning` while a grace blocks exits: its loss is one that everybody can see;
/// - `GainsCutOpen` while a round registers, or while somebody holds a claim of the oldest round kept.
pub fn open(fund: &mut Fund, markets: &impl MarketSource, now: i64) -> Result<u64> {
    require!(fund.status != FundStatus::WindDown, BulkheadError::WindDown);
    require!(fund.residual > 0, BulkheadError::NothingToAllocate);
    waterfall::require_layers_empty(fund, now)?;
    require!(fund.open_houses == fund.waived_houses, BulkheadError::HouseNotSold);
    require!(house::waivers_hold(fund, markets)?, BulkheadError::HouseNotSold);
    require!(now >= fund.exits.grace_until_ts, BulkheadError::GracePeriodRunning);
    require!(!fund.registers_gains(), BulkheadError::GainsCutOpen);
    let number = add(fund.cut_seq, 1)?;
    forget(fund, number)?;
    let cut_ts = now.checked_add(PIN_DELAY_SECS).ok_or(BulkheadError::Overflow)?;
    let ends_ts = cut_ts.checked_add(i64::from(fund.params.register_secs)).ok_or(BulkheadError::Overflow)?;
    let (loss, reading) = (fund.residual, vesting::reading(fund));
    *fund.cut_round_mut(number) = CutRound { loss, cut_ts, ends_ts, reading, ..Zeroable::zeroed() };
    fund.cut_seq = number;
    Ok(number)
}

/// Frees the place of the round that `number` overwrites. What its claims could not divide is a gain
/// of the houses.
fn forget(fund: &mut Fund, number: u64) -> Result<()> {
    let round = *fund.cut_round(number);
    require!(round.claims == 0, BulkheadError::GainsCutOpen);
    let dust = round.after().owed();
    fund.gain_claims = sub(fund.gain_claims, dust)?;
    give_to_houses(fund, dust)
}

/// What a cut did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GainsCut {
    /// Number of the round.
    pub round: u64,
    /// The gains that were registered.
    pub gains: Money,
    /// What of them was cut.
    pub cut: Money,
    /// What the gains of defaulters have come to.
    pub set_off: Money,
    /// When the markets end, if the wind-down has begun.
    pub wind_down: Option<i64>,
    /// The end of the house round, if there was something to realise.
    pub ended: Option<RoundEnd>,
}

/// Cuts the claims of the round whose registration is over, by what is still unfunded of its loss.
/// The wind-down begins when there are no gains, or when two cuts in a row were too small.
///
/// # Errors
/// `NothingToAllocate` without a round; `RegistrationOpen`; `LossPending` while a default is open: what
/// it left may be one that a defaulter's gain cancels.
pub fn cut(fund: &mut Fund, now: i64) -> Result<GainsCut> {
    require!(fund.registers_gains(), BulkheadError::NothingToAllocate);
    let number = fund.cut_seq;
    let round = *fund.cut_round(number);
    require!(now >= round.ends_ts, BulkheadError::RegistrationOpen);
    require!(fund.open_defaults == 0, BulkheadError::LossPending);
    let plan = round.open().cut(fund.residual);
    let loss_epoch = fund.loss_epoch;
    let cut = fund.cut_round_mut(number);
    cut.set(&plan);
    (cut.first_gains, cut.first_cut) = (plan.gains, plan.cut);
    (cut.loss_epoch, cut.is_cut) = (loss_epoch, true.into());
    // The loss is borne now; each claim takes its part of the units when it is touched.
    let lost_by_gone = sub(cut.gone, plan.entitlement(cut.gone).or_fail()?)?;
    let borne = sub(plan.cut, lost_by_gone)?;
    cut.first_borne = borne;
    fund.cut_round_mut(number).units = recoveries::book(fund, borne)?.into();
    fund.gain_claims = sub(fund.gain_claims, plan.cut)?;
    waterfall::reduce_residual(fund, plan.cut)?;
    let set_off = set_off_gone(fund, number, 0)?;
    let is_too_small = plan.loss.saturating_sub(plan.cut) > dust(fund);
    fund.small_cuts = if is_too_small { fund.small_cuts.saturating_add(1) } else { 0 };
    let is_hopeless = is_too_small && (plan.gains == 0 || fund.small_cuts >= 2);
    let wind_down = is_hopeless.then(|| closing::start(fund, now));
    let ended = house_round::end(fund)?;
    Ok(GainsCut { round: number, gains: plan.gains, cut: plan.cut, set_off, wind_down, ended })
}

/// Returns the most that rounding hides of everybody's gains: a unit a member and position. A loss that
/// is no larger is no reason to wind a fund down.
fn dust(fund: &Fund) -> Money {
    u64::from(fund.members).saturating_mul(MAX_POSITIONS as u64)
}

/// Books what gains of claims that have left the round come to, beyond `before`, which is booked. It
/// cancels unfunded loss, without moving cash. What finds none is a gain of the houses. Returns the
/// amount.
fn set_off_gone(fund: &mut Fund, number: u64, before: Money) -> Result<Money> {
    let round = fund.cut_round(number);
    let amount = sub(round.after().entitlement(round.gone).or_fail()?, before)?;
    let round = fund.cut_round_mut(number);
    round.paid = add(round.paid, amount)?;
    fund.gain_claims = sub(fund.gain_claims, amount)?;
    let cancelled = amount.min(recoveries::recoverable_residual(fund));
    waterfall::reduce_residual(fund, cancelled)?;
    give_to_houses(fund, sub(amount, cancelled)?)?;
    Ok(amount)
}

/// Books what no claim gets as a gain of the houses.
pub fn give_to_houses(fund: &mut Fund, amount: Money) -> Result<()> {
    fund.house_result = fund.house_results().with(to_pnl(amount).or_fail()?).or_fail()?.result;
    Ok(())
}

// Pins

/// Returns the last round whose moment has come.
#[inline(always)]
fn due_round(fund: &Fund, now: i64) -> u64 {
    match fund.cut_seq {
        0 => 0,
        last if now < fund.cut_round(last).cut_ts => last.wrapping_sub(1), // rounds count from one
        last => last,
    }
}

/// Returns the oldest round whose pins are kept.
fn oldest_round(fund: &Fund) -> u64 {
    fund.cut_seq.saturating_sub(KEPT_ROUNDS as u64).saturating_add(1)
}

/// Stores the pins of a market for all rounds whose moment has come, before its price changes: the
/// mean of the price at that moment, whoever cranks first. It is the final mark of a market that has
/// ended.
#[inline(always)]
pub fn note_pins(fund: &Fund, market: &mut Market, now: i64) {
    if market.pin_seq != fund.cut_seq {
        note_missing_pins(fund, market, due_round(fund, now));
    }
}

#[inline(never)]
fn note_missing_pins(fund: &Fund, market: &mut Market, due: u64) {
    for number in market.pin_seq.saturating_add(1).max(oldest_round(fund))..=due {
        market.pins[place_of(number)] = pin(fund, market, number);
    }
    market.pin_seq = market.pin_seq.max(due);
}

/// Returns the pin of a market in a round whose moment has come.
fn pin(fund: &Fund, market: &Market, number: u64) -> Price {
    if number <= market.pin_seq {
        return market.pins[place_of(number)];
    }
    if market.final_ts != 0 {
        return market.mark.price;
    }
    final_price::mean_at(market, fund.cut_round(number).cut_ts)
}

// Registration

/// Returns the next round in which a member has to register: one whose pins are kept.
fn missed_round(fund: &Fund, member: &Member, now: i64) -> Option<u64> {
    let next = member.cut_seen.saturating_add(1).max(oldest_round(fund));
    (next <= due_round(fund, now)).then_some(next)
}

/// Refuses a member that has missed a round, before its lots or its margin change. A member without
/// positions and gains counts as registered.
///
/// # Errors
/// `GainsNotRegistered`.
#[inline(always)]
pub fn require_registered(fund: &Fund, member: &mut Member, now: i64) -> Result<()> {
    if member.cut_seen == fund.cut_seq {
        return Ok(()); // nearly always
    }
    pass_missed(fund, member, now)
}

#[inline(never)]
fn pass_missed(fund: &Fund, member: &mut Member, now: i64) -> Result<()> {
    require!(!must_register(fund, member, now)?, BulkheadError::GainsNotRegistered);
    member.cut_seen = member.cut_seen.max(due_round(fund, now));
    Ok(())
}

/// Returns `true` if a member has missed a round, and holds positions or has gains.
pub fn must_register(fund: &Fund, member: &Member, now: i64) -> Result<bool> {
    let Some(number) = missed_round(fund, member, now) else { return Ok(false) };
    let settled = vesting::unvested_at(fund, member, fund.cut_round(number).reading)?;
    let has_gains = settled.max(0).unsigned_abs().min(member.margin) > 0 || member.gain_claim.round != 0;
    Ok(has_gains || member.has_positions())
}

/// Lets a new account begin at the last round whose moment has come: it owes nothing to it.
pub fn enter(fund: &Fund, member: &mut Member, now: i64) {
    member.cut_seen = due_round(fund, now);
}

/// A member that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Number of the round.
    pub round: u64,
    /// Its claim.
    pub gain: Money,
    /// What a latecomer is cut at once.
    pub cut: Money,
    /// The part of the claim that was settled, and leaves its margin.
    pub from_margin: Money,
    /// The part that each position gave, in the order of its account.
    pub realised: [Pnl; MAX_POSITIONS],
    /// Results of houses that are flat.
    pub houses: Vec<HouseResult>,
    /// The end of the house round, if all houses are flat.
    pub ended: Option<RoundEnd>,
}

/// Registers a member in the next round that it has missed. Its net gain at the pins leaves positions
/// and margin and becomes a claim, which replaces that of an earlier round.
///
/// # Errors
/// `AlreadyRegistered`; `WrongMarket` when a market that the member holds is missing.
#[inline(never)]
pub fn register(
    fund: &mut Fund,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    now: i64,
) -> Result<Registered> {
    let number = missed_round(fund, member, now).ok_or(BulkheadError::AlreadyRegistered)?;
    let unpaid = leave_round(fund, member)?;
    let mut results = [0; MAX_POSITIONS];
    let mut held = 0usize;
    for slot in member.held_mut() {
        let market = markets.find_mut(slot.market).ok_or(BulkheadError::WrongMarket)?;
        super::premium::take(market, slot)?;
        results[held] = slot.position().profit(pin(fund, market, number), market.scale()?).or_fail()?;
        held = held.saturating_add(1);
    }
    let results = &mut results[..held];
    let unsettled = results.iter().try_fold(0, |sum: Pnl, result| sum.checked_add(*result));
    let reading = fund.cut_round(number).reading;
    let claimant = Claimant {
        has_positions: held > 0,
        unsettled: unsettled.ok_or(BulkheadError::Overflow)?,
        settled: vesting::unvested_at(fund, member, reading)?,
        margin: member.margin,
        unpaid,
    };
    let plan = claimant.register().or_fail()?;
    let mut registered = Registered {
        round: number,
        gain: plan.gain,
        cut: 0,
        from_margin: 0,
        realised: [0; MAX_POSITIONS],
        houses: Vec::new(),
        ended: None,
    };
    member.cut_seen = number;
    if plan.gain > 0 || unpaid > 0 {
        spread(results, plan.realised).or_fail()?;
        registered.from_margin = plan.from_margin;
        registered.realised[..held].copy_from_slice(results);
        registered.houses = realise(fund, member, markets, results)?;
        margin::exchange_with_pool(fund, member, neg(to_pnl(plan.from_margin).or_fail()?)?)?;
        vesting::replace(fund, member, reading, plan.settled);
    }
    if plan.gain > 0 {
        registered.cut = enter_round(fund, member, number, plan.gain)?;
    }
    registered.ended = house_round::end(fund)?;
    Ok(registered)
}

/// Takes results out of a member's positions, in their order. A fraction that a flat position keeps is
/// the house's.
fn realise(
    fund: &mut Fund,
    member: &mut Member,
    markets: &mut impl MarketSourceMut,
    results: &[Pnl],
) -> Result<Vec<HouseResult>> {
    let mut houses = Vec::new();
    for (slot, result) in member.held_mut().zip(results) {
        let market = markets.find_mut(slot.market).ok_or(BulkheadError::WrongMarket)?;
        let left = slot.position().realise(*result, market.scale()?).or_fail()?;
        slot.set(positions::without_dust(market, left)?);
        if market.is_house_due() {
            houses.extend(house_round::join(fund, market)?);
        }
    }
    Ok(houses)
}

/// Enters a claim into a round. Returns what a latecomer is cut at once: it ends at the same fraction
/// as if it had been on time.
pub fn enter_round(fund: &mut Fund, member: &mut Member, number: u64, gain: Money) -> Result<Money> {
    let free = fund.free_pool();
    fund.gain_claims = add(fund.gain_claims, gain)?;
    let claim = GainClaim { round: number, gain, ..Zeroable::zeroed() };
    let round = fund.cut_round_mut(number);
    round.claims = round.claims.checked_add(1).ok_or(BulkheadError::Overflow)?;
    if !round.is_cut.get() {
        round.gains = round.open().with(gain).or_fail()?.gains;
        member.gain_claim = claim;
        return Ok(0);
    }
    let round = *fund.cut_round(number);
    let set_off = round.after().entitlement(round.gone).or_fail()?;
    let late = round.after().plan_late(gain, recoveries::recoverable_residual(fund), free).or_fail()?;
    fund.cut_round_mut(number).set(&late.cut);
    if number == fund.cut_seq && late.cut.loss.saturating_sub(late.cut.cut) <= dust(fund) {
        fund.small_cuts = 0; // it counts as if everybody had been on time
    }
    fund.gain_claims = sub(sub(fund.gain_claims, late.cancelled)?, late.recovered)?;
    waterfall::reduce_residual(fund, late.cancelled)?;
    fund.pool = sub(fund.pool, late.recovered)?;
    let entitled = late.cut.entitlement(gain).or_fail()?;
    member.gain_claim = GainClaim { entitled, is_booked: true.into(), ..claim };
    let cut = sub(gain, entitled)?;
    if cut > 0 {
        recoveries::bear(fund, member, cut)?;
    }
    recoveries::recover(fund, late.recovered)?;
    set_off_gone(fund, number, set_off)?;
    Ok(cut)
}

/// Takes a member's claim out of its round, for a later one, or for the claims of a wind-down. Returns
/// what was left of it.
pub fn leave_round(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    let left = touch_claim(fund, member)?;
    let claim = core::mem::replace(&mut member.gain_claim, Zeroable::zeroed());
    if claim.round == 0 {
        return Ok(0);
    }
    // What all claims that have left come to counts as paid, so that those which stay divide the cash
    // alone. A unit that the fractions of the single claims hide is the houses'.
    let round = fund.cut_round_mut(claim.round);
    let before = round.after().entitlement(round.gone).or_fail()?;
    let before = add(before, claim.paid)?;
    round.gone = add(round.gone, claim.gain)?;
    let leaves = sub(round.after().entitlement(round.gone).or_fail()?, before)?;
    round.paid = add(round.paid, leaves)?;
    round.claims = round.claims.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    fund.gain_claims = sub(fund.gain_claims, leaves)?;
    give_to_houses(fund, sub(leaves, left)?)?;
    Ok(left)
}

/// Ends a member's claim if nothing is left of it.
pub fn end_paid_claim(fund: &mut Fund, member: &mut Member) -> Result<()> {
    if member.gain_claim.round != 0 && worth_to_others(fund, member)? == 0 {
        leave_round(fund, member)?;
    }
    Ok(())
}

// Claims

/// Returns what is left of a claim after the cut of its round.
fn left_of(round: &CutRound, claim: &GainClaim) -> Result<Money> {
    Ok(round.after().entitlement(claim.gain).or_fail()?.saturating_sub(claim.paid))
}

/// Brings the losses that a member bears up to its claim: what was cut of it is borne, what latecomers
/// have added to it is borne no more. Returns what is left of the claim; before the cut, all of it.
///
/// Whatever reads what a member has borne does this first, so that no order of calls matters.
#[inline(always)]
pub fn touch_claim(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    if member.gain_claim.round == 0 {
        return Ok(0); // nearly always
    }
    touch_held_claim(fund, member)
}

#[inline(never)]
fn touch_held_claim(fund: &mut Fund, member: &mut Member) -> Result<Money> {
    let claim = member.gain_claim;
    let round = *fund.cut_round(claim.round);
    if !round.is_cut.get() {
        return Ok(claim.gain);
    }
    let entitled = entitled_before(&round, &claim)?;
    if !claim.is_booked.get() {
        let (cut, units) = part_of_cut(&round, claim.gain)?;
        recoveries::bear_booked(fund, member, cut, units, round.loss_epoch)?;
    }
    let now = round.after().entitlement(claim.gain).or_fail()?;
    recoveries::bear_less(fund, member, now.saturating_sub(entitled))?;
    member.gain_claim = GainClaim { entitled: now, is_booked: true.into(), ..claim };
    left_of(&round, &claim)
}

/// Returns the entitlement that the losses of a claim have been brought up to.
pub fn entitled_before(round: &CutRound, claim: &GainClaim) -> Result<Money> {
    match claim.is_booked.get() {
        true => Ok(claim.entitled),
        false => round.first().entitlement(claim.gain).or_fail(),
    }
}

/// Returns what was first cut of a claim that was on time, rounded down, and its units, rounded up: both
/// in favour of the fund, for claims together bear no more than the cut.
fn part_of_cut(round: &CutRound, gain: Money) -> Result<(Money, u128)> {
    if round.first_cut == 0 {
        return Ok((0, 0));
    }
    let cut = mul_div(gain, round.first_cut, round.first_gains, Round::Down).or_fail()?;
    Ok((cut, recoveries::units_of(cut, round.units.get(), round.first_borne)?))
}

/// A claim that was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GainPaid {
    /// Number of the round.
    pub round: u64,
    /// What was paid.
    pub paid: Money,
    /// What is left of the claim.
    pub left: Money,
}

/// Pays a member's claim, as far as the pool reaches for the claims of its round, as a settled gain:
/// while exits are blocked it does not vest, and the next round reads it. It succeeds without a payment if a latecomer has added to the claim: until the member's
/// losses say so, a recovery counts them as well as those of the latecomer, and anyone may end that.
///
/// # Errors
/// `WindDown`; `NothingToClaim` when there is nothing to pay or to add; `GainsNotRegistered`.
pub fn pay(fund: &mut Fund, member: &mut Member, now: i64) -> Result<GainPaid> {
    require!(fund.status != FundStatus::WindDown, BulkheadError::WindDown);
    require_registered(fund, member, now)?;
    require!(member.gain_claim.round != 0, BulkheadError::NothingToClaim);
    let before = entitled_before(fund.cut_round(member.gain_claim.round), &member.gain_claim)?;
    touch_claim(fund, member)?;
    let claim = member.gain_claim;
    let paid = payable(fund, &claim)?;
    require!(paid > 0 || claim.entitled > before, BulkheadError::NothingToClaim);
    let round = fund.cut_round_mut(claim.round);
    round.paid = add(round.paid, paid)?;
    fund.gain_claims = sub(fund.gain_claims, paid)?;
    margin::exchange_with_pool(fund, member, to_pnl(paid).or_fail()?)?;
    vesting::book(fund, member, to_pnl(paid).or_fail()?)?;
    member.gain_claim.paid = add(claim.paid, paid)?;
    let left = left_of(fund.cut_round(claim.round), &member.gain_claim)?;
    Ok(GainPaid { round: claim.round, paid, left })
}

fn payable(fund: &Fund, claim: &GainClaim) -> Result<Money> {
    if claim.round == 0 {
        return Ok(0);
    }
    let round = fund.cut_round(claim.round);
    if !round.is_cut.get() {
        return Ok(0);
    }
    let paid =
        round.after().without(round.gone).or_fail()?.pay(claim.gain, claim.paid, fund.pool).or_fail()?;
    Ok(paid.min(left_of(round, claim)?))
}

/// Returns what a member's claim is worth to others (U1): all of it until it is cut, then what is left.
#[inline(always)]
pub fn worth_to_others(fund: &Fund, member: &Member) -> Result<Money> {
    if member.gain_claim.round == 0 {
        return Ok(0); // nearly always
    }
    worth(fund, &member.gain_claim, |_, claim| Ok(claim.gain))
}

/// Returns what a member's claim is worth for what it does itself (U2): until it is cut, what a cut now
/// would leave.
#[inline(always)]
pub fn worth_to_oneself(fund: &Fund, member: &Member) -> Result<Money> {
    if member.gain_claim.round == 0 {
        return Ok(0); // nearly always
    }
    worth(fund, &member.gain_claim, |round, claim| round.open().value_for_oneself(claim.gain).or_fail())
}

#[inline(never)]
fn worth(
    fund: &Fund,
    claim: &GainClaim,
    before: impl Fn(&CutRound, &GainClaim) -> Result<Money>,
) -> Result<Money> {
    let round = fund.cut_round(claim.round);
    if round.is_cut.get() {
        left_of(round, claim)
    } else {
        before(round, claim)
    }
}

// Claims of defaulters

/// Takes over the claim of a member that is declared in default. Returns what is left of it after its
/// cut, to be set off now: it was the defaulter's money, so it pays for nobody else's loss.
///
/// A claim that is not cut yet becomes the fund's, and is set off as soon as the cut is known. Nobody
/// bears what is cut of it.
pub fn claim_of_defaulter(fund: &mut Fund, member: &mut Member, record: &mut DefaultRecord) -> Result<Money> {
    let claim = member.gain_claim;
    if claim.round == 0 || fund.cut_round(claim.round).is_cut.get() {
        return leave_round(fund, member);
    }
    let round = fund.cut_round_mut(claim.round);
    round.gone = add(round.gone, claim.gain)?;
    round.claims = round.claims.checked_sub(1).ok_or(BulkheadError::Underflow)?;
    record.assigned = claim.gain;
    member.gain_claim = Zeroable::zeroed();
    Ok(0)
}
