//! Feeds and clocks that stop: no market holds an account hostage.

use {
    crate::common::*,
    bulkhead::{
        constants::SILENT_GRACE_SECS,
        state::{FundParams, FundStatus, MemberStatus},
    },
    bulkhead_localnet::migration::Parameters,
    bulkhead_tests::{
        event,
        params::{DAY, FUND},
        pyth::PriceUpdate,
        usd, usdc,
        world::Setup,
        BulkheadError, MarketSpec, World, BTC, SOL,
    },
};

/// A SOL and a BTC market without a contribution requirement.
fn two_markets(params: FundParams) -> World {
    let mut btc = MarketSpec::btc();
    btc.params.rates.contribution_bps = 0;
    World::with(Setup { params, markets: vec![free_market(), btc], ..Setup::default() })
}

/// The minute in which Alice is first liquidated while SOL falls by 1 a minute from 200, and what is left of her. With one BTC lot
/// more, whose feed goes silent, or without it.
fn falls_by_one_a_minute(shielded: bool) -> (u64, World) {
    let mut world = two_markets(FUND);
    world.join("alice", usdc(300), usdc(100));
    world.join("bob", usdc(100_000), usdc(1_000));
    world.join("carol", usdc(100_000), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    if shielded {
        world.run(world.novate("alice", "bob", BTC, 1, usd(60_000)));
    }
    let mut first = 0;
    for minute in 1..=100 {
        world.warp_secs(60);
        world.print(SOL, usd(200 - minute));
        let liquidate = world.liquidate("carol", "alice", SOL, u64::MAX);
        if world.member("alice").position(SOL).lots != 0 && world.attempt(liquidate).is_ok() && first == 0 {
            first = minute;
        }
        world.refuse(world.declare_default("alice"), BulkheadError::EquityNotNegative);
    }
    (first, world)
}

#[test]
fn e2_a_lot_in_a_silent_market_is_no_shield() {
    let (bare, _) = falls_by_one_a_minute(false);
    let (shielded, world) = falls_by_one_a_minute(true);
    assert!((bare..=bare + 1).contains(&shielded), "liquidated in minute {shielded} instead of {bare}");
    // No default, and the survivors have paid nothing.
    assert_eq!((world.fund().default_seq, world.fund().unfunded), (0, 0));
    assert!(world.equity("alice") >= 0);
    for name in ["bob", "carol"] {
        assert!(worth(&world, name) >= usdc(1_000));
    }
}

/// A member in grace tops up, and one of its feeds has gone silent: the block of everybody's exits has ended by itself, and the
/// grace ends for whoever asks.
#[test]
fn e3_a_silent_feed_holds_up_no_end_of_a_grace() {
    let mut world = two_markets(FundParams { default_confirm_slots: 25, min_contribution: 0, ..FUND });
    world.join("debtor", usdc(21), 0);
    world.join("bob", usdc(1_000), usdc(1_000));
    world.join("ann", 0, usdc(1_000));
    world.run(world.novate("debtor", "bob", SOL, 50, usd(200)));
    world.run(world.novate("debtor", "bob", BTC, 1, usd(60_000)));
    world.set_price(SOL, usd(150)); // 25 lost
    assert_eq!(world.run(world.declare_default("debtor")).event_names(), ["GraceStarted"]);
    world.refuse(world.contribute("ann", 1), BulkheadError::LossPending);
    world.warp_secs(DAY); // both feeds are silent
    world.run(world.contribute("ann", 1));
    world.run(world.deposit_margin("debtor", usdc(100)));
    assert_eq!(world.run(world.declare_default("debtor")).event_names(), ["GraceEnded"]);
    assert!(world.member("debtor").status == MemberStatus::Active);
}

/// SOL's feed is switched off. Nine days later free margin leaves, shares leave, and BTC trades; only SOL's profit waits.
#[test]
fn e4_a_retired_feed_locks_no_free_margin_in() {
    let mut world = two_markets(FUND);
    for name in ["alice", "bob"] {
        world.join(name, usdc(1_000), usdc(1_000));
    }
    world.run(world.novate("alice", "bob", SOL, 100, usd(200)));
    request_all(&mut world, "alice");
    world.warp_secs(9 * DAY);
    world.set_price(BTC, usd(60_000));
    world.refuse(world.settle("alice", SOL), BulkheadError::StaleMark);
    world.refuse(world.novate("bob", "alice", SOL, 100, usd(200)), BulkheadError::StaleMark);
    world.run(world.novate("alice", "bob", BTC, 10, usd(60_000)));
    world.run(world.novate("bob", "alice", BTC, 10, usd(60_000)));
    // 100 lots at 200 need 20, and 47.60 are the doubt of 23.8%.
    let (margin, stays) = (world.member("alice").margin, 67_600_000);
    world.refuse(world.withdraw_margin("alice", margin - stays + 1), BulkheadError::BelowInitialMargin);
    world.run(world.withdraw_margin("alice", margin - stays));
    // A claim within its window, down to what the position requires.
    world.run(world.cancel_withdrawal("alice"));
    let part = world.member("alice").shares.get() / 2;
    world.run(world.request_withdrawal("alice", part));
    world.warp_secs(DAY);
    world.run(world.claim_withdrawal("alice"));
    assert!(world.fund().status == FundStatus::Active);
}

/// The chain's clock is half an hour behind. Every print is from the future, and the slots make every mark stale: new risk stops,
/// withdrawals and defaults go on within the intervals.
#[test]
fn i5_a_clock_that_is_behind_stops_new_risk_and_nothing_else() {
    let mut world = two_markets(FUND);
    world.join("alice", usdc(250), usdc(1_000));
    world.join("bob", usdc(1_000), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(150)); // alice is 250.40 short
    world.set_clock(world.slot() + 4_500, world.now());
    let update = PriceUpdate { publish_ts: world.now() + 30 * 60, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
    world.refuse(world.crank_market(SOL), BulkheadError::OracleFromFuture);
    world.refuse(world.novate("bob", "alice", SOL, 1, usd(150)), BulkheadError::StaleMark);
    // Bob, short from 200, has lost nothing at 195, the far end of 150: his initial margin of 150 stays, his gain waits.
    let margin = world.member("bob").margin;
    world.refuse(world.withdraw_margin("bob", margin - usdc(150) + 1), BulkheadError::BelowInitialMargin);
    world.run(world.withdraw_margin("bob", margin - usdc(150)));
    // 10% of initial margin in her favour, and alice is still 100.40 short: an hour's grace, then it is realised at the last mark.
    world.run(world.declare_default("alice"));
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, DefaultDeclared).shortfall, 250_400_000);
}

/// A price of 0.01, then one of -37.63: the loss that is owed at 0.01 is declared at that last mark.
#[test]
fn i6_a_price_below_zero_hides_no_loss() {
    let mut world = two_markets(FUND);
    world.join("alice", usdc(1_900), usdc(100));
    world.join("bob", usdc(3_000), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, 1_000_000); // 1,999.90 lost of 1,899.60
    world.warp_secs(60);
    let update = PriceUpdate { price: -3_763_000_000, ..world.price_update(SOL) };
    world.write_price(SOL, &update);
    world.run(world.crank_market(SOL));
    world.refuse(world.settle("bob", SOL), BulkheadError::StaleMark);
    world.run(world.declare_default("alice"));
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(event!(meta, DefaultDeclared).shortfall, 100_300_000);
    assert_eq!(world.default_record(0).positions[0].price, 1_000_000);
}

/// The sponsored feeds' heartbeat is 60 s: a print lives longer than that under the shipped parameters, so that in no second of a
/// quiet market nothing works.
#[test]
fn i7_a_print_outlives_the_feeds_heartbeat() {
    let shipped = Parameters::bundled().expect("the migrations are in the repository");
    for market in &shipped.markets {
        assert!(market.params.oracle.max_age_secs >= 75, "{}", market.symbol);
    }
    let mut spec = free_market();
    spec.params.oracle = bulkhead::state::OracleConfig {
        max_age_secs: shipped.markets[0].params.oracle.max_age_secs,
        ..spec.params.oracle
    };
    let mut world = World::with_market(FUND, spec);
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(250), usdc(100));
    world.run(world.novate("alice", "bob", SOL, 100, usd(200)));
    let print = world.price_update(SOL);
    for _ in 0..75 {
        world.warp_secs(1);
        world.write_price(SOL, &print);
        world.run(world.crank_market(SOL));
        world.run(world.settle("alice", SOL));
    }
}
