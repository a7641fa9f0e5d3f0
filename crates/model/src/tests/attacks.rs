//! Attacks on takings, on cushions beside a cover, and on holds of covers.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use super::takings::{fill, post, scene_of, take};
use crate::{CoverKind, CoverTerms, FundParams, MarketParams, Op, Rates, Reason};

const DAY: i64 = 86_400;

fn settle(member: &str, market: u16, by_owner: bool) -> Op {
    Op::Settle { member: member.into(), market, by_owner }
}

/// Markets at 200, a large treasury, and an honest maker.
fn scene(params: FundParams, markets: Vec<MarketParams>, contribution: f64) -> Scene {
    scene_of(params, 1_000_000.0, markets, contribution)
}

/// The taker is hedged: a loss of 2,500 in market 1, a larger gain in market 2, which nobody has settled.
/// It settles the loss, and nothing of the gain counts as initial margin.
fn hedged() -> Scene {
    let params = FundParams { clearing_fee_bps: 2, ..fund_params() };
    let mut scene = scene(params, vec![market_params(2); 3], 0.0);
    scene.member("taker", 11_240.24, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    scene.novate("taker", "friend", 1, 100_00, 200.0);
    scene.novate("taker", "friend", 2, 100_00, 200.0);
    scene.settle_price(2, 225.0);
    scene.settle_price(1, 175.0);
    scene.crank(2, 225.0);
    scene.crank(SOL, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.wait(1);
    for (market, price) in [(1, 175.0), (2, 225.0), (SOL, 200.0)] {
        scene.crank(market, price);
    }
    scene
}

/// What a taker settles of one leg of a hedge, it could withdraw: nothing of what is locked.
#[test]
fn a_taking_is_no_option_by_a_settlement() {
    let mut scene = hedged();
    scene.refused(settle("taker", 1, true), Reason::BelowInitialMargin);
    scene.ok(settle("taker", 1, false)); // its net loss, which is none
    assert_near(scene.margin("taker"), 11_232.24);
    scene.ok(fill("taker", "maker", 200.0, 0));
    assert_near(scene.margin("taker"), 11_232.24 - 10.0);
}

/// In a volatile market takers of a liquidation are judged at the base rates, and a fill at those in force.
#[test]
fn a_taking_is_no_option_by_a_liquidation() {
    let market = MarketParams { multiplier_min_bps: 20_000, multiplier_max_bps: 20_000, ..market_params(2) };
    let mut scene = scene(fund_params(), vec![market; 2], 0.0);
    scene.member("friend", 500_000.0, 0.0);
    scene.member("weak", 20_000.0, 0.0);
    scene.novate("weak", "friend", 1, 500_00, 200.0); // 20% of 100,000
    scene.member("taker", 25_000.0, 0.0);
    scene.settle_price(1, 161.0);
    scene.crank(SOL, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.ok(Op::Liquidate { member: "taker".into(), target: "weak".into(), market: 1, lots: 500_00 });
    scene.wait(1);
    scene.crank(1, 161.0);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// While a cover holds exits, what a taker of a liquidation lacks of its contribution is a call: a fill asks
/// for it, and nobody can contribute.
#[test]
fn a_taking_is_no_option_by_a_call() {
    let rates = Rates { initial: 1_000, maintenance: 500, contribution: 200, stress: 2_000 };
    let market = MarketParams { rates, ..market_params(2) };
    let params = FundParams { cover_budget_bps: 2_000, outflow_cap_bps: 1_000, ..fund_params() };
    let mut scene = scene(params, vec![market; 2], 2_000.0);
    let cover = scene.opens_cover(100_000.0);
    for market in 0..2 {
        scene.settle_price(market, 200.0);
    }
    scene.member("friend", 50_000.0, 1_000.0);
    scene.member("weak", 20.1, 4.01);
    scene.novate("weak", "friend", 1, 100, 200.0); // one of 200
    scene.member("taker", 20_000.0, 1_000.0);
    scene.ok(Op::HoldCover { cover, secs: 3 * DAY as u32 });
    scene.settle_price(1, 188.0);
    scene.crank(SOL, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(Op::Liquidate { member: "taker".into(), target: "weak".into(), market: 1, lots: 100 });
    scene.ok(fill("taker", "maker", 200.0, 0));
}

impl Scene {
    /// A cover without premium, first loss and coinsurance, open.
    pub(super) fn opens_cover(&mut self, limit: f64) -> u16 {
        self.opens_cover_at(limit, 0)
    }

    /// The same with a premium of which 10 are paid in advance.
    fn opens_cover_at(&mut self, limit: f64, premium_bps_per_year: u16) -> u16 {
        self.model.give("victims", usd(10.0));
        let cover = self.registers(CoverTerms { premium_bps_per_year, ..self.cover_terms(limit) });
        if premium_bps_per_year > 0 {
            let purse = crate::CoverPurse::Prepaid;
            self.ok(Op::FundCover { giver: "victims".into(), cover, amount: usd(10.0), purse });
        }
        self.wait(3_600);
        cover
    }

    /// Terms of a cover without premium, first loss and coinsurance.
    pub(super) fn cover_terms(&self, limit: f64) -> CoverTerms {
        CoverTerms {
            kind: CoverKind::Parametric,
            destination: "victims".into(),
            beneficiary: "victims".into(),
            limit: usd(limit),
            first_loss_min: 0,
            per_draw: usd(limit),
            period_limit: usd(limit),
            covered_debt: 0,
            opens_ts: 1,
            ends_ts: self.clock.ts as i64 + 200 * DAY,
            premium_bps_per_year: 0,
            coinsurance_bps: 0,
            market: 0,
            threshold_bps: 0,
        }
    }

    /// A cover of these terms, which opens in an hour. Returns its index.
    pub(super) fn registers(&mut self, terms: CoverTerms) -> u16 {
        let number = self.model.governance_nonce as u64;
        self.ok(Op::QueueCover { terms });
        self.wait(10 * DAY);
        self.ok(Op::ApplyChange { number });
        self.model.covers.len() as u16 - 1
    }
}

/// A fund that may have covers.
pub(super) fn covered() -> FundParams {
    FundParams { cover_budget_bps: 2_000, outflow_cap_bps: 1_000, ..fund_params() }
}

/// Mallory's default of a dollar turns her contribution into a cushion. The cover is settled before anybody
/// releases it, in the transaction of the default.
#[test]
fn a_default_is_no_way_around_the_settlement_of_a_cover() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 70_000.0);
    scene.member("mallory", 4_661.0, 10_000.0);
    scene.member("friend", 50_000.0, 0.0);
    let cover = scene.opens_cover(16_000.0);
    scene.settle_price(SOL, 200.0);
    scene.novate("mallory", "friend", SOL, 233_00, 200.0);
    scene.ok(Op::HoldCover { cover, secs: DAY as u32 });
    scene.ok(Op::DrawCover { cover, amount: usd(16_000.0) });
    scene.wait(60);
    scene.settle_price(SOL, 179.99);
    scene.ok(Op::Declare { member: "mallory".into(), keeper: None });
    scene.ok(Op::TakeOver { member: "friend".into(), market: SOL, lots: 233_00 });
    let settled = scene.tries(Op::SettleCover { cover });
    scene.ok(Op::ReleaseCushion { record: ("mallory".into(), 0) });
    if settled.is_err() {
        scene.ok(Op::SettleCover { cover });
    }
    let (ann, mallory) = (scene.contribution("ann"), scene.contribution("mallory"));
    assert!((ann / 70_000.0 - mallory / 9_998.0).abs() < 1e-3, "the same part of 20%");
}

/// A cover holds exits for a week. It has no part in gains, but no gain vests meanwhile: a trader cannot
/// withdraw what it has won, nor use it as initial margin.
#[test]
fn a_hold_of_a_cover_locks_nobodys_gain() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.treasury(1_000.0);
    scene.member("winner", 5_000.0, 0.0);
    scene.member("loser", 50_000.0, 100_000.0);
    let cover = scene.opens_cover(100.0);
    scene.settle_price(SOL, 200.0);
    scene.novate("winner", "loser", SOL, 100_00, 200.0);
    scene.ok(Op::HoldCover { cover, secs: 7 * DAY as u32 });
    scene.settle_price(SOL, 240.0);
    scene.novate("loser", "winner", SOL, 100_00, 240.0);
    scene.ok(settle("loser", SOL, true));
    scene.ok(settle("winner", SOL, true));
    assert_near(scene.margin("winner"), 9_000.0);
    scene.wait(6 * DAY);
    scene.ok(Op::HoldCover { cover, secs: 7 * DAY as u32 });
    scene.wait(6 * DAY);
    scene.ok(Op::Withdraw { member: "winner".into(), amount: usd(9_000.0) });
}

/// A settlement of a cover lowers every contribution, and voids no taking of somebody who has just enough.
#[test]
fn a_taking_is_no_option_by_the_settlement_of_a_cover() {
    let rates = Rates { initial: 1_000, maintenance: 500, contribution: 200, stress: 2_000 };
    let market = MarketParams { rates, ..market_params(2) };
    let params = FundParams { treasury_floor: usd(1_000_000.0).into(), ..covered() };
    let mut scene = scene(params, vec![market], 2_000.0);
    let cover = scene.opens_cover(100.0);
    scene.settle_price(SOL, 200.0);
    scene.member("taker", 20_000.0, 1_000.0);
    scene.ok(Op::DrawCover { cover, amount: usd(100.0) });
    scene.wait(60);
    scene.crank(SOL, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(Op::SettleCover { cover });
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// Terms of a venue of the SOL market: a limit of 100, 2 of first loss, and 1,000 of debt.
pub(super) fn venue_terms(scene: &Scene) -> CoverTerms {
    CoverTerms {
        kind: CoverKind::Venue,
        first_loss_min: usd(2.0),
        period_limit: usd(50.0),
        covered_debt: usd(1_000.0),
        coinsurance_bps: 1_000,
        threshold_bps: 8_500,
        ..scene.cover_terms(100.0)
    }
}

/// A cover of these terms, without a premium.
pub(super) fn covered_venue(scene: &mut Scene) {
    scene.model.give("victims", usd(100.0));
    let cover = scene.registers(venue_terms(scene));
    let purse = crate::CoverPurse::FirstLoss;
    scene.ok(Op::FundCover { giver: "victims".into(), cover, amount: usd(2.0), purse });
    scene.wait(3_600);
}

/// Anybody writes dust off at a venue. What is settled together counts once, so that the draws that matter
/// are paid.
#[test]
fn dust_suspends_no_venue_in_a_crash() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    covered_venue(&mut scene);
    scene.settle_price(SOL, 200.0);
    scene.settle_price(SOL, 140.0);
    for _ in 0..3 {
        scene.ok(Op::DrawCover { cover: 0, amount: 1 });
    }
    scene.ok(Op::DrawCover { cover: 0, amount: usd(22.0) });
    assert_near(scene.model.covers[0].owed as f64 / 1e6, 18.0);
    scene.wait(60);
    scene.crank(SOL, 140.0);
    scene.ok(Op::SettleCover { cover: 0 });
    scene.ok(Op::DrawCover { cover: 0, amount: usd(22.0) });
    assert!(scene.model.exits_blocked(), "nobody leaves before it is paid");
}

/// A loss settled in the period before this one offsets a gain of this one until the period ends. The taker
/// takes in the last second of it: no fill is possible afterwards, until it deposits what it likes.
#[test]
fn a_taking_is_no_option_by_the_end_of_a_period() {
    let params = FundParams { clearing_fee_bps: 2, ..fund_params() };
    let mut scene = scene(params, vec![market_params(2); 2], 0.0);
    scene.member("taker", 10_000.0, 0.0);
    scene.member("friend", 50_000.0, 0.0);
    let until = |scene: &mut Scene, second: i128| {
        loop {
            scene.wait(1);
            scene.ok(Op::Deposit { member: "friend".into(), amount: 1 }); // the exit clock runs
            scene.crank(1, scene.model.markets[1].price as f64 / 1e8);
            if scene.model.exit.secs() % 300 == second {
                break;
            }
        }
    };
    scene.novate("taker", "friend", 1, 100_00, 200.0);
    until(&mut scene, 0);
    scene.settle_price(1, 175.0);
    scene.ok(settle("taker", 1, true)); // -2,500 in this period
    scene.ok(settle("friend", 1, true));
    until(&mut scene, 0);
    scene.settle_price(1, 200.0);
    scene.ok(settle("friend", 1, true)); // and back in the next one
    scene.ok(settle("taker", 1, true));
    scene.novate("friend", "taker", 1, 100_00, 200.0);
    assert_eq!(scene.model.unvested("taker"), 0);
    let spare = scene.margin("taker") - 7_232.23;
    scene.ok(Op::Withdraw { member: "taker".into(), amount: usd(spare) });
    until(&mut scene, 299);
    scene.crank(SOL, 200.0);
    scene.ok(post("maker", -250_00));
    scene.ok(take("taker", "maker", 250_00));
    scene.wait(1);
    scene.crank(SOL, 200.0);
    scene.ok(fill("taker", "maker", 200.0, 0));
}

/// A cover of 200 beside contributions of 1,000, and a position of 1,500 that endangers 240 of the 400 that
/// the cover limit admits.
fn exposed(premium_bps_per_year: u16) -> (Scene, u16) {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.member("long", 150.0, 0.0);
    let cover = scene.opens_cover_at(200.0, premium_bps_per_year);
    scene.settle_price(SOL, 200.0);
    scene.novate("long", "cat", SOL, 7_50, 200.0);
    (scene, cover)
}

/// Nobody has cranked for 45 seconds. An exposure is reported at the end of interval B, as wide as the
/// stress move by then, and a settlement in the same transaction finds nothing that is there.
#[test]
fn an_old_mark_takes_nothing_from_the_victims() {
    let (mut scene, cover) = exposed(0);
    scene.ok(Op::DrawCover { cover, amount: usd(200.0) });
    scene.wait(30);
    scene.crank(SOL, 200.0);
    scene.wait(45);
    let _ = scene.tries(Op::ReportExposure { member: "long".into() });
    scene.ok(Op::SettleCover { cover });
    assert_near(scene.model.covers[usize::from(cover)].payable as f64 / 1e6, 200.0);
}

/// The same before an accrual: a hundred days cost nothing.
#[test]
fn an_old_mark_saves_no_premium() {
    let (mut scene, cover) = exposed(500);
    scene.wait(100 * DAY);
    scene.crank(SOL, 200.0);
    scene.wait(45);
    let before = scene.model.covers[usize::from(cover)].prepaid;
    let _ = scene.tries(Op::ReportExposure { member: "long".into() });
    scene.ok(Op::AccrueCover { cover });
    let premium = (before - scene.model.covers[usize::from(cover)].prepaid) as f64 / 1e6;
    assert!((premium - 200.0 * 0.05 * 100.0 / 365.25).abs() < 0.01, "{premium}");
}

/// An alert holds exits, and trades go on. A position at the cover limit and a move of 4% take three
/// quarters of what the victims are owed, and it lapses for good.
#[test]
fn a_trade_after_the_alert_takes_nothing_from_the_victims() {
    let paid = [200.0, 192.0, 208.0].map(|later| {
        let mut scene = Scene::with(covered(), vec![market_params(2)]);
        scene.member("ann", 0.0, 1_000.0);
        scene.member("cat", 50_000.0, 0.0);
        scene.member("long", 250.0, 0.0);
        let cover = scene.opens_cover(200.0);
        scene.ok(Op::HoldCover { cover, secs: 3 * DAY as u32 });
        scene.settle_price(SOL, 200.0);
        scene.novate("long", "cat", SOL, 12_50, 200.0);
        scene.wait(2 * DAY);
        scene.ok(Op::DrawCover { cover, amount: usd(200.0) });
        scene.wait(60);
        scene.settle_price(SOL, later);
        scene.ok(Op::ReportExposure { member: "long".into() });
        scene.ok(Op::SettleCover { cover });
        scene.model.covers[usize::from(cover)].payable as f64 / 1e6
    });
    assert!(paid.iter().all(|paid| *paid > 199.0), "{paid:?}");
}

/// A member at the cover limit reduces by a lot at a mark that is seconds old.
#[test]
fn a_lot_at_an_older_mark_takes_nothing_from_the_victims() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    scene.member("cat", 50_000.0, 0.0);
    scene.member("long", 250.0, 0.0);
    let cover = scene.opens_cover(200.0);
    scene.settle_price(SOL, 200.0);
    scene.novate("long", "cat", SOL, 12_50, 200.0);
    scene.ok(Op::DrawCover { cover, amount: usd(200.0) });
    scene.wait(60);
    scene.crank(SOL, 200.0);
    scene.wait(10);
    scene.novate("cat", "long", SOL, 1, 200.0);
    scene.ok(Op::SettleCover { cover });
    assert_near(scene.model.covers[usize::from(cover)].payable as f64 / 1e6, 200.0);
}

/// A survivor of a loss is called for 900, and has 6,400 above initial margin. With the losing leg of a hedge
/// settled before, nothing would be above initial margin; its friends have emptied the pool, so that nobody
/// can settle the other leg for it.
#[test]
fn a_settled_leg_is_no_way_around_an_assessment() {
    let params = FundParams { assessment_cap_bps: 10_000, assessment_secs: 3_600, ..fund_params() };
    let mut scene = Scene::with(params, vec![market_params(2); 3]);
    for (name, margin, contribution) in [
        ("ann", 10_400.0, 1_000.0),
        ("friend", 50_000.0, 0.0),
        ("creditor", 50_000.0, 0.0),
        ("debtor", 3_120.0, 0.0),
    ] {
        scene.member(name, margin, contribution);
    }
    for market in 0..3 {
        scene.settle_price(market, 200.0);
    }
    for market in 0..3 {
        scene.crank(market, 200.0);
    }
    scene.novate("ann", "friend", 1, 100_00, 200.0);
    scene.novate("ann", "friend", 2, 100_00, 200.0);
    scene.novate("debtor", "creditor", SOL, 60_00, 200.0);
    for (market, price) in [(1, 100.0), (2, 300.0), (SOL, 116.3)] {
        scene.settle_price(market, price);
    }
    for (market, price) in [(1, 100.0), (2, 300.0), (SOL, 116.3)] {
        scene.crank(market, price);
    }
    scene.refused(settle("ann", 1, true), Reason::BelowInitialMargin);
    scene.ok(Op::Declare { member: "debtor".into(), keeper: None });
    scene.ok(Op::Allocate { record: ("debtor".into(), 0), keeper: None });
    for (name, market) in [("friend", 1), ("creditor", SOL)] {
        scene.ok(settle(name, market, true));
    }
    let _ = scene.tries(settle("ann", 2, false));
    let before = scene.margin("ann");
    scene.ok(Op::EnforceCall { member: "ann".into(), settle_epoch: true });
    assert_near(before - scene.margin("ann"), scene.model.assessment.called as f64 / 1e6);
}

/// A resumption is queued before there is anything to resume, and kept due. The guardian suspends a thief's
/// cover, and it is active again in the next slot.
#[test]
fn nobody_resumes_a_cover_before_everybody_could_leave() {
    let mut scene = Scene::with(covered(), vec![market_params(2)]);
    scene.member("ann", 0.0, 1_000.0);
    let cover = scene.opens_cover(200.0);
    let number = scene.model.governance_nonce as u64;
    scene.ok(Op::QueueResume { cover });
    scene.wait(10 * DAY);
    scene.ok(Op::SuspendCover { cover });
    assert!(scene.tries(Op::ApplyChange { number }).is_err(), "members had no notice of it");
}
