//! The rules of claims, on plain structs.

use {
    anchor_lang::{Address, Error},
    bulkhead_cover::{
        constants::*,
        error::CoverError,
        fund::{CoverView, FundView},
        rules::{
            claims,
            losses::{self, Alert, Bond, Decision},
            panel,
        },
        state::*,
    },
    bulkhead_sum_tree::{Claim, Node, Root, Tree},
    bytemuck::Zeroable,
};

const NOW: i64 = 1_790_000_000;
const DAY: i64 = 24 * 60 * 60;
const OPENS: i64 = NOW - 100 * DAY;
const ENDS: i64 = NOW + 100 * DAY;

fn key(seed: u8) -> Address {
    Address::new_from_array([seed; 32])
}

/// Five keys, of which three decide.
fn terms() -> PanelTerms {
    let mut keys = [Address::default(); MAX_KEYS];
    (0..5).for_each(|place| keys[place] = key(10 + place as u8));
    PanelTerms { keys, min_bond: 500, cover_index: 0, key_count: 5, quorum: 3, perils: 2 }
}

fn fund() -> FundView {
    FundView {
        quote_decimals: 6,
        guardian: key(2),
        mint: key(3),
        vault: key(4),
        token_program: key(5),
        contributions: 1_000_000,
    }
}

/// Keys of those who may report.
const BENEFICIARY: u8 = 1;
const GUARDIAN: u8 = 2;

fn posts(loss: &mut Loss, by: u8, root: &Root, now: i64) -> Result<(), Error> {
    losses::post_root(loss, &cover(), &key(by), root, now)
}

fn cover() -> CoverView {
    CoverView {
        drawer: key(6),
        destination: key(7),
        beneficiary: key(BENEFICIARY),
        limit: 100_000,
        drawn: 0,
        owed: 0,
        payable: 0,
        first_loss: 5_000,
        opens_ts: OPENS,
        ends_ts: ENDS,
        lapsed_ts: 0,
        live_until_ts: 0,
        status: 0,
    }
}

fn loss_address() -> Address {
    key(20)
}

struct Scene {
    panel: Panel,
    loss: Loss,
    page: Page,
    claims: Vec<Claim>,
    tree: Tree,
}

const ALERT: Alert = Alert { incident_ts: NOW - DAY, peril: 1, max_bond: 10_000 };

impl Scene {
    /// A panel, and no loss.
    fn new() -> Self {
        let mut panel = Panel::zeroed();
        panel::create(&mut panel, &terms()).unwrap();
        let claims: Vec<Claim> =
            (0..5).map(|at| Claim { claimant: [30 + at; 32], amount: 1_000 * (u64::from(at) + 1) }).collect();
        let tree = Tree::build(loss_address().as_array(), &claims).unwrap();
        Self { panel, loss: Loss::zeroed(), page: Page::zeroed(), claims, tree }
    }

    fn alert(&mut self, alert: &Alert, cover: &CoverView, now: i64) -> Result<u64, Error> {
        losses::alert(&mut self.panel, (&loss_address(), &mut self.loss), alert, &fund(), cover, now)
    }

    fn alerted() -> Self {
        let mut scene = Self::new();
        scene.alert(&ALERT, &cover(), NOW).unwrap();
        scene.loss.reporter = key(GUARDIAN); // as the instruction writes it
        scene
    }

    fn voting() -> Self {
        let mut scene = Self::alerted();
        posts(&mut scene.loss, GUARDIAN, &scene.tree.root(), NOW).unwrap();
        scene
    }

    fn vote(&mut self, voter: u8, approves: bool, now: i64) -> Result<bool, Error> {
        let root = self.loss.tree();
        losses::vote(&self.panel, &mut self.loss, &key(10 + voter), &root, approves, now)
    }

    fn approved() -> Self {
        let mut scene = Self::voting();
        for voter in 0..3 {
            scene.vote(voter, true, NOW).unwrap();
        }
        scene
    }

    fn decide(&mut self, now: i64) -> Result<Decision, Error> {
        losses::decide(&mut self.panel, &mut self.loss, now)
    }

    /// Its draw took 5,000 of the first loss, and 4,000 of 15,000 are paid by the fund.
    fn open() -> Self {
        let mut scene = Self::approved();
        assert_eq!(scene.decide(NOW + DAY).unwrap(), Decision::Draws(15_000));
        let drawn = CoverView { first_loss: 0, owed: 9_000, ..cover() };
        losses::note_draw(&mut scene.loss, &cover(), &drawn).unwrap();
        let settled = CoverView { first_loss: 0, drawn: 4_000, ..cover() };
        let reserved = losses::open_claims(&mut scene.panel, &mut scene.loss, &settled, NOW + DAY).unwrap();
        assert_eq!(reserved, 9_000);
        scene
    }

    fn claim(&mut self, index: u32, now: i64) -> Result<u64, Error> {
        let claim = self.claims[index as usize];
        let proof = self.tree.prove(index).unwrap();
        self.claim_as(index, &claim, &proof, now)
    }

    fn claim_as(&mut self, index: u32, claim: &Claim, proof: &[Node], now: i64) -> Result<u64, Error> {
        let bytes: Vec<u8> = proof.iter().flat_map(|node| *node.as_bytes()).collect();
        let claimant = Address::new_from_array(claim.claimant);
        let accounts = (&loss_address(), &mut self.loss);
        claims::claim(accounts, &mut self.page, &claimant, index, claim.amount, &bytes, now)
    }
}

#[track_caller]
fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, expected: CoverError) {
    assert_eq!(result.unwrap_err(), Error::from(expected), "{expected:?}");
}

// Panels

#[test]
fn a_panel_has_a_majority_of_different_keys() {
    let create = |change: &dyn Fn(&mut PanelTerms)| {
        let mut terms = terms();
        change(&mut terms);
        panel::create(&mut Panel::zeroed(), &terms)
    };
    create(&|_| ()).unwrap();
    create(&|terms| {
        terms.key_count = 1;
        terms.quorum = 1;
        terms.keys[1..].fill(Address::default());
    })
    .unwrap();
    let bad: [&dyn Fn(&mut PanelTerms); 11] = [
        &|terms| terms.key_count = 0,
        &|terms| terms.key_count = 8,
        &|terms| terms.key_count = 6, // the sixth key is zero
        &|terms| terms.key_count = 4, // a key more than counted
        &|terms| terms.quorum = 2,    // half, and not more
        &|terms| terms.quorum = 6,
        &|terms| terms.quorum = 0,
        &|terms| terms.keys[4] = terms.keys[0],
        &|terms| terms.keys[0] = Address::default(),
        &|terms| terms.perils = 0,
        &|terms| terms.min_bond = 0,
    ];
    for change in bad {
        refuses(create(change), CoverError::PanelOutOfBounds);
    }
}

// Alerts

#[test]
fn only_beneficiary_and_guardian_report() {
    losses::require_reporter(&fund(), &cover(), &key(1)).unwrap();
    losses::require_reporter(&fund(), &cover(), &key(2)).unwrap();
    refuses(losses::require_reporter(&fund(), &cover(), &key(10)), CoverError::NotReporter);
}

#[test]
fn a_bond_is_the_largest_of_three_and_rounded_up() {
    assert_eq!(losses::bond(500, 100_000, 1_000_000).unwrap(), 1_400);
    assert_eq!(losses::bond(2_000, 100_000, 1_000_000).unwrap(), 2_000);
    assert_eq!(losses::bond(500, 1_000_001, 0).unwrap(), 10_001);
    assert_eq!(losses::bond(1, 0, 1).unwrap(), 1);
    assert!(losses::bond(1, u64::MAX, u64::MAX).unwrap() > u64::MAX / 100);
    refuses(
        Scene::new().alert(&Alert { max_bond: 1_399, ..ALERT }, &cover(), NOW),
        CoverError::BondAboveLimit,
    );
}

#[test]
fn an_incident_lies_between_opening_and_end() {
    let at =
        |incident_ts, cover: &CoverView, now| Scene::new().alert(&Alert { incident_ts, ..ALERT }, cover, now);
    let young = CoverView { opens_ts: NOW - DAY, ..cover() };
    refuses(at(NOW - DAY - 1, &young, NOW), CoverError::IncidentBeforeOpening);
    at(NOW - DAY, &young, NOW).unwrap();
    refuses(at(NOW + 1, &cover(), NOW), CoverError::IncidentInFuture);
    at(NOW, &cover(), NOW).unwrap();
    refuses(at(ENDS, &cover(), ENDS), CoverError::IncidentAfterEnd);
    at(ENDS - 1, &cover(), ENDS + 13 * DAY).unwrap();
    let lapsed = CoverView { lapsed_ts: NOW - DAY, ..cover() };
    refuses(at(NOW - DAY, &lapsed, NOW), CoverError::IncidentAfterEnd);
    at(NOW - DAY - 1, &lapsed, NOW).unwrap();
    refuses(Scene::new().alert(&Alert { peril: 2, ..ALERT }, &cover(), NOW), CoverError::UnknownPeril);
}

#[test]
fn an_incident_is_at_most_fourteen_days_old_but_for_the_time_of_another_loss() {
    // Places of losses that there were not yet are no time: a panel of zeros once made every
    // incident young.
    let old = Alert { incident_ts: NOW - 15 * DAY, ..ALERT };
    refuses(Scene::new().alert(&old, &cover(), NOW), CoverError::IncidentTooOld);
    Scene::new().alert(&Alert { incident_ts: NOW - 14 * DAY, ..ALERT }, &cover(), NOW).unwrap();

    let mut scene = Scene::new();
    scene.panel.begin_life(&key(21), NOW - 10 * DAY);
    refuses(scene.alert(&old, &cover(), NOW), CoverError::LossLive);
    scene.panel.end_life(NOW - 9 * DAY);
    scene.alert(&old, &cover(), NOW).unwrap();
    // The life that began before the incident counts from the incident on.
    let mut scene = Scene::new();
    scene.panel.begin_life(&key(21), NOW - 40 * DAY);
    scene.panel.end_life(NOW - 15 * DAY + 1);
    refuses(
        scene.alert(&Alert { incident_ts: NOW - 15 * DAY, ..ALERT }, &cover(), NOW),
        CoverError::IncidentTooOld,
    );
}

#[test]
fn one_loss_of_a_cover_is_live() {
    let mut scene = Scene::alerted();
    refuses(scene.alert(&ALERT, &cover(), NOW), CoverError::LossLive);
    assert_eq!(scene.panel.next_loss, 1);
    let mut scene = Scene::open();
    assert_eq!(scene.panel.live_loss, Address::default());
    scene.loss = Loss::zeroed();
    scene.alert(&ALERT, &cover(), NOW + DAY).unwrap();
    assert_eq!((scene.loss.number, scene.panel.next_loss), (1, 2));
}

// Roots and votes

#[test]
fn a_root_comes_in_time_and_is_one_of_a_tree() {
    let post = |change: &dyn Fn(&mut Root), now: i64| {
        let mut scene = Scene::alerted();
        let mut root = scene.tree.root();
        change(&mut root);
        posts(&mut scene.loss, GUARDIAN, &root, now)
    };
    post(&|_| (), NOW + 3 * DAY - 1).unwrap();
    refuses(post(&|_| (), NOW + 3 * DAY), CoverError::RootTooLate);
    refuses(post(&|root| root.depth = 17, NOW), CoverError::InvalidRoot);
    refuses(post(&|root| root.leaves = 9, NOW), CoverError::InvalidRoot);
    refuses(post(&|root| root.leaves = 0, NOW), CoverError::InvalidRoot);
    refuses(post(&|root| root.top = Node::new(&root.top.hash(), 0), NOW), CoverError::InvalidRoot);
    refuses(post(&|root| root.top = Node::new(&[0; 32], 1), NOW), CoverError::InvalidRoot);
    let mut scene = Scene::voting();
    let root = scene.tree.root();
    refuses(posts(&mut scene.loss, 10, &root, NOW), CoverError::NotReporter);
    refuses(posts(&mut scene.loss, GUARDIAN, &root, NOW), CoverError::RootNotDue);
    // The beneficiary replaces one that nobody has approved of, and gains no time by it.
    let due_ts = scene.loss.due_ts;
    posts(&mut scene.loss, BENEFICIARY, &root, NOW + 1).unwrap();
    assert_eq!((scene.loss.due_ts, scene.loss.posted_ts), (due_ts, NOW + 1));
    // Attack: a rejection, honest or not, nails a guardian's root that no list has.
    scene.vote(0, false, NOW + 1).unwrap();
    posts(&mut scene.loss, BENEFICIARY, &root, NOW + 2).unwrap();
    assert_eq!((scene.loss.approvals, scene.loss.rejections), (0, 0));
    scene.vote(0, true, NOW + 2).unwrap();
    refuses(posts(&mut scene.loss, BENEFICIARY, &root, NOW + 2), CoverError::RootNotDue);
}

#[test]
fn each_key_votes_once_on_the_present_root() {
    let mut scene = Scene::voting();
    assert!(!scene.vote(0, true, NOW).unwrap());
    refuses(scene.vote(0, false, NOW), CoverError::AlreadyVoted);
    refuses(scene.vote(5, true, NOW), CoverError::NotPanelMember);
    let root = scene.tree.root();
    let cut_off = Root { leaves: 1, ..root };
    for other in [Root { top: Node::new(&[1; 32], root.total()), ..root }, cut_off] {
        let voted = losses::vote(&scene.panel, &mut scene.loss, &key(11), &other, true, NOW);
        refuses(voted, CoverError::WrongRoot);
    }
    assert!(!scene.vote(1, true, NOW).unwrap());
    refuses(scene.vote(2, true, NOW + 7 * DAY), CoverError::VotingOver);
    assert!(scene.vote(2, true, NOW + 7 * DAY - 1).unwrap(), "the quorum");
    assert!(!scene.vote(3, true, NOW).unwrap(), "it is there already");
    let mut scene = Scene::alerted();
    refuses(scene.vote(0, true, NOW), CoverError::NotVoting);
}

#[test]
fn a_veto_sends_a_root_back_once_and_for_all() {
    let mut scene = Scene::approved();
    let first = scene.tree.root();
    losses::veto(&mut scene.loss, NOW + DAY).unwrap();
    assert_eq!((scene.loss.approvals, scene.loss.rejections, scene.loss.total), (0, 0, 0));
    refuses(losses::veto(&mut scene.loss, NOW), CoverError::NotVoting);
    refuses(posts(&mut scene.loss, GUARDIAN, &first, NOW), CoverError::RootVetoed);
    // Nor with another total or other leaves: the hash is what claims are proved by.
    let dressed_up = Root { top: Node::new(&first.top.hash(), 1), leaves: 1, depth: 0 };
    refuses(posts(&mut scene.loss, GUARDIAN, &dressed_up, NOW), CoverError::RootVetoed);
    let second = Tree::build(loss_address().as_array(), &scene.claims[..4]).unwrap().root();
    refuses(posts(&mut scene.loss, GUARDIAN, &second, NOW + 4 * DAY), CoverError::RootTooLate);
    posts(&mut scene.loss, GUARDIAN, &second, NOW + 4 * DAY - 1).unwrap();
    // Votes for the first root do not count.
    let old = losses::vote(&scene.panel, &mut scene.loss, &key(10), &first, true, NOW);
    refuses(old, CoverError::WrongRoot);
    refuses(losses::veto(&mut scene.loss, NOW + 4 * DAY), CoverError::VetoSpent);
}

// Decisions

#[test]
fn an_approved_root_draws_after_a_day_and_lapses_after_ten() {
    refuses(Scene::approved().decide(NOW + DAY - 1), CoverError::ReviewRunning);
    assert_eq!(Scene::approved().decide(NOW + DAY).unwrap(), Decision::Draws(15_000));
    assert_eq!(Scene::approved().decide(NOW + 10 * DAY - 1).unwrap(), Decision::Draws(15_000));
    let mut late = Scene::approved();
    assert_eq!(late.decide(NOW + 10 * DAY).unwrap(), Decision::Lapsed);
    assert!(late.loss.is_over() && late.panel.live_loss == Address::default());
    assert_eq!(losses::settle_bond(&mut late.loss).unwrap(), Bond::Returned(1_400));
    refuses(late.decide(NOW + 10 * DAY), CoverError::NotVoting);
}

#[test]
fn a_loss_without_root_or_quorum_in_time_is_rejected() {
    refuses(Scene::alerted().decide(NOW + 3 * DAY - 1), CoverError::VoteRunning);
    assert_eq!(Scene::alerted().decide(NOW + 3 * DAY).unwrap(), Decision::Rejected);
    let two = || {
        let mut scene = Scene::voting();
        scene.vote(0, true, NOW).unwrap();
        scene.vote(1, true, NOW).unwrap();
        scene
    };
    refuses(two().decide(NOW + 7 * DAY - 1), CoverError::VoteRunning);
    let mut rejected = two();
    assert_eq!(rejected.decide(NOW + 7 * DAY).unwrap(), Decision::Rejected);
    assert_eq!(losses::settle_bond(&mut rejected.loss).unwrap(), Bond::Forfeited(1_400));
    refuses(losses::settle_bond(&mut rejected.loss), CoverError::BondSettled);
}

#[test]
fn a_loss_is_rejected_at_once_when_the_quorum_cannot_be_reached() {
    let mut scene = Scene::voting();
    scene.vote(0, false, NOW).unwrap();
    scene.vote(1, false, NOW).unwrap();
    refuses(scene.decide(NOW), CoverError::VoteRunning);
    scene.vote(2, false, NOW).unwrap();
    assert_eq!(scene.decide(NOW).unwrap(), Decision::Rejected);
}

#[test]
fn a_bond_is_held_until_the_decision() {
    refuses(losses::settle_bond(&mut Scene::alerted().loss), CoverError::BondHeld);
    refuses(losses::settle_bond(&mut Scene::approved().loss), CoverError::BondHeld);
    assert_eq!(losses::settle_bond(&mut Scene::open().loss).unwrap(), Bond::Returned(1_400));
}

// Claims

#[test]
fn claims_open_at_one_ratio_once_nothing_is_owed() {
    let mut scene = Scene::approved();
    let open = |scene: &mut Scene, cover: &CoverView| {
        losses::open_claims(&mut scene.panel, &mut scene.loss, cover, NOW)
    };
    refuses(open(&mut scene, &cover()), CoverError::NotDecided);
    refuses(scene.claim(0, NOW), CoverError::ClaimsNotOpen);
    scene.decide(NOW + DAY).unwrap();
    losses::note_draw(&mut scene.loss, &cover(), &CoverView { first_loss: 0, owed: 9_000, ..cover() })
        .unwrap();
    refuses(open(&mut scene, &CoverView { owed: 1, ..cover() }), CoverError::CoverOwes);
    refuses(open(&mut scene, &CoverView { payable: 1, ..cover() }), CoverError::CoverOwes);
    refuses(scene.claim(0, NOW), CoverError::ClaimsNotOpen);
    assert_eq!(open(&mut scene, &CoverView { drawn: 9_000, ..cover() }).unwrap(), 14_000);
    refuses(open(&mut scene, &CoverView { drawn: 9_000, ..cover() }), CoverError::NotDecided);
}

#[test]
fn every_leaf_is_paid_once_and_all_together_no_more_than_is_reserved() {
    let mut scene = Scene::open();
    let paid: Vec<u64> = (0..5).map(|index| scene.claim(index, NOW).unwrap()).collect();
    assert_eq!(paid, [600, 1_200, 1_800, 2_400, 3_000], "each at nine fifteenths");
    assert_eq!((scene.loss.paid, scene.loss.claimed), (9_000, 5));
    for index in 0..5 {
        refuses(scene.claim(index, NOW), CoverError::AlreadyClaimed);
    }
}

#[test]
fn the_ratio_rounds_down_and_never_pays_more_than_the_amount() {
    assert_eq!(claims::pay(40, 220, 400).unwrap(), 22);
    assert_eq!(claims::pay(1, 399, 400).unwrap(), 0);
    assert_eq!(claims::pay(40, 500, 400).unwrap(), 40, "more is reserved than was lost");
    assert_eq!(claims::pay(u64::MAX, u64::MAX, u64::MAX).unwrap(), u64::MAX);
    let mut scene = Scene::open();
    scene.loss.reserved = 14;
    refuses(scene.claim(0, NOW), CoverError::ClaimTooSmall);
}

/// A tree that an accomplice of the panel has made: its root hashes sums that are below those of
/// its leaves.
#[test]
fn leaves_worth_more_than_the_total_are_not_paid() {
    let mut scene = Scene::open();
    let (a, b) = (scene.claims[0], Claim { claimant: [99; 32], amount: 1_000_000 });
    let (left, right) = (
        Node::leaf(loss_address().as_array(), 0, &a.claimant, a.amount),
        Node::leaf(loss_address().as_array(), 1, &b.claimant, b.amount),
    );
    let hidden = Node::new(&right.hash(), 1);
    let top = Node::above(&left, &hidden).unwrap();
    scene.loss.set_tree(&Root { top, leaves: 2, depth: 1 });
    refuses(scene.claim_as(1, &b, &[left], NOW), CoverError::WrongProof);
    assert!(scene.claim_as(0, &a, &[hidden], NOW).unwrap() <= scene.loss.reserved);
}

#[test]
fn forged_proofs_are_refused_and_change_nothing() {
    let mut scene = Scene::open();
    let before = (scene.loss, scene.page);
    let (claim, proof) = (scene.claims[2], scene.tree.prove(2).unwrap());
    let unchanged = |scene: &Scene| scene.page.bits == before.1.bits && scene.loss.paid == before.0.paid;
    refuses(scene.claim_as(5, &claim, &proof, NOW), CoverError::IndexBeyondLeaves);
    refuses(scene.claim_as(3, &claim, &proof, NOW), CoverError::WrongProof);
    refuses(scene.claim_as(2, &claim, &proof[1..], NOW), CoverError::WrongProofLength);
    let more = Claim { amount: claim.amount + 1, ..claim };
    refuses(scene.claim_as(2, &more, &proof, NOW), CoverError::WrongProof);
    let thief = Claim { claimant: [77; 32], ..claim };
    refuses(scene.claim_as(2, &thief, &proof, NOW), CoverError::WrongProof);
    let other = Tree::build(&[21; 32], &scene.claims).unwrap();
    refuses(scene.claim_as(2, &claim, &other.prove(2).unwrap(), NOW), CoverError::WrongProof);
    let huge = [&[Node::new(&[1; 32], u64::MAX)], &proof[1..]].concat();
    refuses(scene.claim_as(2, &claim, &huge, NOW), CoverError::SumOverflow);
    // An inner node as a leaf: the claimant is its hash, the amount its sum.
    let inner = Node::above(
        &Node::leaf(loss_address().as_array(), 0, &scene.claims[0].claimant, scene.claims[0].amount),
        &Node::leaf(loss_address().as_array(), 1, &scene.claims[1].claimant, scene.claims[1].amount),
    )
    .unwrap();
    let as_leaf = Claim { claimant: inner.hash(), amount: inner.sum() };
    let upper = scene.tree.prove(0).unwrap()[1..].to_vec();
    refuses(scene.claim_as(0, &as_leaf, &upper, NOW), CoverError::WrongProofLength);
    refuses(scene.claim_as(0, &as_leaf, &[&[inner], &upper[..]].concat(), NOW), CoverError::WrongProof);
    assert!(unchanged(&scene));
    scene.claim(2, NOW).unwrap();
}

#[test]
fn a_claim_belongs_on_its_page() {
    let mut scene = Scene::open();
    scene.page.number = 1;
    refuses(scene.claim(0, NOW), CoverError::WrongPage);
    let mut page = Page::zeroed();
    for index in [0, 7, 8, 8_191] {
        page.mark(index).unwrap();
        refuses(page.mark(index), CoverError::AlreadyClaimed);
    }
    refuses(page.mark(8_192), CoverError::WrongPage);
    let mut last = Page { number: 7, ..Page::zeroed() };
    last.mark(65_535).unwrap();
    assert_eq!(last.bits[1_023], 0x80);
}

#[test]
fn pages_are_opened_for_claims_that_there_are() {
    let mut scene = Scene::open();
    claims::open_page(&mut scene.loss, 0, NOW).unwrap();
    refuses(claims::open_page(&mut scene.loss, 1, NOW), CoverError::WrongPage);
    scene.loss.leaves = 8_193;
    claims::open_page(&mut scene.loss, 1, NOW).unwrap();
    refuses(claims::open_page(&mut scene.loss, 2, NOW), CoverError::WrongPage);
    refuses(claims::open_page(&mut scene.loss, u16::MAX, NOW), CoverError::WrongPage);
    assert_eq!(scene.loss.pages, 2);
    refuses(claims::open_page(&mut Scene::approved().loss, 0, NOW), CoverError::ClaimsNotOpen);
    refuses(claims::close_page(&mut scene.loss), CoverError::ClaimsRunning);
}

#[test]
fn claims_end_after_ninety_days_and_the_rest_is_returned() {
    let mut scene = Scene::open();
    let opened = NOW + DAY;
    scene.claim(4, opened + 90 * DAY - 1).unwrap();
    refuses(losses::expire(&mut scene.loss, opened + 90 * DAY - 1), CoverError::ClaimsRunning);
    refuses(scene.claim(0, opened + 90 * DAY), CoverError::ClaimsOver);
    refuses(losses::expire(&mut Scene::approved().loss, NOW), CoverError::ClaimsNotOpen);
    claims::open_page(&mut scene.loss, 0, opened).unwrap();
    assert_eq!(losses::expire(&mut scene.loss, opened + 90 * DAY).unwrap(), 6_000);
    refuses(losses::expire(&mut scene.loss, opened + 91 * DAY), CoverError::ClaimsOver);
    refuses(scene.claim(0, opened), CoverError::ClaimsOver);
    refuses(claims::open_page(&mut scene.loss, 0, opened), CoverError::ClaimsOver);
    // The page, the bond, then the loss itself.
    refuses(losses::require_closable(&scene.loss), CoverError::LossNotOver);
    claims::close_page(&mut scene.loss).unwrap();
    refuses(losses::require_closable(&scene.loss), CoverError::LossNotOver);
    losses::settle_bond(&mut scene.loss).unwrap();
    losses::require_closable(&scene.loss).unwrap();
}

// What this program reads of a cover

#[test]
fn a_cover_is_served_for_fourteen_days_after_its_end_or_while_a_loss_is_live() {
    let cover = cover();
    assert!(!cover.is_served(OPENS - 1) && cover.is_served(OPENS));
    assert!(cover.is_served(ENDS + 14 * DAY - 1) && !cover.is_served(ENDS + 14 * DAY));
    let lapsed = CoverView { lapsed_ts: NOW, ..cover };
    assert!(lapsed.is_served(NOW + 14 * DAY - 1) && !lapsed.is_served(NOW + 14 * DAY));
    let live = CoverView { live_until_ts: NOW + 20 * DAY, ..lapsed };
    assert!(live.is_served(NOW + 20 * DAY - 1) && !live.is_served(NOW + 20 * DAY));
    assert!(!CoverView { status: 2, ..live }.is_served(NOW));
    assert!(!CoverView { lapsed_ts: OPENS, ..live }.is_served(NOW), "it has never been in force");
}

#[test]
fn error_codes_are_pinned_and_none_is_the_funds() {
    assert_eq!(CoverError::from_code(6_500), Some(CoverError::Overflow));
    assert_eq!(CoverError::from_code(6_575), Some(CoverError::ClaimTooSmall));
    assert_eq!(CoverError::from_code(6_000), None);
    assert!(CoverError::ALL.iter().all(|error| *error as u32 >= 500));
}
