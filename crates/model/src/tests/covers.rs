//! Covers: the example of the page, and its attacks. C1 to C9 are checked by [`Scene::tries`] after
//! every action.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use crate::{Cover, CoverKind, CoverPurse, CoverStatus, CoverTerms, FundParams, FundStatus, Op, Reason};

const DAY: i64 = 86_400;
/// What a change waits: a day, notice and claim window.
const TIMELOCK: i64 = 10 * DAY;

fn params() -> FundParams {
    FundParams {
        treasury_floor: usd(50.0).into(),
        exit_delay_slots: 150,
        outflow_cap_bps: 1_000,
        cover_budget_bps: 2_000,
        cover_min_notice_secs: 7 * 86_400,
        ..fund_params()
    }
}

/// A treasury of 100 above a floor of 50, and contributions of 1,000.
fn scene() -> Scene {
    scene_with(params())
}

fn scene_with(params: FundParams) -> Scene {
    let mut scene = Scene::with(params, vec![market_params(2), market_params(4)]);
    scene.treasury(100.0);
    scene.member("ann", 0.0, 600.0);
    scene.member("ben", 0.0, 400.0);
    scene.model.give("issuer", usd(1e6));
    scene.model.give("victims", 0);
    scene
}

/// Terms without a premium, first loss or coinsurance.
fn terms(scene: &Scene, limit: f64) -> CoverTerms {
    CoverTerms {
        kind: CoverKind::Parametric,
        destination: "victims".into(),
        beneficiary: "issuer".into(),
        limit: usd(limit),
        first_loss_min: 0,
        per_draw: usd(limit),
        period_limit: usd(limit),
        covered_debt: 0,
        opens_ts: 1,
        ends_ts: scene.clock.ts as i64 + 200 * DAY,
        premium_bps_per_year: 0,
        coinsurance_bps: 0,
        market: 0,
        threshold_bps: 0,
    }
}

/// A venue of the SOL market that covers a debt of 1,000 from a loan to value of 85% on.
fn venue(scene: &Scene, limit: f64) -> CoverTerms {
    CoverTerms {
        kind: CoverKind::Venue,
        first_loss_min: usd(limit) / 50,
        period_limit: usd(limit) / 2,
        coinsurance_bps: 1_000,
        covered_debt: usd(1_000.0),
        threshold_bps: 8_500,
        ..terms(scene, limit)
    }
}

impl Scene {
    fn queue(&mut self, op: Op) -> u64 {
        let number = self.model.governance_nonce as u64;
        self.ok(op);
        number
    }

    /// A change is queued, waits, and is applied.
    fn govern(&mut self, op: Op) {
        let number = self.queue(op);
        self.wait(TIMELOCK);
        self.ok(Op::ApplyChange { number });
    }

    /// A cover with these terms, open.
    fn cover(&mut self, terms: CoverTerms) -> u16 {
        self.govern(Op::QueueCover { terms });
        self.wait(3_600);
        self.model.covers.len() as u16 - 1
    }

    fn fund(&mut self, cover: u16, dollars: f64, purse: CoverPurse) {
        self.ok(Op::FundCover { giver: "issuer".into(), cover, amount: usd(dollars), purse });
    }

    fn draws(&self, cover: u16, dollars: f64) -> Op {
        Op::DrawCover { cover, amount: usd(dollars) }
    }

    fn draw(&mut self, cover: u16, dollars: f64) {
        self.ok(self.draws(cover, dollars));
    }

    /// After the slots that a settlement waits.
    fn settle_cover(&mut self, cover: u16) {
        self.wait(60);
        self.ok(Op::SettleCover { cover });
    }

    fn at(&self, cover: u16) -> &Cover {
        &self.model.covers[usize::from(cover)]
    }

    fn owed(&self, cover: u16) -> f64 {
        self.at(cover).owed as f64 / 1e6
    }

    fn payable(&self, cover: u16) -> f64 {
        self.at(cover).payable as f64 / 1e6
    }

    fn money_of(&self, name: &str) -> f64 {
        self.model.purses[name] as f64 / 1e6
    }

    fn treasury_is(&self) -> f64 {
        self.model.treasury as f64 / 1e6
    }

    fn request_all(&mut self, name: &str) {
        let shares = self.model.members[name].shares as u128;
        self.ok(Op::Request { member: name.into(), shares });
    }

    /// A member that owes so much at the mark of SOL, which has lasted.
    fn debtor(&mut self, owes: f64) {
        self.member("cat", 50_000.0, 0.0);
        self.member("debtor", 100.0, 0.0);
        self.settle_price(SOL, 200.0);
        self.novate("debtor", "cat", SOL, 100, 200.0); // one SOL
        self.settle_price(SOL, 200.0 - 100.0 - owes);
    }
}

fn claim(name: &str) -> Op {
    Op::Claim { member: name.into() }
}

fn declare(name: &str) -> Op {
    Op::Declare { member: name.into(), keeper: None }
}

/// The example of the page: a loss of 400 under a limit of 220 costs the treasury 50 and every share
/// 17%. A claim of 40 gets 22; what nobody claims goes back to those who have borne it.
#[test]
fn the_example_of_the_page() {
    let mut scene = scene();
    let too_much = terms(&scene, 220.01);
    let number = scene.queue(Op::QueueCover { terms: too_much });
    scene.wait(TIMELOCK);
    scene.refused(Op::ApplyChange { number }, Reason::CoverBudgetExceeded);

    let terms = terms(&scene, 220.0);
    let cover = scene.cover(terms);
    scene.ok(Op::HoldCover { cover, secs: 3 * DAY as u32 });
    scene.wait(DAY);
    scene.draw(cover, 400.0);
    assert_near(scene.owed(cover), 220.0);
    assert_near(scene.payable(cover), 0.0);
    scene.settle_cover(cover);
    assert_near(scene.treasury_is(), 50.0);
    assert_near(scene.contribution("ann"), 600.0 * 0.83);
    assert_near(scene.contribution("ben"), 400.0 * 0.83);
    scene.ok(Op::CollectCover { cover, to: "victims".into() });
    assert_near(scene.money_of("victims") * 40.0 / 400.0, 22.0);
    assert_eq!((scene.model.committed(), scene.model.cover_reserve()), (0, 0));

    scene.ok(Op::ReturnCover { giver: "victims".into(), cover, amount: usd(20.0) });
    for (name, bore) in [("ann", 102.0), ("ben", 68.0)] {
        let before = scene.money_of(name);
        scene.ok(Op::ClaimRecovery { member: name.into() });
        assert_near(scene.money_of(name) - before, bore * 20.0 / 170.0);
    }
    assert_near(scene.treasury_is(), 50.0);
}

/// Two covers are owed more than there is, the treasury being at its floor: both get the same part, in
/// both orders.
#[test]
fn the_order_of_two_settlements_decides_nothing() {
    let results = [[0, 1], [1, 0]].map(|order: [u16; 2]| {
        let mut scene = scene();
        for limit in [150.0, 50.0] {
            let terms = terms(&scene, limit);
            scene.cover(terms);
        }
        // What is left of the fund is its floor of 50, and contributions of 100.
        scene.ok(Op::RequestTreasury { to: "treasurer".into(), amount: usd(50.0) });
        scene.request_all("ben");
        scene.ok(Op::Request {
            member: "ann".into(),
            shares: scene.model.members["ann"].shares as u128 / 6 * 5,
        });
        scene.wait(8 * DAY);
        for _ in 0..2 {
            for op in [Op::ClaimTreasury, claim("ben"), claim("ann")] {
                scene.ok(op);
            }
            scene.wait(60);
        }
        assert_near(scene.treasury_is() + scene.model.contributions as f64 / 1e6, 150.0);
        scene.draw(0, 150.0);
        scene.draw(1, 50.0);
        scene.wait(60);
        for cover in order {
            scene.ok(Op::SettleCover { cover });
        }
        [scene.payable(0), scene.payable(1)]
    });
    assert_eq!(results[0].map(f64::round), [75.0, 25.0]);
    assert_near(results[0][0], results[1][0]);
    assert_near(results[0][1], results[1][1]);
    assert_near(results[0][0] / 150.0, results[0][1] / 50.0);
}

/// A unit drawn early does not let the rest be settled in the transaction that draws it.
#[test]
fn a_unit_drawn_early_brings_nothing_forward() {
    let mut scene = scene();
    let terms = terms(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.draw(cover, 0.000_001);
    scene.wait(60);
    scene.draw(cover, 199.0);
    scene.refused(Op::SettleCover { cover }, Reason::DrawTooFresh);
    scene.wait(58);
    scene.refused(Op::SettleCover { cover }, Reason::DrawTooFresh);
    scene.wait(2);
    scene.ok(Op::SettleCover { cover });
    scene.refused(Op::SettleCover { cover }, Reason::NothingOwed);
}

/// Dust drawn in every slot neither puts a settlement off nor blocks exits for ever: after 16 settlements
/// of a week the cover is suspended.
#[test]
fn draws_of_dust_end_in_a_suspension() {
    let mut scene = scene();
    let terms = terms(&scene, 200.0);
    let cover = scene.cover(terms);
    let week = 7 * DAY - (scene.clock.ts as i64 % (7 * DAY));
    scene.wait(week); // a cell begins
    for _ in 0..16 {
        assert_eq!(scene.at(cover).status, CoverStatus::Active);
        scene.draw(cover, 0.000_001);
        scene.settle_cover(cover);
    }
    assert_eq!(scene.at(cover).status, CoverStatus::Suspended);
    scene.draw(cover, 0.000_002);
    assert!(scene.model.exits_blocked(), "once, so that nobody leaves before what comes later is paid");
    scene.wait(7 * DAY);
    scene.draw(cover, 0.000_002);
    assert!(!scene.model.exits_blocked());
    scene.wait(60);
    scene.refused(Op::SettleCover { cover }, Reason::CoverSuspended);
    scene.refused(Op::SuspendCover { cover }, Reason::CoverSuspended);
}

/// Clearing first: nothing is paid beside a debtor, a house or a watch. A draw in the slot before a
/// declaration gets what the default leaves.
#[test]
fn clearing_comes_first() {
    let mut scene = scene_with(FundParams { cover_limit_bps: 5_000, ..params() });
    let terms = terms(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.debtor(30.0);
    scene.ok(Op::Watch { member: "debtor".into() });
    scene.draw(cover, 200.0);
    scene.wait(60);
    scene.settle_price(SOL, 70.0);
    scene.refused(Op::SettleCover { cover }, Reason::LossPending);
    scene.ok(declare("debtor"));
    scene.refused(Op::SettleCover { cover }, Reason::LossPending);
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    assert_near(scene.treasury_is(), 70.0);
    scene.refused(Op::SettleCover { cover }, Reason::LossPending); // a house is open
    scene.crank(SOL, 70.0);
    scene.ok(Op::TakeOver { member: "cat".into(), market: SOL, lots: 100 });
    while scene.model.residual > 0 {
        scene.ok(Op::AllocateResidual);
    }
    let treasury = scene.treasury_is();
    scene.ok(Op::SettleCover { cover });
    assert_near(scene.treasury_is(), 50.0);
    assert_near(1_000.0 - scene.model.contributions as f64 / 1e6, 200.0 - (treasury - 50.0));
}

/// No exit that was committed before the alert is paid after it, and nobody enters.
#[test]
fn nobody_steps_aside_once_a_loss_is_announced() {
    let mut scene = scene();
    let terms = terms(&scene, 100.0);
    let cover = scene.cover(terms);
    scene.ok(Op::Request { member: "ben".into(), shares: scene.model.members["ben"].shares as u128 / 10 });
    scene.wait(8 * DAY);
    scene.ok(claim("ben")); // commits
    scene.ok(Op::HoldCover { cover, secs: DAY as u32 });
    scene.wait(60);
    scene.refused(claim("ben"), Reason::LossPending);
    scene.refused(Op::Contribute { member: "ann".into(), amount: 5 }, Reason::LossPending);
    scene.draw(cover, 100.0);
    scene.wait(DAY); // the hold is over, and the draw is owed
    scene.refused(claim("ben"), Reason::LossPending);
    scene.ok(Op::SettleCover { cover });
    scene.refused(claim("ben"), Reason::WithdrawalNotDue); // the block has stopped its delay
    scene.wait(60);
    scene.ok(claim("ben"));
    assert_near(scene.money_of("ben"), 1e9 - 400.0 + 40.0 * 0.95);
}

/// Holds that are chained over all covers take no more than the bucket and a third of the time.
#[test]
fn holds_of_all_covers_come_out_of_one_bucket() {
    let mut scene = scene();
    for _ in 0..3 {
        let terms = terms(&scene, 50.0);
        scene.cover(terms);
    }
    let (began, mut blocked) = (scene.clock.ts, 0);
    for day in 0..60u16 {
        scene.ok(Op::HoldCover { cover: day % 3, secs: 7 * DAY as u32 });
        for _ in 0..24 {
            scene.wait(3_600);
            blocked += i128::from(scene.model.hold_until_ts >= scene.clock.ts) * 3_600;
        }
    }
    let most = 14 * i128::from(DAY) + (scene.clock.ts - began) / 3;
    assert!(blocked <= most && blocked > most - 3 * i128::from(DAY), "{blocked} of {most}");
    scene.refused(Op::HoldCover { cover: 0, secs: 7 * DAY as u32 + 1 }, Reason::ParameterOutOfBounds);
}

/// A suspended cover that is owed something locks nobody in: the resumption waits on the exit clock.
#[test]
fn a_suspension_before_the_settlement_locks_nobody_in() {
    let mut scene = scene();
    let terms = terms(&scene, 100.0);
    let cover = scene.cover(terms);
    scene.draw(cover, 100.0);
    scene.ok(Op::SuspendCover { cover });
    scene.wait(60);
    scene.refused(Op::SettleCover { cover }, Reason::CoverSuspended);
    scene.refused(Op::Contribute { member: "ann".into(), amount: 5 }, Reason::LossPending); // a hold of a week
    let number = scene.queue(Op::QueueResume { cover });
    scene.wait(7 * DAY);
    scene.refused(Op::ApplyChange { number }, Reason::ChangeNotReady);
    assert!(!scene.model.exits_blocked());
    scene.wait(TIMELOCK);
    scene.ok(Op::ApplyChange { number });
    scene.refused(Op::SettleCover { cover }, Reason::DrawTooFresh);
    scene.settle_cover(cover);
    assert_near(scene.payable(cover), 100.0);
}

/// Arrears are not paid after the incident: a lapsed cover is revived by governance alone, and opens
/// anew. What happened before is served for 14 days.
#[test]
fn arrears_revive_nothing() {
    let mut scene = scene();
    let rated = CoverTerms { premium_bps_per_year: 365, ..terms(&scene, 100.0) };
    let cover = scene.cover(rated); // 3.65 of 365.25 days: a cent a day
    scene.fund(cover, 0.1, CoverPurse::Prepaid);
    scene.wait(30 * DAY);
    let opened = scene.at(cover).opens_ts;
    scene.fund(cover, 5.0, CoverPurse::Prepaid);
    let lapsed = scene.at(cover).lapsed_ts.expect("a lapse");
    assert!((lapsed - opened - 10 * i128::from(DAY)).abs() < 600, "{}", lapsed - opened);
    scene.refused(scene.draws(cover, 1.0), Reason::CoverOver);
    scene.ok(Op::AccrueCover { cover });
    assert_eq!(scene.at(cover).lapsed_ts, Some(lapsed));
    assert_eq!(scene.at(cover).prepaid, i128::from(usd(5.0)));
    scene.govern(Op::QueueResume { cover });
    assert_eq!(scene.at(cover).opens_ts, scene.clock.ts);
    scene.draw(cover, 1.0);
    scene.settle_cover(cover);
}

/// A cover that nobody has paid for covers nothing, not even for the 14 days after its lapse.
#[test]
fn an_unpaid_cover_serves_nothing() {
    let mut scene = scene();
    let rated = CoverTerms { premium_bps_per_year: 365, ..terms(&scene, 100.0) };
    let cover = scene.cover(rated);
    scene.wait(60);
    scene.refused(scene.draws(cover, 1.0), Reason::CoverOver);
    scene.refused(Op::HoldCover { cover, secs: 60 }, Reason::CoverOver);
    scene.wait(42 * DAY);
    scene.ok(Op::EndCover { cover });
    assert_eq!(scene.model.committed(), 0);
}

/// Whoever comes by, and when, does not move the second of the lapse.
#[test]
fn a_lapse_does_not_depend_on_who_accrues() {
    let lapses = [1, 7, 3_600 * 24 * 40].map(|step| {
        let mut scene = scene();
        let rated = CoverTerms { premium_bps_per_year: 2_000, ..terms(&scene, 220.0) };
        let cover = scene.cover(rated);
        scene.fund(cover, 0.001, CoverPurse::Prepaid); // 1.39 units a second
        for _ in 0..(5_000 / step).max(1) {
            scene.wait(step);
            scene.ok(Op::AccrueCover { cover });
        }
        scene.at(cover).lapsed_ts.expect("a lapse") - scene.at(cover).opens_ts
    });
    // Each accrual rounds up by less than a unit: whoever accrues in every second makes it dearer.
    assert_eq!(lapses[2], 717);
    assert_eq!(lapses[0], 500);
    assert!((650..=717).contains(&lapses[1]), "{lapses:?}");
}

/// The premium is for what is there: half of what is pledged where a settlement could take half.
#[test]
fn a_premium_is_for_what_is_there() {
    let premium_of_a_day = |treasury: f64, contributions: f64| {
        let floor = FundParams { treasury_floor: usd(treasury).into(), ..params() };
        let mut scene = Scene::with(floor, vec![market_params(2)]);
        scene.treasury(treasury);
        scene.member("ann", 0.0, contributions);
        scene.model.give("issuer", usd(1e6));
        scene.model.give("victims", 0);
        let rated = CoverTerms { premium_bps_per_year: 1_000, ..terms(&scene, 200.0) };
        let cover = scene.cover(rated);
        scene.fund(cover, 100.0, CoverPurse::Prepaid);
        scene.ok(Op::AccrueCover { cover });
        let before = scene.at(cover).prepaid;
        scene.wait(DAY);
        scene.ok(Op::AccrueCover { cover });
        before - scene.at(cover).prepaid
    };
    assert_eq!(premium_of_a_day(100.0, 1_000.0), 54_758); // 200 at 10%, of 365.25 days
                                                          // The treasury is at its floor, so that 100 are there for a limit of 200.
    assert_eq!(premium_of_a_day(1_000.0, 100.0), 27_379);
}

/// Incidents before the opening are not covered, and everybody who disagrees had notice and window.
#[test]
fn a_cover_opens_after_everybody_could_leave() {
    let mut scene = scene();
    let early = terms(&scene, 100.0);
    let number = scene.queue(Op::QueueCover { terms: early });
    scene.request_all("ben");
    scene.wait(8 * DAY);
    scene.refused(Op::ApplyChange { number }, Reason::ChangeNotReady);
    scene.ok(claim("ben")); // in the second half of the window no cap holds it
    scene.wait(60);
    scene.ok(claim("ben"));
    scene.wait(2 * DAY);
    scene.ok(Op::ApplyChange { number });
    scene.refused(scene.draws(0, 1.0), Reason::CoverNotOpen);
    scene.refused(Op::HoldCover { cover: 0, secs: 60 }, Reason::CoverNotOpen);
    scene.wait(3_600);
    scene.draw(0, 1.0);
}

/// `end_cover` in the second it ends, with a loss that lives, with money owed, and to a dead
/// destination.
#[test]
fn an_end_waits_for_what_lives_and_for_nobodys_wallet() {
    let mut scene = scene();
    let terms = terms(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.fund(cover, 3.0, CoverPurse::Prepaid);
    let end = scene.at(cover).over_ts();
    scene.wait((end - scene.clock.ts) as i64);
    scene.refused(Op::EndCover { cover }, Reason::CoverStillServes);
    scene.wait(14 * DAY - 1);
    scene.refused(Op::EndCover { cover }, Reason::CoverStillServes);
    scene.draw(cover, 60.0);
    scene.ok(Op::HoldCover { cover, secs: 2 * DAY as u32 });
    scene.wait(2 * DAY - 1);
    scene.refused(Op::EndCover { cover }, Reason::CoverStillServes);
    scene.wait(1);
    scene.refused(Op::EndCover { cover }, Reason::CoverNotEmpty);
    scene.ok(Op::SettleCover { cover });
    assert_eq!(scene.model.committed(), i128::from(usd(140.0)));
    scene.ok(Op::EndCover { cover });
    assert_eq!(scene.model.committed(), 0);
    scene.refused(Op::EndCover { cover }, Reason::CoverHasEnded);
    scene.refused(scene.draws(cover, 1.0), Reason::CoverHasEnded);
    // Nobody has collected: the money waits, and pledges nothing.
    scene.refused(Op::CollectCover { cover, to: "ann".into() }, Reason::WrongDestination);
    scene.ok(Op::CollectCover { cover, to: "victims".into() });
    scene.ok(Op::CollectCover { cover, to: "issuer".into() });
    scene.refused(Op::CollectCover { cover, to: "issuer".into() }, Reason::NothingPayable);
    assert_near(scene.money_of("victims"), 60.0);
    assert_near(scene.money_of("issuer"), 1e6);
}

/// A fund with covers keeps its notice period, and a raised floor waits until everybody could leave:
/// it would move a loss from the treasury to the contributions.
#[test]
fn governance_keeps_what_covers_were_promised() {
    let mut scene = scene();
    let terms = terms(&scene, 100.0);
    let cover = scene.cover(terms);
    let change = |name: &str, value: i128| Op::QueueFundChange { settings: [(name.into(), value)].into() };
    scene.refused(change("notice_secs", 7 * 86_400 - 1), Reason::ParameterOutOfBounds);
    scene.refused(change("cover_min_notice_secs", 6 * 86_400), Reason::CoversLive);
    scene.refused(change("cover_budget_bps", 0), Reason::CoversLive);
    scene.refused(change("exit_delay_slots", 149), Reason::ParameterOutOfBounds);
    scene.refused(change("outflow_cap_bps", 0), Reason::ParameterOutOfBounds);
    let number = scene.queue(change("treasury_floor", usd(100.0).into()));
    scene.wait(2 * DAY);
    scene.refused(Op::ApplyChange { number }, Reason::ChangeNotReady);
    scene.draw(cover, 100.0);
    scene.wait(TIMELOCK);
    scene.refused(Op::ApplyChange { number }, Reason::ChangeNotReady); // the exit clock stands
    scene.ok(Op::SettleCover { cover });
    assert_near(scene.treasury_is(), 50.0);
}

/// A beneficiary that is a contributor itself gains nothing by its own cover beyond what was pledged,
/// and bears its part.
#[test]
fn a_linked_beneficiary_takes_what_was_pledged_and_bears_its_part() {
    let mut scene = scene();
    let linked = CoverTerms {
        kind: CoverKind::Claims,
        destination: "ann".into(),
        beneficiary: "ann".into(),
        first_loss_min: usd(5.0),
        coinsurance_bps: 1_000,
        ..terms(&scene, 200.0)
    };
    let cover = scene.cover(linked);
    let wealth = |scene: &Scene| scene.money_of("ann") + scene.contribution("ann");
    let before = wealth(&scene);
    scene.refused(scene.draws(cover, 300.0), Reason::FirstLossMissing);
    scene.ok(Op::FundCover { giver: "ann".into(), cover, amount: usd(5.0), purse: CoverPurse::FirstLoss });
    scene.draw(cover, 300.0);
    assert_near(scene.payable(cover), 5.0); // its own money
    assert_near(scene.owed(cover), 200.0);
    scene.settle_cover(cover);
    scene.ok(Op::CollectCover { cover, to: "ann".into() });
    // 50 of the treasury, and 150 of contributions of which 60% are its own.
    assert_near(wealth(&scene) - before, 200.0 - 150.0 * 0.6);
    // Giving some of it back only gives it to others.
    scene.ok(Op::ReturnCover { giver: "ann".into(), cover, amount: usd(50.0) });
    scene.ok(Op::ClaimRecovery { member: "ann".into() });
    assert_near(wealth(&scene) - before, 200.0 - 90.0 - 50.0 * 0.4);
}

/// First losses are asked for once a period, and a period lasts for two cells at most.
#[test]
fn a_period_begins_with_a_first_loss() {
    let mut scene = scene();
    let claims = CoverTerms {
        kind: CoverKind::Claims,
        first_loss_min: usd(10.0),
        coinsurance_bps: 1_000,
        period_limit: usd(60.0),
        per_draw: usd(40.0),
        ..terms(&scene, 200.0)
    };
    let cover = scene.cover(claims);
    scene.fund(cover, 9.0, CoverPurse::FirstLoss);
    scene.refused(scene.draws(cover, 20.0), Reason::FirstLossMissing);
    scene.fund(cover, 1.0, CoverPurse::FirstLoss);
    scene.draw(cover, 20.0);
    assert_near(scene.owed(cover), 9.0);
    scene.draw(cover, 100.0);
    assert_near(scene.owed(cover), 49.0); // 40 a draw
    scene.draw(cover, 100.0);
    assert_near(scene.owed(cover), 60.0); // 60 a period
    scene.settle_cover(cover);
    scene.wait(14 * DAY);
    scene.refused(scene.draws(cover, 20.0), Reason::FirstLossMissing);
    scene.fund(cover, 10.0, CoverPurse::FirstLoss);
    scene.draw(cover, 20.0);
    assert_near(scene.owed(cover), 9.0);
}

/// Without shares the treasury alone pays; with dust of shares a unit stays.
#[test]
fn no_settlement_ends_an_epoch() {
    let mut scene = scene();
    let terms = terms(&scene, 220.0);
    let cover = scene.cover(terms);
    for name in ["ann", "ben"] {
        scene.request_all(name);
    }
    scene.wait(7 * DAY);
    scene.refused(claim("ann"), Reason::OutflowCapReached);
    scene.wait(DAY);
    for name in ["ann", "ben", "ann", "ben"] {
        scene.ok(claim(name));
        scene.wait(40);
    }
    assert_eq!(scene.model.total_shares(), 0);
    scene.draw(cover, 220.0);
    scene.settle_cover(cover);
    assert_near(scene.payable(cover), 50.0); // the treasury above its floor; the rest has lapsed
    assert_eq!(scene.model.outstanding, 0);
    assert_eq!(scene.at(cover).left(), i128::from(usd(170.0)));
}

/// An epoch that a default ends between draw and settlement leaves nothing to pay with.
#[test]
fn an_epoch_that_ends_before_the_settlement_leaves_nothing() {
    let mut scene = scene_with(FundParams { cover_limit_bps: 1_000_000, treasury_floor: 0, ..params() });
    let terms = terms(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.member("cat", 500_000.0, 0.0);
    scene.member("debtor", 1_000.0, 0.0);
    scene.settle_price(SOL, 200.0);
    scene.novate("debtor", "cat", SOL, 5_000, 200.0); // 50 SOL
    scene.draw(cover, 200.0);
    scene.settle_price(SOL, 160.0);
    scene.ok(declare("debtor")); // 1,000 short: treasury and 900 of contributions
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    scene.wait(60);
    scene.crank(SOL, 160.0);
    scene.ok(Op::TakeOver { member: "cat".into(), market: SOL, lots: 5_000 });
    while scene.model.residual > 0 && scene.model.contributions > 0 {
        scene.ok(Op::AllocateResidual);
    }
    assert_eq!(scene.model.share_epoch, 1);
    if scene.model.residual > 0 {
        scene.refused(Op::SettleCover { cover }, Reason::LossPending);
        scene.model.give("donor", usd(1_000.0));
        scene.ok(Op::GiveRecovery { giver: "donor".into(), amount: scene.model.residual as u64 });
    }
    scene.ok(Op::SettleCover { cover });
    assert_eq!(scene.at(cover).payable, 0);
    assert_eq!(scene.model.cover_owed(), 0);
}

/// What comes back of a cover goes to all losses outstanding, older ones of clearing too, and never to
/// the treasury before.
#[test]
fn returns_go_to_whoever_bore_losses() {
    let mut scene = scene_with(FundParams { cover_limit_bps: 1_000_000, ..params() });
    let first = terms(&scene, 100.0);
    let cover = scene.cover(first);
    scene.debtor(20.0); // 20 short: the treasury
    scene.model.treasury -= i128::from(usd(100.0));
    scene.model.vault -= i128::from(usd(100.0));
    scene.ok(declare("debtor"));
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    scene.crank(SOL, 80.0);
    scene.ok(Op::TakeOver { member: "cat".into(), market: SOL, lots: 100 });
    while scene.model.residual > 0 {
        scene.ok(Op::AllocateResidual);
    }
    let of_clearing = scene.model.outstanding as f64 / 1e6;
    assert!((20.0..25.0).contains(&of_clearing), "{of_clearing}");
    scene.draw(cover, 60.0);
    scene.settle_cover(cover);
    scene.ok(Op::CollectCover { cover, to: "victims".into() });
    assert_near(scene.model.outstanding as f64 / 1e6, of_clearing + 60.0);
    scene.ok(Op::ReturnCover { giver: "victims".into(), cover, amount: usd(30.0) });
    let before = scene.money_of("ann");
    scene.ok(Op::ClaimRecovery { member: "ann".into() });
    assert_near(scene.money_of("ann") - before, 18.0);
    assert_near(scene.treasury_is(), 0.0);
    scene.refused(Op::ReturnCover { giver: "victims".into(), cover, amount: 0 }, Reason::ZeroAmount);
}

/// In a wind-down nothing is paid, no premium is due, and what was pledged locks no treasury.
#[test]
fn covers_are_worth_nothing_in_a_wind_down() {
    let mut scene = scene();
    let rated = CoverTerms { premium_bps_per_year: 100, ..terms(&scene, 200.0) };
    let cover = scene.cover(rated);
    scene.fund(cover, 9.0, CoverPurse::Prepaid);
    scene.fund(cover, 4.0, CoverPurse::FirstLoss);
    scene.draw(cover, 90.0);
    assert_near(scene.payable(cover), 4.0);
    scene.ok(Op::AccrueCover { cover });
    scene.model.status = FundStatus::WindDown;
    scene.model.wind_down_ts = scene.clock.ts;
    scene.model.is_wound_up = true;
    let prepaid = scene.at(cover).prepaid;
    scene.wait(DAY);
    scene.draw(cover, 50.0);
    assert_near(scene.owed(cover), 86.0);
    scene.ok(Op::SettleCover { cover });
    assert_eq!((scene.at(cover).owed, scene.model.cover_owed()), (0, 0));
    assert_near(scene.payable(cover), 4.0);
    assert_eq!(scene.at(cover).prepaid, prepaid);
    scene.ok(Op::HoldCover { cover, secs: DAY as u32 });
    assert!(!scene.model.exits_blocked());
    assert_eq!((scene.model.pledged(), scene.model.committed()), (0, i128::from(usd(200.0))));
    scene.ok(Op::RequestTreasury { to: "treasurer".into(), amount: usd(50.0) });
    scene.wait(7 * DAY);
    scene.ok(Op::ClaimTreasury);
}

/// `K` stands beside the two largest exposures: what is pledged admits no further risk and no exit, with
/// an empty table either.
#[test]
fn cover_two_holds_beside_covers() {
    let mut scene = scene();
    scene.member("cat", 50_000.0, 0.0);
    scene.member("dan", 2_000.0, 0.0);
    scene.settle_price(SOL, 200.0);
    // A notional of 9,600: a stress loss of 496 beside a margin of 2,000; the limit is 550.
    scene.novate("dan", "cat", SOL, 4_800, 200.0);
    let terms = terms(&scene, 110.0);
    let number = scene.queue(Op::QueueCover { terms });
    scene.wait(TIMELOCK);
    scene.settle_price(SOL, 200.0);
    scene.refused(Op::ApplyChange { number }, Reason::CoverTwoExceeded);
    scene.ok(Op::Deposit { member: "dan".into(), amount: usd(10.0) });
    scene.ok(Op::ReportExposure { member: "dan".into() });
    scene.ok(Op::ApplyChange { number });
    assert!(scene.model.fits_both_and_covers());
    let more = scene.trade("dan", "cat", SOL, 600, 200.0);
    scene.refused(more, Reason::CoverLimitExceeded);
    let most = scene.model.backing();
    assert!(most >= scene.model.committed());
    // A withdrawal of margin that would leave less than the limit is refused.
    scene.refused(Op::Withdraw { member: "dan".into(), amount: usd(20.0) }, Reason::CoverLimitExceeded);
}

#[test]
fn covers_are_asked_for_without_any_exposure() {
    let mut scene = scene_with(FundParams { treasury_floor: 0, ..params() });
    let terms = terms(&scene, 220.0);
    scene.cover(terms);
    scene.ok(Op::RequestTreasury { to: "treasurer".into(), amount: usd(100.0) });
    for name in ["ann", "ben"] {
        scene.request_all(name);
    }
    scene.wait(8 * DAY);
    for name in ["ann", "ben", "ann", "ben"] {
        scene.ok(claim(name));
        scene.wait(40);
    }
    scene.refused(Op::ClaimTreasury, Reason::CoverTwoExceeded); // 220 are pledged, 100 are there
}

/// A hold calls nobody: margins of members whose shares a loss has wiped out stay free.
#[test]
fn a_hold_locks_no_margin() {
    let mut scene = scene_with(FundParams { assessment_cap_bps: 10_000, ..params() });
    scene.ok(Op::Deposit { member: "ann".into(), amount: usd(500.0) });
    scene.member("new", 0.0, 100.0);
    let terms = terms(&scene, 100.0);
    let cover = scene.cover(terms);
    scene.model.assessment.callable = true; // as after the end of an epoch
    scene.model.assessment.shares = scene.model.members["ann"].shares;
    scene.model.assessment.base = i128::from(usd(600.0));
    scene.model.assessment.epoch = 1;
    scene.model.member("ann").shares = 0;
    scene.model.member("ann").assessed_epoch = 1;
    scene.model.member("ann").assessed_shares = scene.model.assessment.shares;
    scene.ok(Op::HoldCover { cover, secs: 60 });
    assert!(scene.model.exits_blocked());
    scene.ok(Op::Withdraw { member: "ann".into(), amount: usd(500.0) });
}

/// A venue draws what the fall of its market explains, whatever it reports: ten times its debt, a flat
/// price, a hundred draws.
#[test]
fn a_venue_draws_what_its_market_explains() {
    let mut scene = scene();
    let terms = venue(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.fund(cover, 4.0, CoverPurse::FirstLoss);
    scene.settle_price(SOL, 200.0);
    scene.draw(cover, 10_000.0);
    scene.refused(Op::ShowGap { cover }, Reason::NoGap);
    assert_eq!((scene.at(cover).owed, scene.at(cover).payable), (0, 0)); // flat
    scene.settle_price(SOL, 170.0);
    scene.draw(cover, 10_000.0);
    assert_eq!(scene.at(cover).payable, 0); // 15%: liquidators could follow
    scene.settle_price(SOL, 136.0);
    scene.ok(Op::ShowGap { cover });
    assert!(scene.model.exits_blocked());
    scene.draw(cover, 10_000.0);
    // A fifth of 1,000, less the first loss of 4: nine tenths, cut to half of the limit.
    assert_near(scene.payable(cover), 4.0);
    assert_near(scene.owed(cover), 100.0);
    for _ in 0..100 {
        scene.draw(cover, 10_000.0);
    }
    assert_near(scene.owed(cover), 100.0);
    scene.settle_cover(cover);
    assert_near(scene.payable(cover), 104.0);
}

/// A slow fall over days pays nothing, nor does a silent market.
#[test]
fn a_slow_fall_pays_nothing() {
    let mut scene = scene();
    let terms = venue(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.fund(cover, 4.0, CoverPurse::FirstLoss);
    let mut price = 200.0;
    while price > 100.0 {
        scene.settle_price(SOL, price);
        scene.draw(cover, 1_000.0);
        scene.wait(1_800);
        price *= 0.9;
    }
    scene.refused(scene.draws(cover, 5.0), Reason::StaleMark);
    assert_eq!((scene.at(cover).owed, scene.at(cover).payable), (0, 0));
}

/// Attack: contributors write off loans of dust, or settle between the pool's own draws, until the venue
/// is suspended, and leave before what it draws then is paid. Settlements of a quarter of an hour count once.
#[test]
fn dust_after_a_draw_suspends_no_venue() {
    let mut scene = scene();
    let terms = venue(&scene, 200.0);
    let cover = scene.cover(terms);
    scene.fund(cover, 4.0, CoverPurse::FirstLoss);
    let cell = 900 - scene.clock.ts as i64 % 900;
    scene.wait(cell);
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 140.0);
    for dollars in [20.0, 0.000_002, 0.000_002, 0.000_002, 5.0, 5.0] {
        scene.draw(cover, dollars);
        scene.settle_cover(cover);
        scene.settle_price(SOL, 140.0);
    }
    assert_eq!((scene.at(cover).status, scene.at(cover).week.settlements), (CoverStatus::Active, 1));
    scene.draw(cover, 50.0);
    assert!(scene.model.exits_blocked());
    scene.settle_cover(cover);
    assert!(scene.payable(cover) > 70.0, "{}", scene.payable(cover));
}

/// Dust in sixteen quarters of an hour, in each of which the market falls, suspends a venue; and a venue
/// has no time after its end.
#[test]
fn a_venue_is_suspended_after_sixteen_quarters_of_an_hour() {
    let mut scene = scene();
    let rated = CoverTerms { premium_bps_per_year: 5_000, ..venue(&scene, 200.0) };
    let cover = scene.cover(rated);
    scene.fund(cover, 4.0, CoverPurse::FirstLoss);
    scene.fund(cover, 2.0, CoverPurse::Prepaid);
    let week = 7 * DAY - (scene.clock.ts as i64 % (7 * DAY));
    scene.wait(week);
    for quarter in 1..=16 {
        scene.settle_price(SOL, 200.0);
        scene.settle_price(SOL, 140.0);
        assert_eq!(scene.at(cover).status, CoverStatus::Active);
        for loan in 1..=4 {
            scene.draw(cover, 1.0 + 0.25 * f64::from(loan));
        }
        for _ in 0..if quarter == 16 { 1 } else { 2 } {
            scene.draw(cover, 0.000_002);
            scene.settle_cover(cover);
            scene.settle_price(SOL, 140.0);
        }
        assert_eq!(scene.at(cover).week.settlements, quarter);
        scene.wait(900);
    }
    assert_eq!(scene.at(cover).status, CoverStatus::Suspended);
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 100.0);
    scene.draw(cover, 10.0);
    assert!(scene.owed(cover) > 8.0 && scene.model.cover_owed() == 0);
    scene.refused(Op::ShowGap { cover }, Reason::CoverSuspended);
    scene.wait(30 * DAY); // its premium is used up
    scene.settle_price(SOL, 100.0);
    scene.refused(scene.draws(cover, 10.0), Reason::CoverOver);
    scene.refused(Op::EndCover { cover }, Reason::CoverNotEmpty); // it may be resumed for 42 days
    scene.wait(42 * DAY);
    scene.ok(Op::EndCover { cover });
    assert_eq!(scene.model.committed(), 0);
}

/// A lapsed cover is revived by a change that waits for notice, window and a day: whoever ends it before
/// takes that from its beneficiary. Once its own end has passed, nothing can revive it, and it ends sooner.
#[test]
fn nobody_ends_a_lapsed_cover_that_can_be_revived() {
    let params = FundParams { notice_secs: 14 * i128::from(DAY), ..params() };
    let mut scene = scene_with(params);
    let rated = CoverTerms { premium_bps_per_year: 365, ..terms(&scene, 100.0) };
    let number = scene.queue(Op::QueueCover { terms: rated });
    scene.wait(17 * DAY);
    scene.ok(Op::ApplyChange { number });
    scene.wait(3_600);
    let cover = 0;
    scene.fund(cover, 0.1, CoverPurse::Prepaid); // a cent a day
    scene.wait(11 * DAY);
    scene.ok(Op::AccrueCover { cover });
    assert!(scene.at(cover).lapsed_ts.is_some());
    let number = scene.queue(Op::QueueResume { cover });
    scene.fund(cover, 0.5, CoverPurse::Prepaid);
    scene.wait(16 * DAY);
    scene.refused(Op::EndCover { cover }, Reason::CoverStillServes);
    scene.wait(DAY);
    scene.ok(Op::ApplyChange { number });
    scene.draw(cover, 1.0);
    scene.settle_cover(cover);
    // It lapses again, 20 days before its own end.
    let end = i128::from(scene.at(cover).terms.ends_ts);
    let days = (end - scene.clock.ts) / i128::from(DAY) - 20 - 50;
    scene.fund(cover, 0.01 * days as f64, CoverPurse::Prepaid);
    scene.wait((end - scene.clock.ts) as i64 - 1);
    scene.ok(Op::AccrueCover { cover });
    scene.refused(Op::EndCover { cover }, Reason::CoverStillServes);
    let lapsed = scene.at(cover).lapsed_ts.expect("a lapse");
    assert!((18..22).contains(&((end - lapsed) / i128::from(DAY))), "{}", end - lapsed);
    scene.wait(1);
    scene.ok(Op::EndCover { cover });
}

/// Limits only rise, within the budget.
#[test]
fn a_limit_only_rises() {
    let mut scene = scene();
    let first = terms(&scene, 100.0);
    let cover = scene.cover(first);
    for (limit, reason) in [(100.0, Reason::LimitNotRaised), (221.0, Reason::CoverBudgetExceeded)] {
        let number = scene.queue(Op::QueueRaise { cover, limit: usd(limit) });
        scene.wait(TIMELOCK);
        scene.refused(Op::ApplyChange { number }, reason);
    }
    scene.govern(Op::QueueRaise { cover, limit: usd(220.0) });
    assert_eq!(scene.model.committed(), i128::from(usd(220.0)));
    let number = scene.queue(Op::QueueResume { cover });
    scene.wait(TIMELOCK);
    scene.refused(Op::ApplyChange { number }, Reason::NothingToResume);
    let small = terms(&scene, 1.0);
    let bad = CoverTerms { per_draw: 0, ..small.clone() };
    scene.refused(Op::QueueCover { terms: bad }, Reason::ParameterOutOfBounds);
    let bad = CoverTerms { kind: CoverKind::Claims, ..small };
    scene.refused(Op::QueueCover { terms: bad }, Reason::ParameterOutOfBounds); // no first loss
}
