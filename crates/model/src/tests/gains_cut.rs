//! Section 5: one fraction of everybody's net gain.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, BTC, SOL};
use crate::{FundParams, FundStatus, Op, Reason, RecordId};

fn settle(name: &str, market: u16) -> Op {
    Op::Settle { member: name.into(), market, by_owner: false }
}

fn register(name: &str) -> Op {
    Op::RegisterGains { member: name.into() }
}

fn pay(name: &str) -> Op {
    Op::PayClaim { member: name.into() }
}

fn scene() -> Scene {
    let params = FundParams { cover_limit_bps: 1 << 50, crowding_limit_bps: 1 << 50, ..fund_params() };
    let mut scene = Scene::with(params, vec![market_params(2), market_params(4)]);
    scene.treasury(0.001);
    scene
}

/// Cranks both markets at their prices.
fn crank(scene: &mut Scene, sol: f64, btc: f64) {
    scene.settle_price(SOL, sol);
    scene.crank(BTC, btc);
}

/// Prices that have held for so long that their means are they.
fn hold(scene: &mut Scene, sol: f64, btc: f64) {
    crank(scene, sol, btc);
    scene.wait(1_000);
    scene.crank(SOL, sol);
    scene.crank(BTC, btc);
}

/// E6's fund: a debtor has lost 14,400 in SOL to a creditor and can pay 14,100; Cat has won 1,000
/// in BTC from Dan.
fn e6() -> Scene {
    let mut scene = scene();
    scene.member("debtor", 14_100.0 - 0.001, 0.0);
    scene.member("creditor", 20_000.0, 0.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.member("dan", 50_000.0, 0.0);
    scene.member("maker", 90_000.0, 0.0);
    crank(&mut scene, 200.0, 50_000.0);
    scene.novate("creditor", "debtor", SOL, 600_00, 200.0);
    scene.novate("cat", "dan", BTC, 5000, 50_000.0);
    crank(&mut scene, 224.0, 52_000.0);
    scene
}

/// Declares, sells the house at the mark, and allocates what there is.
fn fail(scene: &mut Scene) {
    scene.crank(SOL, 224.0);
    scene.ok(Op::Declare { member: "debtor".into(), keeper: None });
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    scene.ok(Op::TakeOver { member: "maker".into(), market: SOL, lots: 600_00 });
    assert_eq!(scene.model.residual, i128::from(usd(300.0)));
    hold(scene, 224.0, 52_000.0);
}

/// E6 and P13: whatever is settled before the declaration, by whomever, and in whatever order
/// members are registered, everybody loses the same fraction of its net gain, and nothing winds
/// down.
#[test]
fn e6_one_fraction_in_any_order() {
    let orders: [(&[Op], [&str; 4]); 4] = [
        (&[], ["creditor", "cat", "dan", "maker"]),
        (&[settle("debtor", SOL), settle("creditor", SOL)], ["maker", "dan", "cat", "creditor"]),
        (&[settle("dan", BTC), settle("cat", BTC)], ["cat", "creditor", "maker", "dan"]),
        (
            &[settle("dan", BTC), settle("debtor", SOL), settle("cat", BTC), settle("creditor", SOL)],
            ["dan", "creditor", "cat", "maker"],
        ),
    ];
    for (settled, order) in orders {
        let mut scene = e6();
        scene.crank(SOL, 224.0);
        for op in settled {
            scene.ok(op.clone());
        }
        fail(&mut scene);
        scene.ok(Op::OpenGainsCut);
        scene.refused(Op::OpenGainsCut, Reason::GainsCutOpen);
        scene.refused(register("cat"), Reason::AlreadyRegistered); // its moment has not come
        scene.wait(150);
        crank(&mut scene, 224.0, 52_000.0);
        scene.crank(SOL, 224.0);
        scene.refused(settle("creditor", SOL), Reason::GainsNotRegistered);
        for name in order {
            scene.ok(register(name));
        }
        scene.refused(Op::CutGains, Reason::RegistrationOpen);
        scene.wait(600);
        crank(&mut scene, 224.0, 52_000.0);
        scene.ok(Op::CutGains);
        assert_eq!((scene.model.unfunded(), scene.model.status), (0, FundStatus::Active));
        let _ = scene.tries(settle("dan", BTC));
        for name in ["cat", "creditor"] {
            scene.ok(pay(name));
        }
        let fraction = 15_100.0 / 15_400.0;
        assert_near(scene.margin("creditor") - 20_000.0, 14_400.0 * fraction); // 14,119.48
        assert_near(scene.margin("cat"), 50_000.0 + 1_000.0 * fraction); // 50,980.52
        assert_near(scene.margin("dan"), 49_000.0);
        scene.ok(Op::Withdraw { member: "cat".into(), amount: usd(40_000.0) }); // vested
    }
}

/// A latecomer ends at the same fraction, and gives the others what they were cut too much.
#[test]
fn being_late_gains_nothing() {
    let mut scene = e6();
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(&mut scene, 224.0, 52_000.0);
    scene.ok(register("creditor")); // Cat stays away
    scene.wait(600);
    crank(&mut scene, 224.0, 52_000.0);
    scene.ok(Op::CutGains);
    assert_eq!(scene.model.unfunded(), 0);
    scene.ok(pay("creditor"));
    assert_near(scene.margin("creditor"), 20_000.0 + 14_100.0);
    for name in ["dan", "maker", "cat"] {
        scene.ok(register(name));
    }
    scene.ok(settle("dan", BTC));
    scene.ok(pay("cat"));
    scene.ok(pay("creditor"));
    let fraction = 15_100.0 / 15_400.0;
    assert_near(scene.margin("cat"), 50_000.0 + 1_000.0 * fraction);
    assert_near(scene.margin("creditor"), 20_000.0 + 14_400.0 * fraction);
    // What was cut is borne: a repayment reaches both in proportion.
    scene.model.give("debtor", usd(1_000.0));
    scene.ok(Op::RepayDefault { payer: "debtor".into(), record: ("debtor".into(), 0), amount: usd(300.001) });
    let before = ["cat", "creditor"].map(|name| scene.model.purses[name]);
    scene.ok(Op::ClaimRecovery { member: "cat".into() });
    scene.ok(Op::ClaimRecovery { member: "creditor".into() });
    let back = ["cat", "creditor"].map(|name| scene.model.purses[name]);
    assert_near((back[0] - before[0]) as f64 / 1e6, 1_000.0 * 300.0 / 15_400.0);
    assert_near((back[1] - before[1]) as f64 / 1e6, 14_400.0 * 300.0 / 15_400.0);
}

/// E7: lots without gains dilute nothing.
#[test]
fn e7_gainless_lots_are_not_counted() {
    let mut scene = e6();
    scene.member("long", 900_000.0, 0.0);
    scene.member("short", 900_000.0, 0.0);
    scene.crank(SOL, 224.0);
    scene.novate("long", "short", SOL, 9_000_00, 224.0);
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(&mut scene, 224.0, 52_000.0);
    for name in ["long", "short", "creditor", "cat"] {
        scene.ok(register(name));
    }
    assert_eq!(scene.model.cut_rounds[&1].gains, i128::from(usd(15_400.0)));
    assert_eq!(scene.model.members["long"].gains, None);
}

/// E8: a hedged member registers its net gain of 2, not the 21,000 of one leg.
#[test]
fn e8_a_hedge_is_cut_by_its_net() {
    let mut scene = scene();
    scene.member("debtor", 9_999.999, 0.0);
    scene.member("vic", 12_500.0, 0.0);
    scene.member("dan", 90_000.0, 0.0);
    scene.member("maker", 900_000.0, 0.0);
    crank(&mut scene, 100.0, 50_000.0);
    scene.novate("vic", "debtor", SOL, 300_00, 100.0);
    scene.novate("vic", "maker", SOL, 400_00, 100.0);
    scene.novate("dan", "vic", BTC, 10499, 50_000.0);
    crank(&mut scene, 130.0, 70_000.0);
    scene.crank(SOL, 130.0); // +21,000 and -20,998 for Vic; the debtor owes 9,000
    scene.crank(SOL, 134.0);
    scene.settle_price(SOL, 134.0);
    scene.ok(Op::Declare { member: "debtor".into(), keeper: None }); // 200 short
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    scene.ok(Op::TakeOver { member: "maker".into(), market: SOL, lots: 300_00 });
    hold(&mut scene, 130.0, 70_000.0);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    scene.ok(register("vic"));
    assert_eq!(scene.model.members["vic"].gains.map(|claim| claim.gain), Some(i128::from(usd(2.0))));
    assert_near(scene.margin("vic"), 12_500.0);
    scene.wait(600);
    crank(&mut scene, 130.0, 70_000.0);
    scene.ok(Op::CutGains); // 2 of 200
    scene.refused(Op::Declare { member: "vic".into(), keeper: None }, Reason::EquityNotNegative);
    assert_eq!(scene.model.residual, i128::from(usd(198.0)));
}

/// E9: a cut cannot be opened before the house is sold, so that its gain pays first.
#[test]
fn e9_the_house_sells_before_gains_are_cut() {
    let mut scene = e6();
    scene.crank(SOL, 224.0);
    scene.ok(Op::Declare { member: "debtor".into(), keeper: None });
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    scene.refused(Op::OpenGainsCut, Reason::HouseNotSold);
    // 500 are gained: the house is short of 600 SOL, which fall by 0.8333.
    scene.settle_price(SOL, 224.0 - 500.0 / 600.0);
    scene.crank(BTC, 52_000.0);
    let since = scene.clock.slot;
    scene.model.markets[0].house_since = since; // no discount
    scene.ok(Op::TakeOver { member: "maker".into(), market: SOL, lots: 600_00 });
    scene.refused(Op::OpenGainsCut, Reason::NothingToAllocate);
    assert_eq!(scene.model.unfunded(), 0);
    assert_near(scene.model.treasury as f64 / 1e6, 200.0); // 500 less 300, of which the pool has it
}

/// During registration a claim counts in full for others, and less a possible cut for oneself.
#[test]
fn a_claim_counts_before_it_is_cut() {
    let mut scene = e6();
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(&mut scene, 224.0, 52_000.0);
    scene.ok(register("cat"));
    let worth = |scene: &Scene| {
        (scene.model.claim_to_others("cat") as f64 / 1e6, scene.model.claim_to_oneself("cat") as f64 / 1e6)
    };
    assert_eq!(worth(&scene), (1_000.0, 700.0));
    scene.ok(register("creditor"));
    let (others, own) = worth(&scene);
    assert_near(others, 1_000.0);
    assert_near(own, 1_000.0 * 15_100.0 / 15_400.0);
}

/// Without gains there is nothing to cut: the wind-down begins.
#[test]
fn no_gains_wind_down() {
    let mut scene = e6();
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(900);
    crank(&mut scene, 224.0, 52_000.0);
    scene.ok(Op::CutGains);
    assert_eq!(scene.model.status, FundStatus::WindDown);
    // A latecomer's cut still cancels the loss, and averts it.
    scene.ok(register("creditor"));
    assert_eq!((scene.model.unfunded(), scene.model.status), (0, FundStatus::Active));
    assert_eq!(scene.model.cut_rounds[&1].cut, i128::from(usd(300.0)));
}

/// A member that is declared assigns its claim; it cancels unfunded loss.
#[test]
fn a_defaulters_claim_is_assigned() {
    let mut scene = e6();
    scene.ok(Op::Withdraw { member: "cat".into(), amount: usd(47_000.0) });
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(&mut scene, 224.0, 52_000.0);
    scene.ok(register("creditor"));
    scene.ok(register("maker"));
    scene.ok(register("dan"));
    scene.ok(register("cat"));
    scene.settle_price(BTC, 43_000.0); // -4,500 beside 3,000 of margin and 1,000 of the claim
    scene.ok(Op::Declare { member: "cat".into(), keeper: None });
    let id: RecordId = ("cat".into(), 0);
    let record = &scene.model.defaults[&id];
    assert_eq!((record.assigned, record.from_claim), (i128::from(usd(1_000.0)), 0));
    assert_eq!(record.unfunded, i128::from(usd(1_500.0)));
    scene.ok(Op::Allocate { record: id.clone(), keeper: None });
    scene.wait(600);
    scene.settle_price(BTC, 43_000.0);
    scene.ok(Op::CutGains);
    // 300 were cut, 980.52 of the claim cancel the 1,500, in the same action.
    assert_near(scene.model.residual as f64 / 1e6, 1_500.0 - 1_000.0 * 15_100.0 / 15_400.0);
}

/// A member that comes after the round owes nothing to it.
#[test]
fn newcomers_count_as_registered() {
    let mut scene = e6();
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(&mut scene, 224.0, 52_000.0);
    scene.member("new", 100.0, 0.0);
    scene.refused(register("new"), Reason::AlreadyRegistered);
    scene.refused(Op::Deposit { member: "cat".into(), amount: 1 }, Reason::GainsNotRegistered);
    scene.ok(register("cat"));
    scene.ok(Op::Deposit { member: "cat".into(), amount: 1 });
}

/// A claim that was paid leaves its round when the account is closed: it counts among those that have left.
#[test]
fn a_paid_claim_leaves_its_round_with_its_account() {
    let mut scene = e6();
    fail(&mut scene);
    scene.ok(Op::OpenGainsCut);
    scene.wait(150);
    crank(&mut scene, 224.0, 52_000.0);
    scene.crank(SOL, 224.0);
    for name in ["creditor", "cat", "dan", "maker"] {
        scene.ok(register(name));
    }
    scene.wait(600);
    crank(&mut scene, 224.0, 52_000.0);
    scene.ok(Op::CutGains);
    let _ = scene.tries(settle("dan", BTC));
    scene.ok(pay("cat"));
    scene.novate("dan", "cat", BTC, 5000, 52_000.0);
    scene.wait(2_000);
    crank(&mut scene, 224.0, 52_000.0);
    let amount = scene.model.members["cat"].margin;
    scene.ok(Op::Withdraw { member: "cat".into(), amount: amount.try_into().expect("an amount") });
    scene.ok(Op::WaiveRecovery { member: "cat".into() });
    assert_eq!(scene.model.cut_rounds[&1].gone, 0);
    scene.ok(Op::Close { member: "cat".into() });
    assert_eq!(scene.model.cut_rounds[&1].gone, i128::from(usd(1_000.0)));
}
