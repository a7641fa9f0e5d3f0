//! Section 7: the exit clock, watches and graces.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, BTC, SOL};
use crate::{Change, FundParams, Op, Reason};

fn declare(name: &str) -> Op {
    Op::Declare { member: name.into(), keeper: None }
}

fn shares(scene: &Scene, name: &str) -> u128 {
    scene.model.members[name].shares as u128
}

fn with_grace() -> FundParams {
    FundParams { default_confirm_slots: 25, ..fund_params() }
}

/// Members with contributions, and a debtor of `owed` with `own` of contribution.
fn debtor(params: FundParams, owed: f64, own: f64) -> Scene {
    let mut scene = Scene::with(params, vec![market_params(2), market_params(4)]);
    scene.member("ann", 0.0, 500.0);
    scene.member("ben", 0.0, 500.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.member("debtor", 7_000.0, own);
    for name in ["ann", "debtor"] {
        let shares = shares(&scene, name);
        scene.ok(Op::Request { member: name.into(), shares });
    }
    scene.wait(7 * 86_400);
    scene.crank(SOL, 200.0);
    scene.model.treasury += usd(10_000.0) as i128; // so that the cover limit admits the trade
    scene.model.vault += usd(10_000.0) as i128;
    scene.novate("debtor", "cat", SOL, 10_000, 200.0);
    scene.model.treasury = 0;
    scene.wait(30);
    scene.crank(SOL, 200.0 - (7_000.0 + owed) / 100.0);
    scene
}

/// E5: nobody leaves beside a default that is visible at the mark, the debtor's own contribution
/// least of all.
#[test]
fn e5_exits_wait_for_a_visible_default() {
    let mut scene = debtor(with_grace(), 440.0, 300.0);
    scene.refused(declare("debtor"), Reason::EquityNotNegative); // the range still favours it
    scene.ok(Op::Watch { member: "debtor".into() });
    scene.refused(Op::Claim { member: "ann".into() }, Reason::LossPending);
    scene.refused(Op::Claim { member: "debtor".into() }, Reason::LossPending);
    scene.wait(20);
    scene.crank(SOL, 125.6);
    scene.ok(declare("debtor"));
    scene.refused(declare("debtor"), Reason::GracePeriodRunning);
    scene.wait(10);
    scene.crank(SOL, 125.6);
    scene.ok(declare("debtor"));
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    assert_near(scene.contribution("ann"), 430.0);
    assert_near(scene.contribution("ben"), 430.0);
}

/// The member that leaves must itself meet initial margin by B.
#[test]
fn a_leaver_with_positions_meets_initial_margin() {
    let mut scene = debtor(with_grace(), -500.0, 300.0); // 500 of equity, 1,350 of initial margin
    scene.ok(Op::Claim { member: "debtor".into() });
    scene.wait(60);
    scene.crank(SOL, 135.0);
    scene.refused(Op::Claim { member: "debtor".into() }, Reason::BelowInitialMargin);
    scene.ok(Op::Deposit { member: "debtor".into(), amount: usd(7_000.0) });
    scene.ok(Op::Claim { member: "debtor".into() });
}

/// E3: a grace period beside a silent feed blocks exits for its bound and no longer.
#[test]
fn e3_a_silent_grace_ends_by_itself() {
    let mut scene = debtor(with_grace(), 440.0, 300.0);
    scene.crank(BTC, 60_000.0);
    scene.ok(Op::Deposit { member: "debtor".into(), amount: usd(2_000.0) });
    scene.treasury(10_000.0);
    scene.novate("debtor", "cat", BTC, 1, 60_000.0);
    scene.settle_price(SOL, 100.0); // -1,440; BTC falls silent
    scene.wait(60);
    scene.settle_price(SOL, 100.0);
    scene.ok(declare("debtor"));
    scene.refused(Op::Claim { member: "ann".into() }, Reason::LossPending);
    scene.ok(Op::Deposit { member: "debtor".into(), amount: usd(20_000.0) });
    scene.wait(3_600 + 600);
    scene.ok(Op::Claim { member: "ann".into() }); // commits
    scene.wait(60);
    scene.ok(Op::Claim { member: "ann".into() });
    assert_near(scene.contribution("ann"), 0.0);
}

/// One grace a member a day; what follows on that day is final at once.
#[test]
fn a_second_default_of_a_day_is_final_at_once() {
    let mut scene = debtor(with_grace(), 440.0, 300.0);
    scene.wait(20);
    scene.crank(SOL, 125.6);
    scene.ok(declare("debtor"));
    scene.ok(Op::Deposit { member: "debtor".into(), amount: usd(500.0) });
    scene.refused(declare("debtor"), Reason::GracePeriodRunning); // 60 of equity: not initial margin
    scene.ok(Op::Deposit { member: "debtor".into(), amount: usd(2_000.0) });
    scene.ok(declare("debtor"));
    scene.settle_price(SOL, 90.0);
    scene.ok(declare("debtor"));
    assert_eq!(scene.model.open_defaults(), 1);
}

/// A halted chain adds nothing: two lengths of a slot for each slot at most.
#[test]
fn a_halt_does_not_move_the_exit_clock() {
    let mut scene = Scene::new();
    scene.member("ann", 0.0, 500.0);
    let before = scene.model.exit.ms;
    scene.clock.ts += 17 * 3_600;
    scene.clock.slot += 10;
    scene.ok(Op::Deposit { member: "ann".into(), amount: 1 });
    assert_eq!(scene.model.exit.ms - before, 10 * 2 * 400);
    scene.wait(100);
    scene.ok(Op::Deposit { member: "ann".into(), amount: 1 });
    assert_eq!(scene.model.exit.ms - before, 10 * 2 * 400 + 100_000);
}

/// Actions in every slot do not slow the clock down.
#[test]
fn a_busy_fund_keeps_time() {
    let mut scene = Scene::new();
    scene.member("ann", 0.0, 500.0);
    let before = scene.model.exit.ms;
    for slot in 1..=250 {
        scene.clock.slot += 1;
        scene.clock.ts += i128::from(slot % 5 == 0) * 2; // two seconds at every fifth slot
        scene.ok(Op::Deposit { member: "ann".into(), amount: 1 });
    }
    assert_eq!(scene.model.exit.ms - before, 100_000);
}

/// A watch blocks for used time only, and ends when the member is shown to be sound.
#[test]
fn a_watch_uses_up_its_seconds() {
    let mut scene = debtor(fund_params(), 440.0, 300.0);
    scene.ok(Op::Watch { member: "debtor".into() });
    scene.refused(Op::Watch { member: "debtor".into() }, Reason::AlreadyWatched);
    scene.wait(100);
    scene.crank(SOL, 140.0);
    scene.ok(Op::EndWatch { member: "debtor".into() });
    let used = |scene: &Scene| (scene.model.members["debtor"].watch_used.secs, scene.model.watch_used.secs);
    assert_eq!(used(&scene), (100, 100));
    scene.ok(Op::Claim { member: "ann".into() });
    scene.crank(SOL, 120.0);
    scene.ok(Op::Watch { member: "debtor".into() });
    scene.refused(Op::Claim { member: "ann".into() }, Reason::LossPending);
    scene.wait(1_700 + 60);
    scene.ok(Op::Claim { member: "ann".into() });
    scene.crank(SOL, 120.0);
    scene.refused(Op::Watch { member: "debtor".into() }, Reason::WatchExhausted);
    assert_near(scene.contribution("ann"), 0.0);
}

/// A commitment that a block has interrupted can be made again, once.
#[test]
fn a_block_voids_no_commitment() {
    let mut scene = debtor(fund_params(), 440.0, 300.0);
    scene.ok(Op::Claim { member: "ann".into() });
    scene.wait(60);
    scene.crank(SOL, 120.0);
    scene.ok(Op::Watch { member: "debtor".into() });
    scene.wait(1_800 + 3_000); // the watch, and most of an hour
    scene.ok(Op::Claim { member: "ann".into() }); // commits again
    assert_near(scene.contribution("ann"), 500.0);
    scene.refused(Op::Claim { member: "ann".into() }, Reason::WithdrawalNotDue);
    scene.wait(60);
    scene.ok(Op::Claim { member: "ann".into() });
    assert_near(scene.contribution("ann"), 0.0);
}

/// A commitment that nothing has interrupted is good for a minute.
#[test]
fn a_missed_commitment_is_void() {
    let mut scene = debtor(fund_params(), 440.0, 300.0);
    scene.ok(Op::Claim { member: "ann".into() });
    scene.wait(60 + 60);
    scene.refused(Op::Claim { member: "ann".into() }, Reason::WithdrawalExpired);
}

/// S8: a timelock waits while nobody can leave.
#[test]
fn s8_a_timelock_waits_while_exits_are_blocked() {
    let mut scene = debtor(fund_params(), 440.0, 300.0);
    scene.wait(20);
    scene.crank(SOL, 125.6);
    scene.ok(declare("debtor"));
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    let settings = [("notice_secs".into(), 92 * 86_400)].into();
    scene.ok(Op::QueueFundChange { settings });
    let number = *scene.model.changes.keys().next().expect("a change");
    assert!(matches!(scene.model.changes[&number].change, Change::Fund(_)));
    scene.wait(20 * 86_400); // the house is not sold
    scene.refused(Op::ApplyChange { number }, Reason::ChangeNotReady);
    scene.crank(SOL, 125.6);
    scene.ok(Op::TakeOver { member: "cat".into(), market: SOL, lots: 10_000 });
    scene.ok(Op::AllocateResidual);
    scene.wait(10 * 86_400);
    scene.ok(Op::ApplyChange { number });
}

/// Shares bought after a loss are assessed at no more than was paid for them.
#[test]
fn bought_shares_are_assessed_at_what_they_cost() {
    let params = FundParams { assessment_cap_bps: 10_000, ..fund_params() };
    let mut scene = debtor(params, 800.0, 300.0); // 500 of 1,000 are lost
    scene.wait(20);
    scene.crank(SOL, 122.0);
    scene.ok(declare("debtor"));
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    scene.ok(Op::TakeOver { member: "cat".into(), market: SOL, lots: 10_000 });
    assert_near(scene.contribution("ann"), 250.0);
    scene.member("new", 0.0, 250.0); // as many shares as Ann has, which were worth 500 before
    let bought = scene.model.members["new"].bought;
    assert_eq!(bought.base, i128::from(usd(250.0)));
    assert!(bought.shares > 0);
}
