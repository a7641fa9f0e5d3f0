//! Fills that somebody tries to stop, and leavers beside a suspended cover.

use super::attacks::{covered, covered_venue};
use super::scene::{fund_params, market_params, usd, Scene, SOL};
use super::takings::{fill, post, scene, scene_of, take};
use crate::{FundParams, MarketParams, Op, Reason};

/// The taking is as large as the room for open interest. Two friends trade one lot, and no keeper can fill;
/// they trade it back when the taker likes the price.
#[test]
fn a_taking_is_no_option_by_open_interest() {
    let market = MarketParams { max_open_interest: 300_00, ..market_params(2) };
    let mut scene = scene(1_000_000.0, vec![market]);
    scene.member("taker", 20_000.0, 0.0);
    scene.member("friend", 10_000.0, 0.0);
    scene.member("other", 10_000.0, 0.0);
    scene.novate("friend", "other", SOL, 50_00, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.novate("friend", "other", SOL, 1, 200.0);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// Friends use up what one side of all markets may cost, in another market.
#[test]
fn a_taking_is_no_option_by_crowding() {
    let params = FundParams { crowding_limit_bps: 1_500, clearing_fee_bps: 2, ..fund_params() };
    let mut scene = scene_of(params, 1_000_000.0, vec![market_params(2); 2], 0.0);
    scene.member("taker", 20_000.0, 0.0);
    scene.member("friend", 500_000.0, 0.0);
    scene.member("other", 500_000.0, 0.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    let mut lots = 20_000_00u64;
    while lots > 0 {
        let trade = scene.trade("friend", "other", 1, lots, 200.0);
        if scene.tries(trade).is_err() {
            lots /= 2;
        }
    }
    scene.wait(1);
    scene.crank(1, 200.0);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// A mark is no silent market's because nobody has cranked for 40 seconds: its exposures are no larger.
#[test]
fn a_mark_that_nobody_has_cranked_reports_no_exposure() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.member("long", 150.0, 0.0);
    scene.settle_price(SOL, 200.0);
    scene.novate("long", "cat", SOL, 7_50, 200.0);
    let loss = |scene: &Scene| {
        let known = scene.model.exposures.iter().flatten().find(|known| known.member == "long");
        known.map_or(0.0, |known| known.stress_loss as f64 / 1e6)
    };
    let before = loss(&scene);
    scene.wait(45);
    let _ = scene.tries(Op::ReportExposure { member: "long".into() });
    let after = loss(&scene);
    assert!(after <= before, "{after} instead of {before}");
}

/// The suspension comes before the draw: nobody is held, not even in the transaction of the draw.
#[test]
fn nobody_leaves_while_a_suspended_venue_is_owed() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 900.0);
    scene.member("mallory", 0.0, 100.0);
    covered_venue(&mut scene);
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 140.0);
    for amount in [usd(4.0), 2, 2] {
        scene.ok(Op::DrawCover { cover: 0, amount });
        scene.wait(60);
        scene.crank(SOL, 140.0);
        scene.ok(Op::SettleCover { cover: 0 });
    }
    scene.ok(Op::DrawCover { cover: 0, amount: usd(50.0) });
    assert!(scene.model.covers[0].owed > usd(40.0).into());
    assert!(scene.model.exits_blocked(), "45 are owed, and everybody may leave");
}

pub(super) fn settle(member: &str, market: u16) -> Op {
    Op::Settle { member: member.into(), market, by_owner: true }
}

/// A taker that is hedged, and well above initial margin, waits for so many lots. Once its losing leg is settled
/// its stress loss is beyond the cover limit, because the gain beside it counts for nothing.
pub(super) fn hedged(treasury: f64, margin: f64, lots: i64) -> Scene {
    let mut scene = scene(treasury, vec![market_params(2); 3]);
    scene.member("taker", margin, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    scene.novate("taker", "friend", 1, 100_00, 200.0);
    scene.novate("taker", "friend", 2, 100_00, 200.0);
    scene.settle_price(2, 231.0);
    scene.settle_price(1, 170.0);
    scene.crank(2, 231.0);
    scene.crank(SOL, 200.0);
    scene.ok(settle("friend", 1));
    scene.ok(settle("friend", 2));
    scene.ok(post("maker", -lots));
    scene.ok(take("taker", "maker", lots));
    scene
}

/// A taker would settle one leg of a hedge, whose other leg counts for nothing in its stress loss then: that is
/// a withdrawal from the cover, and refused like one. Every keeper fills.
#[test]
fn a_taking_is_no_option_by_a_settlement_at_the_cover_limit() {
    let mut scene = hedged(10_000.0, 21_000.0, 250_00);
    scene.refused(settle("taker", 1), Reason::CoverLimitExceeded);
    scene.wait(1);
    for (market, price) in [(1, 170.0), (2, 231.0), (SOL, 200.0)] {
        scene.crank(market, price);
    }
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// A taker of a liquidation is judged at the stress rate of a multiplier of one, and a fill at the one in
/// force.
#[test]
fn a_taking_is_no_option_by_a_liquidation_at_the_cover_limit() {
    let market = MarketParams { multiplier_min_bps: 20_000, multiplier_max_bps: 20_000, ..market_params(2) };
    let mut scene = scene(24_000.0, vec![market; 2]);
    scene.member("friend", 500_000.0, 0.0);
    scene.member("weak", 8_010.0, 0.0);
    scene.novate("weak", "friend", 1, 200_00, 200.0);
    scene.member("taker", 25_000.0, 0.0);
    scene.settle_price(1, 161.0);
    scene.crank(SOL, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    let taken = Op::Liquidate { member: "taker".into(), target: "weak".into(), market: 1, lots: 200_00 };
    scene.ok(taken);
    scene.wait(1);
    scene.crank(1, 161.0);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}
