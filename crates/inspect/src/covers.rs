//! C1 to C11, recomputed off chain from account data alone: see `docs/properties.md`.
//!
//! The accounts of ended covers are no part of a [`Book`], so they are given beside it.

use {
    crate::checks::{self, Haircut},
    bulkhead_book::Book,
    bulkhead_client::{
        claims::{
            constants::PAGE_CLAIMS,
            state::{day_of, Expiry, ExpiryState, Loss, LossState, Page, Policy, PolicyBook, PriceDay},
            Claim,
        },
        state::{Cover, CoverStatus, Market, MemberStatus},
        Address,
    },
    bulkhead_math::{
        covers::HOLD_ROOM_SECS,
        impermanent_loss::DAY_SECS,
        units::{Money, Price, Shares},
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

/// A book of policies as its accounts show it.
#[derive(Clone, Copy)]
pub struct Insured<'a> {
    /// The book.
    pub book: &'a PolicyBook,
    /// Its cover.
    pub cover: &'a Cover,
    /// All its days.
    pub days: &'a [Expiry],
    /// All its policies.
    pub policies: &'a [Policy],
    /// Balance of its vault.
    pub vault: Money,
}

/// C11: the sum of all maximal payouts is pledged, and the cover can pay it; each policy has paid its
/// premium; days are paid by the formula of their two mean prices, and never more than was drawn for them.
pub fn insured(insured: &Insured) -> Result<(), String> {
    let Insured { book, cover, days, policies, vault } = *insured;
    let (mut pledged, mut reserved) = (0_u128, 0_u128);
    for day in days {
        match &day.state {
            state if *state == ExpiryState::Running => pledged += running(book, day, policies)?,
            state => {
                settled(book, day)?;
                let is_open = *state == ExpiryState::Open;
                reserved += u128::from(if is_open { day.reserved - day.paid } else { 0 });
            }
        }
    }
    require(pledged == u128::from(book.pledged), || {
        format!("policies pay at most {pledged}, and {} is pledged", book.pledged)
    })?;
    let most = cover.limit.min(cover.per_draw).min(cover.period_limit);
    let taken = pledged + u128::from(cover.drawn) + u128::from(cover.owed);
    require(taken <= u128::from(most), || format!("policies need {taken} of {most} that their cover pays"))?;
    require(u128::from(vault) >= reserved, || format!("the vault holds {vault} of {reserved} for policies"))
}

/// A day whose policies are sold or run. Returns the most that they pay.
fn running(book: &PolicyBook, day: &Expiry, policies: &[Policy]) -> Result<u128, String> {
    let own: Vec<&Policy> = policies.iter().filter(|policy| policy.expiry_day == day.day).collect();
    require(own.len() as u64 == day.policies, || {
        format!("day {} has {} policies, and counts {}", day.day, own.len(), day.policies)
    })?;
    let most: u128 = own.iter().map(|policy| u128::from(policy.most)).sum();
    require(most == u128::from(day.pledged), || {
        format!("policies of day {} pay at most {most}, and pledge {}", day.day, day.pledged)
    })?;
    for policy in own {
        let entry = kept(book, policy.bought_day() + 1);
        if policy.is_started.get() {
            let cohort = day.cohort(policy.term_days).map_err(|_| "a policy has a term of no book")?;
            is_mean("entry", cohort.entry_price, entry)?;
        }
        premium(book, policy, entry)?;
    }
    Ok(most)
}

/// A price was paid for a policy that is fair at the least variance of the book and, once it is in force,
/// at the largest one of its day of entry. That price is at most the largest payout.
fn premium(book: &PolicyBook, policy: &Policy, entry: Option<&PriceDay>) -> Result<(), String> {
    let terms = book.terms(policy.insured);
    let most = terms.most().map_err(named)?;
    require(policy.most == most, || {
        format!("policy {} pays at most {most}, and says {}", policy.number, policy.most)
    })?;
    let noted = entry.filter(|_| policy.is_started.get()).map_or(0, |day| day.variance);
    let variance = book.least_variance().max(noted);
    let secs = u64::from(policy.term_days) * DAY_SECS;
    let fair = terms.premium(variance, secs, book.theta_bps).map_err(named)?;
    let fair = fair.unwrap_or(most).min(most);
    require(policy.premium >= fair, || {
        format!("policy {} has paid {}, less than its fair premium {fair}", policy.number, policy.premium)
    })
}

/// A day that is settled: its total follows from the closed form, and it shares and pays no more than
/// that.
fn settled(book: &PolicyBook, day: &Expiry) -> Result<(), String> {
    is_mean("exit", day.exit_price, kept(book, day.day + 1))?;
    let (mut formula, mut doubt) = (0.0, 1.0);
    for cohort in &day.cohorts {
        formula += payout(book, cohort.insured as f64, cohort.entry_price, day.exit_price);
        doubt += 2.0 + cohort.insured as f64 / 2f64.powi(30); // loss, deductible and cap are rounded
    }
    let formula = formula.min(day.pledged as f64);
    require((day.total as f64 - formula).abs() <= doubt + day.policies as f64, || {
        format!("day {} pays {} in all, and the formula says {formula:.0}", day.day, day.total)
    })?;
    require(day.total <= day.pledged, || format!("day {} draws more than it pledges", day.day))?;
    require(day.reserved <= day.total, || format!("day {} shares more than its total", day.day))?;
    require(day.paid <= day.reserved, || format!("day {} has paid {} of {}", day.day, day.paid, day.reserved))
}

/// The payout for a value at entry, by equations 13 and 14.
fn payout(book: &PolicyBook, insured: f64, entry: Price, exit: Price) -> f64 {
    if entry == 0 {
        return 0.0;
    }
    let (p0, p1) = (entry as f64, exit as f64);
    let loss = (p0 + p1 - 2.0 * (p0 * p1).sqrt()) / (p0 + p1).max(2.0 * p0);
    let [deductible, cap, coinsurance] =
        [book.deductible_bps, book.cap_bps, book.coinsurance_bps].map(|bps| f64::from(bps) / 10_000.0);
    insured * (1.0 - coinsurance) * (loss - deductible).max(0.0).min(cap)
}

/// A day of the ring that is over and covered by half: the price of its policies is its mean.
fn kept(book: &PolicyBook, day: u32) -> Option<&PriceDay> {
    let is_price = |kept: &&PriceDay| u64::from(kept.secs) >= DAY_SECS / 2;
    book.at(day).filter(is_price).filter(|_| day < day_of(book.noted_ts))
}

/// Compares a price with the mean of its day, if the ring still has that.
fn is_mean(which: &str, price: Price, day: Option<&PriceDay>) -> Result<(), String> {
    let Some(day) = day else { return Ok(()) };
    let mean = day.price_seconds.get() / u128::from(day.secs);
    require(u128::from(price) == mean, || {
        format!("the price of {which} is {price}, and its day's mean {mean}")
    })
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        bulkhead_client::{
            claims::state::{start_of, BookTerms},
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
            prints: BTreeMap::new(),
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

    /// A book on a price of 100 that rises to 400, with one policy of 1,000,000: it pays at most 90,000.
    fn policies() -> (PolicyBook, Cover, Expiry, Policy) {
        let terms = BookTerms {
            min_insured: 1,
            theta_bps: 12_000,
            max_age_secs: 900,
            cover_index: 0,
            market_index: 0,
            deductible_bps: 100,
            cap_bps: 1_000,
            coinsurance_bps: 1_000,
            least_volatility_bps: 8_000,
            min_term_days: 8,
            max_term_days: 12,
        };
        let mut book = PolicyBook::zeroed();
        bulkhead_client::claims::rules::policies::create(&mut book, &terms).unwrap();
        for (day, price) in [(20_001_u32, 100_u128), (20_009, 400)] {
            let price_seconds = (price * 86_400).into();
            book.days[day as usize % 64] = PriceDay { day, secs: 86_400, variance: 0, price_seconds };
        }
        book.noted_ts = start_of(20_010);
        let insured = 1_000_000;
        let most = book.terms(insured).most().unwrap();
        book.pledged = most;
        let fair = book.terms(insured).premium(book.least_variance(), 8 * DAY_SECS, 12_000);
        let premium = fair.unwrap().unwrap();
        let policy =
            Policy { term_days: 8, expiry_day: 20_008, insured, premium, most, ..Zeroable::zeroed() };
        let policy = Policy { is_started: true.into(), ..policy };
        let mut day = Expiry { day: 20_008, policies: 1, pledged: most, ..Zeroable::zeroed() };
        let cohort = day.cohort_mut(8).unwrap();
        (cohort.insured, cohort.entry_price) = (insured, 100);
        let cover = Cover { limit: most, per_draw: most, period_limit: most, ..Zeroable::zeroed() };
        (book, cover, day, policy)
    }

    #[test]
    fn maximal_payouts_are_pledged_at_a_fair_premium() {
        let (book, cover, day, policy) = policies();
        let check = |book: &PolicyBook, cover: &Cover, day: Expiry, policy: Policy| {
            insured(&Insured { book, cover, days: &[day], policies: &[policy], vault: 0 })
        };
        assert_eq!(check(&book, &cover, day, policy), Ok(()));
        let told = |found: Result<(), String>| found.unwrap_err();
        let cheap = Policy { premium: policy.premium - 1, ..policy };
        assert!(told(check(&book, &cover, day, cheap)).contains("fair premium"));
        let less = Cover { per_draw: cover.limit - 1, ..cover };
        assert!(told(check(&book, &less, day, policy)).contains("that their cover pays"));
        let drawn = Cover { drawn: 1, ..cover };
        assert!(check(&book, &drawn, day, policy).is_err());
        let more = Policy { most: policy.most + 1, ..policy };
        assert!(check(&book, &cover, Expiry { pledged: more.most, ..day }, more).is_err());
        assert!(told(check(&book, &cover, Expiry { policies: 2, ..day }, policy)).contains("counts 2"));
        let mut other = book;
        other.pledged -= 1;
        assert!(told(check(&other, &cover, day, policy)).contains("is pledged"));
        // A variance of entry beyond that of the purchase asks for more than was paid.
        let mut calm = book;
        calm.days[20_001 % 64].variance = 2 * book.least_variance();
        assert!(told(check(&calm, &cover, day, policy)).contains("fair premium"));
        let unstarted = Policy { is_started: false.into(), ..policy };
        assert_eq!(check(&calm, &cover, day, unstarted), Ok(()));
        let mut wrong = day;
        wrong.cohort_mut(8).unwrap().entry_price = 99;
        assert!(told(check(&book, &cover, wrong, policy)).contains("price of entry"));
    }

    #[test]
    fn a_day_is_paid_by_the_closed_form() {
        let (mut book, mut cover, day, _) = policies();
        book.pledged = 0;
        // The loss is 20%, of which the cap leaves 10%, less a tenth.
        let total = day.pledged;
        cover.drawn = total;
        let state = ExpiryState::Open.into();
        let open = Expiry { state, exit_price: 400, total, reserved: total, paid: 10, ..day };
        let check = |day: Expiry, vault: Money| {
            insured(&Insured { book: &book, cover: &cover, days: &[day], policies: &[], vault })
        };
        assert_eq!(check(open, total - 10), Ok(()));
        assert!(check(open, total - 11).is_err(), "the vault lacks a unit");
        assert!(check(Expiry { total: total - 100, reserved: 10, ..open }, total).is_err());
        assert!(check(Expiry { reserved: total + 1, ..open }, total).is_err());
        assert!(check(Expiry { reserved: 9, ..open }, total).is_err());
        assert!(check(Expiry { exit_price: 401, ..open }, total).is_err());
        let lapsed = Expiry { reserved: 10, ..open };
        assert_eq!(check(lapsed, 0), Ok(()), "what the fund lacked is paid to nobody");
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
