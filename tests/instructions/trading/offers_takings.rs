//! Takings: which print fills them, what they lock, what voids them, and how they lapse.

use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::{
            constants::{FILL_AGE_SECS, TAKING_SECS},
            state::{pause, Fund, FundParams, Market, Member, MemberStatus, OfferTerms},
        },
        calls::at_print,
        event, keypair, params,
        params::{ADJUSTED, DAY},
        pyth::PriceUpdate,
        usd, usdc,
        world::Setup,
        Address, BulkheadError,
        BulkheadError::*,
        Call, MarketSpec, Signer, World, SOL,
    },
};

/// Alice offers to sell 1,000 lots at the print, and Dave has taken them at a mark of 200.
fn taken() -> World {
    taken_with(usdc(1_000))
}

/// The same with this margin of Alice.
fn taken_with(margin: u64) -> World {
    let mut world = World::new();
    contributors(&mut world, margin);
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world
}

fn fill(world: &World) -> Call {
    world.fill_offer("alice", 1, "dave")
}

/// Publishes a price of this second, the one before it of that second, and cranks.
fn print_of(world: &mut World, price: u64, publish_ts: i64, previous_publish_ts: i64) {
    let update =
        PriceUpdate { price: price as i64, publish_ts, previous_publish_ts, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
}

// The print

/// 2,000 of notional: 200 of initial margin, the fee of 0.40, and 133.33 for a print that is ten seconds old (30% of
/// 10 in 45 s) are locked on both sides.
#[test]
fn a_taking_locks_the_margin_of_both_sides() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    let meta = world.run(world.take_offer_within("dave", "alice", 1, 1_000, usd(204)));
    let event = event!(meta, OfferTaken);
    assert_eq!((event.maker, event.taker), (world.account_of("alice"), world.account_of("dave")));
    assert_eq!((event.lots, event.limit_price), (1_000, usd(204)));
    assert_eq!((event.ts, event.locked), (world.now(), usdc(333) + 733_334));
    let taking = world.offer("alice", 1).taking;
    assert_eq!((taking.taker, taking.lots, taking.limit_price), (event.taker, 1_000, usd(204)));
    assert_eq!((taking.ts, taking.locked), (world.now(), usdc(333) + 733_334));
    for name in ["alice", "dave"] {
        assert_eq!(world.member(name).locked, taking.locked);
        world.refuse(world.withdraw_margin(name, usdc(666) + 266_667), BelowInitialMargin);
        assert!(world.allows(&world.withdraw_margin(name, usdc(666) + 266_666)));
    }
    // What is locked is not there for another trade: 10% of 8,000 and its fee of 1.60.
    for name in ["alice", "dave"] {
        world.refuse(world.novate(name, "bob", SOL, 4_000, usd(200)), BelowInitialMargin);
    }
}

#[test]
fn takings_add_up() {
    let mut world = taken();
    world.run(world.post_offer("alice", SOL, 2, at_print(-500)));
    world.run(world.take_offer("carol", "alice", 2, 500));
    assert_eq!(world.member("alice").locked, usdc(500) + 600_001);
    world.next_print(SOL, usd(200));
    world.run(fill(&world));
    assert_eq!(world.member("alice").locked, usdc(166) + 866_667);
    world.run(world.fill_offer("alice", 2, "carol"));
    assert_eq!(world.member("alice").locked, 0);
}

/// A second has several prints, and a silence none: exactly one print is the first after the taking.
#[test]
fn one_print_fills_it() {
    let mut world = taken();
    let t = world.now();
    world.warp_secs(5);
    for (publish, previous) in [
        (t, t - 1),     // of the second of the taking
        (t, t),         // another one of it
        (t + 1, t + 1), // the second one of the next second
        (t + 2, t + 1), // a later one
    ] {
        print_of(&mut world, usd(200), publish, previous);
        world.refuse(fill(&world), NotFirstPrint);
    }
    for (publish, previous) in [(t + 1, t), (t + 1, t - 40), (t + 4, t)] {
        print_of(&mut world, usd(200), publish, previous);
        assert!(world.allows(&world.crank_market(SOL).then(fill(&world))), "{publish} after {previous}");
    }
}

/// The mark is of the print or of a later one: clients crank in the same transaction.
#[test]
fn the_mark_has_come_to_the_print() {
    let mut world = taken();
    world.warp_secs(1);
    world.publish(SOL, usd(201), 0);
    world.refuse(fill(&world), StaleMark);
    world.run(world.crank_market(SOL).then(fill(&world)));
}

#[test]
fn the_print_is_at_most_ten_seconds_old() {
    let mut world = taken();
    world.next_print(SOL, usd(200));
    world.warp_secs(FILL_AGE_SECS);
    assert!(world.allows(&fill(&world)));
    world.warp_secs(1);
    world.refuse(fill(&world), OracleTooOld);
}

/// Verified and checked as a crank checks it.
#[test]
fn the_print_is_checked_as_a_crank_checks_it() {
    let mut world = taken();
    world.next_print(SOL, usd(200));
    let good = world.price_update(SOL);
    for (bad, error) in [
        (PriceUpdate { partial: Some(5), ..good }, OracleNotVerified),
        (PriceUpdate { feed_id: [9; 32], ..good }, OracleWrongFeed),
        (PriceUpdate { price: 0, ..good }, PrintUnusable),
        (PriceUpdate { price: -1, ..good }, PrintUnusable),
        (PriceUpdate { exponent: -7, ..good }, PrintUnusable),
        (PriceUpdate { confidence: usd(5), ..good }, PrintUnusable), // 2.5%
    ] {
        world.write_price(SOL, &bad);
        world.refuse(fill(&world), error);
    }
    world.write_price(SOL, &good);
    world.run(fill(&world));
}

/// The first print after the last one that is on chain, where that is ahead of the chain's clock: a print that somebody
/// knows already fills nothing.
#[test]
fn a_print_that_is_known_fills_nothing() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    let ahead = world.now() + 3;
    print_of(&mut world, usd(200), ahead, ahead - 1);
    world.run(world.crank_market(SOL));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    assert_eq!(world.offer("alice", 1).taking.ts, ahead);
    world.refuse(fill(&world), NotFirstPrint);
}

/// Cranking past it voids nothing: the price is that of the print, and the margin that of the mark.
#[test]
fn a_later_mark_does_not_void_it() {
    let mut world = taken();
    world.warp_secs(1);
    let print = world.price_update(SOL);
    world.next_print(SOL, usd(220));
    world.write_price(SOL, &print);
    let meta = world.run(fill(&world));
    assert_eq!(event!(meta, Novated).price, usd(200));
    assert_eq!(world.market(SOL).mark.price, usd(220), "it moves no mark");
}

/// Alice has 334 for 200 of initial margin, 0.40, and 133.33 for the age of a print. A print later she would have lost 200
/// with the fill, and have less than initial margin, as if she had traded before; after 300 she could be liquidated.
#[test]
fn both_sides_are_judged_at_the_mark() {
    let mut world = taken_with(usdc(334));
    world.warp_secs(1);
    let print = world.price_update(SOL);
    world.next_print(SOL, usd(220));
    world.write_price(SOL, &print);
    assert!(world.allows(&fill(&world)));
    world.next_print(SOL, usd(230));
    world.write_price(SOL, &print);
    world.refuse(fill(&world), InsufficientMargin);
    // A taker that is paid 300 by that trade waits for nothing: the taking lapses.
    world.warp_secs(TAKING_SECS);
    world.run(world.lapse_taking("alice", 1, "dave"));
}

// What voids it

/// Whoever cannot fill an offer does not hold it up.
#[test]
fn a_taking_is_a_trade_that_could_be_made_now() {
    let mut world = World::new();
    contributors(&mut world, usdc(333) + 733_333);
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.refuse(world.take_offer("dave", "alice", 1, 1_000), BelowInitialMargin); // the maker
    world.run(world.post_offer("dave", SOL, 1, at_print(-1_000)));
    world.refuse(world.take_offer("alice", "dave", 1, 1_000), BelowInitialMargin); // the taker
    world.join("erin", usdc(1_000), 0);
    world.refuse(world.take_offer("erin", "dave", 1, 1_000), BelowRequiredContribution);
    world.run(world.deposit_margin("alice", 1));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
}

#[test]
fn the_mark_is_fresh() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.warp_slots(26);
    world.refuse(world.take_offer("dave", "alice", 1, 1_000), StaleMark);
}

/// What stops new risk voids offers and takings, by name.
#[test]
fn what_stops_new_risk_voids_it() {
    type Case = (&'static str, fn(&mut World), BulkheadError);
    let cases: [Case; 4] = [
        ("a pause", |world| drop(world.run(world.pause(pause::NOVATE, 60))), Paused),
        (
            "a breaker",
            |world| {
                world.print(SOL, usd(170));
                world.print(SOL, usd(200));
            },
            BreakerTripped,
        ),
        (
            "an end",
            |world| {
                let (now, market) = (world.now(), world.here.keys.market(SOL));
                world.patch_state(market, |market: &mut Market| market.closing_ts = now + DAY);
            },
            MarketReduceOnly,
        ),
        (
            "a loss",
            |world| {
                let fund = world.here.keys.fund;
                world.patch_state(fund, |fund: &mut Fund| (fund.residual, fund.unfunded) = (1, 1));
            },
            LossPending,
        ),
    ];
    for (name, stop, error) in cases {
        let start = || {
            let markets = vec![MarketSpec::sol().adjusted(ADJUSTED)];
            let mut world = World::with(Setup { markets, ..Setup::default() });
            contributors(&mut world, usdc(1_000));
            world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
            world
        };
        let mut world = start();
        stop(&mut world);
        println!("{name}");
        world.refuse(world.take_offer("dave", "alice", 1, 1_000), error);
        let mut world = start();
        world.run(world.take_offer("dave", "alice", 1, 1_000));
        world.next_print(SOL, usd(200));
        let print = world.price_update(SOL);
        stop(&mut world);
        world.write_price(SOL, &print);
        world.refuse(fill(&world), error);
    }
}

/// A member in grace neither makes nor takes offers; its takings are void.
#[test]
fn a_member_in_grace_is_out() {
    for name in ["alice", "dave"] {
        let mut world = taken();
        world.next_print(SOL, usd(200));
        world.run(world.post_offer("alice", SOL, 2, at_print(-10)));
        let member = world.account_of(name);
        world.patch_state(member, |member: &mut Member| member.status = MemberStatus::Grace.into());
        world.refuse(fill(&world), MemberNotActive);
        world.refuse(world.take_offer("dave", "alice", 2, 10), MemberNotActive);
    }
}

/// Alice defaults after she has posted: whatever she owns later, the offer is void.
#[test]
fn a_default_voids_the_offers_of_before() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.post_offer("alice", SOL, 1, at_print(-10)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.run(world.allocate_loss("alice"));
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.deposit_margin("alice", usdc(1_000)));
    world.run(world.contribute("alice", usdc(11)));
    world.refuse(world.take_offer("dave", "alice", 1, 10), OfferVoid);
    world.run(world.cancel_offer("alice", "alice", 1));
    world.run(world.post_offer("alice", SOL, 1, at_print(-10)));
    world.run(world.take_offer("dave", "alice", 1, 10));
}

#[test]
fn a_final_mark_ends_offers() {
    let mut world = final_at(usd(50));
    world.refuse(world.post_offer("bob", SOL, 1, at_print(1)), MarketClosed);
}

// Delegates

/// The budget of a taker's delegate is used when it takes: an owner voids no taking by another budget.
#[test]
fn a_delegate_concedes_when_it_takes() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    let (dave, agent) = (world.owner_of("dave").pubkey(), keypair("agent"));
    world.run(world.post_offer("alice", SOL, 1, OfferTerms { distance_bps: 100, ..at_print(-1_000) }));
    let take =
        |world: &World| world.take_offer("dave", "alice", 1, 1_000).signed_by(dave, agent.insecure_clone());
    world.refuse(take(&world), NotTrader);
    world.run(world.set_delegate_within("dave", agent.pubkey(), usdc(20) - 1));
    world.refuse(take(&world), DelegateBudgetExceeded);
    world.run(world.set_delegate_within("dave", agent.pubkey(), usdc(20)));
    world.run(take(&world));
    assert_eq!(world.member("dave").conceded, usdc(20));
    world.run(world.set_delegate("dave", Address::default()));
    world.next_print(SOL, usd(200));
    world.run(fill(&world));
}

/// Nor does a maker void it by another delegate: what was taken is filled.
#[test]
fn a_taking_outlives_the_delegate_that_has_posted() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    let (alice, agent) = (world.owner_of("alice").pubkey(), keypair("agent"));
    world.give_lamports(agent.pubkey(), 1_000_000_000);
    world.run(world.set_delegate("alice", agent.pubkey()));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)).signed_by(alice, agent));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world.run(world.set_delegate("alice", Address::default()));
    world.next_print(SOL, usd(200));
    world.run(fill(&world));
}

// Lapses

#[test]
fn it_lapses_after_half_a_minute() {
    let mut world = taken();
    world.refuse(world.lapse_taking("alice", 1, "dave"), TakingOpen);
    world.warp_secs(TAKING_SECS);
    world.refuse(world.lapse_taking("alice", 1, "dave"), TakingOpen);
    let now = world.now();
    print_of(&mut world, usd(200), now, now - TAKING_SECS);
    world.run(world.crank_market(SOL));
    assert!(world.allows(&fill(&world)), "the feed was silent until now");
    world.warp_secs(1);
    world.refuse(fill(&world), TakingLapsed);
    world.refuse(world.take_offer("carol", "alice", 1, 1), OfferTaken);
    world.refuse(world.cancel_offer("alice", "alice", 1), OfferTaken);
    let meta = world.run(world.lapse_taking("alice", 1, "dave"));
    let lapsed = event!(meta, TakingLapsed);
    assert_eq!((lapsed.maker, lapsed.taker), (world.account_of("alice"), world.account_of("dave")));
    assert_eq!((world.member("alice").locked, world.member("dave").locked), (0, 0));
    assert_eq!(world.offer("alice", 1).lots, -1_000);
    world.run(world.take_offer("carol", "alice", 1, 1_000));
}

#[test]
fn what_nobody_has_taken_is_neither_filled_nor_lapses() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.next_print(SOL, usd(200));
    world.refuse(fill(&world), OfferNotTaken);
    world.refuse(world.lapse_taking("alice", 1, "dave"), OfferNotTaken);
}

// Nobody leaves

#[test]
fn an_account_is_not_closed_with_a_taking() {
    let params = FundParams { min_contribution: 0, ..params::FUND };
    let mut free = MarketSpec::sol();
    free.params.terms.rates.contribution_bps = 0;
    let mut world = World::with(Setup { params, markets: vec![free], ..Setup::default() });
    contributors(&mut world, usdc(1_000));
    world.join("erin", usdc(1_000), 0);
    world.run(world.post_offer("alice", SOL, 1, at_print(-1)));
    world.run(world.take_offer("erin", "alice", 1, 1));
    let locked = world.member("erin").locked;
    assert!(locked > 0);
    // However it gets rid of its margin, the account stays until the taking is over.
    let (erin, fund) = (world.account_of("erin"), world.here.keys.fund);
    world.patch_state(erin, |member: &mut Member| member.margin = 0);
    world.patch_state(fund, |fund: &mut Fund| fund.margin_total -= usdc(1_000));
    world.refuse(world.close_member("erin"), MemberNotEmpty);
    world.warp_secs(TAKING_SECS + 1);
    world.run(world.lapse_taking("alice", 1, "erin"));
    world.run(world.close_member("erin"));
}

/// The fill may require the contribution.
#[test]
fn no_contribution_leaves_with_a_taking() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.request_withdrawal("dave", world.member("dave").shares.get() / 2));
    world.warp_secs(DAY);
    world.refresh();
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world.refuse(world.claim_withdrawal("dave"), MarginLocked);
    world.warp_secs(TAKING_SECS + 1);
    world.run(world.lapse_taking("alice", 1, "dave"));
    world.run(world.claim_withdrawal("dave"));
}

/// Carol owes 45 of an assessment, and has 50 free beside her 400 lots. She may reduce, but not lock 20.04 for it: nobody hides
/// margin in takings that are never filled.
#[test]
fn what_was_called_is_not_locked() {
    let mut world = called();
    world.run(world.take_over("bob", SOL, 1_000));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    world.join("erin", usdc(10_000), usdc(5_000));
    let (fund, carol) = (world.here.keys.fund, world.account_of("carol"));
    world.run(world.settle("carol", SOL));
    world.vest();
    world.refresh();
    let margin = world.member("carol").margin;
    world.patch_state(carol, |member: &mut Member| member.margin = usdc(70));
    world.patch_state(fund, |fund: &mut Fund| fund.margin_total -= margin - usdc(70));
    assert!(world.allows(&world.novate("carol", "erin", SOL, 400, usd(50))));
    world.run(world.post_offer("erin", SOL, 1, at_print(-400)));
    world.refuse(world.take_offer("carol", "erin", 1, 400), AssessmentReserved);
    world.run(world.take_offer("carol", "erin", 1, 50)); // 4.172
}

/// What the market asks for when it is filled counts.
#[test]
fn the_fill_is_at_the_rates_of_its_moment() {
    let mut world = taken_with(usdc(334));
    world.next_print(SOL, usd(200));
    let market = world.here.keys.market(SOL);
    world.patch_state(market, |market: &mut Market| market.rates.initial_bps = 1_700);
    assert!(world.allows(&fill(&world)), "it had its initial margin when it traded");
    world.patch_state(market, |market: &mut Market| market.rates.maintenance_bps = 1_700);
    world.refuse(fill(&world), InsufficientMargin); // 340 and the fee
}
