//! Assessment (layer 5): what survivors pay once their contributions are gone.

use {
    super::{margin, recoveries},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        assessment::{worth, Assessment},
        shares::ShareBook,
        units::{Bps, Money, Shares},
        Round,
    },
    bytemuck::Zeroable,
};

/// Layer 6 waits for a raise by at least this part of the most that can be called as for a new call. A default
/// of dust would otherwise hold it up for as long, and as often as somebody likes.
const MATERIAL_PARTS: u64 = 20;

/// Starts a cooling-off period, unless one runs. The cap of assessments holds over it, and is
/// measured by the price of a share before its first loss. Somebody that enters or leaves in
/// between changes nothing about it.
#[inline(never)]
pub fn start_cooling_off(fund: &mut Fund, now: i64) -> Result<()> {
    if is_cooling_off(fund, now) {
        return Ok(());
    }
    fund.cooling_off = fund.cooling_off.wrapping_add(1);
    let ends = now.checked_add(i64::from(fund.params.cooling_off_secs));
    fund.cooling_off_ends_ts = ends.ok_or(BulkheadError::Overflow)?;
    fund.contributions_before = fund.contributions;
    fund.shares_before = fund.total_shares;
    Ok(())
}

fn is_cooling_off(fund: &Fund, now: i64) -> bool {
    now < fund.cooling_off_ends_ts
}

/// Notes shares that a member has bought for `paid`. Within a cooling-off period an assessment
/// measures them by the lower of that and what they were worth before its first loss: nobody is
/// asked for more than it has put in, nor less by leaving and coming back.
#[inline(never)]
pub fn note_bought(fund: &Fund, member: &mut Member, shares: Shares, paid: Money, now: i64) -> Result<()> {
    if !is_cooling_off(fund, now) {
        return Ok(());
    }
    let base = paid.min(worth(shares, &book_before(fund, now)).or_fail()?);
    member.note_bought(fund.cooling_off, fund.share_epoch, shares, base)
}

/// Makes `shares`, which are of the epoch that has just ended, callable.
#[inline(never)]
pub fn make_assessable(fund: &mut Fund, shares: Shares, now: i64) -> Result<()> {
    fund.assessment = AssessmentState {
        shares: shares.into(),
        epoch: fund.share_epoch,
        base: worth(shares, &book_before(fund, now)).or_fail()?,
        callable: true.into(),
        ..Zeroable::zeroed()
    };
    Ok(())
}

/// Ends the liability of the shares that an earlier loss has wiped out: a loss that begins when
/// everything before is paid does not call them.
pub fn release(fund: &mut Fund) {
    fund.assessment.callable = false.into();
}

/// Calls the part of the residual that is not called yet. If that raises the call, everybody has
/// the whole time to pay again. Layer 6 waits for twice that time from the first call, and from a raise by a
/// twentieth of the most that can be called: see [`AssessmentState::holds`].
#[inline(never)]
pub fn call(fund: &mut Fund, now: i64) -> Result<()> {
    let (raised, next) = plan_call(fund, now)?;
    if raised > 0 {
        let ends = now.checked_add(i64::from(fund.params.assessment_secs));
        let most = Bps(fund.params.assessment_cap_bps).of(fund.assessment.base, Round::Down).or_fail()?;
        if fund.assessment.called == 0 || raised.saturating_mul(MATERIAL_PARTS) >= most {
            fund.assessment.began_ts = now;
        }
        fund.assessment.called = next.called;
        fund.assessment.asked = next.asked;
        fund.assessment.ends_ts = ends.ok_or(BulkheadError::Overflow)?;
    }
    Ok(())
}

fn plan_call(fund: &Fund, now: i64) -> Result<(Money, Assessment)> {
    let is_over = now > fund.assessment.ends_ts;
    let call = if is_over { fund.assessment.plan().lapsed() } else { fund.assessment.plan() };
    if !fund.assessment.callable.get() {
        return Ok((0, call));
    }
    call.plan_call(fund.allocatable(), Bps(fund.params.assessment_cap_bps)).or_fail()
}

/// Returns `true` if allocating the residual now would call more of it.
pub fn can_call(fund: &Fund, now: i64) -> Result<bool> {
    Ok(plan_call(fund, now)?.0 > 0)
}

/// Returns the shares of `member` that the call is on.
fn assessable(fund: &Fund, member: &Member) -> Shares {
    if member.share_epoch.checked_add(1) == Some(fund.assessment.epoch) {
        member.shares.get()
    } else if member.assessed_epoch == fund.assessment.epoch {
        member.assessed_shares.get()
    } else {
        0
    }
}

/// Returns the default fund as it was before the first loss of this cooling-off period.
fn book_before(fund: &Fund, now: i64) -> ShareBook {
    if is_cooling_off(fund, now) {
        return ShareBook {
            contributions: fund.contributions_before,
            total_shares: fund.shares_before.get(),
        };
    }
    fund.book()
}

/// Returns the amount that a member can still be asked for in this cooling-off period, for `shares`
/// of `epoch`, of the default fund as it was `before`. The member has agreed to the cap; it is
/// rounded down in favour of the member.
#[inline(never)]
fn room(fund: &Fund, member: &Member, shares: Shares, epoch: u64, before: &ShareBook) -> Result<Money> {
    let (bought, bought_base) = match member.has_bought(fund.cooling_off, epoch) {
        true => (member.bought_shares.get(), member.bought_base),
        false => (0, 0),
    };
    let base = add(worth(shares.saturating_sub(bought), before).or_fail()?, bought_base)?;
    let cap = Bps(member.assessment_cap_bps).of(base, Round::Down).or_fail()?;
    let assessed = if member.cooling_off == fund.cooling_off { member.assessed } else { 0 };
    Ok(cap.saturating_sub(assessed))
}

/// Returns the same for shares of the ended epoch that can be called.
fn room_of_call(fund: &Fund, member: &Member, shares: Shares) -> Result<Money> {
    room(fund, member, shares, fund.assessment.epoch.saturating_sub(1), &fund.assessment.book())
}

/// Returns the amount that `member` owes of the open call.
#[inline(never)]
pub fn due(fund: &Fund, member: &Member, now: i64) -> Result<Money> {
    let shares = assessable(fund, member);
    if shares == 0 || !fund.assessment.is_open(now) {
        return Ok(0);
    }
    let paid = if member.assessed_epoch == fund.assessment.epoch { member.assessment_paid } else { 0 };
    let due = fund.assessment.plan().due(shares, paid).or_fail()?;
    Ok(due.min(room_of_call(fund, member, shares)?))
}

/// Returns the margin that must stay above initial margin: the amount that is due of an assessment,
/// or will be due when a known loss exceeds the layers before.
///
/// Without it a survivor could carry its free margin out, or lock it up as initial margin, between
/// a default and its allocation (P6). A smaller loss reserves nothing, so that members can go on
/// taking over from the house.
#[inline(always)]
pub fn reserve(fund: &Fund, member: &Member, now: i64) -> Result<Money> {
    if member.assessment_cap_bps == 0 || fund.unfunded == 0 && fund.assessment.epoch == 0 {
        return Ok(0); // nearly always
    }
    pending(fund, member, now)
}

#[inline(never)]
fn pending(fund: &Fund, member: &Member, now: i64) -> Result<Money> {
    let exceeds = fund.unfunded > add(add(fund.treasury, fund.contributions)?, fund.cushions)?;
    match member.live_shares(fund.share_epoch) {
        0 if fund.assessment.callable.get() && fund.blocks_for_clearing(now) => {
            room_of_call(fund, member, assessable(fund, member))
        }
        live if live > 0 && exceeds => room(fund, member, live, fund.share_epoch, &book_before(fund, now)),
        _ => due(fund, member, now),
    }
}

/// Collects the amount that `member` owes of the call, as far as `free` reaches: its margin above
/// initial margin, because nobody's initial margin pays for others (P11). The money pays the loss.
/// If the loss is paid already, it goes to all members that bore losses. Returns the amount paid.
#[inline(never)]
pub fn collect(fund: &mut Fund, member: &mut Member, free: Money, now: i64) -> Result<Money> {
    let amount = due(fund, member, now)?.min(free).min(member.margin);
    if amount == 0 {
        return Ok(0);
    }
    margin::debit(fund, member, amount)?;
    let shares = assessable(fund, member);
    member.note_assessable(fund.assessment.epoch, shares);
    member.assessment_paid = add(member.assessment_paid, amount)?;
    if member.cooling_off != fund.cooling_off {
        member.cooling_off = fund.cooling_off;
        member.assessed = 0;
    }
    member.assessed = add(member.assessed, amount)?;
    fund.assessment.collected = add(fund.assessment.collected, amount)?;
    fund.assessment.asked = fund.assessment.asked.saturating_sub(amount);
    recoveries::bear(fund, member, amount)?;
    recoveries::recover(fund, amount)?;
    Ok(amount)
}

/// Agrees to the cap of assessments that is in force now.
///
/// # Errors
/// `LossPending` or `AssessmentOpen`: a lower cap would be a way out of a loss; as [`agree_first`].
pub fn agree(fund: &Fund, member: &mut Member, most_bps: u16, now: i64) -> Result<()> {
    fund.require_exits_open(now)?;
    require!(!fund.assessment.is_open(now), BulkheadError::AssessmentOpen);
    agree_first(fund, member, most_bps)
}

/// Lets a new member agree to the cap that is in force now.
///
/// # Errors
/// `AssessmentCapExceeded` above `most_bps`, which the owner has signed: a change could be applied in
/// front of it.
pub fn agree_first(fund: &Fund, member: &mut Member, most_bps: u16) -> Result<()> {
    require!(fund.params.assessment_cap_bps <= most_bps, BulkheadError::AssessmentCapExceeded);
    member.assessment_cap_bps = fund.params.assessment_cap_bps;
    Ok(())
}
