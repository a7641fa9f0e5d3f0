//! What a batch of trades does, and what each deal and the taker must meet.

use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::{pause, FundParams, Market},
        calls::VENUE,
        keypair,
        params::{self, ADJUSTED, DAY},
        usd, usdc,
        world::Setup,
        Address, BulkheadError,
        BulkheadError::*,
        Call, Event, MarketSpec, Signer, World, BTC, SOL,
    },
};

/// Raw quote of one dollar for one lot: the price's mantissa.
const DOLLAR: i128 = 100_000_000;

const EVERYBODY: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Alice, Bob, Carol and Dave with 1,000 of margin, and 10 that the venue may concede of each in a day.
fn members() -> World {
    venue_in(World::new(), usdc(1_000))
}

/// The same in this world, with this margin of Alice.
fn venue_in(mut world: World, margin: u64) -> World {
    contributors(&mut world, margin);
    world.appoint_venue(&EVERYBODY, usdc(10));
    world
}

fn venue() -> Address {
    keypair(VENUE).pubkey()
}

fn position(world: &World, name: &str) -> (i64, i128) {
    let position = world.member(name).position(SOL);
    (position.lots, position.raw)
}

/// Alice buys 10 SOL: 2 from Bob at 200, 3 from Carol at 201 and 5 from Dave at 199. Each deal pays 2 bps of its own value on
/// both sides, half to contributors and half to the treasury.
#[test]
fn the_fund_stands_between_the_taker_and_every_maker() {
    let mut world = members();
    let trades = [("bob", 200, usd(200)), ("carol", 300, usd(201)), ("dave", 500, usd(199))];
    let meta = world.run(world.buy_batch("alice", SOL, &trades));
    assert_eq!(position(&world, "alice"), (1_000, -(40_000 + 60_300 + 99_500) * DOLLAR));
    assert_eq!(position(&world, "bob"), (-200, 40_000 * DOLLAR));
    assert_eq!(position(&world, "carol"), (-300, 60_300 * DOLLAR));
    assert_eq!(position(&world, "dave"), (-500, 99_500 * DOLLAR));
    let fees = [80_000, 120_600, 199_000];
    for (name, fee) in ["bob", "carol", "dave"].into_iter().zip(fees) {
        assert_eq!(world.member(name).margin, usdc(1_000) - fee);
    }
    let fund = world.fund();
    assert_eq!(world.member("alice").margin, usdc(1_000) - fees.iter().sum::<u64>());
    assert_eq!((fund.treasury, fund.rewards_streaming), (usdc(100) + 399_600, 399_600));
    assert_eq!(world.market(SOL).open_interest, 1_000);
    assert_eq!(world.market(SOL).crowding, usdc(630), "31.5% of 2,000");

    let novated = meta.events.iter().filter_map(|event| match event {
        Event::Novated(event) => Some((event.buyer, event.seller, event.lots, event.price, event.fee)),
        _ => None,
    });
    let alice = world.account_of("alice");
    let expected = trades
        .iter()
        .zip(fees)
        .map(|((maker, lots, price), fee)| (alice, world.account_of(maker), *lots as i64, *price, fee));
    assert_eq!(novated.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn a_taker_sells() {
    let mut world = members();
    let meta = world.run(world.sell_batch("alice", SOL, &[("bob", 200, usd(200)), ("carol", 300, usd(201))]));
    assert_eq!(position(&world, "alice"), (-500, (40_000 + 60_300) * DOLLAR));
    assert_eq!(position(&world, "bob"), (200, -40_000 * DOLLAR));
    assert_eq!(position(&world, "carol"), (300, -60_300 * DOLLAR));
    let sides = meta.events.iter().filter_map(|event| match event {
        Event::Novated(event) => Some((event.buyer, event.seller)),
        _ => None,
    });
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.account_of(name));
    assert_eq!(sides.collect::<Vec<_>>(), [(bob, alice), (carol, alice)]);
}

/// From 1,000 long to 200 short: the first maker closes, the second opens.
#[test]
fn a_taker_changes_sides() {
    let mut world = traded();
    world.appoint_venue(&EVERYBODY, 0);
    world.run(world.sell_batch("alice", SOL, &[("bob", 1_000, usd(200)), ("carol", 200, usd(200))]));
    assert_eq!((position(&world, "alice").0, position(&world, "bob").0), (-200, 0));
    assert_eq!((position(&world, "carol").0, world.market(SOL).open_interest), (200, 200));
}

/// A venue is no member: it signs, and can be the owner of some and the delegate of others.
#[test]
fn an_owner_may_be_the_venue() {
    let mut world = members();
    let alice = world.owner_of("alice");
    let call = |world: &World| {
        let call = world.buy_batch("alice", SOL, &[("bob", 10, usd(204)), ("carol", 10, usd(204))]);
        call.signed_by(venue(), world.owner_of("alice"))
    };
    world.refuse(call(&world), NotTrader);
    for name in ["bob", "carol"] {
        world.run(world.set_delegate(name, alice.pubkey()));
    }
    world.run(call(&world));
    assert_eq!(world.member("alice").conceded, 0, "the owner concedes what it likes");
}

#[test]
fn some_deals_of_some_lots() {
    let mut world = members();
    world.refuse(world.buy_batch("alice", SOL, &[]), ZeroAmount);
    world.refuse(world.buy_batch("alice", SOL, &[("bob", 0, usd(200))]), ZeroAmount);
    world.refuse(world.buy_batch("alice", SOL, &[("bob", 1, usd(200)), ("carol", 0, usd(200))]), ZeroAmount);
    for lots in [i64::MAX as u64, 1 << 63, u64::MAX] {
        world.refuse(world.buy_batch("alice", SOL, &[("bob", lots, usd(200))]), Overflow);
        world.refuse(world.sell_batch("alice", SOL, &[("bob", lots, usd(200))]), Overflow);
    }
}

/// All are booked or none: what is wrong with the last deal undoes the first.
#[test]
fn every_price_is_within_the_band() {
    let mut world = members();
    for price in [0, usd(196) - 1, usd(204) + 1, u64::MAX] {
        world.refuse(
            world.buy_batch("alice", SOL, &[("bob", 1, usd(200)), ("carol", 1, price)]),
            PriceOutsideBand,
        );
    }
    world.run(world.buy_batch("alice", SOL, &[("bob", 1, usd(196)), ("carol", 1, usd(204))]));
}

#[test]
fn the_mark_is_fresh() {
    let mut world = members();
    let call = |world: &World| world.buy_batch("alice", SOL, &[("bob", 1, usd(200))]);
    world.warp_slots(25);
    world.run(call(&world));
    world.warp_slots(1);
    world.refuse(call(&world), StaleMark);
    world.publish(SOL, usd(200), 0);
    world.run(world.crank_market(SOL).then(call(&world)));
}

#[test]
fn not_at_a_final_mark() {
    let mut world = final_at(usd(50));
    world.appoint_venue(&["bob", "carol"], 0);
    world.refuse(world.buy_batch("bob", SOL, &[("carol", 1, usd(50))]), MarketClosed);
}

// Fees and requirements, of makers and of the taker

/// A side that lacks a unit for the fee of 0.40.
#[test]
fn everybody_pays_its_fees_from_margin() {
    let mut world = venue_in(World::new(), 399_999);
    world.refuse(world.buy_batch("bob", SOL, &[("alice", LOTS, usd(200))]), InsufficientMargin);
    // The taker can pay for the first deal alone.
    let trades = [("bob", LOTS / 2, usd(200)), ("carol", LOTS / 2, usd(200))];
    world.refuse(world.buy_batch("alice", SOL, &trades), InsufficientMargin);
}

/// Tries a call in a world in which Alice lacks a unit of margin, and in one in which she has it.
#[track_caller]
fn needs_margin(
    needed: u64,
    error: BulkheadError,
    world: impl Fn(u64) -> World,
    call: impl Fn(&World) -> Call,
) {
    let mut world = world(needed - 1);
    world.refuse(call(&world), error);
    world.run(world.deposit_margin("alice", 1));
    world.run(call(&world));
}

/// 10% of 2,000 and both fees: what the taker holds after all deals is judged.
#[test]
fn initial_margin_of_the_taker() {
    let trades = [("bob", 400, usd(200)), ("carol", 600, usd(200))];
    let with_margin = |margin| venue_in(World::new(), margin);
    for buys in [true, false] {
        let call = |world: &World| world.novate_batch("alice", buys, SOL, &trades);
        needs_margin(usdc(200) + 400_000, BelowInitialMargin, with_margin, call);
    }
}

/// A maker between two others is judged by its own deal.
#[test]
fn initial_margin_of_a_maker() {
    let trades = [("bob", 10, usd(200)), ("alice", LOTS, usd(200)), ("carol", 10, usd(200))];
    let with_margin = |margin| venue_in(World::new(), margin);
    for buys in [true, false] {
        let call = |world: &World| world.novate_batch("dave", buys, SOL, &trades);
        needs_margin(usdc(200) + 400_000, BelowInitialMargin, with_margin, call);
    }
}

/// A unit less than 2% of 2,000 in contributions.
#[test]
fn the_required_contribution() {
    let mut world = World::new();
    world.join("alice", usdc(1_000), usdc(40) - 1);
    for name in ["bob", "carol"] {
        world.join(name, usdc(1_000), usdc(2_000));
    }
    world.appoint_venue(&["alice", "bob", "carol"], 0);
    let taking = [("bob", LOTS / 2, usd(200)), ("carol", LOTS / 2, usd(200))];
    world.refuse(world.buy_batch("alice", SOL, &taking), BelowRequiredContribution);
    let making = [("carol", 1, usd(200)), ("alice", LOTS, usd(200))];
    world.refuse(world.buy_batch("bob", SOL, &making), BelowRequiredContribution);
    world.run(world.contribute("alice", 1));
    world.run(world.buy_batch("alice", SOL, &taking));
}

/// As for a novation: a stress loss of 730 less 679.80 of collateral is half of 100.40, where a maker is judged once its fee and
/// that of the taker have come in.
#[test]
fn the_cover_limit() {
    let alone_with_bob = |margin| {
        let mut world = World::new();
        world.join("alice", margin, usdc(5_000));
        world.join("bob", usdc(1_000), usdc(100));
        world.appoint_venue(&["alice", "bob"], 0);
        world
    };
    let taking = |world: &World| world.buy_batch("alice", SOL, &[("bob", LOTS, usd(200))]);
    needs_margin(680_200_000, CoverLimitExceeded, alone_with_bob, taking);
    let making = |world: &World| world.buy_batch("bob", SOL, &[("alice", LOTS, usd(200))]);
    needs_margin(680_200_000, CoverLimitExceeded, alone_with_bob, making);
}

#[test]
fn positions_are_limited() {
    let markets: Vec<_> = (0..9).map(|n| MarketSpec::named(&format!("market {n}"), 2, usd(200))).collect();
    let mut world = venue_in(World::with(Setup { markets, ..Setup::default() }), usdc(1_000));
    for market in 0..8 {
        world.run(world.buy_batch("alice", market, &[("bob", 10, usd(200))]));
    }
    world.refuse(world.buy_batch("alice", 8, &[("dave", 10, usd(200))]), NoFreePosition);
    world
        .refuse(world.buy_batch("dave", 8, &[("carol", 1, usd(200)), ("bob", 10, usd(200))]), NoFreePosition);
}

// Below initial margin

/// At 194 Alice has 249.60 - 60 of collateral for an initial margin of 194.
fn failing() -> World {
    let mut world = traded_with(usdc(250));
    world.appoint_venue(&EVERYBODY, usdc(10));
    world.set_price(SOL, usd(194));
    world
}

/// Threat 16: one deal below the mark is enough, wherever it comes, as long as Alice stays below.
#[test]
fn a_failing_taker_reduces_at_the_mark_or_better_in_every_deal() {
    let mut world = failing();
    for trades in [
        [("carol", 5, usd(194) - 1), ("dave", 5, usd(194))],
        [("carol", 5, usd(194)), ("dave", 5, usd(194) - 1)],
        [("carol", 5, usd(195)), ("dave", 1, usd(194) - 1)], // on average it is better
    ] {
        world.refuse(world.sell_batch("alice", SOL, &trades), ReduceAtMarkOnly);
    }
    world.run(world.sell_batch("alice", SOL, &[("carol", 5, usd(195)), ("dave", 5, usd(194))]));
}

#[test]
fn a_failing_maker_reduces_at_the_mark_or_better() {
    let mut world = failing();
    let with = |price| [("bob", 5, usd(194)), ("alice", 10, price), ("dave", 5, usd(194))];
    world.refuse(world.buy_batch("carol", SOL, &with(usd(194) - 1)), ReduceAtMarkOnly);
    world.run(world.buy_batch("carol", SOL, &with(usd(194))));
}

/// As if it was one sale of 100 lots: see `a_sale_that_restores_initial_margin_is_free_in_its_price`. Alone, the first half would
/// not restore it.
#[test]
fn a_batch_that_restores_initial_margin_is_free_in_its_prices() {
    let mut world = failing();
    let lowest = usd(194) * 98 / 100;
    world.refuse(world.sell_batch("alice", SOL, &[("carol", 10, lowest)]), ReduceAtMarkOnly);
    world.run(world.sell_batch("alice", SOL, &[("carol", 10, lowest), ("dave", 90, lowest)]));
    assert_eq!(position(&world, "alice").0, 900);
}

#[test]
fn a_failing_taker_adds_no_risk_by_turning_around() {
    let mut world = failing();
    let trades = [("carol", LOTS, usd(194)), ("dave", LOTS, usd(194))];
    world.refuse(world.sell_batch("alice", SOL, &trades), BelowInitialMargin);
}

/// P7: at 175.05 Alice has 0.10, less than the fees of 0.3501 on all her lots.
#[test]
fn not_even_the_fees_create_a_default() {
    let mut world = traded_with(usdc(250));
    world.appoint_venue(&EVERYBODY, 0);
    let mark = 17_505_000_000;
    world.set_price(SOL, mark);
    let halves = [("carol", LOTS / 2, mark), ("dave", LOTS / 2, mark)];
    world.refuse(world.sell_batch("alice", SOL, &halves), InsufficientMargin);
    world.refuse(
        world.buy_batch("carol", SOL, &[("bob", 1, mark), ("alice", LOTS, mark)]),
        InsufficientMargin,
    );
    world.run(world.sell_batch("alice", SOL, &[("carol", 100, mark), ("dave", 100, mark)]));
}

/// See `what_was_called_stays_free`: Carol still owes the 45 that were called from her, as a taker and as a maker.
#[test]
fn what_was_called_stays_free_of_batches() {
    let mut world = called();
    world.run(world.take_over("bob", SOL, 1_000));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    for name in ["erin", "frank"] {
        world.join(name, usdc(10_000), usdc(5_000));
    }
    world.run(world.settle("carol", SOL));
    world.vest();
    world.refresh();
    world.appoint_venue(&["carol", "erin", "frank"], 0);
    let taking = [("erin", 700, usd(50)), ("frank", 30_000, usd(50))];
    world.refuse(world.sell_batch("carol", SOL, &taking), AssessmentReserved);
    world.refuse(world.buy_batch("erin", SOL, &[("carol", 30_700, usd(50))]), AssessmentReserved);
}

// What stops new risk

#[test]
fn nothing_adds_risk_while_novation_is_paused() {
    let mut world = traded();
    world.appoint_venue(&EVERYBODY, 0);
    world.run(world.pause(pause::NOVATE, DAY));
    world.refuse(world.buy_batch("carol", SOL, &[("dave", 1, usd(200))]), Paused);
    // Alice and Bob reduce, Carol does not.
    let trades = [("bob", 1, usd(200)), ("carol", 1, usd(200))];
    world.refuse(world.sell_batch("alice", SOL, &trades), Paused);
    world.run(world.sell_batch("alice", SOL, &trades[..1]));
}

#[test]
fn nothing_adds_risk_while_a_loss_is_open() {
    let mut world = declared();
    world.appoint_venue(&["bob", "carol", "dave"], 0);
    world.refuse(world.buy_batch("bob", SOL, &[("carol", 1, usd(150))]), LossPending);
}

#[test]
fn the_breaker_halts_what_adds_risk() {
    let mut world = traded_in(MarketSpec::sol().adjusted(ADJUSTED));
    world.appoint_venue(&EVERYBODY, 0);
    world.warp_secs(60);
    world.set_price(SOL, usd(176));
    world.refuse(world.buy_batch("alice", SOL, &[("bob", 1, usd(176))]), BreakerTripped);
    world.run(world.sell_batch("alice", SOL, &[("bob", 1, usd(176))]));
}

#[test]
fn a_market_that_ends_only_reduces() {
    let mut world = traded();
    world.appoint_venue(&EVERYBODY, 0);
    let (now, market) = (world.now(), world.here.keys.market(SOL));
    world.patch_state(market, |market: &mut Market| market.closing_ts = now + DAY);
    world.refuse(world.buy_batch("carol", SOL, &[("bob", 1, usd(200))]), MarketReduceOnly);
    world.run(world.sell_batch("alice", SOL, &[("bob", 1, usd(200))]));
}

#[test]
fn who_is_called_only_reduces() {
    let mut world = exceeding();
    world.run(world.call_stress("erin"));
    world.appoint_venue(&["erin", "frank", "carol"], 0);
    world.refuse(world.buy_batch("erin", SOL, &[("frank", 1, usd(196))]), MemberReduceOnly);
    world.refuse(world.buy_batch("carol", BTC, &[("erin", 1, usd(60_000))]), MemberReduceOnly);
    world.run(world.sell_batch("erin", SOL, &[("carol", 50, usd(196)), ("frank", 50, usd(196))]));
}

#[test]
fn gains_are_registered_first() {
    let mut world = registering();
    world.appoint_venue(&["bob", "carol", "erin"], 0);
    world.refuse(world.buy_batch("bob", SOL, &[("erin", 100, usd(50))]), GainsNotRegistered);
    world.run(world.register_gains("bob"));
    world.refuse(world.buy_batch("bob", SOL, &[("erin", 100, usd(50))]), GainsNotRegistered);
    world.run(world.register_gains("erin"));
    world.refuse(
        world.buy_batch("bob", SOL, &[("erin", 100, usd(50)), ("carol", 1, usd(50))]),
        GainsNotRegistered,
    );
    world.run(world.buy_batch("bob", SOL, &[("erin", 100, usd(50))]));
}

// The market's limits

/// Every deal that raises open interest is asked, whatever a deal before it has closed.
#[test]
fn open_interest_is_limited() {
    let mut spec = MarketSpec::sol();
    spec.params.terms.max_open_interest = 100;
    let mut world = venue_in(World::with(Setup { markets: vec![spec], ..Setup::default() }), usdc(1_000));
    let trades = |first, second| [("bob", first, usd(200)), ("carol", second, usd(200))];
    world.refuse(world.buy_batch("alice", SOL, &trades(60, 41)), OpenInterestLimit);
    world.run(world.buy_batch("alice", SOL, &trades(60, 40)));
    world.refuse(world.buy_batch("alice", SOL, &[("dave", 1, usd(200))]), OpenInterestLimit);
    world.run(world.sell_batch("alice", SOL, &[("dave", 100, usd(200))])); // handed on
}

/// As `one_side_costs_no_more_than_the_fund_can_bear`.
#[test]
fn crowding_is_limited() {
    let params = FundParams { crowding_limit_bps: 1_500, ..params::FUND };
    let mut world = venue_in(World::with_params(params), usdc(1_000));
    let trades = |last| [("bob", LOTS / 2, usd(200)), ("carol", last, usd(200))];
    world.refuse(world.buy_batch("alice", SOL, &trades(LOTS / 2 + 1)), CrowdingLimitExceeded);
    world.run(world.buy_batch("alice", SOL, &trades(LOTS / 2)));
}

// Budgets

/// 10 of budget a day. The taker concedes in every deal above the mark, and what it gains in others gives nothing back.
#[test]
fn the_venue_concedes_no_more_than_the_takers_budget() {
    let mut world = members();
    let trades = |last| [("bob", 150, usd(204)), ("carol", 50, usd(198)), ("dave", last, usd(204))];
    world.refuse(world.buy_batch("alice", SOL, &trades(101)), DelegateBudgetExceeded);
    world.run(world.buy_batch("alice", SOL, &trades(100)));
    let conceded = ["alice", "bob", "carol"].map(|name| world.member(name).conceded);
    assert_eq!(conceded, [usdc(10), 0, usdc(1)]);
}

/// Each maker has a budget of its own.
#[test]
fn the_venue_concedes_no_more_than_each_makers_budget() {
    let mut world = members();
    let trades = |lots| [("bob", 250, usd(196)), ("carol", lots, usd(196))];
    world.refuse(world.buy_batch("alice", SOL, &trades(251)), DelegateBudgetExceeded);
    world.run(world.buy_batch("alice", SOL, &trades(250)));
    assert_eq!([world.member("bob").conceded, world.member("carol").conceded], [usdc(10); 2]);
    assert_eq!(world.member("alice").conceded, 0);
    // The budget is one of the day, in batches and novations.
    world.refuse(world.buy_batch("alice", SOL, &[("bob", 1, usd(200) - 1)]), DelegateBudgetExceeded);
}
