//! `open_cover`, `amend_cover`, `suspend_cover`, `end_cover`, and the changes that covers forbid.

use {
    super::*,
    bulkhead_tests::{
        bulkhead::{
            constants::{COVER_LIVES_SECS, COVER_OPENS_SECS, COVER_SERVES_SECS, MAX_COVERS, TIMELOCK_SECS},
            state::{CoverKind, CoverPurse, CoverStatus, CoverTerms, FundChange, ParameterChange},
        },
        event,
        params::DAY,
        BulkheadError::*,
        MarketSpec, Signer, BTC, SOL,
    },
};

const LIMIT: u64 = usdc(1_000);

fn queue(world: &mut World, change: ParameterChange) -> u64 {
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(change));
    number
}

/// Queues a change, and waits until it can be applied.
fn due(world: &mut World, change: ParameterChange) -> u64 {
    let number = queue(world, change);
    world.wait_for_change(number);
    number
}

#[test]
fn a_cover_opens_after_its_timelock() {
    let mut world = coverable();
    let terms = world.cover_terms(LIMIT);
    let number = queue(&mut world, ParameterChange::NewCover(terms));
    // Notice period and claim window on top of the day: everybody who disagrees can leave before.
    let ready = world.queued_change(number).ready_secs - world.exit_secs();
    assert_eq!(ready, TIMELOCK_SECS + 2 * DAY as u64);
    world.warp_secs(ready as i64 - 1);
    world.refuse(world.open_cover(0, number), ChangeNotReady);
    world.warp_secs(1);
    let meta = world.run(world.open_cover(0, number));
    let opened = event!(meta, CoverOpened);
    assert_eq!((opened.cover, opened.limit, opened.index), (world.here.keys.cover(0), LIMIT, 0));
    // An hour from now: its premium can be paid before it lapses for want of it.
    assert_eq!((opened.opens_ts, opened.ends_ts), (world.now() + COVER_OPENS_SECS, terms.ends_ts));
    let (fund, cover) = (world.fund(), world.cover(0));
    assert_eq!((fund.committed, fund.covers, fund.cover_seq), (LIMIT, 1, 1));
    assert_eq!((cover.drawer, cover.destination), (terms.drawer, terms.destination));
    assert_eq!((cover.premium_ts, cover.beneficiary), (cover.opens_ts, terms.beneficiary));
    assert!(cover.status == CoverStatus::Active);
}

/// A quarter of 4,200 is 1,050, for all covers together.
#[test]
fn covers_pledge_no_more_than_their_budget() {
    let mut world = coverable();
    let terms = world.cover_terms(usdc(1_050));
    let [first, second, least] = [terms.limit + 1, terms.limit, 1].map(|limit| {
        let terms = CoverTerms { first_loss_min: 1, ..world.cover_terms(limit) };
        queue(&mut world, ParameterChange::NewCover(terms))
    });
    world.wait_for_change(least);
    world.refuse(world.open_cover(0, first), CoverBudgetExceeded);
    world.run(world.open_cover(0, second));
    world.refuse(world.open_cover(1, least), CoverBudgetExceeded);
}

/// The two largest defaults and every cover in full fit into the fund, to the unit.
#[test]
fn a_cover_is_beside_the_two_largest_exposures() {
    let mut world = coverable();
    world.run(world.novate("dave", "bob", SOL, 2 * LOTS, bulkhead_tests::usd(200)));
    let fund = world.fund();
    let dave = fund.exposures.iter().find(|known| known.member == world.account_of("dave")).copied();
    let dave = dave.expect("Dave is among the two largest");
    let most = fund.treasury + fund.contributions - dave.contribution - 2 * dave.stress_loss;
    assert!(most < usdc(1_050), "the budget is wider");
    let [beyond, within] = [most + 1, most].map(|limit| {
        let terms = world.cover_terms(limit);
        queue(&mut world, ParameterChange::NewCover(terms))
    });
    world.wait_for_change(within);
    world.refuse(world.open_cover(0, beyond), CoverTwoExceeded);
    world.run(world.open_cover(0, within));
    // From now on Dave adds no risk: what is pledged is not there for clearing.
    world.refuse(world.novate("dave", "bob", SOL, 1, bulkhead_tests::usd(200)), CoverLimitExceeded);
}

#[test]
fn covers_are_numbered_in_order_and_few() {
    let mut world = coverable();
    let numbers: Vec<u64> = (0..=MAX_COVERS)
        .map(|_| {
            let terms = world.cover_terms(usdc(1));
            queue(&mut world, ParameterChange::NewCover(terms))
        })
        .collect();
    world.wait_for_change(*numbers.last().unwrap());
    world.refuse(world.open_cover(1, numbers[0]), CoverIndexTaken);
    for (index, number) in numbers.iter().enumerate().take(MAX_COVERS.into()) {
        world.run(world.open_cover(index as u16, *number));
    }
    world.refuse(world.open_cover(MAX_COVERS, numbers[usize::from(MAX_COVERS)]), TooManyCovers);
}

#[test]
fn terms_stay_within_bounds() {
    let mut world = coverable();
    let venue = |terms: &mut CoverTerms| {
        terms.kind = CoverKind::Venue as u8;
        terms.period_limit = terms.limit / 2;
        terms.first_loss_min = terms.limit / 50;
        (terms.threshold_bps, terms.covered_debt) = (8_500, terms.limit);
    };
    let beyond: [fn(&mut CoverTerms); 13] = [
        |terms| terms.kind = 3,
        |terms| terms.limit = 0,
        |terms| terms.per_draw = 0,
        |terms| terms.per_draw = terms.limit + 1,
        |terms| terms.period_limit = 0,
        |terms| terms.period_limit = terms.limit + 1,
        |terms| terms.first_loss_min = 0,
        |terms| terms.coinsurance_bps = 999,
        |terms| terms.coinsurance_bps = 10_001,
        |terms| terms.ends_ts = terms.opens_ts,
        |terms| terms.market = 1,
        |terms| terms.threshold_bps = 1,
        |terms| terms.covered_debt = 1,
    ];
    for (number, change) in beyond.iter().enumerate() {
        println!("terms {number}");
        let mut terms = world.cover_terms(LIMIT);
        change(&mut terms);
        world.refuse(world.queue_change(ParameterChange::NewCover(terms)), ParameterOutOfBounds);
    }
    let beyond: [fn(&mut CoverTerms); 5] = [
        |terms| terms.period_limit = terms.limit / 2 + 1,
        |terms| terms.first_loss_min = terms.limit / 50 - 1,
        |terms| terms.threshold_bps = 0,
        |terms| terms.threshold_bps = 10_000,
        |terms| terms.covered_debt = 0,
    ];
    for (number, change) in beyond.iter().enumerate() {
        println!("terms of a venue {number}");
        let mut terms = world.cover_terms(LIMIT);
        venue(&mut terms);
        queue(&mut world, ParameterChange::NewCover(terms));
        change(&mut terms);
        world.refuse(world.queue_change(ParameterChange::NewCover(terms)), ParameterOutOfBounds);
    }
    // A program that pays by a formula takes coinsurance and first loss itself.
    let kind = CoverKind::Parametric as u8;
    let terms = CoverTerms { kind, first_loss_min: 0, coinsurance_bps: 0, ..world.cover_terms(LIMIT) };
    queue(&mut world, ParameterChange::NewCover(terms));
}

#[test]
fn a_cover_opens_before_it_ends_and_in_a_market_that_is_there() {
    let mut world = coverable();
    let late = CoverTerms { ends_ts: world.now() + DAY, ..world.cover_terms(LIMIT) };
    let late = queue(&mut world, ParameterChange::NewCover(late));
    let elsewhere = CoverTerms {
        kind: CoverKind::Venue as u8,
        period_limit: LIMIT / 2,
        first_loss_min: LIMIT / 50,
        threshold_bps: 8_500,
        covered_debt: LIMIT,
        market: BTC,
        ..world.cover_terms(LIMIT)
    };
    let elsewhere = due(&mut world, ParameterChange::NewCover(elsewhere));
    world.refuse(world.open_cover(0, late), CoverOver);
    world.refuse(world.open_cover(0, elsewhere), WrongMarket);
}

#[test]
fn a_record_is_applied_by_its_own_instruction() {
    let mut world = covered();
    let market = queue(&mut world, ParameterChange::NewMarket(MarketSpec::btc().params));
    let resume = queue(&mut world, ParameterChange::ResumeCover(0));
    let other = queue(&mut world, ParameterChange::RaiseCover(1, LIMIT));
    let terms = world.cover_terms(usdc(1));
    let cover = due(&mut world, ParameterChange::NewCover(terms));
    world.refuse(world.open_cover(1, market), WrongRecord);
    world.refuse(world.open_cover(1, resume), WrongRecord);
    for number in [market, cover, other] {
        world.refuse(world.amend_cover(0, number), WrongRecord);
    }
    for number in [resume, other, cover] {
        world.refuse(world.apply_change(number, None), WrongRecord);
    }
    world.run(world.open_cover(1, cover));
}

/// C8: nobody's exit was blocked in the time before a cover opens.
#[test]
fn no_cover_opens_while_exits_are_blocked() {
    let mut world = covered();
    let terms = world.cover_terms(usdc(1));
    let number = due(&mut world, ParameterChange::NewCover(terms));
    world.run(world.hold_cover(0, DAY as u32));
    world.refuse(world.open_cover(1, number), LossPending);
    world.warp_secs(DAY);
    world.run(world.open_cover(1, number));
}

#[test]
fn a_limit_rises_by_a_change() {
    let mut world = covered();
    let numbers = [LIMIT, usdc(1_051), usdc(1_040)]
        .map(|limit| queue(&mut world, ParameterChange::RaiseCover(0, limit)));
    world.wait_for_change(numbers[2]);
    world.refuse(world.amend_cover(0, numbers[0]), LimitNotRaised);
    world.refuse(world.amend_cover(0, numbers[1]), CoverBudgetExceeded);
    let meta = world.run(world.amend_cover(0, numbers[2]));
    assert_eq!(event!(meta, CoverAmended).limit, usdc(1_040));
    assert_eq!((world.fund().committed, world.cover(0).limit), (usdc(1_040), usdc(1_040)));
}

#[test]
fn a_cover_whose_time_is_over_is_not_raised() {
    let mut world = covered();
    world.warp_secs(world.cover(0).ends_ts - world.now() - 1);
    let number = due(&mut world, ParameterChange::RaiseCover(0, usdc(1_040)));
    world.refuse(world.amend_cover(0, number), CoverOver);
}

#[test]
fn guardian_and_authority_suspend_at_once() {
    let mut world = covered();
    let guardian = world.here.guardian.pubkey();
    let thief = world.owner_of("thief");
    world.refuse(world.suspend_cover(0).signed_by(guardian, thief), NotGuardian);
    world.refuse(world.suspend_cover_until(0, world.slot() - 1), MandateExpired);
    let meta = world.run(world.suspend_cover(0));
    assert_eq!(event!(meta, CoverSuspended).cover, world.here.keys.cover(0));
    assert!(world.cover(0).status == CoverStatus::Suspended);
    world.refuse(world.suspend_cover(0), CoverSuspended);

    let number = due(&mut world, ParameterChange::ResumeCover(0));
    world.run(world.amend_cover(0, number));
    assert!(world.cover(0).status == CoverStatus::Active);
    let authority = world.here.authority.insecure_clone();
    world.run(world.suspend_cover(0).signed_by(guardian, authority));
}

/// What a suspended cover is owed blocks exits out of the bucket of holds only: a resumption waits on the exit clock.
#[test]
fn a_suspended_cover_locks_nobody_in() {
    let mut world = drawn();
    world.run(world.suspend_cover(0));
    let fund = world.fund();
    assert_eq!((fund.cover_owed, world.cover(0).owed), (0, usdc(360)));
    assert_eq!(fund.exits.hold_until_ts, world.now() + 7 * DAY);
    ripen(&mut world);
    world.refuse(world.settle_cover(0), CoverSuspended);
    // What it draws now is booked, and holds nothing.
    world.run(world.draw_cover(0, usdc(100)));
    assert_eq!((world.fund().cover_owed, world.cover(0).owed), (0, usdc(450)));
    assert_eq!(world.fund().exits.hold_until_ts, fund.exits.hold_until_ts);
    world.warp_secs(7 * DAY);
    assert!(!world.fund().blocks_exits(world.now()));

    let number = due(&mut world, ParameterChange::ResumeCover(0));
    world.run(world.amend_cover(0, number));
    assert_eq!(world.fund().cover_owed, usdc(450));
    world.refuse(world.settle_cover(0), DrawTooFresh);
    ripen(&mut world);
    world.run(world.settle_cover(0));
    assert_eq!(world.cover(0).drawn, usdc(450));
}

#[test]
fn only_what_waits_resumes() {
    let mut world = covered();
    let number = due(&mut world, ParameterChange::ResumeCover(0));
    world.refuse(world.amend_cover(0, number), NothingToResume);
}

/// 50 of premium last for a year. Whoever pays afterwards is covered from the resumption on, not for what has happened.
#[test]
fn a_lapsed_cover_resumes_by_a_change_with_premium() {
    let mut world = coverable();
    let terms = CoverTerms { ends_ts: world.now() + 800 * DAY, ..world.cover_terms(LIMIT) };
    world.cover_with(terms);
    world.warp_secs(400 * DAY);
    world.run(world.accrue_cover(0));
    let lapsed = world.cover(0).lapsed_ts;
    assert!(lapsed > 0 && lapsed < world.now());
    let number = due(&mut world, ParameterChange::ResumeCover(0));
    world.refuse(world.amend_cover(0, number), CoverUnpaid);
    world.run(world.fund_cover("giver", 0, usdc(1), CoverPurse::Prepaid));
    assert_eq!(world.cover(0).lapsed_ts, lapsed, "premium alone revives nothing");
    let meta = world.run(world.amend_cover(0, number));
    let cover = world.cover(0);
    assert_eq!((cover.lapsed_ts, cover.opens_ts, cover.premium_ts), (0, world.now(), world.now()));
    assert_eq!(event!(meta, CoverAmended).opens_ts, world.now());
}

#[test]
fn a_lapsed_cover_whose_time_is_over_does_not_resume() {
    let mut world = coverable();
    let terms = world.cover_terms(LIMIT);
    world.register_cover(terms);
    world.warp_secs(200 * DAY);
    world.run(world.accrue_cover(0));
    world.run(world.fund_cover("giver", 0, usdc(1), CoverPurse::Prepaid));
    let number = due(&mut world, ParameterChange::ResumeCover(0));
    world.refuse(world.amend_cover(0, number), CoverOver);
}

/// 14 days after its end. Until then it serves what happened before.
#[test]
fn a_cover_ends_when_it_serves_no_more() {
    let mut world = covered();
    let serves_until = world.cover(0).ends_ts + COVER_SERVES_SECS;
    world.warp_secs(serves_until - world.now() - 1);
    world.refuse(world.end_cover(0), CoverStillServes);
    world.run(world.draw_cover(0, usdc(100)));
    world.warp_secs(1);
    world.refuse(world.end_cover(0), CoverNotEmpty);
    ripen(&mut world);
    world.run(world.settle_cover(0)); // 10 of first loss, 81 of the fund
    let meta = world.run(world.end_cover(0));
    assert_eq!(event!(meta, CoverEnded).released, usdc(919));
    let fund = world.fund();
    assert_eq!((fund.committed, fund.covers, fund.cover_seq), (0, 0, 1));
    assert!(world.cover(0).status == CoverStatus::Ended);
    world.refuse(world.end_cover(0), CoverHasEnded);
    world.refuse(world.draw_cover(0, 1), CoverHasEnded);
    world.refuse(world.hold_cover(0, 1), CoverHasEnded);
    world.refuse(world.accrue_cover(0), CoverHasEnded);
    world.refuse(world.suspend_cover(0), CoverHasEnded);
    world.refuse(world.fund_cover("giver", 0, 1, CoverPurse::FirstLoss), CoverHasEnded);
    world.refuse(world.settle_cover(0), NothingOwed);
    let number = due(&mut world, ParameterChange::ResumeCover(0));
    world.refuse(world.amend_cover(0, number), CoverHasEnded);
}

/// A loss that is undecided keeps the cover: its drawer says so by a hold. Not for longer than 42 days after the end.
#[test]
fn a_cover_with_an_undecided_loss_does_not_end() {
    let mut world = covered();
    let over = world.cover(0).ends_ts;
    world.warp_secs(over + COVER_SERVES_SECS - 1 - world.now());
    while world.now() < over + COVER_LIVES_SECS {
        world.run(world.hold_cover(0, 7 * DAY as u32));
        let live = (world.now() + 7 * DAY).min(over + COVER_LIVES_SECS);
        assert_eq!(world.cover(0).live_until_ts, live);
        world.warp_secs(7 * DAY - 1);
        if world.now() < live {
            world.refuse(world.end_cover(0), CoverStillServes);
        }
    }
    world.refuse(world.hold_cover(0, 1), CoverOver);
    world.run(world.end_cover(0));
}

/// Nothing is refused for good: governance has four weeks to resume what a suspension has stopped.
#[test]
fn what_a_suspended_cover_is_owed_lapses_late() {
    let mut world = drawn();
    world.run(world.suspend_cover(0));
    let over = world.cover(0).ends_ts;
    world.warp_secs(over + COVER_SERVES_SECS - world.now());
    world.refuse(world.end_cover(0), CoverNotEmpty);
    world.warp_secs(over + COVER_LIVES_SECS - 1 - world.now());
    world.refuse(world.end_cover(0), CoverNotEmpty);
    world.warp_secs(1);
    world.run(world.end_cover(0));
    assert_eq!((world.cover(0).owed, world.cover(0).drawn, world.fund().committed), (0, 0, 0));
}

fn fund(change: impl FnOnce(&mut FundParams)) -> ParameterChange {
    let mut params = params::COVERED;
    change(&mut params);
    ParameterChange::Fund(FundChange::between(&params::COVERED, &params))
}

/// What covers, and contributors beside them, rely on.
#[test]
fn a_fund_with_covers_keeps_what_they_are_promised() {
    let promised = FundParams { cover_min_notice_secs: params::COVERED.notice_secs, ..params::COVERED };
    let changes = |change: fn(&mut FundParams)| {
        let mut params = FundParams { cover_min_notice_secs: params::COVERED.notice_secs, ..params::COVERED };
        let before = params;
        change(&mut params);
        ParameterChange::Fund(FundChange::between(&before, &params))
    };
    let mut world = covered_with(promised);
    for change in [
        changes(|params| params.cover_budget_bps = 0),
        changes(|params| params.cover_min_notice_secs -= 1),
        changes(|params| (params.notice_secs, params.cover_min_notice_secs) = (7_200, 7_200)),
    ] {
        world.refuse(world.queue_change(change), CoversLive);
    }
    for change in [
        changes(|params| params.notice_secs -= 1),
        changes(|params| params.exit_delay_slots = 149),
        changes(|params| params.outflow_cap_bps = 1_001),
        changes(|params| params.outflow_cap_bps = 0),
    ] {
        world.refuse(world.queue_change(change), ParameterOutOfBounds);
    }
    world.run(world.queue_change(changes(|params| params.cover_budget_bps = 1)));
}

/// A floor of the treasury decides who pays a cover: it changes as slowly as anything that makes somebody worse off.
#[test]
fn a_floor_of_the_treasury_is_not_safer_beside_covers() {
    let wait = |world: &mut World| {
        let number = queue(world, fund(|params| params.treasury_floor = 1));
        world.queued_change(number).ready_secs - world.exit_secs()
    };
    assert_eq!(wait(&mut coverable()), TIMELOCK_SECS);
    assert_eq!(wait(&mut covered()), TIMELOCK_SECS + 2 * DAY as u64);
}
