//! Houses of silent markets: what is silent, and what it is good for.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, BTC, SOL};
use crate::{FundParams, Op, Reason};

fn declare(name: &str) -> Op {
    Op::Declare { member: name.into(), keeper: None }
}

fn allocate(name: &str, count: u64) -> Op {
    Op::Allocate { record: (name.into(), count), keeper: None }
}

fn release(name: &str) -> Op {
    Op::ReleaseCushion { record: (name.into(), 0) }
}

fn take_all(name: &str, market: u16) -> Op {
    Op::TakeOver { member: name.into(), market, lots: u64::MAX / 2 }
}

fn book(market: u16) -> Op {
    Op::BookHouse { market }
}

fn claim(name: &str) -> Op {
    Op::Claim { member: name.into() }
}

fn scene() -> Scene {
    let params = FundParams { cover_limit_bps: 1_000_000, ..fund_params() };
    Scene::with(params, vec![market_params(2), market_params(4)])
}

fn request(scene: &mut Scene, name: &str) {
    let shares = scene.model.members[name].shares as u128;
    scene.ok(Op::Request { member: name.into(), shares });
    scene.wait(7 * 86_400);
}

/// Nobody has cranked a live market for 41 s. Its house is not silent, so that the cushion stays until it is
/// sold: it pays 7,020 of 10,800.
#[test]
fn a_cushion_stays_until_its_loss_is_known() {
    let mut scene = scene();
    scene.treasury(20_000.0);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 90_000.0, 0.0);
    scene.member("debtor", 4_049.0, 8_000.0);
    scene.crank(SOL, 230.0);
    scene.novate("debtor", "cat", SOL, 13_500, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("debtor"));
    for price in [180.0, 160.0, 140.0, 120.0] {
        scene.settle_price(SOL, price);
        scene.wait(41);
        scene.ok(book(SOL));
        assert_eq!(scene.model.waived_at_risk(), 0);
        scene.refused(release("debtor"), Reason::HouseNotSold);
    }
    scene.settle_price(SOL, 120.0);
    scene.ok(take_all("cat", SOL));
    scene.ok(Op::AllocateResidual);
    assert!(scene.contribution("debtor") < 980.0, "{}", scene.contribution("debtor"));
    // 10,800 and the discount of 60 s, less 7,020.
    assert!(scene.model.treasury > usd(15_400.0).into(), "{}", scene.model.treasury);
}

/// A feed is silent for an hour: what the cushion goes on standing for is the loss so far and the stress
/// loss, not the stress loss alone.
#[test]
fn a_cushion_stands_for_the_loss_that_a_silent_house_has_made() {
    let mut scene = scene();
    scene.treasury(20_000.0);
    scene.member("cat", 90_000.0, 0.0);
    scene.member("debtor", 4_049.0, 8_000.0);
    scene.crank(SOL, 230.0);
    scene.novate("debtor", "cat", SOL, 13_500, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("debtor"));
    scene.settle_price(SOL, 160.0); // 5,400 lost, and 26% of 21,600 at stress: more than the 7,020
    scene.wait(3_600);
    scene.ok(book(SOL));
    assert_near(scene.model.waived_at_risk() as f64 / 1e6, 5_400.0 + 5_616.0);
    scene.refused(release("debtor"), Reason::HouseNotSold);
}

/// SOL's house loses 2,000 and BTC's gains as much: nobody waives one of them to pay an old loser with the
/// gain and the treasury with the loss.
#[test]
fn houses_of_live_markets_are_one_sum() {
    for booked in [None, Some(SOL), Some(BTC)] {
        let mut scene = scene();
        scene.member("old", 0.0, 1_000.0);
        scene.member("cat", 900_000.0, 0.0);
        scene.member("oldie", 3_550.0, 0.0);
        scene.crank(SOL, 230.0);
        scene.novate("oldie", "cat", SOL, 13_500, 230.0);
        scene.settle_price(SOL, 200.0);
        scene.ok(declare("oldie"));
        scene.ok(allocate("oldie", 0)); // 500, of old's contribution
        scene.ok(take_all("cat", SOL));
        scene.treasury(20_000.0);
        scene.member("debtor", 12_000.0, 0.0);
        scene.crank(SOL, 200.0);
        scene.crank(BTC, 50_000.0);
        scene.novate("debtor", "cat", SOL, 20_000, 200.0);
        scene.novate("debtor", "cat", BTC, 1_0000, 50_000.0);
        scene.settle_price(SOL, 170.0);
        scene.settle_price(BTC, 43_900.0);
        scene.crank(SOL, 170.0);
        scene.ok(declare("debtor"));
        scene.ok(allocate("debtor", 1)); // 100, of the treasury
        scene.settle_price(SOL, 160.0);
        scene.settle_price(BTC, 45_900.0);
        scene.crank(SOL, 160.0);
        let sell = |scene: &mut Scene, market: u16| {
            scene.model.markets[usize::from(market)].house_since = scene.clock.slot;
            scene.ok(take_all("cat", market));
        };
        let first = if booked == Some(SOL) { BTC } else { SOL };
        sell(&mut scene, first);
        scene.wait(41); // nobody cranks the other one
        if let Some(market) = booked {
            scene.ok(book(market));
        }
        scene.settle_price(SOL, 160.0);
        scene.settle_price(BTC, 45_900.0);
        scene.crank(SOL, 160.0);
        sell(&mut scene, if first == SOL { BTC } else { SOL });
        scene.refused(Op::ClaimRecovery { member: "old".into() }, Reason::NothingToClaim);
        assert_near(scene.model.treasury as f64 / 1e6, 19_900.0);
    }
}

/// The cushion of a round that has ended waits for its release, and stands behind nothing.
#[test]
fn ended_cushions_cover_no_house() {
    let mut scene = scene();
    scene.member("ann", 0.0, 1_000.0);
    scene.member("bob", 0.0, 1_000.0);
    scene.member("cat", 900_000.0, 0.0);
    scene.member("mallory", 4_049.0, 3_000.0);
    scene.member("big", 1_499.0, 0.0);
    request(&mut scene, "bob");
    scene.settle_price(SOL, 230.0);
    scene.novate("mallory", "cat", SOL, 13_500, 230.0);
    scene.novate("big", "cat", SOL, 5_000, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("mallory"));
    scene.ok(take_all("cat", SOL)); // without a loss: the round ends
    assert_eq!((scene.model.present_round().money, scene.model.cushions() > 0), (0, true));
    scene.ok(claim("bob")); // commits
    scene.wait(60);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("big"));
    scene.ok(allocate("big", 0));
    scene.wait(3_600);
    scene.ok(book(SOL));
    assert_eq!(scene.model.held_for_waived(), scene.model.waived_at_risk(), "nothing covers it");
    scene.refused(claim("bob"), Reason::LossPending);
}

/// The treasury does not leave against them either.
#[test]
fn the_treasury_does_not_leave_against_ended_cushions() {
    let mut scene = scene();
    scene.treasury(2_000.0);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 900_000.0, 0.0);
    scene.member("mallory", 4_049.0, 3_000.0);
    scene.member("big", 1_499.0, 0.0);
    scene.ok(Op::RequestTreasury { to: "thief".into(), amount: usd(1_990.0) });
    scene.wait(7 * 86_400);
    scene.settle_price(SOL, 230.0);
    scene.novate("mallory", "cat", SOL, 13_500, 230.0);
    scene.novate("big", "cat", SOL, 5_000, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("mallory"));
    scene.ok(take_all("cat", SOL));
    scene.ok(Op::ClaimTreasury); // commits
    scene.wait(60);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("big"));
    scene.ok(allocate("big", 0));
    scene.wait(3_600);
    scene.ok(book(SOL));
    scene.refused(Op::ClaimTreasury, Reason::LossPending);
}

/// While nobody can leave beside a house, the exit clock stands still: a house of a market that is cranked
/// is not waived.
#[test]
fn the_clock_stands_beside_the_house_of_a_market_that_is_heard() {
    let mut scene = scene();
    scene.treasury(20_000.0);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 900_000.0, 0.0);
    scene.member("debtor", 4_049.0, 1_000.0);
    request(&mut scene, "ann");
    scene.crank(SOL, 230.0);
    scene.novate("debtor", "cat", SOL, 13_500, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("debtor"));
    scene.wait(41);
    scene.ok(book(SOL));
    let began = scene.model.exit.secs();
    for _ in 0..100 {
        scene.crank(SOL, 200.0);
        scene.refused(claim("ann"), Reason::LossPending);
        scene.wait(30);
    }
    scene.crank(SOL, 200.0);
    scene.ok(Op::ReportExposure { member: "cat".into() });
    assert_eq!(scene.model.exit.secs(), began);
}

/// Bob relies on a house as it was looked at: a print since then voids that, also when it is old itself.
#[test]
fn nobody_leaves_on_an_old_booking() {
    let mut scene = scene();
    scene.treasury(2_700.0);
    scene.member("ann", 0.0, 2_000.0);
    scene.member("bob", 0.0, 2_000.0);
    scene.member("cat", 900_000.0, 0.0);
    scene.member("big", 1_499.0, 1.0);
    request(&mut scene, "bob");
    scene.settle_price(SOL, 230.0);
    scene.novate("big", "cat", SOL, 5_000, 230.0);
    scene.settle_price(SOL, 200.0);
    scene.ok(claim("bob")); // commits
    scene.wait(1);
    scene.settle_price(SOL, 200.0);
    scene.ok(declare("big"));
    scene.wait(3_600);
    scene.ok(book(SOL));
    assert_near(scene.model.waived_at_risk() as f64 / 1e6, 2_600.0);
    scene.settle_price(SOL, 120.0); // 4,000 lost
    scene.refused(claim("bob"), Reason::LossPending);
    scene.wait(41);
    scene.refused(claim("bob"), Reason::LossPending);
}
