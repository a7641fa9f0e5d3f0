//! C1 to C11, recomputed off chain from account data alone: see `docs/properties.md`.
//!
//! The accounts of ended covers are no part of a [`Book`], so they are given beside it.

use {
    crate::checks::{self, Haircut},
    bulkhead_book::Book,
    bulkhead_client::{
        claims::{
            constants::PAGE_CLAIMS,
            state::{Loss, LossState, Page},
            Claim,
        },
        state::{Cover, CoverStatus, Market, MemberStatus},
        Address,
    },
    bulkhead_math::{
        covers::HOLD_ROOM_SECS,
        units::{Money, Shares},
        MathError,
    },
    std::collections::BTreeSet,
};

fn require(holds: bool, violation: impl FnOnce() -> String) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(violation())
    }
}

fn named(error: MathError) -> String {
    format!("a number has no value: {error:?}")
}

fn sum(covers: &[Cover], part: impl Fn(&Cover) -> Money) -> u128 {
    covers.iter().map(|cover| u128::from(part(cover))).sum()
}

/// C1: what covers pledge is the sum of what those that have not ended may still draw, and no cover is
/// owed more than that.
pub fn pledged(book: &Book, covers: &[Cover]) -> Result<(), String> {
    for cover in covers {
        let taken = u128::from(cover.drawn) + u128::from(cover.owed);
        require(taken <= u128::from(cover.limit), || {
            format!("cover {} has drawn {taken} of {}", cover.index, cover.limit)
        })?;
        require(cover.status != CoverStatus::Ended || cover.owed == 0, || {
            format!("cover {} has ended and is owed {}", cover.index, cover.owed)
        })?;
    }
    let live: Vec<Cover> =
        covers.iter().copied().filter(|cover| cover.status != CoverStatus::Ended).collect();
    let pledged = sum(&live, |cover| cover.limit - cover.drawn);
    require(pledged == u128::from(book.fund.committed), || {
        format!("covers pledge {pledged}, not {}", book.fund.committed)
    })?;
    let owed = sum(&live, |cover| if cover.status == CoverStatus::Active { cover.owed } else { 0 });
    require(owed == u128::from(book.fund.cover_owed), || {
        format!("covers are owed {owed}, not {}", book.fund.cover_owed)
    })
}

/// C2: the two largest stress losses and everything that covers pledge are together at most treasury and
/// contributions. It is checked after what asks for it: a registration, and trades that add risk.
pub fn both_largest_fit(book: &Book) -> Result<(), String> {
    let discount = book.fund.params.auction().max_discount;
    let exposed = book.members.values().filter(|member| member.has_positions());
    let losses: Result<Vec<Money>, MathError> =
        exposed.map(|member| book.risk(member)?.stress_loss(member.margin, discount)).collect();
    let mut losses = losses.map_err(named)?;
    losses.sort_unstable();
    let largest: u128 = losses.iter().rev().take(2).map(|loss| u128::from(*loss)).sum();
    let used = largest + u128::from(book.fund.committed);
    let there = u128::from(book.fund.treasury) + u128::from(book.fund.contributions);
    require(used <= there, || format!("the two largest defaults and every cover need {used} of {there}"))
}

/// What a settlement says that it has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Number of the cover.
    pub cover: u16,
    /// Taken from the treasury.
    pub from_treasury: Money,
    /// Taken from contributions.
    pub from_contributions: Money,
    /// What the fund lacked.
    pub lapsed: Money,
}

/// C3: a settlement takes from the treasury above its floor, then from contributions, pro rata, and from
/// nothing else.
pub fn settlement(before: &Book, after: &Book, settled: &Settled) -> Result<(), String> {
    let Settled { cover, from_treasury, from_contributions, lapsed } = *settled;
    let (was, is) = (&before.fund, &after.fund);
    let paid = from_treasury.checked_add(from_contributions).ok_or("a settlement pays too much")?;
    require(was.treasury.checked_sub(from_treasury) == Some(is.treasury), || {
        format!("the treasury was {} and is {}", was.treasury, is.treasury)
    })?;
    require(was.contributions.checked_sub(from_contributions) == Some(is.contributions), || {
        format!("contributions were {} and are {}", was.contributions, is.contributions)
    })?;
    let floor = was.treasury_floor().map_err(|_| "the treasury has no floor")?.min(was.treasury);
    require(is.treasury >= floor, || format!("the treasury is {} below its floor {floor}", is.treasury))?;
    let others = |book: &Book| {
        let fund = &book.fund;
        let buckets = [fund.margin_total, fund.pool, fund.cushions, fund.residual, fund.recoveries];
        (buckets, fund.rewards_unclaimed + fund.rewards_streaming, fund.share_epoch, fund.cooling_off)
    };
    require(others(before) == others(after), || "another bucket, or an epoch, has changed".into())?;
    require(was.cover_reserve.checked_add(paid) == Some(is.cover_reserve), || {
        format!("the reserve has grown from {} to {}", was.cover_reserve, is.cover_reserve)
    })?;
    let owed = before.covers.get(&cover).map(|cover| cover.owed);
    require(owed == paid.checked_add(lapsed), || {
        format!("{owed:?} were owed, {paid} paid, {lapsed} lapsed")
    })?;
    let haircut = Haircut { contributions: was.contributions, paid: from_contributions };
    checks::pro_rata(before, after, &haircut, None).map(drop)
}

/// C4: clearing waits for nothing. `before` is the book from which a cover is paid.
pub fn clearing_is_whole(before: &Book) -> Result<(), String> {
    let fund = &before.fund;
    require(before.open_records().next().is_none() && fund.open_defaults == 0, || {
        "a default is open".into()
    })?;
    require(fund.residual == 0, || format!("{} is unpaid", fund.residual))?;
    let graces = before.members.values().filter(|member| member.status == MemberStatus::Grace).count();
    require(graces == 0, || format!("{graces} members are in grace"))?;
    let waits = |market: &&Market| market.house_lots != 0 && market.house_waived == 0;
    let houses = before.markets.iter().filter(waits).count();
    require(houses == 0, || format!("{houses} houses hold lots"))?;
    require(before.now >= fund.exits.cleared_until(), || "a grace or a watch runs".into())
}

/// C5: each leaf of a loss was paid at most once, at the ratio of all, and never more than is reserved.
/// `claims` are the leaves of its tree, `pages` all pages of the loss.
pub fn claims(loss: &Loss, pages: &[Page], claims: &[Claim]) -> Result<(), String> {
    let total: u128 = claims.iter().map(|claim| u128::from(claim.amount)).sum();
    require(total == u128::from(loss.total), || format!("claims sum to {total}, not {}", loss.total))?;
    let (mut count, mut paid) = (0_u32, 0_u128);
    for page in pages {
        for (claim, is_paid) in
            claims.iter().skip(usize::from(page.number) * PAGE_CLAIMS as usize).zip(bits(page))
        {
            if is_paid {
                count += 1;
                // Rounded down in favour of the fund.
                let part = u128::from(claim.amount) * u128::from(loss.reserved.min(loss.total));
                paid += part / u128::from(loss.total.max(1));
            }
        }
    }
    require(count == loss.claimed, || {
        format!("{count} leaves are marked, {} claims were paid", loss.claimed)
    })?;
    require(paid == u128::from(loss.paid), || format!("claims are worth {paid}, {} was paid", loss.paid))?;
    require(loss.paid <= loss.reserved, || format!("{} was paid of {}", loss.paid, loss.reserved))
}

/// Whether each claim of a page was paid.
fn bits(page: &Page) -> impl Iterator<Item = bool> + '_ {
    page.bits.iter().flat_map(|byte| (0..8).map(move |bit| byte & (1 << bit) != 0))
}

/// C6: the reserve of the fund is what covers have in it, and the vaults of panels hold what claims and
/// bonds are owed. `vaults` is the sum of their balances.
pub fn reserve(book: &Book, covers: &[Cover], losses: &[Loss], vaults: Money) -> Result<(), String> {
    let reserve = sum(covers, |cover| cover.prepaid)
        + sum(covers, |cover| cover.first_loss)
        + sum(covers, |cover| cover.payable);
    require(reserve == u128::from(book.fund.cover_reserve), || {
        format!("covers have {reserve} in the reserve, not {}", book.fund.cover_reserve)
    })?;
    let unpaid = |loss: &Loss| match loss.state == LossState::Open {
        true => loss.reserved.saturating_sub(loss.paid),
        false => 0,
    };
    let owed: u128 = losses.iter().map(|loss| u128::from(unpaid(loss)) + u128::from(loss.bond)).sum();
    require(u128::from(vaults) >= owed, || format!("the vaults of panels hold {vaults} of {owed}"))
}

/// Whether covers keep exits shut from one look to the next without a gap.
pub fn was_held_throughout(before: &Book, after: &Book) -> bool {
    let held = before.fund.exits.hold_until_ts >= after.now && before.now < before.fund.exits.hold_until_ts;
    held || (before.fund.cover_owed > 0 && after.fund.cover_owed >= before.fund.cover_owed)
}

/// C7: while covers keep exits shut, nobody's shares change, but for those of a member in default.
pub fn nobody_moves(before: &Book, after: &Book) -> Result<(), String> {
    if before.fund.share_epoch != after.fund.share_epoch {
        return Ok(()); // an epoch that clearing has ended takes everybody's
    }
    let defaulters: BTreeSet<Address> = after.records.values().map(|record| record.member).collect();
    for (address, member) in &before.members {
        let held: Shares = after.members.get(address).map_or(0, |member| member.shares.get());
        require(held == member.shares.get() || defaulters.contains(address), || {
            format!("{address} had {} shares and has {held}", member.shares.get())
        })?;
    }
    Ok(())
}

/// A cover's way into force, on the exit clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Reading, in seconds, at which its change was queued.
    pub queued_secs: u64,
    /// Reading, in seconds, at which it was applied.
    pub applied_secs: u64,
}

/// C8: exits were open for notice period and claim window before a cover came into force.
pub fn everybody_could_leave(book: &Book, opening: &Opening) -> Result<(), String> {
    let params = &book.fund.params;
    let needed = u64::from(params.notice_secs) + u64::from(params.claim_window_secs);
    let open = opening.applied_secs.saturating_sub(opening.queued_secs);
    require(open >= needed, || format!("exits were open for {open} of {needed} s before a cover"))
}

/// C9: all holds together stay within their bucket.
pub fn holds(book: &Book) -> Result<(), String> {
    let exits = &book.fund.exits;
    let used = exits.holds().at(book.now).used;
    require(used <= HOLD_ROOM_SECS, || format!("{used} s of the bucket of {HOLD_ROOM_SECS} are used"))?;
    let left = exits.hold_until_ts.saturating_sub(book.now).max(0).unsigned_abs();
    require(left <= used, || format!("exits are held for {left} s, and {used} were taken out of the bucket"))
}

/// C10: an instruction of covers stays below what it may cost at any number of members and claims.
pub fn cost(name: &str, units: u64, most: u64) -> Result<(), String> {
    require(units <= most, || format!("{name} has cost {units} CU, more than {most}"))
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        bulkhead_client::{
            instruction::FundKeys,
            state::{Fund, FundParams},
        },
        bytemuck::Zeroable,
        std::collections::BTreeMap,
    };

    fn book(fund: Fund) -> Book {
        Book {
            keys: FundKeys::new(&Address::default(), Address::default(), Address::default(), 0),
            slot: 0,
            now: 1_000,
            fund,
            vault_amount: 0,
            markets: Vec::new().into(),
            members: BTreeMap::new(),
            records: BTreeMap::new(),
            epochs: BTreeMap::new(),
            takings: BTreeMap::new(),
            covers: BTreeMap::new(),
            quotes: Vec::new(),
        }
    }

    fn covers() -> [Cover; 2] {
        let one = Cover { limit: 100, drawn: 30, owed: 20, prepaid: 5, first_loss: 7, ..Zeroable::zeroed() };
        let ended = Cover {
            index: 1,
            limit: 50,
            status: CoverStatus::Ended.into(),
            payable: 9,
            ..Zeroable::zeroed()
        };
        [one, ended]
    }

    #[test]
    fn covers_pledge_what_they_may_still_draw() {
        let fund = Fund { committed: 70, cover_owed: 20, ..Zeroable::zeroed() };
        assert_eq!(pledged(&book(fund), &covers()), Ok(()));
        assert!(
            pledged(&book(Fund { committed: 120, ..fund }), &covers()).is_err(),
            "an ended one pledges nothing"
        );
        assert!(pledged(&book(Fund { cover_owed: 0, ..fund }), &covers()).is_err());
        let [one, ended] = covers();
        let beyond = [Cover { owed: 71, ..one }, ended];
        assert!(pledged(&book(Fund { cover_owed: 71, ..fund }), &beyond).is_err());
    }

    #[test]
    fn the_reserve_and_the_vaults_hold_what_is_owed() {
        let fund = Fund { cover_reserve: 21, ..Zeroable::zeroed() };
        let loss =
            Loss { state: LossState::Open.into(), reserved: 40, paid: 15, bond: 3, ..Zeroable::zeroed() };
        assert_eq!(reserve(&book(fund), &covers(), &[loss], 28), Ok(()));
        assert!(reserve(&book(fund), &covers(), &[loss], 27).is_err());
        assert!(reserve(&book(Fund { cover_reserve: 20, ..fund }), &covers(), &[loss], 28).is_err());
    }

    #[test]
    fn each_leaf_is_paid_once_at_its_ratio() {
        let leaves = [40, 60, 100].map(|amount| Claim { claimant: [0; 32], amount });
        let mut page = Page::zeroed();
        page.bits[0] = 0b101;
        let loss = Loss { total: 200, reserved: 110, paid: 22 + 55, claimed: 2, ..Zeroable::zeroed() };
        assert_eq!(claims(&loss, &[page], &leaves), Ok(()));
        assert!(claims(&Loss { paid: 78, ..loss }, &[page], &leaves).is_err(), "a unit more than the ratio");
        assert!(claims(&Loss { claimed: 3, ..loss }, &[page], &leaves).is_err());
        assert!(claims(&Loss { total: 199, ..loss }, &[page], &leaves).is_err(), "leaves above the total");
        page.bits[0] = 0b111;
        assert!(claims(&loss, &[page], &leaves).is_err(), "a leaf that nobody was paid for");
    }

    #[test]
    fn a_settlement_touches_two_buckets() {
        let mut before =
            book(Fund { treasury: 50, contributions: 100, cover_reserve: 9, ..Zeroable::zeroed() });
        before.covers.insert(3, Cover { owed: 70, ..Zeroable::zeroed() });
        let settled = Settled { cover: 3, from_treasury: 50, from_contributions: 15, lapsed: 5 };
        let done = Fund { treasury: 0, contributions: 85, cover_reserve: 74, ..before.fund };
        let after = |fund: Fund| Book { fund, ..before.clone() };
        assert_eq!(settlement(&before, &after(done), &settled), Ok(()));
        assert!(settlement(&before, &after(Fund { pool: 1, ..done }), &settled).is_err());
        assert!(settlement(&before, &after(Fund { cover_reserve: 73, ..done }), &settled).is_err());
        assert!(settlement(&before, &after(done), &Settled { lapsed: 4, ..settled }).is_err());
        before.fund.params = FundParams { treasury_floor: 10, ..before.fund.params };
        let done = Fund { params: before.fund.params, ..done };
        let below = Book { fund: done, ..before.clone() };
        assert!(settlement(&before, &below, &settled).is_err(), "the treasury ends below its floor");
    }

    #[test]
    fn holds_come_out_of_their_bucket() {
        let mut fund = Fund::zeroed();
        fund.exits.hold_ts = 1_000;
        (fund.exits.hold_until_ts, fund.exits.hold_used_secs) = (1_600, 600);
        assert_eq!(holds(&book(fund)), Ok(()));
        fund.exits.hold_until_ts = 1_601;
        assert!(holds(&book(fund)).is_err());
        (fund.exits.hold_until_ts, fund.exits.hold_used_secs) = (0, HOLD_ROOM_SECS + 1);
        assert!(holds(&book(fund)).is_err());
    }

    #[test]
    fn clearing_comes_first_and_exits_were_open() {
        assert_eq!(clearing_is_whole(&book(Fund::zeroed())), Ok(()));
        for fund in
            [Fund { residual: 1, ..Zeroable::zeroed() }, Fund { open_defaults: 1, ..Zeroable::zeroed() }]
        {
            assert!(clearing_is_whole(&book(fund)).is_err());
        }
        let mut fund = Fund::zeroed();
        (fund.params.notice_secs, fund.params.claim_window_secs) = (70, 20);
        let opening = |applied_secs| Opening { queued_secs: 10, applied_secs };
        assert_eq!(everybody_could_leave(&book(fund), &opening(100)), Ok(()));
        assert!(everybody_could_leave(&book(fund), &opening(99)).is_err());
    }
}
