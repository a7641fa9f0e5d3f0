//! Section 8: crowding and stress calls.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use crate::{FundParams, Op, Reason};

/// However the lots are split over wallets: `D = open interest (20% + 5% * 120% - 5%)` is at most 8
/// times the mutual resources.
#[test]
fn crowding_does_not_depend_on_wallets() {
    for pairs in [1, 4] {
        let params = FundParams { crowding_limit_bps: 80_000, ..fund_params() };
        let mut scene = Scene::with(params, vec![market_params(2)]);
        scene.treasury(1_050.0);
        scene.crank(SOL, 200.0);
        // 8,400 / 21% are 40,000 of open interest: 200 SOL.
        for pair in 0..pairs {
            let (long, short) = (format!("long {pair}"), format!("short {pair}"));
            scene.member(&long, 100_000.0, 0.0);
            scene.member(&short, 100_000.0, 0.0);
            scene.novate(&long, &short, SOL, 20_000 / pairs, 200.0);
        }
        assert_eq!(scene.model.crowding(), i128::from(usd(8_400.0)));
        scene.member("one more", 100_000.0, 0.0);
        scene.refused(scene.trade("one more", "short 0", SOL, 1, 200.0), Reason::CrowdingLimitExceeded);
        scene.novate("short 0", "long 0", SOL, 1, 200.0); // reducing is free
        scene.novate("one more", "short 0", SOL, 1, 200.0);
    }
}

/// A crank does not write the fund; whoever books a market counts its price.
#[test]
fn anyone_books_crowding() {
    let mut scene = Scene::new();
    scene.treasury(50_000.0);
    scene.member("ann", 10_000.0, 0.0);
    scene.member("ben", 10_000.0, 0.0);
    scene.crank(SOL, 200.0);
    scene.novate("ann", "ben", SOL, 10_000, 200.0);
    scene.crank(SOL, 220.0);
    assert_eq!(scene.model.crowding(), i128::from(usd(4_200.0)));
    scene.ok(Op::BookCrowding { market: SOL });
    assert_eq!(scene.model.crowding(), i128::from(usd(4_620.0)));
}

/// A member at the cover limit whose price moves against it.
fn over_the_limit() -> Scene {
    let mut scene = Scene::new();
    scene.treasury(10_000.0);
    scene.member("ann", 3_200.0, 0.0);
    scene.member("ben", 90_000.0, 0.0);
    scene.crank(SOL, 200.0);
    scene.refused(Op::CallStress { member: "ann".into() }, Reason::NothingToCall);
    scene.novate("ben", "ann", SOL, 15_500, 200.0); // 26% of 31,000 less 3,200 are 4,860
    scene.settle_price(SOL, 204.0); // 620 lost; 26% of 31,620 less 2,580 are 5,641.2
    scene
}

#[test]
fn a_stress_call_makes_reduce_only_and_sells_the_excess() {
    let mut scene = over_the_limit();
    scene.ok(Op::CallStress { member: "ann".into() });
    scene.refused(scene.trade("ben", "ann", SOL, 1, 204.0), Reason::MemberReduceOnly);
    let sell = Op::SellExcess { member: "ben".into(), target: "ann".into(), market: SOL, lots: 15_500 };
    scene.refused(sell.clone(), Reason::CallNotDue);
    scene.wait(86_400 + 20); // half of the auction's 40 seconds
    scene.crank(SOL, 204.0);
    let (margin, lots) = (scene.margin("ann"), scene.model.members["ann"].lots(0));
    scene.ok(sell);
    // 641.2 too much, at 26% less a discount of 1.25%: 2,590.71 of notional, 12.70 SOL.
    let sold = scene.model.members["ann"].lots(0) - lots;
    assert_eq!(sold, 12_70);
    assert_near(margin - scene.margin("ann"), 12.70 * 204.0 * 0.0125);
    scene.ok(Op::CallStress { member: "ann".into() }); // admitted again
    assert_eq!(scene.model.members["ann"].stress_due_secs, None);
}

#[test]
fn topping_up_ends_a_stress_call() {
    let mut scene = over_the_limit();
    scene.ok(Op::CallStress { member: "ann".into() });
    scene.refused(Op::CallStress { member: "ann".into() }, Reason::NothingToCall);
    scene.ok(Op::Deposit { member: "ann".into(), amount: usd(641.2) });
    scene.ok(Op::CallStress { member: "ann".into() });
    assert_eq!(scene.model.members["ann"].stress_due_secs, None);
}
