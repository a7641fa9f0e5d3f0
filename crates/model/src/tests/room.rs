//! Attacks on takings by stress calls and by friends, on settlements of one leg of a hedge, and on the bound of
//! a venue.

use super::attacks::{covered, covered_venue};
use super::fills::{hedged, settle};
use super::scene::{fund_params, market_params, usd, Scene, SOL};
use super::takings::{fill, post};
use crate::{FundParams, MarketParams, Op, Reason};

/// A member that is called for its stress loss only reduces. Anyone calls, also between a taking and its fill,
/// and the called member ends the call by an act: it would decide after the print whether the fill is made.
#[test]
fn a_taking_is_no_option_by_a_stress_call() {
    let mut scene = hedged(5_000.0, 10_800.0, 40_00);
    scene.model.members.get_mut("taker").unwrap().stress_due_secs = Some(1 << 40);
    scene.refused(scene.trade("taker", "maker", SOL, 1, 200.0), Reason::MemberReduceOnly);
    scene.wait(1);
    for (market, price) in [(1, 170.0), (2, 231.0), (SOL, 200.0)] {
        scene.crank(market, price);
    }
    scene.ok(fill("taker", "maker", 200.0, 0));
}

fn post_number(maker: &str, number: u64, lots: i64) -> Op {
    let Op::PostOffer { maker, market, terms, .. } = post(maker, lots) else { unreachable!() };
    Op::PostOffer { maker, number, market, terms }
}

/// A fill asks for no room, so that takings ask for it beside one another: two friends with as many offers as
/// they like hold what the market and the fund bear, and no more.
#[test]
fn friends_do_not_trade_beyond_the_limits_by_takings() {
    let friends = |max_open_interest| {
        let params = FundParams { crowding_limit_bps: 10_000, ..fund_params() };
        let market = MarketParams { max_open_interest, ..market_params(2) };
        let mut scene = Scene::with(params, vec![market]);
        scene.treasury(20_000.0); // as much crowding is 476 SOL
        scene.member("one", 500_000.0, 0.0);
        scene.member("two", 500_000.0, 0.0);
        scene.settle_price(SOL, 200.0);
        for number in 1..=3 {
            scene.ok(post_number("one", number, -300_00));
        }
        scene
    };
    let takes = |number: u64, lots: i64| Op::TakeOffer {
        taker: "two".into(),
        offer: ("one".into(), number),
        lots,
        limit_price: u64::MAX,
    };
    let mut scene = friends(1_000_00);
    scene.ok(takes(1, 300_00));
    scene.refused(takes(2, 200_00), Reason::CrowdingLimitExceeded);
    let mut scene = friends(300_00);
    scene.refused(scene.trade("one", "two", SOL, 301_00, 200.0), Reason::OpenInterestLimit);
    scene.ok(takes(1, 200_00));
    scene.refused(takes(2, 101_00), Reason::OpenInterestLimit);
    scene.ok(takes(2, 100_00));
    scene.refused(takes(3, 1), Reason::OpenInterestLimit);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    for number in 1..=2 {
        scene.ok(Op::FillOffer {
            taker: "two".into(),
            offer: ("one".into(), number),
            update: Scene::print(200.0, 0),
            gap_secs: 1,
        });
    }
    assert_eq!(scene.model.members["two"].lots(0), 300_00);
    // What was filled is open interest, and what has lapsed counts no more.
    scene.wait(31);
    scene.crank(SOL, 200.0);
    scene.refused(takes(3, 1), Reason::OpenInterestLimit);
    scene.novate("one", "two", SOL, 50_00, 200.0);
    scene.ok(takes(3, 50_00));
    scene.wait(31);
    scene.crank(SOL, 200.0);
    scene.ok(Op::LapseTaking { taker: "two".into(), offer: ("one".into(), 3) });
    scene.ok(takes(3, 50_00));
}

/// What an owner settles beyond its net loss, it could withdraw: a withdrawal that leaves a stress loss beyond
/// the cover limit is refused, and so is that. Nobody leaves in the first half of its window beside it.
#[test]
fn a_settlement_brings_nobody_beyond_the_cover_limit() {
    let mut scene = hedged(5_000.0, 10_800.0, 40_00);
    scene.refused(Op::Withdraw { member: "taker".into(), amount: usd(2_999.0) }, Reason::CoverLimitExceeded);
    let _ = scene.tries(settle("taker", 1));
    let _ = scene.tries(Op::ReportExposure { member: "taker".into() });
    let known = scene.model.exposures.iter().flatten().find(|known| known.member == "taker");
    let (loss, limit) = (known.map_or(0, |known| known.stress_loss) as f64 / 1e6, 2_500.0);
    assert!(loss <= limit, "{loss} where {limit} are admitted");
}

/// What a venue draws in a fall from 200 to 165, with a print of 226 for two seconds in the second `spike` of a
/// quarter of an hour.
fn drawn_beside_a_spike(spike: Option<i64>) -> f64 {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    covered_venue(&mut scene);
    let until = |scene: &mut Scene, second: i64| {
        let now = scene.clock.ts as i64 % 900;
        scene.wait((second - now).rem_euclid(900));
    };
    scene.settle_price(SOL, 200.0);
    until(&mut scene, 100);
    scene.settle_price(SOL, 200.0);
    if let Some(second) = spike {
        until(&mut scene, second);
        scene.crank(SOL, 226.0);
        scene.wait(2);
        scene.crank(SOL, 200.0);
    }
    until(&mut scene, 60);
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 165.0);
    scene.crank(SOL, 165.0);
    scene.ok(Op::DrawCover { cover: 0, amount: usd(1_000.0) });
    scene.model.covers[0].owed as f64 / 1e6
}

/// A venue's draws are measured from the highest *low* end of interval A, so that a print of seconds explains no
/// loss, also in the second in which a quarter of an hour begins.
#[test]
fn a_print_of_seconds_explains_no_bad_debt() {
    let [quiet, within, between] = [None, Some(300), Some(899)].map(drawn_beside_a_spike);
    assert_eq!((within, between), (quiet, quiet));
}
