//! Cover: how much of the others' money one member may endanger, and which two members endanger
//! most.

use {
    super::{requirements, shares, MarketSource},
    crate::{arithmetic::*, error::*, state::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        requirements::Risk,
        units::{Bps, Money},
        Round,
    },
    bytemuck::Zeroable,
};

/// Computes a member's exposure at the marks, and updates the table. At the ends of interval B an old mark
/// would make an exposure look larger, and keep others from leaving.
///
/// # Errors
/// As [`requirements::require_recent_or_silent`].
#[inline(never)]
pub fn report(
    fund: &mut Fund,
    address: &Address,
    member: &Member,
    markets: &impl MarketSource,
) -> Result<Exposure> {
    requirements::require_recent_or_silent(markets, member)?;
    let mut risk = requirements::risk(fund, markets, member)?;
    risk.profit_adverse = risk.profit; // a mark has no width
    update(fund, address, member, &risk)
}

/// Computes the exposure of a member with these requirements, and updates the table if the member
/// is, or was, one of the two that endanger most. A member that endangers nothing is not in the table,
/// and its contribution is left out: it costs a division.
#[inline(never)]
pub fn update(fund: &mut Fund, address: &Address, member: &Member, risk: &Risk) -> Result<Exposure> {
    let stress_loss = stress_loss(fund, member, risk)?;
    let contribution = if stress_loss > 0 { shares::contribution(fund, member)? } else { 0 };
    let seen = Exposure { member: *address, contribution, stress_loss };
    write(fund, &seen);
    Ok(seen)
}

/// Returns the stress loss of a member with these requirements, sold at the largest discount of an auction.
#[inline(always)]
pub fn stress_loss(fund: &Fund, member: &Member, risk: &Risk) -> Result<Money> {
    risk.stress_loss(member.margin, fund.params.auction().max_discount).or_fail()
}

fn write(fund: &mut Fund, seen: &Exposure) {
    let table = &mut fund.exposures;
    let known = table.iter().position(|known| anchor_lang::address_eq(&known.member, &seen.member));
    let smaller = usize::from(table[1].stress_loss < table[0].stress_loss);
    match known {
        Some(place) if seen.stress_loss == 0 => table[place] = Exposure::zeroed(),
        Some(place) => table[place] = *seen,
        None if seen.stress_loss > table[smaller].stress_loss => table[smaller] = *seen,
        None => {}
    }
}

/// Takes a member out of the table: without positions it endangers nothing.
pub fn forget(fund: &mut Fund, address: &Address) {
    write(fund, &Exposure { member: *address, ..Zeroable::zeroed() });
}

/// Corrects the contribution of a member that may be in the table, after it has contributed more or
/// taken some back.
#[inline(always)]
pub fn correct_contribution(fund: &mut Fund, address: &Address, added: Money, taken: Money) {
    let known = fund.exposures.iter_mut().filter(|known| known.stress_loss > 0);
    for known in known.filter(|known| anchor_lang::address_eq(&known.member, address)) {
        // A contribution that is too large makes the limit stricter, because a member's own
        // contribution does not cover its exposure.
        known.contribution = known.contribution.saturating_add(added).saturating_sub(taken);
    }
}

/// Refuses an exposure above the cover limit, which is a part of treasury and the others'
/// contributions.
///
/// # Errors
/// `CoverLimitExceeded`.
pub fn require_within_limit(fund: &Fund, seen: &Exposure) -> Result<()> {
    if seen.stress_loss == 0 {
        return Ok(()); // nearly always
    }
    let limit = limit(fund, fund.mutual_resources(seen.contribution)?)?;
    require!(seen.stress_loss <= limit, BulkheadError::CoverLimitExceeded);
    Ok(())
}

/// Returns the most that one member may endanger of these mutual resources, rounded down in favour
/// of the others.
#[inline(always)]
pub fn limit(fund: &Fund, mutual: Money) -> Result<Money> {
    Bps(fund.params.cover_limit_bps).of(mutual, Round::Down).or_fail()
}

/// Returns `true` if, with `amount` of the leaver's contribution gone, each of the two largest
/// exposures is within the cover limit of treasury and the others' contributions. Together they
/// then use no more than there is. The leaver's own exposure never counted on its own contribution.
pub fn covers_two_without(fund: &Fund, leaver: &Address, amount: Money) -> Result<bool> {
    let left = sub(fund.contributions, amount)?;
    covers(fund, fund.treasury, left, |known| !anchor_lang::address_eq(&known.member, leaver))
}

/// Returns `true` if, with so much treasury, each of the two largest exposures is within the cover
/// limit of treasury and the others' contributions.
pub fn covers_two_with(fund: &Fund, treasury: Money) -> Result<bool> {
    covers(fund, treasury, fund.contributions, |_| true)
}

fn covers(
    fund: &Fund,
    treasury: Money,
    contributions: Money,
    counts: impl Fn(&Exposure) -> bool,
) -> Result<bool> {
    for known in fund.exposures.iter().filter(|known| known.stress_loss > 0 && counts(known)) {
        let mutual = add(treasury, contributions.saturating_sub(known.contribution))?;
        if known.stress_loss > limit(fund, mutual.saturating_sub(fund.pledged()))? {
            return Ok(false);
        }
    }
    // Without an exposure covers are still asked for.
    Ok(fund.pledged() <= add(treasury, contributions)?)
}
