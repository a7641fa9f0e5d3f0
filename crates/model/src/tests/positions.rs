//! Section 4: settled gains vest.

use super::scene::{assert_near, usd, Scene, BTC, SOL};
use crate::{Op, Reason};

fn settle(name: &str, market: u16, by_owner: bool) -> Op {
    Op::Settle { member: name.into(), market, by_owner }
}

fn withdraw(name: &str, dollars: f64) -> Op {
    Op::Withdraw { member: name.into(), amount: usd(dollars) }
}

/// A winner of 1,000 in SOL, flat, with 1,000 of margin of its own; the loser has paid.
fn winner() -> Scene {
    let mut scene = Scene::new();
    scene.treasury(100_000.0);
    scene.member("ann", 1_000.0, 0.0);
    scene.member("ben", 50_000.0, 0.0);
    scene.crank(SOL, 200.0);
    scene.novate("ann", "ben", SOL, 40_00, 200.0);
    scene.settle_price(SOL, 225.0);
    scene.novate("ben", "ann", SOL, 40_00, 225.0);
    scene.ok(settle("ben", SOL, true));
    scene
}

#[test]
fn a_settled_gain_is_withdrawn_after_two_periods() {
    let mut scene = winner();
    // The next period begins now.
    let left = 300_000 - scene.model.exit.ms % 300_000;
    scene.wait(left as i64 / 1_000);
    scene.crank(SOL, 225.0);
    scene.ok(settle("ann", SOL, true));
    assert_near(scene.margin("ann"), 2_000.0);
    scene.refused(withdraw("ann", 1_000.01), Reason::BelowInitialMargin);
    scene.ok(withdraw("ann", 1_000.0));
    scene.wait(599);
    scene.refused(withdraw("ann", 0.01), Reason::BelowInitialMargin);
    scene.wait(1);
    scene.ok(withdraw("ann", 1_000.0));
}

/// Nothing vests while exits are blocked.
#[test]
fn a_block_stops_vesting() {
    let mut scene = winner();
    scene.ok(settle("ann", SOL, true));
    scene.member("debtor", 1_000.0, 0.0);
    scene.novate("debtor", "ben", SOL, 40_00, 225.0);
    scene.crank(SOL, 190.0);
    scene.ok(Op::Watch { member: "debtor".into() });
    scene.wait(1_500); // five periods
    scene.refused(withdraw("ann", 1_000.01), Reason::BelowInitialMargin);
    scene.wait(300 + 600);
    scene.ok(withdraw("ann", 1_999.0));
}

/// A loss followed by a gain is no gain.
#[test]
fn results_are_signed() {
    let mut scene = winner();
    scene.ok(settle("ann", SOL, true));
    assert_eq!(scene.model.unvested("ann"), i128::from(usd(1_000.0)));
    scene.novate("ann", "ben", SOL, 10_00, 225.0);
    scene.settle_price(SOL, 175.0);
    scene.ok(settle("ann", SOL, true)); // -500
    assert_eq!(scene.model.unvested("ann"), i128::from(usd(500.0)));
    assert_near(scene.margin("ann"), 1_500.0);
}

/// A settled leg of a hedge is not counted twice: the gain that has not vested covers the other
/// leg.
#[test]
fn a_hedge_keeps_its_initial_margin() {
    let mut scene = Scene::new();
    scene.treasury(100_000.0);
    scene.member("vic", 5_000.0, 0.0);
    scene.member("ben", 90_000.0, 0.0);
    scene.crank(SOL, 200.0);
    scene.crank(BTC, 50_000.0);
    scene.novate("vic", "ben", SOL, 50_00, 200.0); // long 10,000
    scene.novate("ben", "vic", BTC, 2000, 50_000.0); // short 10,000
    scene.settle_price(SOL, 220.0);
    scene.settle_price(BTC, 55_000.0);
    scene.ok(settle("ben", SOL, true));
    scene.crank(SOL, 220.0);
    scene.ok(settle("vic", SOL, true)); // +1,000 beside -1,000 in BTC
    assert_near(scene.margin("vic"), 6_000.0);
    // 6,000 less 1,000 once, less initial margin of 2,200.
    scene.refused(withdraw("vic", 2_800.01), Reason::BelowInitialMargin);
    scene.ok(withdraw("vic", 2_800.0));
}

/// Vic is short of 7,400 of SOL and long of as much of BTC.
fn hedge() -> Scene {
    let mut scene = Scene::new();
    scene.treasury(100_000.0);
    scene.member("vic", 5_000.0, 0.0);
    scene.member("ben", 90_000.0, 0.0);
    scene.crank(SOL, 200.0);
    scene.crank(BTC, 50_000.0);
    scene.novate("ben", "vic", SOL, 37_00, 200.0);
    scene.novate("vic", "ben", BTC, 1480, 50_000.0);
    scene
}

/// Both markets rise by a tenth, and somebody cranks the one alone in which Vic has lost: a moment later, or
/// until the mark of the other one is old.
#[test]
fn a_leg_that_is_cranked_alone_is_no_loss() {
    for waits in [vec![1], vec![10, 10, 10]] {
        let mut scene = hedge();
        for wait in waits {
            scene.wait(wait);
            scene.crank(SOL, 220.0); // -740
        }
        scene.ok(settle("vic", SOL, false));
        assert_near(scene.margin("vic"), 5_000.0);
        scene.crank(BTC, 55_000.0); // +740
        scene.ok(settle("vic", SOL, false));
        assert_near(scene.margin("vic"), 5_000.0);
    }
    // What a silent leg may have won is its initial margin, a tenth: the rest of the loss is certain.
    let mut scene = hedge();
    for _ in 0..3 {
        scene.wait(10);
        scene.crank(SOL, 260.0); // -2,220
    }
    scene.ok(settle("vic", SOL, false));
    assert_near(scene.margin("vic"), 5_000.0 - 2_220.0 + 740.0);
    // Who holds nothing else has no such doubt.
    let mut scene = hedge();
    scene.novate("ben", "vic", BTC, 1480, 50_000.0);
    scene.wait(1);
    scene.crank(SOL, 220.0);
    scene.ok(settle("vic", SOL, false));
    assert_near(scene.margin("vic"), 5_000.0 - 740.0);
}

/// Vic closes the leg in which it has lost. The loss stays in a slot without lots, and beside it the other leg
/// has no old mark either.
#[test]
fn a_closed_leg_is_no_loss_beside_an_old_mark() {
    let mut scene = hedge();
    scene.wait(1);
    scene.crank(SOL, 220.0); // -740
    scene.novate("vic", "ben", SOL, 37_00, 220.0);
    for _ in 0..3 {
        scene.wait(10);
        scene.crank(SOL, 220.0); // BTC is silent at 50,000, and has risen to 55,000
    }
    scene.ok(settle("vic", SOL, false));
    assert_near(scene.margin("vic"), 5_000.0);
}

/// E10, first half: nobody else settles one leg of a hedge as a loss.
#[test]
fn others_settle_no_more_than_the_net_loss() {
    let mut scene = hedge();
    scene.settle_price(SOL, 220.0); // -740
    scene.settle_price(BTC, 54_000.0); // +592
    scene.crank(SOL, 220.0);
    scene.ok(settle("vic", SOL, false));
    assert_near(scene.margin("vic"), 5_000.0 - 148.0);
    scene.ok(settle("vic", SOL, false)); // the net is zero now
    assert_near(scene.margin("vic"), 5_000.0 - 148.0);
    scene.ok(settle("vic", SOL, true));
    assert_near(scene.margin("vic"), 5_000.0 - 740.0);
}
