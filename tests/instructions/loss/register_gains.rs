use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, outcome::NOT_WRITABLE, usd, usdc, BulkheadError::*, World, SOL},
};

/// Bob is short of 600 lots from 200: at the pin of 50 his 900 leave the position and are a claim.
#[test]
fn a_net_gain_becomes_a_claim() {
    let mut world = registering();
    let margin = world.member("bob").margin;
    let meta = world.run(world.register_gains("bob"));
    let registered = event!(meta, GainsRegistered);
    assert_eq!((registered.fund, registered.member), (world.here.keys.fund, world.account_of("bob")));
    assert_eq!((registered.round, registered.gain, registered.cut), (1, usdc(900), 0));
    let (bob, fund) = (world.member("bob"), world.fund());
    assert_eq!((bob.margin, bob.cut_seen), (margin, 1));
    assert_eq!((bob.gain_claim.round, bob.gain_claim.gain, bob.gain_claim.paid), (1, usdc(900), 0));
    assert_eq!((fund.gain_claims, fund.cut_round(1).gains, fund.pool), (usdc(900), usdc(900), usdc(1_450)));
    assert_eq!(bob.position(SOL).lots, -600);
    let scale = world.market(SOL).scale().expect("a scale");
    assert_eq!(bob.position(SOL).profit(usd(50), scale), Ok(0));
}

/// What was settled before goes back to the pool: the claim is the same.
#[test]
fn a_settled_gain_is_part_of_it() {
    let mut world = sold();
    let margin = world.member("bob").margin;
    world.run(world.settle("bob", SOL));
    assert_eq!(world.member("bob").margin, margin + usdc(900));
    world.pin_gains();
    let meta = world.run(world.register_gains("bob"));
    assert_eq!(event!(meta, GainsRegistered).gain, usdc(900));
    assert_eq!((world.member("bob").margin, world.fund().pool), (margin, usdc(1_450)));
    assert_eq!(world.member("bob").settled.present, 0);
}

/// Erin has bought at 50: nothing is registered but the round.
#[test]
fn a_member_without_a_gain_only_notes_the_round() {
    let mut world = registering();
    let before = world.member("erin");
    let meta = world.run(world.register_gains("erin"));
    assert_eq!(event!(meta, GainsRegistered).gain, 0);
    let after = world.member("erin");
    assert_eq!((after.cut_seen, after.gain_claim.round, after.margin), (1, 0, before.margin));
    assert_eq!(after.positions, before.positions);
}

#[test]
fn not_before_the_moment_of_the_pins() {
    let mut world = sold();
    world.refuse(world.register_gains("bob"), AlreadyRegistered);
    world.run(world.open_gains_cut());
    world.warp_secs(149);
    world.refuse(world.register_gains("bob"), AlreadyRegistered);
    world.warp_secs(1);
    world.run(world.register_gains("bob"));
}

#[test]
fn once() {
    let mut world = registering();
    world.run(world.register_gains("bob"));
    world.refuse(world.register_gains("bob"), AlreadyRegistered);
}

/// Whatever changes a member's lots or margin waits for its registration; others trade on.
#[test]
fn what_changes_a_member_waits_for_it() {
    let mut world = registering();
    world.refuse(world.deposit_margin("bob", 1), GainsNotRegistered);
    world.refuse(world.withdraw_margin("bob", 1), GainsNotRegistered);
    world.refuse(world.settle("bob", SOL), GainsNotRegistered);
    world.refuse(world.novate("bob", "erin", SOL, 100, usd(50)), GainsNotRegistered);
    world.run(world.register_gains("bob"));
    world.refuse(world.novate("bob", "erin", SOL, 100, usd(50)), GainsNotRegistered);
    world.run(world.register_gains("erin"));
    world.run(world.novate("bob", "erin", SOL, 100, usd(50)));
    world.run(world.deposit_margin("bob", 1));
    // Alice has neither positions nor gains.
    world.run(world.deposit_margin("alice", 1));
    assert_eq!(world.member("alice").cut_seen, 1);
}

/// After the cut Carol joins: 50 of 1,500 are cut, 30 of Bob's and 20 of hers, as if she had been on time.
#[test]
fn a_latecomer_ends_at_the_same_fraction() {
    let mut world = registering();
    world.run(world.register_gains("bob"));
    world.end_registration();
    world.run(world.cut_gains());
    assert_eq!(world.fund().gain_claims, usdc(850));
    let meta = world.run(world.register_gains("carol"));
    assert_eq!(
        (event!(meta, GainsRegistered).gain, event!(meta, GainsRegistered).cut),
        (usdc(600), usdc(20))
    );
    for (name, ends) in [("bob", 870), ("carol", 580)] {
        world.run(world.pay_claim(name));
        assert_eq!(world.member(name).gain_claim.paid, usdc(ends));
    }
    // Beside layer 4, which is booked when the ended epoch is.
    assert_eq!((borne(&world, "bob"), borne(&world, "carol")), (usdc(30), usdc(20)));
}

#[test]
fn its_markets_are_what_they_seem() {
    let mut world = registering();
    let call = |world: &World| world.register_gains("bob");
    let sol = world.here.keys.market(SOL);
    world.refuse(call(&world).without(sol), WrongMarket);
    world.refuse(call(&world).readonly(sol), NOT_WRITABLE);
    world.refuse(call(&world).with_writable(sol), DuplicateAccount);
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(sol, other), WrongFund);
    refuses_version(&mut world, sol, call);
    refuses_impostors(&mut world, sol, call);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = registering();
    let (fund, member) = (world.here.keys.fund, world.account_of("bob"));
    let call = |world: &World| world.register_gains("bob");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "bob");
    world.refuse(call(&world).swap(member, other), WrongFund);
}

/// Nothing is left to register of a member that a wind-down has closed out.
#[test]
fn not_of_a_member_that_is_closed_out() {
    let mut world = closed_out();
    world.refuse(world.register_gains("bob"), MemberClosedOut);
}
