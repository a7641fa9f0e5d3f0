//! Claims on a cover: the example of the page, and its rules. C5 and C6 are checked by [`Scene::tries`] after
//! every action.

use super::scene::{assert_near, fund_params, market_params, usd, Scene, SOL};
use crate::{
    associated, CoverKind, CoverPurse, CoverTerms, FundParams, Leaf, Loss, LossState, Op, PanelTerms, Reason,
    GUARDIAN, PANEL,
};

const DAY: i64 = 86_400;

/// Contributions of 10,000, and a cover of 1,000 with a first loss of 50 and a coinsurance of 10%, which a
/// panel of three draws on. It has been open for a month.
fn scene() -> Scene {
    let params = FundParams {
        exit_delay_slots: 150,
        outflow_cap_bps: 1_000,
        cover_budget_bps: 2_500,
        cover_min_notice_secs: 7 * 86_400,
        ..fund_params()
    };
    let mut scene = Scene::with(params, vec![market_params(2)]);
    let keys = ["kim", "lee", "mia"].map(String::from).to_vec();
    let terms = PanelTerms { cover: 0, keys, quorum: 2, perils: 2, min_bond: usd(5.0) };
    scene.model = scene.model.with_panel(terms);
    scene.member("ann", 0.0, 10_000.0);
    for name in ["issuer", GUARDIAN] {
        scene.model.give(name, usd(1e6));
    }
    scene.settle_price(SOL, 200.0);
    let terms = CoverTerms {
        kind: CoverKind::Claims,
        destination: PANEL.into(),
        beneficiary: "issuer".into(),
        limit: usd(1_000.0),
        first_loss_min: usd(50.0),
        per_draw: usd(1_000.0),
        period_limit: usd(1_000.0),
        covered_debt: 0,
        opens_ts: 1,
        ends_ts: scene.clock.ts as i64 + 400 * DAY,
        premium_bps_per_year: 500,
        coinsurance_bps: 1_000,
        market: 0,
        threshold_bps: 0,
    };
    let number = scene.model.governance_nonce as u64;
    scene.ok(Op::QueueCover { terms });
    scene.wait(10 * DAY);
    scene.ok(Op::ApplyChange { number });
    scene.pays_in(CoverPurse::Prepaid, 50.0);
    scene.pays_in(CoverPurse::FirstLoss, 50.0);
    scene.wait(30 * DAY);
    scene
}

/// 400 in all, as on the page.
fn standard() -> Vec<Leaf> {
    list(&[("vic", 40.0), ("wes", 160.0), ("xia", 200.0)])
}

fn list(claims: &[(&str, f64)]) -> Vec<Leaf> {
    claims.iter().map(|(name, dollars)| Leaf { claimant: (*name).into(), amount: usd(*dollars) }).collect()
}

impl Scene {
    fn pays_in(&mut self, purse: CoverPurse, dollars: f64) {
        self.ok(Op::FundCover { giver: "issuer".into(), cover: 0, amount: usd(dollars), purse });
    }

    /// Of an incident so long ago.
    fn alert(&self, by: &str, secs_ago: i64) -> Op {
        let incident_ts = self.clock.ts as i64 - secs_ago;
        Op::AlertLoss { by: by.into(), incident_ts, peril: 1, max_bond: usd(1e6) }
    }

    fn loss(&self, number: u64) -> &Loss {
        &self.model.panel.as_ref().expect("a panel").losses[&number]
    }

    /// A loss of an hour ago.
    fn alerted(&mut self, by: &str) -> u64 {
        let loss = self.model.panel.as_ref().expect("a panel").next_loss;
        self.ok(self.alert(by, 3_600));
        loss
    }

    /// Approved by two of three.
    fn approved(&mut self, claims: Vec<Leaf>) -> u64 {
        let loss = self.alerted("issuer");
        self.ok(posts("issuer", loss, claims));
        self.ok(self.vote("kim", loss, true));
        self.ok(self.vote("lee", loss, true));
        loss
    }

    /// Drawn on, settled, and open, with its first page.
    fn open(&mut self, claims: Vec<Leaf>) -> u64 {
        let loss = self.approved(claims);
        self.wait(DAY);
        self.ok(Op::DecideLoss { loss });
        self.wait(60);
        self.ok(Op::SettleCover { cover: 0 });
        self.ok(Op::OpenClaims { loss });
        self.ok(Op::OpenPage { loss, page: 0 });
        loss
    }

    fn vote(&self, by: &str, loss: u64, approves: bool) -> Op {
        Op::VoteRoot { by: by.into(), loss, claims: self.loss(loss).claims.clone(), approves }
    }

    fn has(&self, name: &str) -> f64 {
        self.model.purses.get(name).copied().unwrap_or_default() as f64 / 1e6
    }
}

fn posts(by: &str, loss: u64, claims: Vec<Leaf>) -> Op {
    Op::PostRoot { by: by.into(), loss, claims }
}

fn claims(by: &str, loss: u64, index: u32, dollars: f64) -> Op {
    Op::ClaimCover { by: by.into(), loss, index, amount: usd(dollars) }
}

/// A loss of 400: the first loss pays 50, the fund 315, and a claim of 40 is paid 36.5.
#[test]
fn the_example_of_the_page() {
    let mut scene = scene();
    let loss = scene.approved(standard());
    scene.refused(Op::DecideLoss { loss }, Reason::ReviewRunning);
    scene.wait(DAY);
    scene.ok(Op::DecideLoss { loss });
    assert_eq!(scene.model.covers[0].owed, usd(315.0).into());
    scene.refused(Op::OpenClaims { loss }, Reason::CoverOwes);
    scene.wait(60);
    scene.ok(Op::SettleCover { cover: 0 });
    scene.ok(Op::OpenClaims { loss });
    assert_eq!(scene.loss(loss).reserved, usd(365.0).into());
    scene.ok(Op::OpenPage { loss, page: 0 });
    scene.ok(claims("vic", loss, 0, 40.0));
    assert_near(scene.has("vic"), 36.5);
}

/// A fund that has nothing to pay with leaves the first loss to all.
#[test]
fn the_first_loss_alone_pays_an_eighth() {
    let mut scene = scene();
    let loss = scene.approved(standard());
    scene.wait(DAY);
    scene.ok(Op::DecideLoss { loss });
    (scene.model.treasury, scene.model.contributions) = (0, 20_000); // what defaults have left
    scene.wait(60);
    scene.tries(Op::SettleCover { cover: 0 }).expect("a settlement");
    let paid = scene.model.covers[0].drawn;
    scene.ok(Op::OpenClaims { loss });
    assert_eq!(scene.loss(loss).reserved, 50_000_000 + paid);
    assert!(paid <= 20_000);
    scene.ok(Op::OpenPage { loss, page: 0 });
    scene.ok(claims("vic", loss, 0, 40.0));
    assert!((scene.has("vic") - 5.0).abs() < 0.003);
}

/// The largest of the panel's minimum, 1% of the limit and 14 basis points of all contributions.
#[test]
fn the_bond_follows_limit_and_contributions() {
    let mut scene = scene();
    assert_eq!(scene.model.bond_of(0), usd(14.0).into());
    let Op::AlertLoss { by, incident_ts, peril, .. } = scene.alert("issuer", 60) else { unreachable!() };
    let cheap = Op::AlertLoss { by, incident_ts, peril, max_bond: usd(14.0) - 1 };
    scene.refused(cheap, Reason::BondAboveLimit);
    let loss = scene.alerted("issuer");
    assert_eq!((scene.loss(loss).bond, scene.has(PANEL)), (usd(14.0).into(), 14.0));
}

/// No quorum in time, or too many against it: the bond is the contributors'.
#[test]
fn a_rejected_loss_forfeits_its_bond() {
    let mut scene = scene();
    let loss = scene.alerted("issuer");
    scene.refused(Op::SettleBond { loss, to: "issuer".into() }, Reason::BondHeld);
    scene.refused(Op::DecideLoss { loss }, Reason::VoteRunning);
    scene.ok(posts("issuer", loss, standard()));
    scene.ok(scene.vote("kim", loss, false));
    scene.refused(Op::DecideLoss { loss }, Reason::VoteRunning);
    scene.refused(scene.vote("kim", loss, true), Reason::AlreadyVoted);
    scene.refused(scene.vote("ann", loss, true), Reason::NotPanelMember);
    scene.ok(scene.vote("mia", loss, false));
    scene.ok(Op::DecideLoss { loss });
    assert_eq!(scene.loss(loss).state, LossState::Rejected);
    scene.refused(Op::CloseLoss { loss }, Reason::LossNotOver);
    let streaming = scene.model.rewards_streaming;
    scene.ok(Op::SettleBond { loss, to: "ann".into() });
    assert!(scene.model.rewards_streaming - streaming >= usd(14.0).into());
    scene.refused(Op::SettleBond { loss, to: "ann".into() }, Reason::BondSettled);
    scene.ok(Op::CloseLoss { loss });

    let loss = scene.alerted(GUARDIAN);
    scene.wait(3 * DAY);
    scene.refused(posts("issuer", loss, standard()), Reason::RootTooLate);
    scene.ok(Op::DecideLoss { loss });
    assert_eq!(scene.loss(loss).state, LossState::Rejected);
    scene.refused(Op::VetoRoot { by: GUARDIAN.into(), loss }, Reason::NotVoting);
}

/// After the end of the cover there are no fees any more: a bond goes to those who have borne losses.
#[test]
fn a_bond_outlives_its_cover() {
    let mut scene = scene();
    let loss = scene.alerted("issuer");
    scene.wait(500 * DAY);
    scene.ok(Op::DecideLoss { loss });
    scene.ok(Op::EndCover { cover: 0 });
    let treasury = scene.model.treasury;
    scene.ok(Op::SettleBond { loss, to: "issuer".into() });
    assert_eq!(scene.model.treasury - treasury, usd(14.0).into()); // nobody has lost anything
}

/// An approval that nobody has used in time is worth nothing, and the bond goes back.
#[test]
fn an_approved_loss_lapses() {
    let mut scene = scene();
    let loss = scene.approved(standard());
    scene.wait(10 * DAY - 1);
    let mut early = Scene { model: scene.model.clone(), clock: scene.clock };
    early.ok(Op::DecideLoss { loss });
    assert_eq!(early.loss(loss).state, LossState::Decided);
    scene.wait(1);
    scene.ok(Op::DecideLoss { loss });
    assert_eq!((scene.loss(loss).state, scene.model.covers[0].owed), (LossState::Lapsed, 0));
    scene.refused(Op::SettleBond { loss, to: "ann".into() }, Reason::WrongDestination);
    let had = scene.has("issuer");
    scene.ok(Op::SettleBond { loss, to: "issuer".into() });
    assert_near(scene.has("issuer") - had, 14.0);
    scene.ok(Op::CloseLoss { loss });
}

/// The beneficiary posts roots, and the guardian does for its own alert. The beneficiary's takes the place of
/// one that nobody has approved of, and gains no time.
#[test]
fn a_root_is_the_beneficiarys_in_the_end() {
    let mut scene = scene();
    let loss = scene.alerted(GUARDIAN);
    scene.refused(posts("ann", loss, standard()), Reason::NotReporter);
    scene.refused(posts("issuer", loss, vec![]), Reason::InvalidRoot);
    scene.ok(posts(GUARDIAN, loss, list(&[("thief", 400.0)])));
    scene.refused(posts(GUARDIAN, loss, standard()), Reason::RootNotDue);
    let due_ts = scene.loss(loss).due_ts;
    scene.ok(scene.vote("kim", loss, false));
    scene.wait(DAY);
    let of_before = scene.vote("lee", loss, true);
    scene.ok(posts("issuer", loss, standard()));
    assert_eq!((scene.loss(loss).due_ts, scene.loss(loss).rejections.len()), (due_ts, 0));
    scene.refused(of_before, Reason::WrongRoot);
    scene.ok(scene.vote("kim", loss, true));
    scene.refused(posts("issuer", loss, list(&[("vic", 1.0)])), Reason::RootNotDue);

    scene.wait(10 * DAY);
    scene.ok(Op::DecideLoss { loss });
    let loss = scene.alerted("issuer");
    scene.refused(posts(GUARDIAN, loss, standard()), Reason::NotReporter);
}

/// The guardian sends one root back, and the same does not come again.
#[test]
fn a_veto_sends_one_root_back() {
    let mut scene = scene();
    let loss = scene.approved(standard());
    scene.refused(Op::VetoRoot { by: "issuer".into(), loss }, Reason::NotGuardian);
    let of_before = scene.vote("mia", loss, true);
    scene.ok(Op::VetoRoot { by: GUARDIAN.into(), loss });
    scene.refused(of_before.clone(), Reason::NotVoting);
    scene.refused(posts("issuer", loss, standard()), Reason::RootVetoed);
    let second = list(&[("vic", 40.0), ("wes", 160.0)]);
    scene.ok(posts("issuer", loss, second));
    scene.refused(of_before, Reason::WrongRoot);
    scene.refused(Op::VetoRoot { by: GUARDIAN.into(), loss }, Reason::VetoSpent);
    scene.ok(scene.vote("kim", loss, true));
    scene.ok(scene.vote("lee", loss, true));
    scene.wait(DAY);
    scene.ok(Op::DecideLoss { loss });
    assert_eq!(scene.model.covers[0].owed, usd(135.0).into());
}

/// An incident counts between opening and end, or lapse, at most 14 days ago.
#[test]
fn incidents_that_do_not_count() {
    let mut scene = scene();
    scene.refused(scene.alert("ann", 60), Reason::NotReporter);
    scene.refused(scene.alert("issuer", -1), Reason::IncidentInFuture);
    scene.refused(scene.alert("issuer", 31 * DAY), Reason::IncidentBeforeOpening);
    scene.refused(scene.alert("issuer", 14 * DAY + 1), Reason::IncidentTooOld);
    let Op::AlertLoss { by, incident_ts, max_bond, .. } = scene.alert("issuer", 60) else { unreachable!() };
    scene.refused(Op::AlertLoss { by, incident_ts, peril: 2, max_bond }, Reason::UnknownPeril);
    // The premium ran out, and nobody has booked it: the alert does.
    scene.model.covers[0].prepaid = 0;
    scene.refused(scene.alert("issuer", 60), Reason::IncidentAfterEnd);
}

/// 14 days are counted without those in which another loss was live.
#[test]
fn a_loss_that_is_live_holds_up_no_other() {
    let mut scene = scene();
    let first_ts = scene.clock.ts as i64;
    let loss = scene.alerted("issuer");
    scene.refused(scene.alert(GUARDIAN, 0), Reason::LossLive);
    scene.wait(3 * DAY);
    scene.ok(Op::DecideLoss { loss });
    scene.wait(14 * DAY);
    let ago = scene.clock.ts as i64 - first_ts;
    scene.refused(scene.alert("issuer", ago + 1), Reason::IncidentTooOld);
    scene.ok(scene.alert("issuer", ago));
}

/// Each leaf once, to its claimant, for 90 days; then the rest goes to those who have borne losses.
#[test]
fn each_claim_is_paid_once() {
    let mut scene = scene();
    let loss = scene.open(standard());
    scene.refused(Op::OpenPage { loss, page: 1 }, Reason::WrongPage);
    scene.refused(claims("thief", loss, 0, 40.0), Reason::WrongProof);
    scene.refused(claims("vic", loss, 0, 41.0), Reason::WrongProof);
    scene.refused(claims("vic", loss, 3, 40.0), Reason::IndexBeyondLeaves);
    scene.ok(claims("vic", loss, 0, 40.0));
    scene.refused(claims("vic", loss, 0, 40.0), Reason::AlreadyClaimed);
    let leaf = standard()[1].clone();
    let push = |to: String| Op::PushClaim { loss, index: 1, leaf: leaf.clone(), to };
    scene.refused(push("wes".into()), Reason::WrongDestination);
    scene.ok(push(associated("wes")));
    assert_near(scene.has(&associated("wes")), 146.0);
    scene.refused(Op::ExpireLoss { loss }, Reason::ClaimsRunning);
    scene.refused(Op::ClosePage { loss, page: 0 }, Reason::ClaimsRunning);

    scene.wait(90 * DAY);
    scene.refused(claims("xia", loss, 2, 200.0), Reason::ClaimsOver);
    let outstanding = scene.model.outstanding;
    scene.ok(Op::ExpireLoss { loss });
    assert_near((outstanding - scene.model.outstanding) as f64 / 1e6, 182.5);
    scene.refused(Op::ExpireLoss { loss }, Reason::ClaimsOver);
    scene.refused(Op::CloseLoss { loss }, Reason::LossNotOver);
    scene.ok(Op::ClosePage { loss, page: 0 });
    scene.ok(Op::SettleBond { loss, to: "issuer".into() });
    assert_near(scene.has(PANEL), 0.0);
    scene.ok(Op::CloseLoss { loss });
}

/// A part of less than a unit is none; a claim on no loss that is open, neither.
#[test]
fn dust_is_not_paid() {
    let mut scene = scene();
    let mut leaves = standard();
    leaves.push(Leaf { claimant: "yan".into(), amount: 1 });
    let loss = scene.open(leaves);
    let dust = Op::ClaimCover { by: "yan".into(), loss, index: 3, amount: 1 };
    scene.refused(dust, Reason::ClaimTooSmall);
    scene.refused(Op::OpenClaims { loss }, Reason::NotDecided);
    scene.refused(Op::DecideLoss { loss }, Reason::NotVoting);
}

/// What a suspended cover owes is paid once it is resumed, or lapses when it ends.
#[test]
fn claims_wait_for_a_suspended_cover() {
    let mut scene = scene();
    let loss = scene.approved(standard());
    scene.wait(DAY);
    scene.ok(Op::DecideLoss { loss });
    scene.ok(Op::SuspendCover { cover: 0 });
    scene.wait(60);
    scene.refused(Op::OpenClaims { loss }, Reason::CoverOwes);
    scene.wait(500 * DAY);
    scene.ok(Op::EndCover { cover: 0 });
    scene.ok(Op::OpenClaims { loss });
    assert_eq!(scene.loss(loss).reserved, usd(50.0).into());
}

/// The keypair that draws on other covers does not draw on the panel's.
#[test]
fn nobody_else_draws() {
    let mut scene = scene();
    scene.refused(Op::DrawCover { cover: 0, amount: 1 }, Reason::NotDrawer);
    scene.refused(Op::HoldCover { cover: 0, secs: 1 }, Reason::NotDrawer);
}
