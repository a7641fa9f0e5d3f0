//! What a side of a trade must meet, each to the unit.

use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundParams, params, usd, usdc, BulkheadError::*, MarketSpec, World, BTC, SOL,
    },
};

/// Tries `call` with one unit less of margin than Alice needs, then with what she needs.
#[track_caller]
fn needs_margin(needed: u64, error: bulkhead_tests::BulkheadError, set: impl Fn(u64) -> World, price: u64) {
    let mut world = set(needed - 1);
    world.refuse(world.novate("alice", "bob", SOL, LOTS, price), error);
    world.run(world.deposit_margin("alice", 1));
    world.run(world.novate("alice", "bob", SOL, LOTS, price));
}

fn with_margin(margin: u64) -> World {
    let mut world = World::new();
    contributors(&mut world, margin);
    world
}

#[test]
fn the_fee_is_paid_from_margin() {
    let mut world = with_margin(399_999);
    world.refuse(world.novate("alice", "bob", SOL, LOTS, usd(200)), InsufficientMargin);
    world.refuse(world.novate("bob", "alice", SOL, LOTS, usd(200)), InsufficientMargin);
}

/// 10% of 2,000, and the fee of 0.40.
#[test]
fn initial_margin() {
    needs_margin(usdc(200) + 400_000, BelowInitialMargin, with_margin, usd(200));
}

/// At 204 Alice has lost 40 with the trade, and the fee is 2 bps of 2,040.
#[test]
fn initial_margin_after_what_the_price_costs() {
    needs_margin(usdc(240) + 408_000, BelowInitialMargin, with_margin, usd(204));
}

/// At 196 she has gained 40, which does not count; the fee is 2 bps of 1,960.
#[test]
fn initial_margin_without_what_the_price_brings() {
    needs_margin(usdc(200) + 392_000, BelowInitialMargin, with_margin, usd(196));
}

/// With 1 of confidence, counted twice, the 10 SOL may be worth 20 less.
#[test]
fn initial_margin_at_a_doubtful_price() {
    let doubtful = |margin| {
        let mut world = with_margin(margin);
        world.set_price_within(SOL, usd(200), usd(1));
        world
    };
    needs_margin(usdc(220) + 400_000, BelowInitialMargin, doubtful, usd(200));
}

#[test]
fn the_seller_too() {
    let mut world = with_margin(usdc(200) + 399_999);
    world.refuse(world.novate("bob", "alice", SOL, LOTS, usd(200)), BelowInitialMargin);
    world.run(world.deposit_margin("alice", 1));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
}

/// A loss in one market counts in the other: 10 of notional 100 at BTC, 200 at SOL, and 50 lost at SOL.
#[test]
fn initial_margin_over_all_markets() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250) + 400_000);
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(195)); // 50 lost, 195 required: 5 are free
    world.refuse(world.novate("alice", "bob", BTC, 9, usd(60_000)), BelowInitialMargin); // 54: 5.40 and the fee
    world.run(world.novate("alice", "bob", BTC, 8, usd(60_000))); // 48: 4.80 and the fee of 0.0096
}

/// 2% of 2,000.
#[test]
fn the_required_contribution() {
    let mut world = World::new();
    world.join("alice", usdc(1_000), usdc(40) - 1);
    world.join("bob", usdc(1_000), usdc(2_000));
    world.join("carol", usdc(1_000), usdc(2_000));
    world.refuse(world.novate("alice", "bob", SOL, LOTS, usd(200)), BelowRequiredContribution);
    world.refuse(world.novate("bob", "alice", SOL, LOTS, usd(200)), BelowRequiredContribution);
    world.run(world.contribute("alice", 1));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
}

/// A lot is 2 of notional, but 10 is the least.
#[test]
fn the_least_contribution() {
    let mut world = World::new();
    world.join("alice", usdc(1_000), usdc(10) - 1);
    world.join("bob", usdc(1_000), usdc(2_000));
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)), BelowRequiredContribution);
    world.run(world.contribute("alice", 1));
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
}

/// A stress move costs Alice 600, and the sale after it 5% of 2,600. What may be endangered is half of the treasury's 0.40
/// (of this trade's fees) and Bob's 100: 50.20. The rest, 679.80, must be collateral after the fee of 0.40. Her own contribution is no resource of others.
#[test]
fn the_cover_limit() {
    let alone_with_bob = |margin| {
        let mut world = World::new();
        world.join("alice", margin, usdc(5_000));
        world.join("bob", usdc(1_000), usdc(100));
        world
    };
    needs_margin(680_200_000, CoverLimitExceeded, alone_with_bob, usd(200));
}

#[test]
fn open_interest_is_limited() {
    let mut spec = MarketSpec::sol();
    spec.params.terms.max_open_interest = 100;
    let mut world = World::with(bulkhead_tests::world::Setup { markets: vec![spec], ..Default::default() });
    contributors(&mut world, usdc(1_000));
    world.refuse(world.novate("alice", "bob", SOL, 101, usd(200)), OpenInterestLimit);
    world.run(world.novate("alice", "bob", SOL, 100, usd(200)));
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)), OpenInterestLimit);
    world.run(world.novate("carol", "alice", SOL, 100, usd(200))); // handed on
}

#[test]
fn positions_are_limited() {
    let markets: Vec<_> = (0..9).map(|n| MarketSpec::named(&format!("market {n}"), 2, usd(200))).collect();
    let mut world = World::with(bulkhead_tests::world::Setup { markets, ..Default::default() });
    contributors(&mut world, usdc(1_000));
    for market in 0..8 {
        world.run(world.novate("alice", "bob", market, 10, usd(200)));
    }
    world.refuse(world.novate("alice", "bob", 8, 10, usd(200)), NoFreePosition);
    // A slot that is free again can be used.
    world.run(world.novate("bob", "alice", 3, 10, usd(200)));
    world.run(world.novate("alice", "bob", 8, 10, usd(200)));
    assert_eq!(world.held("alice"), [0, 1, 2, 8, 4, 5, 6, 7]);
}

/// The treasury has paid the residual of 50, and Carol still owes the 45 that were called from her: they go to those who have borne
/// the loss, and are no initial margin. A lot of SOL needs 0.05 of it and 0.0001 of fee, on top of the 20 of her 400: her 1,599.84
/// reach for 30,635 more and what she owes.
#[test]
fn what_was_called_stays_free() {
    let mut world = called();
    world.run(world.take_over("bob", SOL, 1_000));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());
    assert_eq!(world.fund().unfunded, 0);
    world.join("erin", usdc(10_000), usdc(5_000));
    world.run(world.settle("carol", SOL));
    world.vest();
    world.refresh();
    world.refuse(world.novate("erin", "carol", SOL, 30_700, usd(50)), AssessmentReserved);
    world.run(world.enforce_call("carol"));
    world.refuse(world.novate("erin", "carol", SOL, 1, usd(50)), BelowRequiredContribution);
}

// Below initial margin

/// At 194 Alice has 249.60 - 60 of collateral for an initial margin of 194.
fn failing() -> World {
    let mut world = traded_with(usdc(250));
    world.set_price(SOL, usd(194));
    world
}

/// Threat 16: selling below the mark would walk value out of the failing account to a friend's.
#[test]
fn below_initial_margin_a_long_sells_at_the_mark_or_above() {
    let mut world = failing();
    world.refuse(world.novate("carol", "alice", SOL, 10, usd(194) - 1), ReduceAtMarkOnly);
    world.run(world.novate("carol", "alice", SOL, 10, usd(194)));
    world.run(world.novate("carol", "alice", SOL, 1, usd(195)));
}

#[test]
fn below_initial_margin_a_short_buys_at_the_mark_or_below() {
    let mut world = World::new();
    contributors(&mut world, usdc(250));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(206)); // 249.60 - 60 for an initial margin of 206
    world.refuse(world.novate("alice", "carol", SOL, 10, usd(206) + 1), ReduceAtMarkOnly);
    world.run(world.novate("alice", "carol", SOL, 10, usd(206)));
    world.run(world.novate("alice", "carol", SOL, 1, usd(205)));
}

/// Judged by what it leaves: a sale of 100 lots brings Alice back to 174.60 of requirement, whatever the band allows
/// costs her 3.88, and the fee is 2 bps of 190.12. Who meets initial margin afterwards is no failing account.
#[test]
fn a_sale_that_restores_initial_margin_is_free_in_its_price() {
    let mut world = failing();
    let lowest = usd(194) * 98 / 100;
    world.run(world.novate("carol", "alice", SOL, 100, lowest));
    let alice = world.member("alice");
    assert_eq!((alice.position(SOL).lots, alice.margin), (900, 249_600_000 - 38_024));
}

#[test]
fn below_initial_margin_nothing_adds_risk() {
    let mut world = failing();
    world.refuse(world.novate("alice", "carol", SOL, 1, usd(194)), BelowInitialMargin);
    // Nor does turning around: from 1,000 long to 1,000 short.
    world.refuse(world.novate("carol", "alice", SOL, 2 * LOTS, usd(194)), BelowInitialMargin);
    world.run(world.deposit_margin("alice", usdc(5)));
    world.run(world.novate("alice", "carol", SOL, 1, usd(194)));
}

/// At or above initial margin a member sells at whatever the band allows.
#[test]
fn above_initial_margin_the_price_is_free() {
    let mut world = traded_with(usdc(250));
    world.run(world.novate("carol", "alice", SOL, 100, usd(196)));
}

/// P7: at 175.05 Alice's 249.60 have become 0.10, less than the fee of 0.3501 on all her lots, more than that on 200.
#[test]
fn not_even_a_fee_creates_a_default() {
    let mut world = traded_with(usdc(250));
    world.set_price(SOL, 17_505_000_000);
    world.refuse(world.novate("carol", "alice", SOL, LOTS, 17_505_000_000), InsufficientMargin);
    world.run(world.novate("carol", "alice", SOL, 200, 17_505_000_000));
}

// The crowd

/// One whole side of 1,000 lots at 200 costs 31.5% of 2,000 if it defaults from maintenance margin: 630, and the limit is 15%
/// of the 4,200.40 that treasury and contributions have. Whoever hands a position on is never asked, whatever has become of the
/// limit.
#[test]
fn one_side_costs_no_more_than_the_fund_can_bear() {
    let mut world = World::with_params(FundParams { crowding_limit_bps: 1_500, ..params::FUND });
    contributors(&mut world, usdc(1_000));
    world.refuse(world.novate("alice", "bob", SOL, LOTS + 1, usd(200)), CrowdingLimitExceeded);
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.refuse(world.novate("carol", "dave", SOL, 1, usd(200)), CrowdingLimitExceeded);
    world.run(world.novate("carol", "alice", SOL, 1, usd(200)));
    world.set_price(SOL, usd(210)); // one side costs 661.50
    world.run(world.novate("carol", "alice", SOL, 1, usd(210)));
    world.run(world.novate("bob", "alice", SOL, 998, usd(210)));
    world.refuse(world.novate("alice", "bob", SOL, 998, usd(210)), CrowdingLimitExceeded);
}
