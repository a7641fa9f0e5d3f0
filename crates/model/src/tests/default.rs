//! Section 6: a default pays for its own close-out.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, BTC, SOL};
use crate::{FundParams, Op, Rates, Reason};

fn declare(name: &str) -> Op {
    Op::Declare { member: name.into(), keeper: None }
}

/// Of a member's first default.
fn allocate(name: &str) -> Op {
    Op::Allocate { record: (name.into(), 0), keeper: None }
}

/// Of a member's first default.
fn release(name: &str) -> Op {
    Op::ReleaseCushion { record: (name.into(), 0) }
}

fn take_all(name: &str, market: u16) -> Op {
    Op::TakeOver { member: name.into(), market, lots: u64::MAX / 2 }
}

/// Two markets without a cover limit that binds.
fn scene() -> Scene {
    let params = FundParams { cover_limit_bps: 1_000_000, ..fund_params() };
    Scene::with(params, vec![market_params(2), market_params(4)])
}

/// A debtor with 135 SOL, worth 27,000 at 200, owes 1.
fn debtor_of_one() -> Scene {
    let mut scene = scene();
    scene.treasury(200.0);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 90_000.0, 0.0);
    scene.member("friend", 90_000.0, 0.0);
    scene.member("debtor", 4_049.0, 1_000.0);
    scene.crank(SOL, 230.0);
    scene.novate("debtor", "cat", SOL, 13_500, 230.0);
    scene.settle_price(SOL, 200.0);
    scene
}

/// E11: the defaulter's contribution pays for the sale before anybody else's money does.
#[test]
fn e11_a_default_pays_for_its_close_out() {
    let mut scene = debtor_of_one();
    scene.ok(declare("debtor"));
    assert_eq!(scene.model.unfunded(), 0); // born allocated
    assert_near(scene.contribution("debtor"), 0.0);
    assert_eq!(scene.model.cushions(), i128::from(usd(999.0)));
    scene.wait(60); // the full discount
    scene.crank(SOL, 200.0);
    let margin = scene.margin("friend");
    scene.ok(take_all("friend", SOL));
    assert_near(scene.margin("friend") - margin, 1_350.0);
    assert_eq!(scene.model.residual, i128::from(usd(351.0)));
    scene.ok(Op::AllocateResidual);
    assert_eq!(scene.model.treasury, 0);
    assert_near(scene.contribution("ann"), 849.0);
    scene.ok(release("debtor")); // nothing is left of it
    assert_near(scene.contribution("debtor"), 0.0);
}

/// What the sale leaves of a cushion comes back; until then the member cannot leave.
#[test]
fn a_cushion_comes_back() {
    let mut scene = debtor_of_one();
    let shares = scene.model.members["debtor"].shares as u128;
    scene.ok(Op::Request { member: "debtor".into(), shares });
    scene.ok(declare("debtor"));
    scene.refused(release("debtor"), Reason::HouseNotSold);
    scene.refused(Op::Close { member: "debtor".into() }, Reason::MemberNotEmpty);
    scene.wait(20);
    scene.crank(SOL, 200.0);
    scene.ok(take_all("friend", SOL)); // 2.5% of 27,000 are 675
    scene.refused(Op::Claim { member: "debtor".into() }, Reason::CushionPending);
    scene.ok(release("debtor"));
    assert_near(scene.contribution("debtor"), 999.0 - 675.0);
    assert_near(scene.contribution("ann"), 1_000.0);
    scene.refused(release("debtor"), Reason::NothingToRelease);
}

/// E12: what two members at the cover limit lose in the stress move and the sale is funded, shorts
/// too.
#[test]
fn e12_cover_2_holds_after_the_sale() {
    for long in [true, false] {
        let mut scene = Scene::new(); // stress 20%, discount 5%: 26%
        scene.treasury(10_050.0);
        scene.member("cat", 900_000.0, 0.0);
        scene.crank(SOL, 200.0);
        for name in ["first", "second"] {
            scene.member(name, 3_139.99, 0.0);
            let (buyer, seller) = if long { (name, "cat") } else { ("cat", name) };
            // 31,400 of notional: a stress loss of 8,164 beside a margin of 3,140; the limit is 5,025.
            scene.refused(scene.trade(buyer, seller, SOL, 15_700, 200.0), Reason::BelowInitialMargin);
            scene.ok(Op::Deposit { member: name.into(), amount: usd(0.01) });
            scene.refused(scene.trade(buyer, seller, SOL, 15_800, 200.0), Reason::CoverLimitExceeded);
            scene.novate(buyer, seller, SOL, 15_700, 200.0);
        }
        scene.settle_price(SOL, if long { 160.0 } else { 240.0 });
        scene.ok(declare("first"));
        scene.ok(declare("second"));
        scene.ok(allocate("first"));
        scene.ok(allocate("second"));
        scene.wait(60);
        scene.crank(SOL, if long { 160.0 } else { 240.0 });
        scene.ok(take_all("cat", SOL));
        if scene.model.residual > 0 {
            scene.ok(Op::AllocateResidual);
        }
        assert_eq!(scene.model.unfunded(), 0);
        // A short is bought back at 1.2 * 1.05: 26% of 31,400, twice.
        let spent = if long { 2.0 * (6_280.0 + 1_256.0 - 3_140.0) } else { 2.0 * (8_164.0 - 3_140.0) };
        assert_near(scene.model.treasury as f64 / 1e6, 10_050.0 - spent);
    }
}

/// E13: while contributions cannot enter, a bidder's missing contribution is a call that is due.
#[test]
fn e13_anyone_can_bid() {
    let params =
        FundParams { min_contribution: usd(10.0).into(), cover_limit_bps: 1_000_000, ..fund_params() };
    let mut market = market_params(2);
    market.rates = Rates { initial: 1_000, maintenance: 500, contribution: 200, stress: 2_000 };
    let mut scene = Scene::with(params, vec![market]);
    scene.member("cat", 90_000.0, 700.0);
    scene.member("debtor", 4_049.997, 621.0);
    scene.member("ann", 100.0, 10.0);
    scene.crank(SOL, 230.0);
    scene.novate("debtor", "cat", SOL, 13_500, 230.0);
    scene.settle_price(SOL, 195.2); // 4,698 lost, 621 of own contribution
    scene.ok(declare("debtor"));
    assert_eq!(scene.model.unfunded(), i128::from(usd(27.003)));
    scene.member("new", 100_000_000.0, 0.0);
    scene.refused(Op::Contribute { member: "new".into(), amount: usd(600.0) }, Reason::LossPending);
    scene.ok(take_all("new", SOL));
    // 2% of 26,352 are called, due, and kept free.
    assert_eq!(scene.model.members["new"].call_amount, i128::from(usd(527.04)));
    let free = scene.margin("new") - 2_635.2 - 527.04;
    scene
        .refused(Op::Withdraw { member: "new".into(), amount: usd(free + 0.01) }, Reason::AssessmentReserved);
    scene.ok(allocate("debtor"));
    scene.ok(Op::EnforceCall { member: "new".into(), settle_epoch: false });
    assert_near(scene.contribution("new"), 527.04);
}

/// Layer 4 takes from contributions and cushions in proportion: nobody steps aside by a small
/// default.
#[test]
fn a_cushion_bears_layer_4_like_contributions() {
    let mut scene = debtor_of_one();
    scene.model.treasury -= i128::from(usd(200.0));
    scene.member("big", 4_049.0, 0.0);
    scene.settle_price(SOL, 230.0);
    scene.novate("big", "cat", SOL, 13_500, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("debtor"));
    scene.settle_price(SOL, 196.3); // big owes 500.5
    scene.ok(declare("big"));
    assert_eq!(scene.model.unfunded(), i128::from(usd(500.5)));
    scene.ok(allocate("big"));
    assert_near(scene.model.cushions() as f64 / 1e6, 999.0 - 500.5 * 999.0 / 1_999.0);
    assert_near(scene.contribution("ann"), 1_000.0 - 500.5 * 1_000.0 / 1_999.0);
}

/// A default of 400 and a gain of 500 in its house cancel, in whatever order they are booked (E9,
/// first half, and P13).
#[test]
fn a_houses_gain_waits_for_the_allocation() {
    let results = [true, false].map(|allocate_first| {
        let mut scene = scene();
        scene.treasury(100.0);
        scene.member("ann", 0.0, 1_000.0);
        scene.member("cat", 90_000.0, 0.0);
        scene.member("debtor", 3_650.0, 0.0);
        scene.crank(SOL, 230.0);
        scene.novate("debtor", "cat", SOL, 13_500, 230.0);
        scene.settle_price(SOL, 200.0);
        scene.ok(declare("debtor")); // 400 short
        let allocate = allocate("debtor");
        if allocate_first {
            scene.ok(allocate.clone());
        }
        scene.settle_price(SOL, 210.0);
        scene.ok(take_all("cat", SOL)); // 1,350 gained, less a discount
        if !allocate_first {
            scene.ok(allocate);
        }
        let _ = scene.tries(Op::ClaimRecovery { member: "ann".into() });
        (scene.contribution("ann"), scene.model.purses["ann"], scene.model.treasury, scene.model.pool)
    });
    assert_eq!(results[0], results[1]);
    assert_near(results[0].1 as f64 / 1e6, 1e9 - 1_000.0 + 300.0); // what layer 4 took from Ann
}

/// A loss in one house and a gain in another are one sum, so that the order of sales ends no epoch.
#[test]
fn houses_are_one_sum() {
    let results = [[SOL, BTC], [BTC, SOL]].map(|order| {
        let mut scene = scene();
        scene.member("ann", 0.0, 1_000.0);
        scene.member("cat", 90_000.0, 0.0);
        scene.member("debtor", 12_000.0, 0.0);
        scene.crank(SOL, 200.0);
        scene.crank(BTC, 50_000.0);
        scene.novate("debtor", "cat", SOL, 20_000, 200.0);
        scene.novate("debtor", "cat", BTC, 1_0000, 50_000.0);
        scene.settle_price(SOL, 170.0);
        scene.settle_price(BTC, 43_900.0);
        scene.crank(SOL, 170.0);
        scene.ok(declare("debtor"));
        scene.ok(allocate("debtor")); // 100 from Ann
                                      // SOL is sold at a loss of 2,000, BTC at a gain of 9,100, both at the full discount.
        scene.wait(60);
        scene.settle_price(SOL, 160.0);
        scene.settle_price(BTC, 53_000.0);
        scene.crank(SOL, 160.0);
        for market in order {
            scene.ok(take_all("cat", market));
        }
        scene.ok(Op::ClaimRecovery { member: "ann".into() });
        assert_eq!(scene.model.share_epoch, 0);
        (scene.contribution("ann"), scene.model.treasury, scene.model.pool)
    });
    assert_eq!(results[0], results[1]);
    assert_near(results[0].0, 900.0);
    // 7,100 less discounts of 1,600 and 2,650, and 100 that are Ann's.
    assert_near(results[0].1 as f64 / 1e6, 2_750.0);
}
