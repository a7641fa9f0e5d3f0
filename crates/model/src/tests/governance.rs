//! Section 9: governance.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use crate::{FundParams, Op, Reason};

fn set(name: &str, value: i128) -> Op {
    Op::QueueFundChange { settings: [(name.into(), value)].into() }
}

/// Queues and returns the number.
fn queue(scene: &mut Scene, op: Op) -> u64 {
    scene.ok(op);
    *scene.model.changes.keys().next_back().expect("a change")
}

fn apply(number: u64) -> Op {
    Op::ApplyChange { number }
}

/// E14: a change that was safer when it was queued waits longer if it no longer is when it is
/// applied; it waits as long as it would if it were queued against what is in force.
#[test]
fn e14_safer_is_judged_when_applied() {
    let mut scene = Scene::new();
    let a = queue(&mut scene, set("treasury_floor", 10));
    let b = queue(&mut scene, set("treasury_floor", usd(1_000_000.0).into()));
    scene.wait(86_400);
    scene.ok(apply(b));
    scene.refused(apply(a), Reason::ChangeNotReady);
    scene.wait(9 * 86_400); // notice period and claim window
    scene.ok(apply(a));
}

/// A change names what it touches: an old record does not undo what was decided since.
#[test]
fn a_change_names_single_parameters() {
    let mut scene = Scene::new();
    let a = queue(&mut scene, set("bounty_bps", 50));
    let b = queue(&mut scene, set("treasury_floor", 77));
    scene.wait(86_400);
    scene.ok(apply(b));
    scene.wait(9 * 86_400);
    scene.ok(apply(a));
    assert_eq!((scene.model.params.treasury_floor, scene.model.params.bounty_bps), (77, 50));
    scene.refused(set("quote_decimals", 2), Reason::ParameterOutOfBounds);
}

/// Nothing that can block, liquidate or lock anybody waits a day only.
#[test]
fn stricter_is_not_safer() {
    let mut scene = Scene::new();
    for (name, value) in [("cover_limit_bps", 100), ("min_contribution", 1_000), ("max_mark_age_slots", 1)] {
        let number = queue(&mut scene, set(name, value));
        let queued = &scene.model.changes[&number];
        assert_eq!(queued.wait_secs, 10 * 86_400, "{name}");
    }
    let settings = [("initial_bps".into(), 2_000)].into();
    let number = queue(&mut scene, Op::QueueMarketChange { market: SOL, settings });
    assert_eq!(scene.model.changes[&number].wait_secs, 10 * 86_400);
    let settings = [("max_open_interest".into(), 1)].into();
    let number = queue(&mut scene, Op::QueueMarketChange { market: SOL, settings });
    assert_eq!(scene.model.changes[&number].wait_secs, 86_400);
}

/// E15: the treasury cannot leave before a default that is declarable; it pays 150.40 of it.
#[test]
fn e15_the_treasury_leaves_like_a_contribution() {
    let params = FundParams { cover_limit_bps: 1 << 40, crowding_limit_bps: 1 << 50, ..fund_params() };
    let mut scene = Scene::with(params, vec![market_params(2)]);
    scene.treasury(500.0);
    scene.member("alice", 249.6, 100.0);
    scene.member("bob", 1_000.0, 1_000.0);
    scene.ok(Op::RequestTreasury { to: "authority".into(), amount: usd(500.0) });
    scene.wait(7 * 86_400);
    scene.crank(SOL, 200.0);
    scene.novate("alice", "bob", SOL, 10_00, 200.0);
    scene.ok(Op::ClaimTreasury); // commits: exposures are covered by this limit
    scene.settle_price(SOL, 150.0); // 250.40 short, 100 of it her own
    scene.ok(Op::Watch { member: "alice".into() });
    scene.wait(60);
    scene.refused(Op::ClaimTreasury, Reason::LossPending);
    scene.settle_price(SOL, 150.0);
    scene.ok(Op::Declare { member: "alice".into(), keeper: None });
    scene.ok(Op::Allocate { record: ("alice".into(), 0), keeper: None });
    assert_near(scene.model.treasury as f64 / 1e6, 349.6);
    assert_near(scene.contribution("bob"), 1_000.0);
}

/// The treasury that is left covers the two largest exposures.
#[test]
fn cover_2_holds_without_what_leaves() {
    let mut scene = Scene::new();
    scene.treasury(10_000.0);
    scene.member("alice", 2_500.0, 0.0);
    scene.member("bob", 50_000.0, 0.0);
    scene.crank(SOL, 200.0);
    scene.novate("alice", "bob", SOL, 100_00, 200.0); // a stress loss of 2,700
    scene.ok(Op::RequestTreasury { to: "authority".into(), amount: usd(4_600.01) });
    scene.refused(Op::RequestTreasury { to: "authority".into(), amount: 1 }, Reason::WithdrawalPending);
    scene.wait(7 * 86_400);
    scene.refused(Op::ClaimTreasury, Reason::CoverTwoExceeded); // half of 5,399.99 is less
    scene.ok(Op::CancelTreasury);
    scene.ok(Op::RequestTreasury { to: "authority".into(), amount: usd(4_600.0) });
    scene.refused(Op::ClaimTreasury, Reason::WithdrawalNotDue);
    scene.wait(7 * 86_400);
    scene.ok(Op::ClaimTreasury);
    scene.refused(Op::ClaimTreasury, Reason::WithdrawalNotDue);
    scene.wait(60);
    scene.ok(Op::ClaimTreasury);
    assert_eq!(scene.model.purses["authority"], i128::from(usd(4_600.0)));
}

/// S1: neither a thief nor the guardian starves the other: what the guardian sends consumes no
/// nonce.
#[test]
fn s1_the_guardian_consumes_no_nonce() {
    let mut scene = Scene::new();
    let number = queue(&mut scene, set("bounty_bps", 50));
    let nonce = scene.model.governance_nonce;
    scene.ok(Op::Pause { bits: 1, secs: 60 });
    scene.ok(Op::VetoChange { number, by_guardian: true });
    assert_eq!(scene.model.governance_nonce, nonce);
    scene.ok(Op::EndPause { bits: 1 });
    assert_eq!(scene.model.governance_nonce, nonce + 1);
}

/// S2: a new market is a queued change that can be vetoed.
#[test]
fn s2_a_new_market_waits() {
    let mut scene = Scene::new();
    let number = queue(&mut scene, Op::QueueNewMarket { params: market_params(2) });
    scene.refused(apply(number), Reason::ChangeNotReady);
    scene.wait(10 * 86_400);
    scene.ok(apply(number));
    assert_eq!(scene.model.markets.len(), 3);
    let number = queue(&mut scene, Op::QueueNewMarket { params: market_params(2) });
    scene.ok(Op::VetoChange { number, by_guardian: true });
    scene.wait(10 * 86_400);
    assert!(!scene.model.can_try(&apply(number)));
}

/// S3: the guardian vetoes its replacement once in 92 days, and a pause of one part that is ended
/// early blocks no other.
#[test]
fn s3_no_guardian_is_for_ever() {
    let mut scene = Scene::new();
    let number = queue(&mut scene, Op::QueueGuardian);
    scene.ok(Op::VetoChange { number, by_guardian: true });
    let number = queue(&mut scene, Op::QueueGuardian);
    scene.refused(Op::VetoChange { number, by_guardian: true }, Reason::VetoedTooOften);
    scene.ok(Op::Pause { bits: 1, secs: 3 * 86_400 });
    scene.refused(Op::Pause { bits: 0, secs: 60 }, Reason::ParameterOutOfBounds);
    scene.ok(Op::EndPause { bits: 1 });
    scene.ok(Op::Pause { bits: 4, secs: 60 });
    scene.refused(Op::Pause { bits: 1, secs: 60 }, Reason::PauseTooLong);
    scene.model.give("new", 1);
    scene.refused(Op::Open { member: "new".into() }, Reason::Paused);
    scene.wait(3_600); // the delay
    scene.ok(Op::Open { member: "new".into() });
    scene.wait(3_600); // as long as it was paused
    scene.ok(Op::Pause { bits: 1, secs: 60 });
    scene.wait(10 * 86_400);
    scene.ok(apply(number));
}

/// S4: records are numbered per member, so that one declaration never fails another; a member that
/// opens its account again starts at numbers that were never used.
#[test]
fn s4_records_are_numbered_per_member() {
    let params = FundParams { cover_limit_bps: 1 << 40, crowding_limit_bps: 1 << 50, ..fund_params() };
    let mut scene = Scene::with(params, vec![market_params(2)]);
    scene.treasury(10_000.0);
    scene.member("dust", 100.0, 0.0);
    scene.member("big", 1_000.0, 0.0);
    scene.member("bob", 90_000.0, 0.0);
    scene.crank(SOL, 100.0);
    scene.novate("dust", "bob", SOL, 10_00, 100.0);
    scene.novate("big", "bob", SOL, 100_00, 100.0);
    scene.settle_price(SOL, 85.0);
    for name in ["dust", "big"] {
        scene.ok(Op::Declare { member: name.into(), keeper: None });
        assert!(scene.model.defaults.contains_key(&(name.into(), 0)));
    }
    scene.ok(Op::Close { member: "dust".into() });
    scene.ok(Op::Open { member: "dust".into() });
    assert_eq!(scene.model.members["dust"].record_count, 2);
}
