//! One loss and the next one: what pays once, and what a later loss meets.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, BTC, SOL};
use crate::{FundParams, Op, Reason};

fn declare(name: &str) -> Op {
    Op::Declare { member: name.into(), keeper: None }
}

fn allocate(name: &str) -> Op {
    Op::Allocate { record: (name.into(), 0), keeper: None }
}

fn take_all(name: &str, market: u16) -> Op {
    Op::TakeOver { member: name.into(), market, lots: u64::MAX / 2 }
}

fn register(scene: &mut Scene, names: &[&str]) {
    for name in names {
        scene.ok(Op::RegisterGains { member: (*name).into() });
    }
}

fn repay(scene: &mut Scene, dollars: f64) {
    scene.model.give("debtor", usd(dollars));
    let record = ("debtor".into(), 0);
    scene.ok(Op::RepayDefault { payer: "debtor".into(), record, amount: usd(dollars) });
}

/// What a member gets back of its losses.
fn back(scene: &mut Scene, name: &str) -> f64 {
    let before = scene.model.purses[name];
    let _ = scene.tries(Op::ClaimRecovery { member: name.into() });
    (scene.model.purses[name] - before) as f64 / 1e6
}

fn scene(params: FundParams) -> Scene {
    let params = FundParams { cover_limit_bps: 1 << 50, crowding_limit_bps: 1 << 50, ..params };
    let mut scene = Scene::with(params, vec![market_params(2), market_params(4)]);
    scene.treasury(0.001);
    scene
}

fn crank(scene: &mut Scene, sol: f64, btc: f64) {
    scene.settle_price(SOL, sol);
    scene.settle_price(BTC, btc);
    scene.crank(SOL, sol);
}

/// The debtor, who has sold 600 SOL at 200, is in default at 224; its house is sold at the mark.
fn fail(scene: &mut Scene) {
    scene.ok(declare("debtor"));
    scene.ok(allocate("debtor"));
    scene.ok(take_all("maker", SOL));
    let _ = scene.tries(Op::AllocateResidual);
}

/// Opens a round, at prices that have held, and waits for its pins.
fn open(scene: &mut Scene, sol: f64, btc: f64) {
    scene.wait(1_000);
    crank(scene, sol, btc);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(scene, sol, btc);
}

/// Cat has lost 1,000 for others and has a claim of 1,000 when it is declared 1,500 short: a minute before
/// the cut or after it, it ends with the same.
#[test]
fn a_claim_that_is_not_cut_yet_pays_once() {
    for late in [false, true] {
        let mut scene = scene(fund_params());
        scene.member("debtor", 13_100.0, 0.0);
        scene.member("creditor", 20_000.0, 0.0);
        scene.member("cat", 3_500.0, 1_000.0);
        scene.member("dan", 50_000.0, 0.0);
        scene.member("maker", 90_000.0, 0.0);
        crank(&mut scene, 200.0, 50_000.0);
        scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
        scene.novate("cat", "dan", BTC, 5000, 50_000.0);
        crank(&mut scene, 224.0, 52_000.0);
        fail(&mut scene);
        scene.ok(Op::SettleEpoch { member: "cat".into() });
        open(&mut scene, 224.0, 52_000.0);
        register(&mut scene, &["creditor", "maker", "dan", "cat"]);
        crank(&mut scene, 224.0, 42_000.0); // -5,000 beside 3,500 and 1,000
        if !late {
            scene.ok(declare("cat"));
            scene.ok(allocate("cat"));
        }
        scene.wait(600);
        crank(&mut scene, 224.0, 42_000.0);
        scene.ok(Op::CutGains);
        if late {
            scene.ok(declare("cat"));
            scene.ok(allocate("cat"));
        }
        // What the cut takes of a claim is known only then: it is given up when it is known already.
        let given_up = scene.model.defaults[&("cat".to_string(), 0)].repaid as f64 / 1e6;
        assert!((499.0..=520.0).contains(&given_up), "late: {late}, gives up {given_up}");
        let rest = scene.model.residual as u64;
        scene.model.give("giver", rest);
        if rest > 0 {
            scene.ok(Op::GiveRecovery { giver: "giver".into(), amount: rest });
        }
        repay(&mut scene, 500.0);
        let cats = back(&mut scene, "cat");
        assert!((310.0..330.0).contains(&cats), "late: {late}, gets back {cats}");
    }
}

/// Cat has lost 500 in a total loss, and is 500 short: it is not declared before it is known what it has
/// lost.
#[test]
fn nobody_is_declared_before_its_epoch_is_settled() {
    let mut scene = scene(fund_params());
    scene.member("debtor", 13_399.0, 0.0);
    scene.member("creditor", 20_000.0, 0.0);
    scene.member("ann", 0.0, 500.0);
    scene.member("cat", 3_500.0, 500.0);
    scene.member("dan", 50_000.0, 0.0);
    scene.member("maker", 90_000.0, 0.0);
    crank(&mut scene, 200.0, 50_000.0);
    scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
    scene.novate("cat", "dan", BTC, 5000, 50_000.0);
    crank(&mut scene, 224.0, 50_000.0);
    fail(&mut scene);
    let rest = scene.model.residual as u64;
    scene.model.give("giver", rest);
    scene.ok(Op::GiveRecovery { giver: "giver".into(), amount: rest });
    scene.treasury(1_000.0);
    crank(&mut scene, 224.0, 42_000.0);
    scene.refused(declare("cat"), Reason::EpochEnded);
    scene.ok(Op::SettleEpoch { member: "cat".into() });
    scene.ok(declare("cat"));
    scene.ok(allocate("cat"));
    scene.ok(take_all("maker", BTC));
    repay(&mut scene, 500.0);
    scene.ok(Op::SettleEpoch { member: "ann".into() });
    let backs = ["ann", "cat"].map(|name| back(&mut scene, name));
    assert_near(backs[0], 500.0);
    assert_near(backs[1], 0.0);
}

/// 300 of a round are repaid while it registers; a later loss of 300 waits for the next round, at pins of
/// its own.
#[test]
fn a_paid_round_takes_no_later_loss() {
    let mut scene = scene(fund_params());
    scene.member("debtor", 14_100.0, 0.0);
    scene.member("creditor", 20_000.0, 0.0);
    scene.member("second", 5_000.0, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    scene.member("maker", 90_000.0, 0.0);
    crank(&mut scene, 200.0, 50_000.0);
    scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
    scene.novate("second", "friend", BTC, 5000, 50_000.0);
    crank(&mut scene, 224.0, 50_000.0);
    fail(&mut scene);
    open(&mut scene, 224.0, 50_000.0);
    register(&mut scene, &["creditor", "maker", "second", "friend"]);
    repay(&mut scene, 299.999);
    crank(&mut scene, 224.0, 39_400.0); // -5,300 beside 5,000
    scene.ok(declare("second"));
    scene.ok(allocate("second"));
    scene.ok(take_all("maker", BTC));
    scene.wait(600);
    crank(&mut scene, 224.0, 39_400.0);
    scene.ok(Op::CutGains);
    assert_eq!((scene.model.cut_rounds[&1].cut, scene.model.small_cuts), (0, 0));
    assert_near(scene.model.residual as f64 / 1e6, 300.0);
    scene.ok(Op::OpenGainsCut);
}

/// 1,300 are called and lapse, and a cut takes 1,000. A later loss of 600 is called: what the cut has paid
/// hides none of it, and is not called again.
#[test]
fn a_lapsed_call_hides_no_later_loss() {
    let params = FundParams { assessment_cap_bps: 20_000, assessment_secs: 3_600, ..fund_params() };
    let mut scene = scene(params);
    scene.member("debtor", 12_400.0, 0.0);
    scene.member("creditor", 20_000.0, 0.0);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("second", 5_000.0, 0.0);
    scene.member("third", 5_000.0, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    scene.member("maker", 90_000.0, 0.0);
    crank(&mut scene, 200.0, 50_000.0);
    scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
    scene.novate("second", "friend", BTC, 5000, 50_000.0);
    scene.novate("third", "friend", BTC, 4000, 50_000.0);
    crank(&mut scene, 224.0, 50_000.0);
    fail(&mut scene);
    assert_near(scene.model.assessment.called as f64 / 1e6, 999.999);
    scene.wait(6_300);
    open(&mut scene, 224.0, 50_000.0);
    register(&mut scene, &["creditor", "maker", "second", "third", "friend"]);
    crank(&mut scene, 224.0, 39_400.0);
    scene.ok(declare("second")); // 300 short
    scene.ok(allocate("second"));
    scene.ok(take_all("maker", BTC));
    let _ = scene.tries(Op::AllocateResidual);
    scene.wait(7_300);
    crank(&mut scene, 224.0, 39_400.0);
    scene.ok(Op::CutGains);
    scene.ok(Op::Deposit { member: "ann".into(), amount: usd(5_000.0) });
    scene.refused(Op::EnforceCall { member: "ann".into(), settle_epoch: true }, Reason::NothingToCall);
    crank(&mut scene, 224.0, 36_000.0);
    scene.ok(declare("third")); // 600 short
    scene.ok(allocate("third"));
    scene.ok(take_all("maker", BTC));
    let _ = scene.tries(Op::AllocateResidual);
    assert_near(scene.model.assessment.called as f64 / 1e6, 900.0);
    assert_near(scene.model.assessment.asked as f64 / 1e6, 900.0);
    scene.refused(Op::OpenGainsCut, Reason::AssessmentOpen);
    scene.ok(Op::EnforceCall { member: "ann".into(), settle_epoch: true });
    assert_near(scene.margin("ann"), 4_100.0);
}

/// Cat has gained 14,400 in a market that nobody has cranked for two hours when the round opens. Somebody
/// cranks it a second later, and keepers once a minute: its pin is the price, but for 3%.
#[test]
fn pins_do_not_trail() {
    for cranked_before in [true, false] {
        let mut scene = scene(fund_params());
        scene.member("debtor", 14_100.0, 0.0);
        scene.member("creditor", 20_000.0, 0.0);
        scene.member("cat", 50_000.0, 0.0);
        scene.member("dan", 50_000.0, 0.0);
        scene.member("maker", 90_000.0, 0.0);
        crank(&mut scene, 200.0, 50_000.0);
        scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
        scene.novate("cat", "dan", BTC, 1_0000, 50_000.0);
        scene.settle_price(SOL, 224.0);
        fail(&mut scene);
        scene.wait(1_000);
        scene.settle_price(SOL, 224.0);
        scene.crank(BTC, 50_000.0);
        scene.wait(7_200);
        scene.crank(SOL, 224.0);
        if cranked_before {
            scene.crank(BTC, 64_400.0);
            scene.wait(300);
            scene.crank(SOL, 224.0);
        }
        scene.ok(Op::OpenGainsCut);
        scene.wait(1);
        for secs in [60, 60, 29] {
            scene.crank(BTC, 64_400.0);
            scene.wait(secs);
        }
        crank(&mut scene, 224.0, 64_400.0);
        register(&mut scene, &["creditor", "maker", "dan", "cat"]);
        let gain = scene.model.members["cat"].gains.map_or(0, |claim| claim.gain);
        assert!(gain > usd(0.96 * 14_400.0).into(), "{gain}");
    }
}

/// A cut that was too small is of its loss. Somebody pays the rest; a year later it does not count.
#[test]
fn a_small_cut_does_not_outlive_its_loss() {
    let mut scene = scene(fund_params());
    scene.member("debtor", 14_100.0, 0.0);
    scene.member("creditor", 20_000.0, 0.0);
    scene.member("maker", 90_000.0, 0.0);
    crank(&mut scene, 200.0, 50_000.0);
    scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
    crank(&mut scene, 224.0, 50_000.0);
    fail(&mut scene);
    scene.model.small_cuts = 1;
    let rest = scene.model.residual as u64;
    scene.model.give("giver", rest);
    scene.ok(Op::GiveRecovery { giver: "giver".into(), amount: rest });
    assert_eq!(scene.model.small_cuts, 0);
}
