//! What a trade does.

use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{bulkhead::state::Member, event, usd, usdc, BulkheadError::*, World, BTC, SOL},
};

/// Raw quote of one dollar for one lot: the price's mantissa.
const DOLLAR: i128 = 100_000_000;

fn position(member: &Member, market: u16) -> (i64, i128) {
    let position = member.position(market);
    (position.lots, position.raw)
}

/// 2 bps of 2,000 are 0.40 from each side: half to contributors, half to the treasury.
#[test]
fn the_fund_stands_between_both() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    let meta = world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    let (alice, bob) = (world.member("alice"), world.member("bob"));
    assert_eq!(position(&alice, SOL), (1_000, -200_000 * DOLLAR));
    assert_eq!(position(&bob, SOL), (-1_000, 200_000 * DOLLAR));
    assert_eq!((alice.margin, bob.margin), (usdc(1_000) - 400_000, usdc(1_000) - 400_000));
    let fund = world.fund();
    assert_eq!((fund.treasury, fund.rewards_streaming), (usdc(100) + 400_000, 400_000));
    assert_eq!(world.market(SOL).open_interest, LOTS);

    let trade = event!(meta, Novated);
    assert_eq!((trade.buyer, trade.seller), (world.account_of("alice"), world.account_of("bob")));
    assert_eq!((trade.lots, trade.price, trade.fee, trade.market_index), (1_000, usd(200), 400_000, 0));
}

/// 1 lot at 200.00000001 is 2.0000000001 of notional, which counts as 2.000001: 2 bps of it are 401 units, of which the
/// contributors' half is rounded down.
#[test]
fn fees_round_up() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    let treasury = world.fund().treasury;
    let meta = world.run(world.novate("alice", "bob", SOL, 1, usd(200) + 1));
    assert_eq!(event!(meta, Novated).fee, 401);
    let fund = world.fund();
    assert_eq!((fund.rewards_streaming, fund.treasury - treasury), (400, 402));
}

/// Nobody shares in fees of before there were contributions: they are the treasury's.
#[test]
fn without_contributors_the_treasury_gets_the_fee() {
    let mut world = World::with_params(bulkhead_tests::bulkhead::state::FundParams {
        min_contribution: 0,
        ..bulkhead_tests::params::FUND
    });
    let mut free = bulkhead_tests::MarketSpec::btc();
    free.params.terms.rates.contribution_bps = 0;
    world.run(world.create_market(BTC, &free));
    world.here.markets.push(free);
    world.set_price(BTC, usd(60_000));
    for name in ["alice", "bob"] {
        world.join(name, usdc(1_000), 0);
    }
    world.give("treasurer", usdc(10));
    world.run(world.fund_treasury("treasurer", usdc(10)));
    world.run(world.novate("alice", "bob", BTC, 100, usd(60_000))); // notional 600
    let fund = world.fund();
    assert_eq!((fund.rewards_streaming, fund.treasury), (0, usdc(10) + 240_000));
}

/// Bought at 204 with a mark of 200, 10 SOL are 40 down at once.
#[test]
fn the_price_is_that_agreed() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(204)));
    assert_eq!(position(&world.member("alice"), SOL), (1_000, -204_000 * DOLLAR));
    world.run(world.settle("alice", SOL));
    assert_eq!(world.member("alice").margin, usdc(1_000) - 408_000 - usdc(40));
}

#[test]
fn reducing_gives_back() {
    let mut world = traded();
    world.set_price(SOL, usd(202));
    world.run(world.novate("bob", "alice", SOL, 400, usd(202)));
    assert_eq!(position(&world.member("alice"), SOL), (600, (-200_000 + 80_800) * DOLLAR));
    assert_eq!(world.market(SOL).open_interest, 600);
    world.run(world.novate("bob", "alice", SOL, 600, usd(202)));
    // Flat, with 20 gained for Alice still to be settled.
    assert_eq!(position(&world.member("alice"), SOL), (0, 2_000 * DOLLAR));
    assert_eq!((world.market(SOL).open_interest, world.held("alice")), (0, vec![SOL]));
    world.run(world.settle("bob", SOL));
    world.run(world.settle("alice", SOL));
    assert_eq!(world.held("alice"), Vec::<u16>::new());
}

/// The one's lots go to another: open interest stays.
#[test]
fn handing_on_keeps_open_interest() {
    let mut world = traded();
    world.run(world.novate("carol", "alice", SOL, LOTS, usd(200)));
    assert_eq!((world.market(SOL).open_interest, world.held("alice")), (LOTS, vec![]));
    // Through zero: Carol from 1,000 long to 500 short.
    world.run(world.novate("dave", "carol", SOL, 1_500, usd(200)));
    assert_eq!((world.market(SOL).open_interest, world.member("carol").position(SOL).lots), (1_500, -500));
}

#[test]
fn the_price_is_within_the_band() {
    let mut world = traded();
    for price in [0, 1, usd(196) - 1, usd(204) + 1, u64::MAX] {
        world.refuse(world.novate("alice", "bob", SOL, 1, price), PriceOutsideBand);
    }
    for price in [usd(196), usd(204)] {
        world.run(world.novate("alice", "bob", SOL, 1, price));
    }
}

#[test]
fn the_mark_is_fresh() {
    let mut world = traded();
    world.warp_slots(25);
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
    world.warp_slots(1);
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)), StaleMark);
    // A crank in the same transaction is what clients do.
    world.publish(SOL, usd(200), 0);
    world.run(world.crank_market(SOL).then(world.novate("alice", "bob", SOL, 1, usd(200))));
}

#[test]
fn a_market_without_a_mark_does_not_trade() {
    let mut world = World::new();
    world.run(world.create_market(BTC, &bulkhead_tests::MarketSpec::btc()));
    contributors(&mut world, usdc(1_000));
    world.refuse(world.novate("alice", "bob", BTC, 1, usd(60_000)), StaleMark);
}

#[test]
fn lots_are_a_positive_signed_word() {
    let mut world = traded();
    world.refuse(world.novate("alice", "bob", SOL, 0, usd(200)), ZeroAmount);
    for lots in [i64::MAX as u64, 1 << 63, u64::MAX] {
        world.refuse(world.novate("alice", "bob", SOL, lots, usd(200)), Overflow);
    }
}

/// Nobody adds risk, in no market, while a default is open; and everybody may once it is paid for, with lots of the house or
/// without.
#[test]
fn nothing_adds_risk_while_a_default_is_open() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));

    world.refuse(world.novate("carol", "dave", SOL, 1, usd(150)), LossPending);
    world.refuse(world.novate("bob", "carol", SOL, 1, usd(150)), LossPending); // Bob reduces, Carol does not
    world.refuse(world.novate("carol", "dave", BTC, 1, usd(60_000)), LossPending);

    world.run(world.allocate_loss("alice"));
    world.run(world.novate("carol", "dave", SOL, 1, usd(150)));
}

#[test]
fn both_may_reduce_in_a_market_in_default() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("carol", "bob", SOL, 100, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.run(world.novate("bob", "carol", SOL, 100, usd(150)));
}

/// In Recovery nobody adds risk, in no market.
#[test]
fn nothing_adds_risk_while_a_loss_is_unfunded() {
    let mut world = wiped();
    assert_eq!(world.fund().unfunded, usdc(50));
    world.refuse(world.novate("carol", "bob", SOL, 1, usd(50)), LossPending);
}

/// She trades again with new margin, once her default is paid for and a contribution can enter.
#[test]
fn a_defaulter_begins_anew() {
    let mut world = declared();
    world.run(world.deposit_margin("alice", usdc(1_000)));
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(150)), LossPending);
    world.run(world.allocate_loss("alice"));
    world.run(world.take_over("bob", SOL, LOTS));
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(150)), BelowRequiredContribution);
    world.run(world.contribute("alice", usdc(11)));
    world.run(world.novate("alice", "bob", SOL, 1, usd(150)));
}

/// A final mark is the last price there is.
#[test]
fn not_at_a_final_mark() {
    let mut world = final_at(usd(50));
    world.refuse(world.novate("bob", "carol", SOL, 1, usd(50)), MarketClosed);
    // Before it, members still reduce: both sides of a wind-down may trade their lots away.
    let mut world = sold();
    world.refuse(world.novate("bob", "carol", SOL, 1, usd(50)), LossPending);
    world.run(world.novate("bob", "erin", SOL, 100, usd(50)));
}
