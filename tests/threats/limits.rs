//! Limits that hold after the trade and against a crowd: crowding, stress calls, and what a delegate
//! concedes.

use {
    crate::common::*,
    bulkhead::state::FundParams,
    bulkhead_tests::{
        event,
        params::{DAY, FUND},
        usd, usdc, BulkheadError, MarketSpec, World, SOL,
    },
};

/// The SOL market without a contribution requirement, with a stress move of 30%: 36.5% with the sale.
fn stressed_market() -> MarketSpec {
    let mut spec = free_market();
    spec.params.terms.rates.stress_bps = 3_000;
    spec
}

/// A fund whose only money is its treasury.
fn endowed(params: FundParams, treasury: u64) -> World {
    let mut world = World::with_market(params, stressed_market());
    world.give("treasurer", treasury);
    world.run(world.fund_treasury("treasurer", treasury));
    world
}

/// One person with one pair of wallets or with eight holds the same: with a limit of 800% and 1,050 in the fund, 31.5% of
/// the open interest may be 8,400, which are 13,333 lots at 200.
#[test]
fn p7_crowding_does_not_depend_on_the_number_of_wallets() {
    let params = FundParams { crowding_limit_bps: 80_000, ..PRECISE };
    for pairs in [1, 4, 8] {
        let mut world = endowed(params, usdc(1_050));
        for pair in 0..pairs {
            let (long, short) = (format!("long {pair}"), format!("short {pair}"));
            world.join(&long, usdc(100_000), 0);
            world.join(&short, usdc(100_000), 0);
            world.run(world.novate(&long, &short, SOL, 13_328 / pairs, usd(200)));
        }
        assert_eq!(world.fund().crowding, 8_396_640_000, "{pairs} pairs");
        world.join("one more", usdc(100_000), 0);
        let more = |world: &World, lots| world.novate("one more", "short 0", SOL, lots, usd(200));
        world.refuse(more(&world, 6), BulkheadError::CrowdingLimitExceeded);
        world.run(more(&world, 5));
        // What reduces is free, and makes room.
        world.run(world.novate("short 0", "long 0", SOL, 1, usd(200)));
        world.run(more(&world, 1));
    }
}

/// A wild print that somebody books keeps new risk out for as long as nobody books the market again, and takes nothing from
/// anybody.
#[test]
fn p10_a_wild_print_crowds_nobody_out() {
    let params = FundParams { crowding_limit_bps: 80_000, ..PRECISE };
    let mut world = endowed(params, usdc(1_050));
    world.join("long", usdc(100_000), 0);
    world.join("short", usdc(100_000), 0);
    world.run(world.novate("long", "short", SOL, 13_000, usd(200)));
    world.print(SOL, usd(300));
    world.run(world.book_crowding(SOL));
    world.set_price(SOL, usd(200));
    // The trade books its own market: it is not what is booked that counts there.
    world.run(world.novate("long", "short", SOL, 1, usd(200)));
    world.run(world.novate("short", "long", SOL, 1, usd(200)));
    assert_eq!(world.fund().crowding, usdc(8_190));
}

/// A member at the cover limit of 2,201 of its own 800, and SOL at this price.
fn beyond_the_limit(price: u64) -> World {
    let mut world = endowed(PRECISE, usdc(4_402));
    world.join("erin", usdc(800), 0);
    world.join("frank", usdc(90_000), 0);
    world.join("carol", usdc(90_000), 0);
    world.run(world.novate("erin", "frank", SOL, 4_000, usd(200)));
    world.set_price(SOL, price);
    world
}

/// Equity and maintenance margin at the mark.
fn health(world: &World, name: &str) -> (i128, i128) {
    let (risk, margin) = (world.risk(name), world.member(name).margin);
    (risk.equity(margin).expect("fits").into(), risk.maintenance.into())
}

/// P8: the excess is sold to a friend at the largest discount there is, at every price down to a default. The target's
/// health never falls by it, and never below zero.
#[test]
fn p8_a_stress_call_never_lowers_the_targets_health() {
    for price in [196, 192, 188, 185, 184, 183, 182, 181].map(usd) {
        for lots in [1, 100, u64::MAX] {
            let mut world = beyond_the_limit(price);
            world.run(world.call_stress("erin"));
            world.warp_secs(DAY + 400);
            world.print(SOL, price);
            let before = health(&world, "erin");
            let sold = event!(world.run(world.sell_excess("carol", "erin", SOL, lots)), ExcessSold);
            assert!(sold.lots > 0 && sold.price == price);
            let after = health(&world, "erin");
            assert!(after.0 >= 0, "{after:?}");
            // E'/MM' >= E/MM, crosswise, up to a unit of rounding of the requirement.
            let (new, old) = (after.0 * before.1, before.0 * after.1);
            assert!(new + 2 * before.1 >= old, "{lots} lots at {price}: {before:?} has become {after:?}");
        }
    }
}

/// A chain that halts for two days makes no call due: there was no time to top up.
#[test]
fn p8_a_halt_makes_no_stress_call_due() {
    let mut world = beyond_the_limit(usd(196));
    world.run(world.call_stress("erin"));
    world.set_clock(world.slot() + 10, world.now() + 2 * DAY);
    world.print(SOL, usd(196));
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), BulkheadError::CallNotDue);
    world.warp_secs(DAY);
    world.print(SOL, usd(196));
    world.run(world.sell_excess("carol", "erin", SOL, 1));
}

/// Whoever calls, sells, ends and calls again takes no more than the excess: a member within the limit keeps its lots.
#[test]
fn p8_calling_again_takes_no_more() {
    let mut world = beyond_the_limit(usd(196));
    world.run(world.call_stress("erin"));
    world.warp_secs(DAY);
    world.print(SOL, usd(196));
    world.run(world.sell_excess("carol", "erin", SOL, u64::MAX));
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), BulkheadError::NothingToCall);
    world.run(world.call_stress("erin"));
    world.refuse(world.call_stress("erin"), BulkheadError::NothingToCall);
    world.refuse(world.sell_excess("carol", "erin", SOL, 1), BulkheadError::CallNotDue);
    assert!(world.member("erin").position(SOL).lots > 3_900);
}

/// A stolen delegate's key trades with an account of the thief's at the edges of the band, all day and in every way there is:
/// it concedes no more than the budget, 50.
#[test]
fn t24_a_stolen_delegate_concedes_no_more_than_its_budget() {
    let mut world = World::with_params(FundParams { min_contribution: 0, clearing_fee_bps: 0, ..FUND });
    for name in ["alice", "thief"] {
        world.join(name, usdc(10_000), usdc(1_000));
    }
    let (alice, key) = (world.owner_of("alice"), bulkhead_tests::keypair("key"));
    use bulkhead_tests::Signer;
    world.run(world.set_delegate_within("alice", key.pubkey(), usdc(50)));
    let start = world.equity("alice");
    for round in 0..200u64 {
        let lots = 1_000 >> (round % 11);
        let (buyer, seller, price) = match round % 2 {
            0 => ("alice", "thief", usd(204)),
            _ => ("thief", "alice", usd(196)),
        };
        let call = world.novate(buyer, seller, SOL, lots, price);
        let _ = world.attempt(call.signed_by(alice.pubkey(), key.insecure_clone()));
    }
    let lost = start - world.equity("alice");
    assert!(lost <= usdc(50) as i64 && lost > usdc(45) as i64, "{lost}");
}
