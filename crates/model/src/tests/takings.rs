//! A taking is no option: nothing that a side does for itself makes its fill fail.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use crate::{FundParams, MarketParams, Op, Reason, Terms};

pub(super) fn post(maker: &str, lots: i64) -> Op {
    let terms = Terms {
        lots,
        min_lots: 0,
        distance_bps: 0,
        limit_price: if lots < 0 { 0 } else { u64::MAX },
        expires_ts: 2_000_000_000,
        taker: None,
    };
    Op::PostOffer { maker: maker.into(), number: 1, market: SOL, terms }
}

pub(super) fn take(taker: &str, maker: &str, lots: i64) -> Op {
    let limit_price = if lots > 0 { u64::MAX } else { 0 };
    Op::TakeOffer { taker: taker.into(), offer: (maker.into(), 1), lots, limit_price }
}

pub(super) fn fill(taker: &str, maker: &str, price: f64, age: i64) -> Op {
    let update = Scene::print(price, age);
    Op::FillOffer { taker: taker.into(), offer: (maker.into(), 1), update, gap_secs: 1 }
}

fn lapse(taker: &str, maker: &str) -> Op {
    Op::LapseTaking { taker: taker.into(), offer: (maker.into(), 1) }
}

fn withdraw(name: &str, amount: f64) -> Op {
    Op::Withdraw { member: name.into(), amount: usd(amount) }
}

/// Markets at 200, a treasury, and an honest maker.
pub(super) fn scene(treasury: f64, markets: Vec<MarketParams>) -> Scene {
    scene_of(FundParams { clearing_fee_bps: 2, ..fund_params() }, treasury, markets, 0.0)
}

/// The same under these parameters, with a contribution of the maker.
pub(super) fn scene_of(
    params: FundParams,
    treasury: f64,
    markets: Vec<MarketParams>,
    contribution: f64,
) -> Scene {
    let mut scene = Scene::with(params, markets);
    scene.treasury(treasury);
    scene.member("maker", 50_000.0, contribution);
    let count = scene.model.markets.len() as u16;
    for market in 0..count {
        scene.settle_price(market, 200.0);
    }
    for market in 0..count {
        scene.crank(market, 200.0);
    }
    scene
}

/// 250 SOL are 50,000 of notional: a stress loss of 13,000, 5,000 of initial margin, 10 of fee, and
/// 2,222.23 for the age of a print. The others' limit is 5,000.
#[test]
fn a_taking_is_no_option_by_the_cover_limit() {
    for later in [203.0, 197.0] {
        let mut scene = scene(10_000.0, vec![market_params(2)]);
        scene.member("taker", 10_233.0, 0.0);
        scene.ok(post("maker", -250_00));
        scene.ok(take("taker", "maker", 250_00));
        // 15,222.23 less 5,000 and the fee stay: neither a withdrawal nor risk elsewhere takes them.
        scene.refused(withdraw("taker", 20.0), Reason::CoverLimitExceeded);
        scene.wait(1);
        scene.crank(SOL, 200.0);
        scene.wait(9);
        scene.crank(SOL, later);
        scene.ok(fill("taker", "maker", 200.0, 9));
        for name in ["maker", "taker"] {
            scene.ok(Op::Settle { member: name.into(), market: SOL, by_owner: true });
        }
        scene.crank(SOL, later);
        let _ = scene.tries(Op::Settle { member: "taker".into(), market: SOL, by_owner: true });
        assert_near(scene.margin("taker"), 10_233.0 - 10.0 + 250.0 * (later - 200.0));
    }
}

/// The taker would use the cover limit up by a trade with a friend, and give it back when it likes.
#[test]
fn a_taking_is_no_option_by_risk_elsewhere() {
    let mut scene = scene(10_000.0, vec![market_params(2); 2]);
    scene.member("taker", 10_300.0, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.refused(scene.trade("taker", "friend", 1, 10_00, 200.0), Reason::CoverLimitExceeded);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// The ninth market of a taker that holds seven and has taken an offer in an eighth.
#[test]
fn a_taking_is_no_option_by_slots() {
    let mut scene = scene(1_000_000.0, vec![market_params(2); 9]);
    scene.member("taker", 20_000.0, 0.0);
    scene.member("friend", 20_000.0, 0.0);
    for market in 1..8 {
        scene.novate("taker", "friend", market, 1, 200.0);
    }
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.refused(scene.trade("taker", "friend", 8, 1, 200.0), Reason::NoFreePosition);
    // Nor does a market help that it holds, closes, and replaces.
    scene.novate("friend", "taker", 7, 1, 200.0);
    scene.novate("taker", "friend", 8, 1, 200.0);
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
    assert_eq!(scene.model.members["taker"].lots(0), 250_00);
}

/// 250 SOL, all of them beyond the limit as far as the lock knows: 5,000 of initial margin, 5,000 of
/// add-on, the fee and the doubt.
#[test]
fn a_taking_is_no_option_by_concentration() {
    let market = MarketParams { concentration_lots: 100_00, concentration_bps: 1_000, ..market_params(2) };
    let mut scene = scene(10_000_000.0, vec![market]);
    scene.member("taker", 20_000.0, 0.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.refused(withdraw("taker", 7_767.78), Reason::BelowInitialMargin);
    scene.ok(withdraw("taker", 7_767.77));
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// Whether a fill at the print is at the mark or better depends on who cranks: a side that is below
/// initial margin takes no offer. It has `novate`.
#[test]
fn a_taking_is_no_option_below_initial_margin() {
    let mut scene = scene(1_000_000.0, vec![market_params(2)]);
    scene.member("friend", 50_000.0, 0.0);
    scene.member("taker", 2_105.0, 0.0);
    scene.settle_price(SOL, 210.0);
    scene.novate("taker", "friend", SOL, 100_00, 210.0);
    scene.settle_price(SOL, 200.0); // 1,101 beside an initial margin of 2,000
    scene.ok(post("maker", 10_00));
    scene.refused(take("taker", "maker", -10_00), Reason::BelowInitialMargin);
}

/// A print that is a second old is doubted, and ten seconds old it is doubted more: the taker has the
/// margin for it from the beginning.
#[test]
fn a_taking_is_no_option_by_the_age_of_a_print() {
    for (margin, taken) in [(7_232.22, false), (7_232.23, true)] {
        let mut scene = scene(1_000_000.0, vec![market_params(2)]);
        scene.member("taker", margin, 0.0);
        scene.ok(post("maker", -250_00));
        if !taken {
            scene.refused(take("taker", "maker", 250_00), Reason::BelowInitialMargin);
            continue;
        }
        scene.ok(take("taker", "maker", 250_00));
        scene.wait(1);
        scene.crank(SOL, 200.0);
        scene.wait(9);
        scene.ok(fill("taker", "maker", 200.0, 9));
    }
}

/// A lot that nobody can fill would hold an offer of ten thousand.
#[test]
fn a_lot_that_cannot_be_filled_holds_no_offer() {
    let mut scene = scene(1_000_000.0, vec![market_params(2)]);
    scene.member("taker", 0.2004, 0.0);
    scene.member("honest", 40_000.0, 0.0);
    scene.ok(post("maker", -10_000));
    scene.refused(take("taker", "maker", 1), Reason::BelowInitialMargin);
    scene.ok(take("honest", "maker", 100));
}

/// A default of a unit would stop every fill, and its allocation let them go on: the loss ends the takings
/// that wait for good.
#[test]
fn a_default_of_dust_stops_no_fill_for_later() {
    for default in [false, true] {
        let mut scene = scene(1_000_000.0, vec![market_params(2); 2]);
        scene.member("taker", 20_000.0, 0.0);
        scene.member("friend", 20_000.0, 0.0);
        scene.member("dust", 2_100.0, 0.0);
        scene.novate("dust", "friend", 1, 100_00, 200.0);
        scene.settle_price(1, 178.0);
        scene.crank(SOL, 200.0);
        scene.ok(post("maker", -250_00));
        scene.ok(take("taker", "maker", 250_00));
        if default {
            scene.ok(Op::Declare { member: "dust".into(), keeper: None });
        }
        scene.wait(1);
        scene.crank(SOL, 200.0);
        if !default {
            scene.ok(fill("taker", "maker", 200.0, 0));
            continue;
        }
        scene.refused(fill("taker", "maker", 200.0, 0), Reason::LossPending);
        scene.ok(Op::Allocate { record: ("dust".into(), 0), keeper: None });
        scene.refused(fill("taker", "maker", 200.0, 0), Reason::TakingLapsed);
        scene.wait(31);
        scene.ok(lapse("taker", "maker"));
    }
}
