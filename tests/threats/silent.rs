//! Feeds and clocks that stop: no market holds an account hostage.

use {
    crate::{claims::TOM, common::*},
    bulkhead::{
        constants::SILENT_GRACE_SECS,
        state::{FundParams, FundStatus, MemberStatus},
    },
    bulkhead_localnet::migration::Parameters,
    bulkhead_tests::{
        event,
        params::{DAY, FUND},
        pyth::PriceUpdate,
        usd, usdc, BulkheadError, World, BTC, SOL,
    },
};

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

// Houses of silent markets

/// P13: 310 are missing, and the house of BTC has won 310. Its feed was silent for an hour, or nobody has
/// cranked it, and Ann, who has lost 20,000, waives it. When it is heard again she would have the gains cut
/// opened in that very slot, so that the 310 came back to everybody who ever bore a loss, her first of all.
/// A gains cut takes a waived house only with its market, and only while that is silent: it is refused, the
/// house is sold, and what it has won pays the 310, whether it was waived or not.
#[test]
fn p13_an_old_loser_gets_nothing_of_a_house_that_was_silent() {
    let mut ends = vec![];
    for waived in [false, true] {
        let mut world = two_markets(FundParams { auction_max_discount_bps: 0, ..PRECISE });
        world.join("ann", 0, usdc(20_000));
        world.join(CREDITOR, STAKE, 0);
        world.join(DEBTOR, 0, 0);
        world.join(TOM, usdc(1_000_000), 0);
        world.join("eve", usdc(600), 0);
        trade_in(&mut world, BTC, "eve", TOM, 1_000, usd(60_000));
        let contributions = world.fund().contributions;
        insolvent(&mut world, contributions + usdc(300));
        world.set_price(BTC, usd(53_900));
        world.default_member("eve"); // 10 short, which Ann pays
        world.default_member(DEBTOR);
        world.run(world.take_over(TOM, SOL, UNIT_LOTS));
        let missing = world.fund().residual;
        assert_eq!(missing, usdc(310));
        world.set_price(BTC, usd(57_000)); // the house has won 310
        let sol = world.market(SOL).mark.price;
        for _ in 0..62 {
            world.warp_secs(60);
            world.print(SOL, sol);
            world.publish(BTC, usd(57_000), 0); // its feed is sound; nobody cranks
        }
        if waived {
            world.run(world.book_house(BTC));
        }
        world.refresh(); // somebody does
        assert_eq!(world.fund().waived_houses, u16::from(waived));
        world.refuse(world.open_gains_cut(), BulkheadError::HouseNotSold);
        world.run(world.take_over(TOM, BTC, 1_000));
        let fund = world.fund();
        assert!(fund.unfunded == 0 && fund.open_houses == 0, "{} {}", fund.unfunded, fund.open_houses);
        let ann = got(&mut world, "ann");
        let creditor = world.equity(CREDITOR) as u64 + got(&mut world, CREDITOR);
        ends.push((ann, creditor));
    }
    let [sold, waived] = ends[..] else { unreachable!("two ends") };
    assert!(sold.0.abs_diff(waived.0) <= 2 && sold.1.abs_diff(waived.1) <= 2, "{ends:?}");
    assert!(waived.0 <= 2, "{ends:?}");
}

/// P13: the house of SOL has won 300 and that of BTC lost 300, so that nobody loses anything. But BTC is silent,
/// treasury and cushions are empty, and Ann waives its house. Its round would end with the gain alone, which came
/// back to Ann, who has lost 20,000 long before and left; a newcomer would pay for BTC. A gain stays in the
/// round up to what waived houses have at risk beyond treasury and cushions, and meets the loss there.
#[test]
fn p13_a_gain_of_houses_waits_for_a_silent_house_that_may_have_lost_it() {
    let mut ends = vec![];
    for waived in [false, true] {
        let mut world = two_markets(FundParams { auction_max_discount_bps: 0, ..PRECISE });
        world.join("ann", 0, usdc(20_000));
        world.join(CREDITOR, STAKE, 0);
        world.join(DEBTOR, 0, 0);
        world.join(TOM, usdc(1_000_000), 0);
        world.join("eve", usdc(600), 0);
        world.join("dan", usdc(200), 0);
        let contributions = world.fund().contributions;
        lose(&mut world, contributions); // Ann has lost everything
        assert!(world.fund().residual == 0 && world.fund().contributions == 0);
        world.join("new", 0, usdc(40_000));
        trade_in(&mut world, BTC, "eve", TOM, 1_000, usd(60_000));
        trade_in(&mut world, SOL, "dan", TOM, 1_000, usd(200));
        world.set_price(BTC, usd(54_000) - 100); // a unit short, or so
        world.set_price(SOL, usd(180) - 1_000);
        world.refresh();
        for name in ["eve", "dan"] {
            world.default_member(name);
        }
        world.set_price(SOL, usd(210)); // the house has won 300
        world.set_price(BTC, usd(51_000)); // and lost 300
        world.refresh();
        let before = worth(&world, "new");
        if waived {
            for _ in 0..62 {
                world.warp_secs(60);
                world.print(SOL, usd(210));
            }
            world.last();
            world.run(world.take_over(TOM, SOL, 1_000));
            world.run(world.book_house(BTC));
            assert!(world.fund().held_for_waived() >= usdc(300));
            assert!(world.fund().house_result > usdc(299) as i64 && world.fund().recoveries == 0);
            world.refresh();
            world.run(world.take_over(TOM, BTC, 1_000));
        } else {
            world.run(world.take_over(TOM, SOL, 1_000));
            world.run(world.take_over(TOM, BTC, 1_000));
        }
        if world.fund().residual > 0 {
            world.run(world.allocate_residual());
        }
        assert_eq!(world.fund().unfunded, 0);
        let new = worth(&world, "new") + got(&mut world, "new");
        ends.push((got(&mut world, "ann"), before - new));
    }
    for (ann, new) in ends {
        assert!(ann < usdc(1) && new < usdc(1), "{ann} {new}");
    }
}

/// P6: the house of SOL, long 1,000 lots at 150, is silent over a weekend, and 600 of treasury cover what it has
/// at risk. Ann commits to her exit five minutes before the feed comes back, at an hour that everybody knows. The
/// first print is 50, and she asks to be paid in its slot. The house has lost 1,000 and is still booked as waived;
/// but an exit shows the markets of waived houses, and this one is heard. With a keeper before her or without
/// one, she stays, and pays her half of the 400 that are missing.
#[test]
fn p6_nobody_leaves_in_the_slot_in_which_a_silent_house_is_heard() {
    let mut ends = vec![];
    for keeper_first in [true, false] {
        let mut world = World::with_params(FundParams { exit_delay_slots: 750, ..FUND });
        world.join("alice", usdc(250), usdc(100));
        world.join("bob", usdc(1_000), usdc(100));
        world.join("carol", usdc(1_000), usdc(3_900));
        world.join("ann", 0, usdc(4_000));
        world.give("treasurer", usdc(2_000));
        world.run(world.fund_treasury("treasurer", usdc(2_000)));
        world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
        world.set_price(SOL, usd(150));
        world.default_member("alice");
        world.set_treasury(usdc(600));
        world.warp_secs(i64::from(SILENT_GRACE_SECS));
        world.run(world.book_house(SOL));
        assert_eq!((world.fund().waived_houses, world.fund().waived_at_risk), (1, 547_500_000));
        request_all(&mut world, "ann");
        world.warp_secs(DAY + 60);
        assert_eq!(claim(&mut world, "ann"), 0); // commits
        world.warp_secs(5 * 60);
        world.print(SOL, usd(50));
        if keeper_first {
            world.run(world.book_house(SOL));
        }
        world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
        world.last();
        let before = ["ann", "carol"].map(|name| worth(&world, name));
        world.run(world.take_over("bob", SOL, 1_000));
        world.run(world.allocate_residual());
        let [ann, carol] = ["ann", "carol"].map(|name| worth(&world, name));
        ends.push([before[0] - ann, before[1] - carol]);
    }
    assert_eq!(ends[0], ends[1]);
    assert!(ends[0][0] > usdc(180) && ends[0][1] < usdc(220), "{ends:?}");
}

/// P6: the house of SOL was looked at while its feed was silent and it had lost nothing. A print of 50 comes, and is old a minute
/// later. Ann relies on the house as it was: any print since then voids that.
#[test]
fn p6_nobody_leaves_on_an_old_booking() {
    let mut world = World::with_params(FundParams { exit_delay_slots: 0, ..FUND });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(3_900));
    world.join("ann", 0, usdc(4_000));
    world.give("treasurer", usdc(2_000));
    world.run(world.fund_treasury("treasurer", usdc(2_000)));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(150));
    world.default_member("alice");
    world.set_treasury(usdc(600));
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.run(world.book_house(SOL));
    request_all(&mut world, "ann");
    world.warp_secs(DAY + 60);
    assert!(world.allows(&world.claim_withdrawal("ann")));
    world.print(SOL, usd(50));
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    world.warp_secs(61);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.run(world.book_house(SOL)); // 1,000 lost: more than the treasury has
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
}
