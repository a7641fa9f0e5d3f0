//! A loss, from its alert to the last claim and the end.

use {
    bulkhead::state::CoverPurse,
    bulkhead_client::claims::{self, constants::PAGE_CLAIMS, Claim, CoverError},
    bulkhead_cover::state::LossState,
    bulkhead_cover_tests::{key, usdc, World, DAY, LOSSES},
    solana_address::Address,
    solana_message::Message,
};

/// Most bytes of a transaction.
const PACKET: usize = 1_232;

/// A loss of 400 draws 50 of first loss and nine tenths of the other 350: 365 are reserved.
const RESERVED: u64 = usdc(365);

#[test]
fn a_loss_runs_from_its_alert_to_the_last_claim() {
    let mut world = World::new();
    let before = world.fund_state();
    world.alerted();
    assert_eq!(world.loss().bond, usdc(14), "14 basis points of 10,000");
    assert_eq!(world.tokens(&world.panel.vault()), usdc(14));
    assert!(world.fund_state().exits.hold_until_ts >= world.now() + 3 * DAY, "exits are held");

    world.run(world.post(), &["issuer"]);
    for voter in ["key 4", "key 1", "key 0"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.warp(DAY);
    world.run(world.decide(), &[]);
    let cover = world.cover();
    assert_eq!((cover.owed, cover.payable, cover.first_loss), (usdc(315), usdc(50), 0));
    assert_eq!(world.fund_state().cover_owed, usdc(315), "exits wait for the settlement");

    world.warp(60 * 60);
    world.run(world.settle(), &[]);
    world.run(world.open_claims(), &[]);
    assert_eq!((world.loss().reserved, world.loss().total), (RESERVED, usdc(400)));
    assert_eq!(world.tokens(&world.panel.vault()), RESERVED + usdc(14));
    let after = world.fund_state();
    let paid = (before.treasury + before.contributions) - (after.treasury + after.contributions);
    assert!(
        paid <= usdc(315) && paid > usdc(314),
        "the fund has borne 315 less the premium that it earned: {paid}"
    );

    world.run(world.open_page(0), &[]);
    for (at, amount) in LOSSES.iter().enumerate() {
        let name = format!("victim {at}");
        world.give(&name, 0);
        world.run(world.claim(at as u32), &[&name]);
        assert_eq!(world.has(&name), amount * 365 / 400);
    }
    assert_eq!((world.loss().paid, world.loss().claimed), (RESERVED, 5));

    // The bond goes back, and what is left is closed.
    let issuer = world.give("issuer", 0);
    let held = world.tokens(&issuer);
    world.run(world.settle_bond(issuer), &[]);
    assert_eq!(world.tokens(&issuer), held + usdc(14));
    assert_eq!(world.tokens(&world.panel.vault()), 0);
    world.warp(90 * DAY);
    world.run(world.expire(), &[]);
    let (loss, payer) = (world.loss_address(), world.payer.insecure_clone());
    world.run(claims::close_page(loss, 0, solana_signer::Signer::pubkey(&payer)), &[]);
    world.run(claims::close_loss(loss, solana_signer::Signer::pubkey(&payer)), &[]);
    assert!(world.account(&loss).is_none());
}

#[test]
fn what_nobody_claims_goes_back_to_the_fund() {
    let mut world = World::new();
    world.claims_open();
    world.run(world.claim(1), &["victim 1"]);
    world.warp(90 * DAY - 1);
    world.refuse(world.expire(), &[], CoverError::ClaimsRunning);
    world.warp(1);
    let (fund, before) = (world.panel.fund, world.fund_state());
    let vault = bulkhead_client::address::vault(&fund);
    let held = world.tokens(&vault);
    world.run(world.expire(), &[]);
    let returned = RESERVED - LOSSES[1] * 365 / 400;
    assert_eq!(world.tokens(&vault), held + returned);
    assert_eq!(world.fund_state().treasury, before.treasury + returned, "it alone bore the loss");
    assert_eq!(world.loss().state, LossState::Expired);
    assert_eq!(world.tokens(&world.panel.vault()), usdc(14), "the bond is apart");
}

#[test]
fn anybody_pushes_a_claim_to_the_victims_associated_account() {
    let mut world = World::new();
    world.claims_open();
    world.run(world.push(3), &[]);
    assert_eq!(world.has("victim 3"), LOSSES[3] * 365 / 400);
    world.refuse(world.push(3), &[], CoverError::AlreadyClaimed);
    world.refuse(world.claim(3), &["victim 3"], CoverError::AlreadyClaimed);
    // The victim that signs is paid wherever it wants.
    let elsewhere = Address::new_from_array([77; 32]);
    world.put(elsewhere, bulkhead_cover_tests::token_account(&world.panel.mint, &key("somebody")));
    let claim = claims::claim_cover(&world.panel, world.loss_address(), elsewhere, &world.leaf(2));
    world.run(claim, &["victim 2"]);
    assert_eq!(world.tokens(&elsewhere), LOSSES[2] * 365 / 400);
}

#[test]
fn a_rejected_alert_pays_its_bond_to_the_contributors() {
    let mut world = World::new();
    world.posted();
    for voter in ["key 0", "key 1", "key 2"] {
        world.run(world.vote(voter, false), &[voter]);
    }
    world.run(world.decide(), &[]);
    assert_eq!(world.loss().state, LossState::Rejected);
    assert_eq!((world.cover().owed, world.cover().payable), (0, 0));
    let (issuer, before) = (world.panel.associated(&key("issuer")), world.fund_state());
    let held = world.tokens(&issuer);
    let vault = bulkhead_client::address::vault(&world.panel.fund);
    let in_fund = world.tokens(&vault);
    world.run(world.settle_bond(issuer), &[]);
    assert_eq!((world.tokens(&issuer), world.tokens(&vault)), (held, in_fund + usdc(14)));
    let fund = world.fund_state();
    assert_eq!(fund.treasury, before.treasury, "none of it is the protocol's");
    assert!(fund.rewards_streaming >= before.rewards_streaming + usdc(14));
    world.refuse(world.settle_bond(issuer), &[], CoverError::BondSettled);
}

#[test]
fn the_next_loss_is_alerted_once_claims_are_open() {
    let mut world = World::new();
    world.posted();
    let wallet = world.give("issuer", usdc(20));
    world.refuse(world.alert_of(key("guardian"), wallet, world.now()), &["guardian"], CoverError::LossLive);
    let mut world = World::new();
    world.claims_open();
    let first = world.loss_address();
    world.pay_in(0, usdc(50), CoverPurse::FirstLoss);
    world.alerted();
    assert_eq!((world.number, world.loss().number), (1, 1));
    // The first loss pays on meanwhile.
    let tree = bulkhead_client::claims::Tree::build(first.as_array(), &World::standard_claims()).unwrap();
    let leaf = claims::Leaf::of(&tree, &World::standard_claims(), 0).unwrap();
    let to = world.panel.associated(&leaf.claimant);
    world.run(claims::claim_cover(&world.panel, first, to, &leaf), &["victim 0"]);
}

#[test]
fn an_approved_loss_that_nobody_decides_lapses_and_its_bond_goes_back() {
    let mut world = World::new();
    world.approved();
    world.refuse(world.decide(), &[], CoverError::ReviewRunning);
    world.warp(10 * DAY);
    world.run(world.decide(), &[]);
    assert_eq!(world.loss().state, LossState::Lapsed);
    assert_eq!(world.cover().owed, 0);
    let issuer = world.give("issuer", 0);
    let held = world.tokens(&issuer);
    world.run(world.settle_bond(issuer), &[]);
    assert_eq!(world.tokens(&issuer), held + usdc(14));
}

/// Amounts of a tree with every place taken: 400 in all, but for the rounding.
fn crowd() -> Vec<Claim> {
    let claim = |index: u32| {
        let mut claimant = [3; 32];
        claimant[..4].copy_from_slice(&index.to_le_bytes());
        Claim { claimant, amount: 6_103 }
    };
    let mut claims: Vec<Claim> = (0..65_536).map(claim).collect();
    for (at, name) in [(0, "victim 0"), (65_535, "victim 1")] {
        claims[at].claimant = key(name).to_bytes();
    }
    claims
}

#[test]
fn a_claim_at_depth_16_fits_a_transaction_and_its_compute_units() {
    let mut world = World::new();
    world.alerted();
    world.claims = crowd();
    world.run(world.post(), &["issuer"]);
    assert_eq!((world.loss().depth, world.loss().leaves), (16, 65_536));
    for voter in ["key 0", "key 1", "key 2"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.warp(DAY);
    world.run(world.decide(), &[]);
    world.settled_and_open();
    let last = (65_535 / PAGE_CLAIMS) as u16;
    world.run(world.open_page(last), &[]);
    world.refuse(world.open_page(last + 1), &[], CoverError::WrongPage);
    for name in ["victim 0", "victim 1"] {
        world.give(name, 0);
    }
    for (index, name) in [(0, "victim 0"), (65_535, "victim 1")] {
        let claim = world.claim(index);
        // A payer of its own, a page that is opened in the same transaction, and a compute budget.
        let budget = |data: Vec<u8>| solana_instruction::Instruction {
            program_id: Address::from_str_const("ComputeBudget111111111111111111111111111111"),
            accounts: vec![],
            data,
        };
        let whole = [budget(vec![2; 5]), budget(vec![3; 9]), claim.clone()];
        let message = Message::new(&whole, Some(&key("payer")));
        let size = 1 + 64 * usize::from(message.header.num_required_signatures) + message.serialize().len();
        assert!(size <= PACKET, "{size} bytes");
        let units = world.run(claim, &[name]);
        println!("claim_cover {index}: {units} CU, {size} bytes");
        assert!(units <= 6_000, "{units} CU");
    }
}
