use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        address,
        bulkhead::state::Member,
        event, keypair,
        params::{self, DAY},
        usd, usdc,
        world::Setup,
        BulkheadError::*,
        InstructionError, MintKind, Signer, World, BTC, SOL,
    },
};

/// Takes out `most`, and is refused one unit more before.
#[track_caller]
fn at_most(world: &mut World, most: u64, error: bulkhead_tests::BulkheadError) {
    world.refuse(world.withdraw_margin("alice", most + 1), error);
    world.run(world.withdraw_margin("alice", most));
}

#[test]
fn margin_goes_out() {
    let mut world = World::new();
    world.join("alice", usdc(100), 0);
    let purse = world.purse("alice");
    let meta = world.run(world.withdraw_margin("alice", usdc(60)));
    let moved = event!(meta, MarginMoved);
    assert_eq!(
        (moved.member, moved.amount, moved.margin),
        (world.account_of("alice"), -60_000_000, usdc(40))
    );
    assert_eq!((world.fund().margin_total, world.vault_balance()), (usdc(40), usdc(40)));
    assert_eq!(world.purse("alice"), purse + usdc(60));
    at_most(&mut world, usdc(40), InsufficientMargin);
}

#[test]
fn token_2022_goes_out() {
    let mut world = World::with(Setup { mint: MintKind::Token2022, ..Setup::default() });
    world.join("alice", usdc(70), 0);
    world.run(world.withdraw_margin("alice", usdc(70)));
    assert_eq!((world.member("alice").margin, world.vault_balance()), (0, 0));
}

#[test]
fn zero_is_refused() {
    let mut world = traded();
    world.refuse(world.withdraw_margin("alice", 0), ZeroAmount);
    world.refuse(world.withdraw_margin("alice", u64::MAX), InsufficientMargin);
}

/// Margin 999.60; 10% of 2,000 must stay.
#[test]
fn initial_margin_stays() {
    let mut world = traded();
    at_most(&mut world, usdc(1_000) - 400_000 - usdc(200), BelowInitialMargin);
}

/// An account of a build that did not count slots has none that were never taken: all of them are walked.
#[test]
fn initial_margin_stays_for_a_member_whose_slots_were_never_counted() {
    let mut world = traded();
    let alice = world.account_of("alice");
    assert_eq!(world.member("alice").untaken, 7);
    world.patch_state(alice, |member: &mut Member| {
        member.positions.swap(0, 7);
        member.untaken = 0;
    });
    at_most(&mut world, usdc(1_000) - 400_000 - usdc(200), BelowInitialMargin);
    world.run(world.novate("bob", "alice", SOL, 1, usd(200)));
    assert!(world.member("alice").positions[0].is_free(), "its position is found where it is");
}

/// At 210 Alice has gained 100, which does not count before it is settled; initial margin is 210.
#[test]
fn an_unsettled_gain_is_no_margin() {
    let mut world = traded();
    world.set_price(SOL, usd(210));
    at_most(&mut world, usdc(1_000) - 400_000 - usdc(210), BelowInitialMargin);
}

/// At 190 Alice has lost 100; initial margin is 190.
#[test]
fn an_unsettled_loss_counts() {
    let mut world = traded();
    world.set_price(SOL, usd(190));
    at_most(&mut world, usdc(1_000) - 400_000 - usdc(100) - usdc(190), BelowInitialMargin);
}

/// With 1 of confidence, counted twice, 10 SOL may be worth 20 less.
#[test]
fn a_doubtful_price_counts_against_the_member() {
    let mut world = traded();
    world.set_price_within(SOL, usd(200), usd(1));
    at_most(&mut world, usdc(1_000) - 400_000 - usdc(20) - usdc(200), BelowInitialMargin);
}

/// A stress move costs Alice 730, the sale counted. Mutual resources but hers are the treasury's 0.40 and Bob's 100: half
/// of it, 50.20, may be endangered, so 679.80 of 999.60 stays.
#[test]
fn the_cover_limit_holds_afterwards() {
    let mut world = World::new();
    world.join("alice", usdc(1_000), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    assert_eq!(world.fund().treasury, 400_000);
    at_most(&mut world, 319_800_000, CoverLimitExceeded);
}

#[test]
fn only_the_owner() {
    let mut world = traded();
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.withdraw_margin("alice", 1));
}

/// All that a defaulter had is taken at its declaration: what it pays in later is its own.
#[test]
fn a_declared_default_holds_nothing_back() {
    let mut world = declared();
    world.refuse(world.withdraw_margin("alice", 1), InsufficientMargin);
    world.run(world.deposit_margin("alice", usdc(1)));
    world.run(world.withdraw_margin("alice", usdc(1)));
}

#[test]
fn markets_of_all_positions_are_given() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 10, usd(200)));
    world.run(world.novate("alice", "bob", BTC, 10, usd(60_000)));
    for market in [SOL, BTC].map(|market| world.here.keys.market(market)) {
        world.refuse(world.withdraw_margin("alice", 1).without(market), WrongMarket);
    }
    // Twice, or with one more, does no harm.
    let sol = world.here.keys.market(SOL);
    world.run(world.withdraw_margin("alice", 1).with(sol).with(sol));
}

/// U2: an old mark is doubted, by 30% of it after 45 seconds, and free margin leaves all the same. 10 lots of each are worth
/// 20 and 60 and need 2 and 6: after 15 seconds 8 more are in doubt, and at last 24.
#[test]
fn old_marks_are_doubted() {
    let world = || {
        let mut world = World::with_two_markets();
        contributors(&mut world, usdc(1_000));
        world.run(world.novate("alice", "bob", SOL, 10, usd(200)));
        world.run(world.novate("alice", "bob", BTC, 10, usd(60_000)));
        world
    };
    for (secs, stays) in [(0, usdc(8)), (15, usdc(16)), (45, usdc(32)), (365 * DAY, usdc(32))] {
        let mut world = world();
        world.warp_secs(secs);
        let margin = world.member("alice").margin;
        world.refuse(world.withdraw_margin("alice", margin - stays + 1), BelowInitialMargin);
        world.run(world.withdraw_margin("alice", margin - stays));
    }
    // Slots count as well, 400 ms each: 75 slots without a second are 30 s.
    let mut world = world();
    world.set_clock(world.slot() + 75, world.now());
    let margin = world.member("alice").margin;
    world.refuse(world.withdraw_margin("alice", margin - usdc(24) + 1), BelowInitialMargin);
    world.run(world.withdraw_margin("alice", margin - usdc(24)));
}

/// No price is needed by who holds nothing.
#[test]
fn without_positions_no_market_is_needed() {
    let mut world = World::new();
    world.join("alice", usdc(1), 0);
    world.warp_secs(DAY);
    world.run(world.withdraw_margin("alice", usdc(1)));
}

#[test]
fn markets_are_what_they_seem() {
    let mut world = traded();
    let (sol, other) = (world.here.keys.market(SOL), market_elsewhere(&mut world));
    let call = |world: &World| world.withdraw_margin("alice", 1);
    world.refuse(call(&world).swap(sol, other), WrongFund);
    world.refuse(call(&world).with(other), WrongFund);
    world.refuse(call(&world).with(address("nobody")), InstructionError::UninitializedAccount);
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    for account in [fund, member] {
        world.refuse(call(&world).swap(sol, account), bulkhead_tests::outcome::DUPLICATE_MUTABLE_ACCOUNT);
    }
    let bob = world.account_of("bob");
    world.refuse(call(&world).swap(sol, bob), InstructionError::InvalidAccountData);
    refuses_version(&mut world, sol, call);
    refuses_impostors(&mut world, sol, call);
}

// Assessments

/// Takes out `most` of Bob's, and is refused one unit more before.
#[track_caller]
fn bob_at_most(world: &mut World, most: u64, error: bulkhead_tests::BulkheadError) {
    world.refuse(world.withdraw_margin("bob", most + 1), error);
    world.run(world.withdraw_margin("bob", most));
}

/// Bob has 999.76, of which 30 are initial margin. While a loss is pending the 50 he may be assessed, half of his
/// contribution, stay too.
#[test]
fn what_may_be_assessed_stays() {
    let mut world = crashed(assessing(5_000));
    world.run(world.declare_default("alice"));
    bob_at_most(&mut world, 919_760_000, AssessmentReserved);
}

/// P6: with a cap of 100%, what is due is collected first, 5; the other 95 may still be called while the house holds lots.
#[test]
fn an_assessment_is_collected_first() {
    let mut world = called_with(assessing(10_000));
    let meta = world.run(world.withdraw_margin("bob", 1));
    assert_eq!(event!(meta, AssessmentPaid).amount, 5_000_000);
    assert_eq!(event!(meta, AssessmentPaid).residual, 45_000_000);
    bob_at_most(&mut world, 869_759_999, AssessmentReserved);
}

/// Once every loss is paid only initial margin stays.
#[test]
fn without_a_loss_nothing_is_reserved() {
    let mut world = crashed(assessing(5_000));
    world.run(world.withdraw_margin("bob", usdc(100)));
    assert_eq!(world.member("bob").margin, 899_760_000);
    let mut world = called();
    world.run(world.enforce_call("bob"));
    world.run(world.enforce_call("carol"));
    world.run(world.take_over("bob", SOL, 600));
    world.run(world.take_over("carol", SOL, 400));
    let margin = world.member("bob").margin;
    world.run(world.withdraw_margin("bob", margin));
}

/// Who agreed to nothing keeps nothing back.
#[test]
fn without_assessments_nothing_is_reserved() {
    let mut world = crashed(params::FUND);
    world.run(world.declare_default("alice"));
    bob_at_most(&mut world, 969_760_000, BelowInitialMargin);
}

/// Less than its requirement of initial margin and assessment: Carol pays what she can, and nothing leaves.
#[test]
fn nothing_leaves_that_is_due() {
    let mut world = crashed(assessing(5_000));
    world.run(world.withdraw_margin("carol", 999_840_000 - usdc(60)));
    world.run(world.declare_default("alice"));
    world.refuse(world.withdraw_margin("carol", 1), AssessmentReserved);
    world.run(world.allocate_loss("alice"));
    world.refuse(world.withdraw_margin("carol", 1), BelowInitialMargin); // all 40 above it are collected
    assert_eq!(world.member("carol").margin, usdc(60));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let (fund, member, wallet) = (world.here.keys.fund, world.account_of("alice"), world.wallet_of("alice"));
    let call = |world: &World| world.withdraw_margin("alice", 1);
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
