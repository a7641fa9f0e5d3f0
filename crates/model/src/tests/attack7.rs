//! Attacks on the mends of takings, on settlements of covers, and on what they leave open.

use super::attacks::covered;
use super::scene::{fund_params, market_params, usd, Scene, SOL};
use super::takings::{fill, post, scene, take};
use crate::{FundParams, MarketParams, Op, Reason};

fn settle(member: &str, market: u16) -> Op {
    Op::Settle { member: member.into(), market, by_owner: true }
}

fn calls(member: &str) -> Op {
    Op::CallStress { member: member.into() }
}

/// The taker is hedged, and well above initial margin. It settles the losing leg, and its stress loss alone is
/// beyond the cover limit, because the gain beside it counts for nothing.
fn hedged() -> Scene {
    let mut scene = scene(5_000.0, vec![market_params(2); 3]);
    scene.member("taker", 10_800.0, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    scene.novate("taker", "friend", 1, 100_00, 200.0);
    scene.novate("taker", "friend", 2, 100_00, 200.0);
    scene.settle_price(2, 231.0);
    scene.settle_price(1, 170.0);
    scene.crank(2, 231.0);
    scene.crank(SOL, 200.0);
    scene.ok(settle("friend", 1));
    scene.ok(settle("friend", 2));
    scene.ok(post("maker", -40_00));
    scene.ok(take("taker", "maker", 40_00));
    scene
}

/// A member that is called for its stress loss only reduces, and a fill asks whether it is called. Anyone
/// calls, the taker too.
#[test]
fn a_taking_is_no_option_by_a_stress_call() {
    let mut scene = hedged();
    scene.ok(settle("taker", 1));
    let _ = scene.tries(calls("taker"));
    scene.wait(1);
    for (market, price) in [(1, 170.0), (2, 231.0), (SOL, 200.0)] {
        scene.crank(market, price);
    }
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// It ends the call by settling the other leg, and fills, at 203; at 197 it lets the taking lapse.
#[test]
fn a_stress_call_decides_not_who_wins() {
    let mut results = Vec::new();
    for later in [203.0, 197.0] {
        let mut scene = hedged();
        scene.ok(settle("taker", 1));
        let _ = scene.tries(calls("taker"));
        scene.wait(1);
        for (market, price) in [(1, 170.0), (2, 231.0), (SOL, 200.0)] {
            scene.crank(market, price);
        }
        let mut filled = scene.tries(fill("taker", "maker", 200.0, 0)).is_ok(); // every keeper tries
        scene.wait(5);
        for (market, price) in [(1, 170.0), (2, 231.0), (SOL, later)] {
            scene.crank(market, price);
        }
        if later > 200.0 && !filled {
            scene.ok(settle("taker", 2));
            scene.ok(calls("taker"));
            filled = scene.tries(fill("taker", "maker", 200.0, 5)).is_ok();
        }
        let lots = scene.model.members["taker"].lots(0) as f64 / 100.0;
        println!("at {later}: filled {filled}, the taker has won {}", lots * (later - 200.0));
        results.push(filled);
    }
    assert_eq!(results[0], results[1], "a free option");
}

fn post_number(maker: &str, number: u64, lots: i64) -> Op {
    let Op::PostOffer { maker, market, terms, .. } = post(maker, lots) else { unreachable!() };
    Op::PostOffer { maker, number, market, terms }
}

/// Takings ask for the room of the market each for itself, and fills ask for none. Two friends with as many
/// offers as they like hold many times what the market and the fund bear.
#[test]
fn friends_do_not_trade_beyond_the_limits_by_takings() {
    let params = FundParams { crowding_limit_bps: 10_000, ..fund_params() };
    let market = MarketParams { max_open_interest: 300_00, ..market_params(2) };
    let mut scene = Scene::with(params, vec![market]);
    scene.treasury(20_000.0); // 20,000 of crowding are 64,500 of notional
    scene.member("one", 500_000.0, 0.0);
    scene.member("two", 500_000.0, 0.0);
    scene.settle_price(SOL, 200.0);
    scene.refused(scene.trade("one", "two", SOL, 301_00, 200.0), Reason::OpenInterestLimit);
    for number in 1..=10 {
        scene.ok(post_number("one", number, -300_00));
        let offer = ("one".into(), number);
        scene.ok(Op::TakeOffer { taker: "two".into(), offer, lots: 300_00, limit_price: u64::MAX });
    }
    scene.wait(1);
    scene.crank(SOL, 200.0);
    for number in 1..=10 {
        let (offer, update) = (("one".into(), number), Scene::print(200.0, 0));
        let _ = scene.tries(Op::FillOffer { taker: "two".into(), offer, update, gap_secs: 1 });
    }
    let (open, crowding) = (scene.model.members["two"].lots(0), scene.model.crowding() / 1_000_000);
    println!("{open} lots where 30000 are admitted, crowding {crowding} where 20000 are");
    assert!(open <= 300_00 && crowding <= 20_000);
}

/// A leg that nobody has cranked counts with its whole doubt in an exposure that a trade writes into the table,
/// while `report_exposure` refuses to. A lot that reduces is within no limit.
#[test]
fn a_lot_beside_an_old_mark_writes_no_larger_exposure() {
    let mut scene = Scene::with(fund_params(), vec![market_params(2); 2]);
    scene.treasury(500.0);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.member("long", 155.0, 0.0);
    scene.settle_price(1, 200.0);
    scene.settle_price(SOL, 200.0);
    scene.crank(1, 200.0);
    scene.novate("long", "cat", 1, 7_00, 200.0);
    scene.novate("long", "cat", SOL, 2, 200.0);
    let loss = |scene: &Scene| {
        let known = scene.model.exposures.iter().flatten().find(|known| known.member == "long");
        known.map_or(0.0, |known| known.stress_loss as f64 / 1e6)
    };
    let before = loss(&scene);
    scene.wait(60);
    scene.crank(SOL, 200.0);
    scene.novate("cat", "long", SOL, 1, 200.0);
    let after = loss(&scene);
    println!("{before} -> {after}");
    assert!(after <= before, "{after} instead of {before}");
}

/// What an owner settles beyond its net loss, it could withdraw: a withdrawal that leaves a stress loss beyond
/// the cover limit is refused, and so is that. Nobody leaves in the first half of its window beside it.
#[test]
fn a_settlement_brings_nobody_beyond_the_cover_limit() {
    let mut scene = hedged();
    scene.refused(Op::Withdraw { member: "taker".into(), amount: usd(2_999.0) }, Reason::CoverLimitExceeded);
    let _ = scene.tries(settle("taker", 1));
    let _ = scene.tries(Op::ReportExposure { member: "taker".into() });
    let known = scene.model.exposures.iter().flatten().find(|known| known.member == "taker");
    let (loss, limit) = (known.map_or(0, |known| known.stress_loss) as f64 / 1e6, 2_500.0);
    assert!(loss <= limit, "{loss} where {limit} are admitted");
}

/// The guardian stops a drawer that holds exits for no reason. It draws a unit, and everybody is held for
/// another week.
#[test]
fn a_drawer_that_the_guardian_has_stopped_holds_nobody() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    let cover = scene.opens_cover(100.0);
    scene.ok(Op::HoldCover { cover, secs: 7 * 86_400 });
    scene.ok(Op::SuspendCover { cover });
    scene.wait(7 * 86_400 + 1);
    scene.ok(Op::HoldCover { cover, secs: 7 * 86_400 });
    assert!(!scene.model.exits_blocked(), "a suspended cover holds nothing");
    scene.ok(Op::DrawCover { cover, amount: 1 });
    assert!(!scene.model.exits_blocked(), "a unit holds everybody for a week");
}
