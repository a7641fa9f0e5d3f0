//! Section 3: the end of a market.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, BTC, SOL};
use crate::{FundStatus, MarketParams, MemberStatus, Op, Reason};

/// A market that ends two hours from now, with a position of 10 SOL from 100.
fn expiring() -> (Scene, i128) {
    let scene = Scene::new();
    let end = scene.clock.ts + 7_200;
    let params = MarketParams { expires_ts: end, ..market_params(2) };
    let mut scene = Scene::with(fund_params(), vec![params, market_params(4)]);
    scene.treasury(10_000.0);
    scene.member("ann", 1_000.0, 0.0);
    scene.member("ben", 1_000.0, 0.0);
    scene.crank(SOL, 100.0);
    scene.novate("ann", "ben", SOL, 10_00, 100.0);
    (scene, end)
}

/// Cranks a price every minute until a moment.
fn hold(scene: &mut Scene, price: f64, until: i128) {
    while scene.clock.ts < until {
        scene.crank(SOL, price);
        scene.wait((until - scene.clock.ts).min(60) as i64);
    }
}

fn fix() -> Op {
    Op::FixFinalMark { market: SOL }
}

fn close_out(name: &str) -> Op {
    Op::CloseOut { member: name.into() }
}

#[test]
fn the_final_mark_is_the_mean_of_the_last_hour() {
    let (mut scene, end) = expiring();
    hold(&mut scene, 100.0, end - 1_800);
    // Half an hour at 100 and the rest at 110: the market's price is what it would end at.
    scene.crank(SOL, 110.0);
    assert_eq!(scene.model.markets[0].price, 105_0000_0000);
    scene.refused(scene.trade("ann", "ben", SOL, 1, 105.0), Reason::MarketReduceOnly);
    scene.refused(fix(), Reason::FinalMarkNotDue);
    hold(&mut scene, 110.0, end - 900);
    hold(&mut scene, 120.0, end);
    scene.ok(fix());
    assert_eq!(scene.model.markets[0].price, 107_5000_0000);
    scene.ok(close_out("ben"));
    scene.ok(close_out("ann"));
    assert_near(scene.margin("ann"), 1_075.0);
    assert_near(scene.margin("ben"), 925.0);
    scene.ok(Op::Withdraw { member: "ben".into(), amount: usd(925.0) });
    scene.ok(Op::Close { member: "ben".into() });
}

/// Under half coverage the hour is extended once; then it is the last mean.
#[test]
fn an_hour_without_prices_is_extended_once() {
    let (mut scene, end) = expiring();
    hold(&mut scene, 100.0, end - 2_400);
    scene.wait(2_400);
    scene.refused(fix(), Reason::FinalMarkNotDue);
    scene.wait(600);
    scene.crank(SOL, 140.0); // covers 75 seconds: 1,215 + 75 are not half
    scene.wait(3_000);
    scene.ok(fix());
    assert_eq!(scene.model.markets[0].price, 100_0000_0000);
}

/// With an hour and a half there is enough.
#[test]
fn an_extended_hour_counts() {
    let (mut scene, end) = expiring();
    hold(&mut scene, 100.0, end - 2_400);
    scene.wait(2_400);
    hold(&mut scene, 130.0, end + 1_215);
    scene.wait(2_385);
    scene.ok(fix());
    // 1,215 seconds at 100, and 1,215 and 15 more, of the last print's 75, at 130.
    let covered = (1_200.0 + 15.0) * 100.0 + (1_215.0 + 60.0) * 130.0;
    assert_near(scene.model.markets[0].price as f64 / 1e8, covered / (1_215.0 + 1_275.0));
}

/// E4: a retired feed ends its market, and everybody leaves.
#[test]
fn e4_a_dead_feed_ends_its_market() {
    let mut scene = Scene::new();
    scene.treasury(10_000.0);
    scene.member("ann", 1_000.0, 0.0);
    scene.member("ben", 1_000.0, 0.0);
    scene.settle_price(SOL, 100.0);
    scene.novate("ann", "ben", SOL, 10_00, 100.0);
    scene.refused(Op::CloseMarket { market: SOL }, Reason::OracleNotSilent);
    scene.wait(14 * 86_400);
    scene.ok(Op::CloseMarket { market: SOL });
    scene.refused(scene.trade("ann", "ben", SOL, 1, 100.0), Reason::MarketReduceOnly);
    scene.wait(72 * 3_600);
    scene.refused(fix(), Reason::FinalMarkNotDue);
    scene.wait(3_600);
    scene.ok(fix());
    scene.ok(close_out("ann"));
    scene.ok(close_out("ben"));
    for name in ["ann", "ben"] {
        scene.ok(Op::Withdraw { member: name.into(), amount: usd(1_000.0) });
        scene.ok(Op::Close { member: name.into() });
    }
    assert_eq!(scene.model.house_lots(0), 0);
    assert_eq!(scene.model.status, FundStatus::Active);
}

#[test]
fn a_feed_that_comes_back_cancels_the_end() {
    let mut scene = Scene::new();
    scene.crank(SOL, 100.0);
    scene.wait(14 * 86_400);
    scene.ok(Op::CloseMarket { market: SOL });
    scene.wait(71 * 3_600);
    scene.crank(SOL, 90.0);
    scene.wait(3_600);
    scene.refused(fix(), Reason::FinalMarkNotDue);
}

/// I4: the feed changes its exponent; the market keeps its own, and the conversion is exact.
#[test]
fn i4_a_new_exponent_is_a_change() {
    let mut scene = Scene::new();
    scene.treasury(10_000.0);
    scene.member("ann", 1_000.0, 0.0);
    scene.member("ben", 1_000.0, 0.0);
    scene.crank(SOL, 100.0);
    scene.novate("ann", "ben", SOL, 10_00, 100.0);
    let print = crate::Update { price: 101_00000, confidence: 0, exponent: -5, age_secs: 0, full: true };
    scene.ok(Op::Crank { market: SOL, update: print });
    assert!(!scene.model.is_fresh(0));
    scene.refused(Op::QueueFeedDecimals { market: SOL, decimals: 99 }, Reason::ParameterOutOfBounds);
    scene.ok(Op::QueueFeedDecimals { market: SOL, decimals: 5 });
    let number = *scene.model.changes.keys().next().expect("a change");
    scene.wait(10 * 86_400 - 1);
    scene.refused(Op::ApplyChange { number }, Reason::ChangeNotReady);
    scene.wait(1);
    scene.wait(5 * 86_400);
    scene.refused(Op::CloseMarket { market: SOL }, Reason::OracleChangeQueued);
    scene.ok(Op::ApplyChange { number });
    scene.ok(Op::Crank { market: SOL, update: print });
    assert_eq!(scene.model.markets[0].price, 101_0000_0000);
}

/// A feed with more decimals than the market is read when its last digits are zeros.
#[test]
fn finer_feeds_are_read_where_they_convert_exactly() {
    let mut scene = Scene::with(fund_params(), vec![MarketParams { feed_decimals: 10, ..market_params(2) }]);
    let print = |price| crate::Update { price, confidence: 101, exponent: -10, age_secs: 0, full: true };
    scene.ok(Op::Crank { market: SOL, update: print(1_000_000_000_100) });
    assert_eq!((scene.model.markets[0].price, scene.model.markets[0].confidence), (10_000_000_001, 2));
    scene.ok(Op::Crank { market: SOL, update: print(1_000_000_000_101) });
    assert!(!scene.model.is_fresh(0));
}

/// E16: governance names a final mark only for a silent market, within the stress rate of its mean.
#[test]
fn e16_a_named_mark_is_near_the_mean() {
    let (mut scene, end) = expiring();
    scene.settle_price(SOL, 100.0);
    let name = |dollars: u64| Op::QueueFinalMark { market: SOL, price: dollars * 100_000_000 };
    scene.refused(name(110), Reason::OracleNotSilent);
    scene.wait(100);
    scene.refused(name(1_000_000), Reason::FinalMarkTooFar);
    scene.refused(name(121), Reason::FinalMarkTooFar);
    scene.ok(name(119));
    let number = *scene.model.changes.keys().next().expect("a change");
    scene.wait(10 * 86_400);
    assert!(scene.clock.ts > end);
    scene.ok(Op::ApplyChange { number });
    scene.ok(fix());
    assert_eq!(scene.model.markets[0].price, 119_0000_0000);
}

/// In an active fund a member's final positions are settled net, and what the pool lacks stays.
#[test]
fn a_close_out_nets_over_markets() {
    let scene = Scene::new();
    let end = scene.clock.ts + 7_200;
    let params = |lots| MarketParams { expires_ts: end, dead_feed_secs: 1, ..market_params(lots) };
    let mut scene = Scene::with(fund_params(), vec![params(2), params(4)]);
    scene.treasury(10_000.0);
    scene.member("vic", 500.0, 0.0);
    scene.member("ben", 5_000.0, 0.0);
    scene.crank(SOL, 100.0);
    scene.crank(BTC, 10_000.0);
    scene.novate("vic", "ben", SOL, 20_00, 100.0);
    scene.novate("ben", "vic", BTC, 2000, 10_000.0);
    while scene.clock.ts < end {
        scene.crank(SOL, 110.0); // +200
        scene.crank(BTC, 10_900.0); // -180
        scene.wait(60);
    }
    scene.ok(Op::FixFinalMark { market: SOL });
    scene.ok(Op::FixFinalMark { market: BTC });
    let profit = 200.0 - 180.0;
    scene.ok(close_out("vic")); // the pool is empty
    assert_near(scene.margin("vic"), 500.0);
    assert_eq!(scene.model.members["vic"].positions.iter().filter(|held| !held.is_free()).count(), 1);
    scene.ok(close_out("ben"));
    assert_near(scene.margin("ben"), 5_000.0 - profit);
    scene.ok(Op::Settle { member: "vic".into(), market: SOL, by_owner: false });
    assert_near(scene.margin("vic"), 500.0 + profit);
    assert!(!scene.model.members["vic"].has_positions());
}

/// E10: in a wind-down a hedge nets to nothing, and nobody can settle one leg of it.
#[test]
fn e10_a_hedge_survives_a_wind_down() {
    let mut scene = Scene::new();
    scene.treasury(100_000.0);
    scene.member("vic", 5_000.0, 0.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.crank(SOL, 100.0);
    scene.crank(BTC, 10_000.0);
    scene.novate("vic", "cat", BTC, 7400, 10_000.0);
    scene.novate("cat", "vic", SOL, 74_00, 100.0);
    scene.settle_price(SOL, 110.0); // -740
    scene.settle_price(BTC, 11_000.0); // +740
    scene.model.status = FundStatus::WindDown;
    scene.model.wind_down_ts = scene.clock.ts;
    scene.model.is_wound_up = true; // no loss has started it that could be paid
    let end = scene.clock.ts + 86_400;
    scene.refused(Op::Settle { member: "vic".into(), market: SOL, by_owner: true }, Reason::WindDown);
    while scene.clock.ts < end {
        scene.crank(SOL, 110.0);
        scene.crank(BTC, 11_000.0);
        scene.wait(60);
    }
    scene.ok(Op::FixFinalMark { market: SOL });
    scene.ok(Op::FixFinalMark { market: BTC });
    scene.ok(close_out("vic"));
    scene.ok(close_out("cat"));
    assert_near(scene.margin("vic"), 5_000.0);
    assert_eq!(scene.model.members["vic"].status, MemberStatus::ClosedOut);
    assert_near(scene.margin("cat"), 50_000.0);
}
