//! A policy, from its purchase to its payout and the end.

use {
    bulkhead_client::{address, claims::CoverError, policies},
    bulkhead_cover::{
        rules,
        state::{ExpiryState, PolicyBook},
    },
    bulkhead_cover_tests::{
        policies::{Provider, PRICE},
        usdc, DAY,
    },
    bulkhead_math::impermanent_loss::loss,
    solana_signer::Signer,
};

/// The largest payout of 5,000: 90% of a cap of 10%, rounded down.
const MOST: u64 = 449_999_999;

/// What equation 16 asks for at the variance that a market has now.
fn equation_16(world: &Provider, insured: u64, variance: u64) -> u64 {
    let book: PolicyBook = world.book();
    rules::policies::premium(&book, insured, variance, 10).unwrap().expect("a sale")
}

#[test]
fn a_policy_runs_from_its_purchase_to_its_payout() {
    let mut world = Provider::new();
    let vault = address::vault(&world.keys.fund);
    let (before, in_vault) = (world.fund_state(), world.tokens(&vault));
    let variance = world.market().adjusted.variance;
    let number = world.buy("lp", usdc(5_000), 10);
    let policy = world.policy(number);
    assert_eq!(policy.premium, equation_16(&world, usdc(5_000), variance));
    assert_eq!((policy.most, world.book().pledged), (MOST, MOST));
    assert_eq!(world.tokens(&vault), in_vault + policy.premium, "the premium is the fund's");
    assert_eq!(world.has("lp"), usdc(1_000) - policy.premium);
    assert!(world.fund_state().treasury >= before.treasury + policy.premium / 2);
    assert_eq!(world.fund_state().cover_reserve, before.cover_reserve, "it is earned at once");

    let (day, today) = (policy.expiry_day, world.today());
    world.refuse(world.start(number), &[], CoverError::EntryNotKnown);
    world.pass_until(today + 2);
    world.run(world.start(number), &[]);
    assert_eq!(world.expiry(day).cohort(10).unwrap().entry_price, PRICE);
    assert_eq!(world.policy(number).insured, usdc(5_000), "nothing has happened since");

    // Half as much again: 2.02%, of which 1% is the deductible.
    world.refuse(world.settle_expiry(day), &[], CoverError::ExitNotKnown);
    world.expired_at(number, PRICE * 3 / 2);
    let payout = world.book().terms(usdc(5_000)).payout(loss(PRICE, PRICE * 3 / 2).unwrap()).unwrap();
    assert!((usdc(45)..usdc(46)).contains(&payout), "{payout}");
    world.run(world.settle_expiry(day), &[]);
    assert_eq!((world.cover().owed, world.book().pledged), (payout, 0));
    assert_eq!(world.fund_state().cover_owed, payout, "exits wait for the settlement");
    world.refuse(world.open_payouts(day), &[], CoverError::CoverOwes);
    world.refuse(world.claim_policy(number), &["lp"], CoverError::PayoutsNotOpen);

    world.warp(10 * 60);
    let before = world.fund_state();
    world.run(world.settle(), &[]);
    world.run(world.open_payouts(day), &[]);
    let after = world.fund_state();
    let borne = before.treasury + before.contributions - after.treasury - after.contributions;
    assert_eq!((world.expiry(day).reserved, borne), (payout, payout));
    let held = world.has("lp");
    let (claim, address) = (world.claim_policy(number), world.keys.policy(number));
    world.run(claim.clone(), &["lp"]);
    assert_eq!(world.has("lp"), held + payout);
    assert!(world.account(&address).is_none(), "it is paid once, and closed");

    world.run(policies::end_payouts(&world.keys, day), &[]);
    let payer = world.payer.pubkey();
    world.run(policies::close_expiry(&world.keys, day, payer), &[]);
    assert!(world.account(&world.keys.expiry(day)).is_none());
}

#[test]
fn a_price_that_stays_pays_nothing_and_frees_what_was_pledged() {
    let mut world = Provider::new();
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.expired_at(number, PRICE);
    world.refuse(world.close_policy(number), &[], CoverError::PolicyLive);
    world.run(world.settle_expiry(day), &[]);
    assert_eq!((world.cover().owed, world.book().pledged), (0, 0));
    assert_eq!(world.expiry(day).state, ExpiryState::Open);
    world.refuse(world.claim_policy(number), &["lp"], CoverError::PaysNothing);
    world.run(world.close_policy(number), &[]);
    world.run(policies::end_payouts(&world.keys, day), &[]);
}

/// Two providers of one day, and one of another. Each day has one draw, and both of a day one ratio.
#[test]
fn policies_of_a_day_are_settled_by_one_draw() {
    let mut world = Provider::new();
    let first = world.buy("lp", usdc(3_000), 10);
    let second = world.buy("other", usdc(2_000), 10);
    let third = world.buy("third", usdc(4_000), 11);
    let today = world.today();
    world.pass_until(today + 2);
    for number in [first, second, third] {
        world.run(world.start(number), &[]);
    }
    world.expired_at(first, PRICE * 4);
    let day = world.policy(first).expiry_day;
    world.pass_until(day + 3);
    let units = world.run(world.settle_expiry(day), &[]);
    assert_eq!(world.cover().owed, usdc(450) - 2, "a draw for both, each rounded down");
    world.refuse(world.settle_expiry(day + 1), &[], CoverError::DrawOpen);
    world.warp(10 * 60);
    world.run(world.settle(), &[]);
    world.run(world.open_payouts(day), &[]);
    // As many as there are policies: C10.
    let other = world.run(world.settle_expiry(day + 1), &[]);
    assert!(units.abs_diff(other) < 3_000, "{units} {other}");
    world.warp(10 * 60);
    world.run(world.settle(), &[]);
    world.run(world.open_payouts(day + 1), &[]);
    for (number, name, paid) in [(first, "lp", 270), (second, "other", 180), (third, "third", 360)] {
        let held = world.has(name);
        world.run(world.claim_policy(number), &[name]);
        let got = world.has(name) - held;
        assert!(got <= usdc(paid) && got + 2 >= usdc(paid), "{name} has {got}");
    }
}

#[test]
fn what_nobody_claims_goes_back_to_the_fund() {
    let mut world = Provider::new();
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.expired_at(number, PRICE * 4);
    world.paid_out(day);
    let before = world.fund_state();
    world.warp(90 * DAY - 1);
    world.refuse(policies::end_payouts(&world.keys, day), &[], CoverError::PayoutsRunning);
    world.warp(1);
    world.refuse(world.claim_policy(number), &["lp"], CoverError::PayoutsOver);
    world.run(policies::end_payouts(&world.keys, day), &[]);
    assert_eq!(world.fund_state().treasury, before.treasury + MOST, "the treasury had borne it");
    assert_eq!(world.tokens(&world.keys.vault()), 0);
    world.run(world.close_policy(number), &[]);
    let payer = world.payer.pubkey();
    world.run(policies::close_expiry(&world.keys, day, payer), &[]);
}
