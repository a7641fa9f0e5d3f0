//! Attacks on claims: each is refused by its own error, and changes nothing.

use {
    bulkhead::{error::BulkheadError, state::CoverTerms},
    bulkhead_client::{
        claims::{self, Claim, CoverError, Leaf, Node, Root, Tree},
        instruction,
    },
    bulkhead_cover::state::LossState,
    bulkhead_cover_tests::{key, token_account, usdc, World, DAY, PANEL},
    solana_address::Address,
    solana_instruction::error::InstructionError,
    solana_signer::Signer,
};

/// A token account of a name, which is not its associated one.
fn other_account(world: &mut World, seed: u8, owner: &Address) -> Address {
    let address = Address::new_from_array([seed; 32]);
    world.put(address, token_account(&world.panel.mint, owner));
    address
}

// Trees and proofs

#[test]
fn leaves_above_the_total_are_not_paid() {
    let mut world = World::new();
    world.alerted();
    // The forger's leaf is worth 1,000, and the root hashes one base unit for it.
    let (loss, honest) = (world.loss_address(), world.claims[0]);
    let greedy = Claim { claimant: key("thief").to_bytes(), amount: usdc(1_000) };
    let left = Node::leaf(loss.as_array(), 0, &honest.claimant, honest.amount);
    let right = Node::leaf(loss.as_array(), 1, &greedy.claimant, greedy.amount);
    let hidden = Node::new(&right.hash(), 1);
    let top = Node::above(&left, &hidden).unwrap();
    world.run(world.post_root(&Root { top, leaves: 2, depth: 1 }), &["issuer"]);
    for voter in ["key 0", "key 1", "key 2"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.warp(DAY);
    world.run(world.decide(), &[]);
    world.settled_and_open();
    world.give("thief", 0);
    let leaf =
        Leaf { index: 1, claimant: key("thief"), amount: greedy.amount, proof: left.as_bytes().to_vec() };
    world.refuse(world.claim_leaf(&leaf), &["thief"], CoverError::WrongProof);
    let leaf = Leaf { amount: 1, ..leaf };
    world.refuse(world.claim_leaf(&leaf), &["thief"], CoverError::WrongProof);
    let honest = Leaf {
        index: 0,
        claimant: key("victim 0"),
        amount: honest.amount,
        proof: hidden.as_bytes().to_vec(),
    };
    world.run(world.claim_leaf(&honest), &["victim 0"]);
    assert!(world.has("victim 0") <= world.loss().reserved);
}

#[test]
fn a_leaf_is_paid_once_whatever_page_and_account_it_names() {
    let mut world = World::new();
    world.claims_open();
    world.run(world.claim(0), &["victim 0"]);
    world.refuse(world.claim(0), &["victim 0"], CoverError::AlreadyClaimed);
    let elsewhere = other_account(&mut world, 70, &key("victim 0"));
    let again = claims::claim_cover(&world.panel, world.loss_address(), elsewhere, &world.leaf(0));
    world.refuse(again, &["victim 0"], CoverError::AlreadyClaimed);
    // There is no second page for five claims, nor a page under another number.
    world.refuse(world.open_page(1), &[], CoverError::WrongPage);
    let mut page = world.open_page(0);
    page.accounts[1].pubkey = claims::page(&world.loss_address(), 3);
    world.refuse(page, &[], CoverError::WrongPage);
}

#[test]
fn a_leaf_is_not_paid_on_another_page() {
    let mut world = World::new();
    world.alerted();
    world.claims = (0..9_000_u32)
        .map(|at| {
            let mut claimant = [5; 32];
            claimant[..4].copy_from_slice(&at.to_le_bytes());
            Claim { claimant, amount: 40_000 }
        })
        .collect();
    world.claims[0].claimant = key("victim 0").to_bytes();
    world.run(world.post(), &["issuer"]);
    for voter in ["key 0", "key 1", "key 2"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.warp(DAY);
    world.run(world.decide(), &[]);
    world.settled_and_open();
    world.run(world.open_page(1), &[]);
    world.run(world.claim(0), &["victim 0"]);
    let mut again = world.claim(0);
    again.accounts[2].pubkey = claims::page(&world.loss_address(), 1);
    world.refuse(again, &["victim 0"], CoverError::WrongPage);
}

#[test]
fn a_leaf_is_not_paid_after_its_page_was_closed() {
    let mut world = World::new();
    world.claims_open();
    world.run(world.claim(0), &["victim 0"]);
    let payer = world.payer.pubkey();
    let close = claims::close_page(world.loss_address(), 0, payer);
    world.refuse(close.clone(), &[], CoverError::ClaimsRunning);
    world.warp(90 * DAY);
    world.refuse(close.clone(), &[], CoverError::ClaimsRunning);
    world.run(world.expire(), &[]);
    world.run(close, &[]);
    world.refuse(world.open_page(0), &[], CoverError::ClaimsOver);
    assert!(world.account(&claims::page(&world.loss_address(), 0)).is_none());
}

#[test]
fn an_index_beyond_the_leaves_is_refused() {
    let mut world = World::new();
    world.claims_open();
    let leaf = world.leaf(4);
    for index in [5, 7, 8, 4 + 8, 8_191] {
        let beyond = Leaf { index, ..leaf.clone() };
        world.refuse(world.claim_leaf(&beyond), &["victim 4"], CoverError::IndexBeyondLeaves);
    }
}

#[test]
fn an_inner_node_is_no_leaf() {
    let mut world = World::new();
    world.claims_open();
    let (loss, claims) = (world.loss_address(), world.claims.clone());
    let leaf =
        |at: u32| Node::leaf(loss.as_array(), at, &claims[at as usize].claimant, claims[at as usize].amount);
    let inner = Node::above(&leaf(0), &leaf(1)).unwrap();
    let upper = world.leaf(0).proof[40..].to_vec();
    // The node's hash is the "claimant": only a push needs no signature of it.
    let claimant = Address::new_from_array(inner.hash());
    world.give_wallet(&claimant);
    for proof in [upper.clone(), [inner.as_bytes().to_vec(), upper].concat()] {
        let fake = Leaf { index: 0, claimant, amount: inner.sum(), proof };
        let wrong =
            if fake.proof.len() == 80 { CoverError::WrongProofLength } else { CoverError::WrongProof };
        world.refuse(claims::push_claim(&world.panel, loss, &fake), &[], wrong);
    }
}

#[test]
fn a_proof_of_another_loss_is_refused() {
    let mut world = World::new();
    world.claims_open();
    let other = Tree::build(world.panel.loss(7).as_array(), &world.claims).unwrap();
    let leaf = Leaf::of(&other, &world.claims, 2).unwrap();
    world.refuse(world.claim_leaf(&leaf), &["victim 2"], CoverError::WrongProof);
}

#[test]
fn nobody_claims_for_another_or_more() {
    let mut world = World::new();
    world.claims_open();
    world.give("thief", 0);
    let leaf = world.leaf(2);
    let stolen = Leaf { claimant: key("thief"), ..leaf.clone() };
    world.refuse(world.claim_leaf(&stolen), &["thief"], CoverError::WrongProof);
    let more = Leaf { amount: leaf.amount + 1, ..leaf.clone() };
    world.refuse(world.claim_leaf(&more), &["victim 2"], CoverError::WrongProof);
    let mut unsigned = world.claim_leaf(&leaf);
    unsigned.accounts.last_mut().unwrap().is_signer = false;
    world.refuse(unsigned, &[], InstructionError::MissingRequiredSignature);
    let short = Leaf { proof: leaf.proof[..119].to_vec(), ..leaf.clone() };
    world.refuse(world.claim_leaf(&short), &["victim 2"], CoverError::WrongProofLength);
    let mut wrapped = leaf;
    wrapped.proof[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
    world.refuse(world.claim_leaf(&wrapped), &["victim 2"], CoverError::SumOverflow);
}

/// An authority of a program owns many token accounts, and most of them are not the victim's.
#[test]
fn a_claim_is_pushed_to_the_associated_account_only() {
    let mut world = World::new();
    world.claims_open();
    let victim = key("victim 2");
    let other = other_account(&mut world, 71, &victim);
    let mut push = world.push(2);
    push.accounts[4].pubkey = other;
    world.refuse(push.clone(), &[], CoverError::WrongDestination);
    push.accounts[4].pubkey = world.panel.associated(&key("thief"));
    world.give("thief", 0);
    world.refuse(push, &[], CoverError::WrongDestination);
    // The associated account was given away since.
    let associated = world.panel.associated(&victim);
    world.patch(associated, |account| account.data[32..64].copy_from_slice(key("thief").as_ref()));
    world.refuse(world.push(2), &[], CoverError::WrongDestination);
}

// Moments

#[test]
fn claims_wait_for_the_settlement_and_end_after_ninety_days() {
    let mut world = World::new();
    world.decided();
    world.give("victim 0", 0);
    world.refuse(world.open_page(0), &[], CoverError::ClaimsNotOpen);
    world.refuse(world.open_claims(), &[], CoverError::CoverOwes);
    world.refuse(world.expire(), &[], CoverError::ClaimsNotOpen);
    world.settled_and_open();
    world.refuse(world.open_claims(), &[], CoverError::NotDecided);
    world.warp(90 * DAY);
    world.refuse(world.claim(0), &["victim 0"], CoverError::ClaimsOver);
    world.run(world.expire(), &[]);
    world.refuse(world.claim(0), &["victim 0"], CoverError::ClaimsOver);
    world.refuse(world.expire(), &[], CoverError::ClaimsOver);
}

/// Whoever collects for the panel first takes nothing from anybody: what is reserved follows from
/// the cover.
#[test]
fn claims_open_as_well_after_somebody_else_has_collected() {
    let mut world = World::new();
    world.decided();
    world.warp(60 * 60);
    world.run(world.settle(), &[]);
    let vault = world.panel.vault();
    world.run(bulkhead_client::instruction::collect_cover(&world.fund, 0, vault), &[]);
    world.run(world.open_claims(), &[]);
    assert_eq!(world.loss().reserved, usdc(365));
}

/// A gift to the vault changes no ratio.
#[test]
fn a_gift_to_the_vault_is_nobodys_claim() {
    let mut world = World::new();
    world.decided();
    let vault = world.panel.vault();
    world.patch(vault, |account| {
        let held = u64::from_le_bytes(account.data[64..72].try_into().unwrap());
        account.data[64..72].copy_from_slice(&(held + usdc(1_000)).to_le_bytes());
    });
    world.settled_and_open();
    assert_eq!(world.loss().reserved, usdc(365));
}

#[test]
fn a_vetoed_root_does_not_come_again() {
    let mut world = World::new();
    world.approved();
    world.refuse(
        claims::veto_root(&world.panel, world.loss_address(), key("issuer")),
        &["issuer"],
        CoverError::NotGuardian,
    );
    let old = world.vote("key 3", true);
    world.run(world.veto(), &["guardian"]);
    world.refuse(world.decide(), &[], CoverError::VoteRunning);
    world.refuse(world.post(), &["issuer"], CoverError::RootVetoed);
    world.claims.pop();
    world.run(world.post(), &["issuer"]);
    world.refuse(old, &["key 3"], CoverError::WrongRoot);
    world.refuse(world.veto(), &["guardian"], CoverError::VetoSpent);
    world.warp(DAY);
    world.refuse(world.decide(), &[], CoverError::VoteRunning);
    for voter in ["key 0", "key 1", "key 2"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.run(world.decide(), &[]);
    assert_eq!(world.loss().state, LossState::Decided);
}

/// The guardian has reported a loss, and its root is one that no list has. Three days later the
/// beneficiary wants to replace it.
fn spoiled() -> World {
    let mut world = World::new();
    let wallet = world.give("guardian", usdc(20));
    world.run(world.alert_of(key("guardian"), wallet, world.now()), &["guardian"]);
    world.claims = World::standard_claims();
    let root = Root { top: Node::new(&[9; 32], usdc(400)), leaves: 5, depth: 3 };
    let post = claims::post_root(&world.panel, world.loss_address(), key("guardian"), &root);
    world.run(post, &["guardian"]);
    world.warp(3 * DAY);
    world
}

/// An honest key rejects what no list has. That nails nothing: the beneficiary posts its list, which the
/// same key approves, and claims are paid. An approval does nail a root: nobody changes it under those
/// who vote.
#[test]
fn one_rejection_does_not_make_a_guardians_root_final() {
    let mut world = spoiled();
    world.run(world.vote("key 0", false), &["key 0"]);
    world.run(world.post(), &["issuer"]);
    assert_eq!((world.loss().approvals, world.loss().rejections), (0, 0), "nobody has voted on this one");
    world.run(world.vote("key 0", true), &["key 0"]);
    let posted = world.post();
    world.claims.pop();
    world.refuse(world.post(), &["issuer"], CoverError::RootNotDue);
    world.refuse(posted, &["issuer"], CoverError::RootNotDue);
    world.claims = World::standard_claims();
    for voter in ["key 1", "key 2"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.warp(DAY);
    world.run(world.decide(), &[]);
    world.settled_and_open();
    world.run(world.claim(0), &["victim 0"]);
    assert_eq!(world.has("victim 0"), usdc(40) * 365 / 400);
}

/// A root in another's place gains no time, and holds nobody for longer: exits are held until its votes
/// are due, in that second they are open, and neither a later root nor a vote that is too late closes
/// them again.
#[test]
fn a_replaced_root_holds_exits_until_its_due_time_and_no_longer() {
    let mut world = spoiled();
    let due = world.loss().due_ts;
    for gone in [1, 2] {
        world.claims.pop();
        world.run(world.post(), &["issuer"]);
        assert_eq!((world.loss().due_ts, world.fund_state().exits.hold_until_ts), (due, due), "{gone} gone");
        world.warp(DAY);
    }
    let wallet = world.give("bob", usdc(10));
    let joins = instruction::contribute(&world.fund, key("bob"), wallet, usdc(10));
    world.warp(due - 1 - world.now());
    world.refuse(joins.clone(), &["bob"], BulkheadError::LossPending);
    world.warp(1);
    let (vote, another) = (world.vote("key 0", true), world.post());
    world.refuse(vote, &["key 0"], CoverError::VotingOver);
    world.refuse(another, &["issuer"], CoverError::RootTooLate);
    assert_eq!(world.fund_state().exits.hold_until_ts, due);
    world.run(joins, &["bob"]);
    world.run(world.decide(), &[]);
    assert_eq!(world.loss().state, LossState::Rejected);
}

#[test]
fn an_incident_before_the_opening_or_after_the_end_is_not_covered() {
    let mut world = World::new();
    let wallet = world.give("issuer", usdc(20));
    let (opens, ends) = (world.cover().opens_ts, world.cover().ends_ts);
    let at = |world: &World, ts: i64| world.alert_of(key("issuer"), wallet, ts);
    world.refuse(at(&world, opens - 1), &["issuer"], CoverError::IncidentBeforeOpening);
    world.refuse(at(&world, world.now() + 1), &["issuer"], CoverError::IncidentInFuture);
    world.warp(15 * DAY);
    world.refuse(at(&world, world.now() - 14 * DAY - 1), &["issuer"], CoverError::IncidentTooOld);
    world.warp(ends - world.now() + DAY);
    world.refuse(at(&world, ends), &["issuer"], CoverError::IncidentAfterEnd);
    world.run(at(&world, ends - 1), &["issuer"]);
}

/// The premium ran out, and nobody has booked that: the alert books it before it judges.
#[test]
fn an_incident_after_a_lapse_is_not_covered() {
    let mut world = World::without_cover();
    world.create_panel(PANEL);
    // 100 of premium at 20% a year of 1,000 last for half a year.
    let terms = CoverTerms { premium_bps_per_year: 2_000, ends_ts: world.now() + 900 * DAY, ..world.terms() };
    world.open_cover(terms);
    let opens = world.cover().opens_ts;
    world.warp(opens - world.now() + 190 * DAY);
    assert_eq!(world.cover().lapsed_ts, 0, "nobody has looked");
    let wallet = world.give("issuer", usdc(20));
    let late = world.alert_of(key("issuer"), wallet, world.now() - DAY);
    world.refuse(late, &["issuer"], CoverError::IncidentAfterEnd);
    world.run(world.alert_of(key("issuer"), wallet, opens + 180 * DAY), &["issuer"]);
    assert!(world.cover().lapsed_ts > 0);
    world.claims = World::standard_claims();
    // Arrears that are paid now revive nothing.
    world.pay_in(0, usdc(100), bulkhead::state::CoverPurse::Prepaid);
    assert!(world.cover().lapsed_ts > 0);
}

#[test]
fn a_cover_that_serves_no_more_is_not_held() {
    let mut world = World::new();
    let wallet = world.give("issuer", usdc(20));
    let ends = world.cover().ends_ts;
    world.warp(ends + 14 * DAY - world.now());
    let late = world.alert_of(key("issuer"), wallet, ends - 1);
    world.refuse(late, &["issuer"], BulkheadError::CoverOver);
}

// Keys

#[test]
fn only_those_who_may_report_vote_and_veto() {
    let mut world = World::new();
    let wallet = world.give("thief", usdc(20));
    let alert = world.alert_of(key("thief"), wallet, world.now());
    world.refuse(alert, &["thief"], CoverError::NotReporter);
    world.alerted();
    let root = world.tree().root();
    let post = claims::post_root(&world.panel, world.loss_address(), key("thief"), &root);
    world.refuse(post, &["thief"], CoverError::NotReporter);
    // Nor does the guardian, who has reported nothing, spoil the loss of another.
    let post = claims::post_root(&world.panel, world.loss_address(), key("guardian"), &root);
    world.refuse(post, &["guardian"], CoverError::NotReporter);
    world.run(world.post(), &["issuer"]);
    world.refuse(world.vote("thief", true), &["thief"], CoverError::NotPanelMember);
    world.refuse(world.vote("issuer", true), &["issuer"], CoverError::NotPanelMember);
    world.run(world.vote("key 0", true), &["key 0"]);
    world.refuse(world.vote("key 0", true), &["key 0"], CoverError::AlreadyVoted);
    world.refuse(world.vote("key 0", false), &["key 0"], CoverError::AlreadyVoted);
}

/// A panel at another address, with keys of its own, is not the drawer that the cover names.
#[test]
fn another_panel_decides_nothing() {
    let mut world = World::new();
    world.posted();
    let mine = claims::PanelKeys { panel: claims::panel(&key("thief"), 0), ..world.panel };
    let mut terms = PANEL;
    (terms.key_count, terms.quorum, terms.keys[0]) = (1, 1, key("thief"));
    let create = claims::create_panel(&mine, 0, key("thief"), world.payer.pubkey(), terms);
    world.run(create, &["thief"]);
    let wallet = world.give("guardian", usdc(20));
    let report = claims::Report {
        reporter: key("guardian"),
        token_account: wallet,
        payer: world.payer.pubkey(),
        incident_ts: world.now(),
        peril: 0,
        max_bond: usdc(20),
    };
    world.refuse(claims::alert_loss(&mine, 0, &report), &["guardian"], CoverError::NotDrawer);
    // Nor does it decide about a loss of the true one.
    let root = world.loss().tree();
    let vote = claims::vote_root(&mine, world.loss_address(), key("thief"), &root, true);
    world.refuse(vote, &["thief"], CoverError::NotDrawer);
    let mut swapped = world.settle_bond(wallet);
    swapped.accounts[0].pubkey = mine.panel;
    swapped.accounts[3].pubkey = mine.vault();
    world.refuse(swapped, &[], CoverError::WrongPanel);
}

#[test]
fn a_panel_is_within_bounds_and_of_a_fund() {
    let mut world = World::without_cover();
    let mut terms = PANEL;
    terms.keys[0] = key("key 0");
    terms.key_count = 1;
    for (quorum, perils, min_bond) in [(0, 1, 1), (2, 1, 1), (1, 0, 1), (1, 1, 0)] {
        let terms = bulkhead_cover::state::PanelTerms { quorum, perils, min_bond, ..terms };
        let create = claims::create_panel(&world.panel, 0, key("creator"), world.payer.pubkey(), terms);
        world.refuse(create, &["creator"], CoverError::PanelOutOfBounds);
    }
    let terms = bulkhead_cover::state::PanelTerms { quorum: 1, ..terms };
    let mut create = claims::create_panel(&world.panel, 0, key("creator"), world.payer.pubkey(), terms);
    create.accounts[1].pubkey = world.fund.member(&key("alice"));
    world.refuse(create.clone(), &["creator"], CoverError::WrongFund);
    create.accounts[1].pubkey = world.panel.fund;
    create.accounts[2].pubkey = key("other mint");
    world.refuse(create.clone(), &["creator"], CoverError::WrongMint);
    create.accounts[2].pubkey = world.panel.mint;
    create.accounts[3].pubkey = world.panel.associated(&key("thief"));
    world.refuse(create, &["creator"], CoverError::WrongVault);
}

#[test]
fn a_bond_goes_nowhere_else() {
    let mut world = World::new();
    world.alerted();
    let issuer = world.give("issuer", 0);
    world.refuse(world.settle_bond(issuer), &[], CoverError::BondHeld);
    let mut world = World::new();
    world.claims_open();
    let thief = world.give("thief", 0);
    world.refuse(world.settle_bond(thief), &[], CoverError::WrongDestination);
    let loss = world.loss_address();
    let payer = world.payer.pubkey();
    world.refuse(claims::close_loss(loss, payer), &[], CoverError::LossNotOver);
}

#[test]
fn accounts_in_each_others_place_are_refused() {
    let mut world = World::new();
    world.claims_open();
    let swap = |world: &World, place: usize, with: Address| {
        let mut claim = world.claim(0);
        claim.accounts[place].pubkey = with;
        claim
    };
    let thief = world.give("thief", 0);
    let signer = ["victim 0"];
    world.refuse(swap(&world, 3, thief), &signer, CoverError::WrongVault);
    world.refuse(swap(&world, 5, thief), &signer, CoverError::WrongMint);
    world.refuse(swap(&world, 6, bulkhead_client::program_id()), &signer, CoverError::WrongTokenProgram);
    // The fund's own accounts, and those of other programs, are none of this program's.
    for place in [0, 1, 2] {
        let fund = world.panel.fund;
        world.refuse(swap(&world, place, fund), &signer, InstructionError::IllegalOwner);
    }
    let mut decide = world.decide();
    decide.accounts[3].pubkey = thief;
    world.refuse(decide.clone(), &[], CoverError::WrongProgram);
    decide.accounts[3].pubkey = bulkhead_client::program_id();
    decide.accounts[2].pubkey = thief;
    world.refuse(decide, &[], CoverError::WrongCover);
}

#[test]
fn accounts_of_another_layout_are_refused() {
    let mut world = World::new();
    world.claims_open();
    let loss = world.loss_address();
    for address in [world.panel.panel, loss, claims::page(&loss, 0)] {
        for version in [0, 2, 255] {
            world.patch(address, |account| account.data[8] = version);
            world.refuse(world.claim(0), &["victim 0"], CoverError::WrongVersion);
        }
        world.patch(address, |account| account.data[8] = 1);
    }
    world.run(world.claim(0), &["victim 0"]);
}
