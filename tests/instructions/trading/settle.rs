use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundStatus, bulkhead_client::instruction, event, keypair, params::DAY, usd, usdc,
        BulkheadError::*, Call, Signer, World, BTC, SOL,
    },
};

#[test]
fn a_loss_goes_to_the_pool_and_a_gain_comes_from_it() {
    let mut world = traded();
    world.set_price(SOL, usd(190)); // 100 from Alice to Bob
    let meta = world.run(world.settle("alice", SOL));
    let settled = event!(meta, Settled);
    assert_eq!(
        (settled.member, settled.paid, settled.market_index),
        (world.account_of("alice"), -100_000_000, 0)
    );
    assert_eq!((world.member("alice").margin, world.fund().pool), (usdc(900) - 400_000, usdc(100)));
    assert_eq!(world.member("alice").position(SOL).raw, -190_000 * 100_000_000, "as if bought at 190");

    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 100_000_000);
    assert_eq!((world.member("bob").margin, world.fund().pool), (usdc(1_100) - 400_000, 0));
    // Threat 20: nothing is paid twice.
    for name in ["alice", "bob"] {
        assert_eq!(event!(world.run(world.settle(name, SOL)), Settled).paid, 0);
    }
}

/// A winner is paid with what losers have paid in, never with other members' cash.
#[test]
fn a_gain_is_at_most_the_pool() {
    let mut world = traded_with(usdc(250));
    world.set_price(SOL, usd(170)); // Alice has lost 300 and has 249.60
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, -249_600_000);
    assert_eq!((world.member("alice").margin, world.fund().pool), (0, 249_600_000));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 249_600_000);
    assert_eq!(world.fund().pool, 0);
    // The other 50.40 are still owed, to the unit.
    assert_eq!(world.member("bob").position(SOL).profit_raw(usd(170)), Ok(50_400_000 * 10_000));
    assert_eq!(world.member("alice").position(SOL).profit_raw(usd(170)), Ok(-50_400_000 * 10_000));
}

/// One lot moves by 0.00005 of a dollar: half a unit. The loser pays one, the winner draws none, and the fund keeps it.
#[test]
fn losses_round_up_and_gains_down() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
    world.set_price(SOL, usd(200) - 5_000);
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, -1);
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    assert_eq!(world.fund().pool, 1);
}

/// Bought at 200 and sold 0.00005 higher: flat, with half a unit that nobody can be paid. It goes to the house, and the
/// slots are free; two halves are a unit that the house has gained, for the treasury where nobody bore a loss.
#[test]
fn a_fraction_left_in_a_flat_position_goes_to_the_house() {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1, usd(200)));
    world.run(world.novate("bob", "alice", SOL, 1, usd(200) + 5_000));
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, 0);
    assert_eq!(world.market(SOL).house_raw.get(), 5_000);
    let treasury = world.fund().treasury;
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, -1);
    let fund = world.fund();
    assert_eq!((world.market(SOL).house_raw.get(), fund.pool, fund.recoveries), (0, 0, 0));
    assert_eq!(fund.treasury, treasury + 1);
    for name in ["alice", "bob"] {
        assert!(!world.member(name).has_positions());
        world.refuse(world.settle(name, SOL), NoPosition);
    }
}

/// The house sold at 160 what it had taken at 150, when the pool was empty: Bob's loss of 100 pays for it.
#[test]
fn a_gain_of_the_house_is_realised_once_the_pool_has_it() {
    let mut world = allocated();
    world.run(world.settle("bob", SOL)); // the pool's 500 are his
    world.print(SOL, usd(160));
    world.run(world.take_over("carol", SOL, LOTS));
    let fund = world.fund();
    assert_eq!((world.market(SOL).house_raw.get(), fund.house_result, fund.recoveries), (0, 100_000_000, 0));
    let meta = world.run(world.settle("bob", SOL));
    assert_eq!(event!(meta, Settled).paid, -100_000_000);
    assert_eq!(
        (event!(meta, HousesRealised).recovered, event!(meta, HousesRealised).cancelled),
        (usdc(100), 0)
    );
    let fund = world.fund();
    assert_eq!((fund.house_result, fund.recoveries, fund.pool), (0, usdc(50), 0));
    assert_eq!(fund.treasury, usdc(50), "the survivors have borne 50");
}

/// The house took 10 SOL over at 150, and at 350 Bob's 10 short: it has gained 2,000. Bob's default is open, and the gain
/// waits for its allocation, whoever calls. Then it is realised at once.
#[test]
fn the_houses_gain_waits_for_open_defaults() {
    let mut world = allocated();
    world.set_price(SOL, usd(350));
    let declared = event!(world.run(world.declare_default("bob")), DefaultDeclared);
    let fund = world.fund();
    assert_eq!((fund.house_result, fund.recoveries, fund.treasury), (usdc(2_000) as i64, 0, 0));
    assert_eq!(declared.given_up, 1_249_999, "Bob's part of the 50: what the others have lost is rounded up");
    world.refuse(world.settle("carol", SOL), NoPosition);
    let meta = world.run(world.allocate_loss("bob"));
    assert_eq!(event!(meta, HousesRealised).recovered, usdc(2_000));
    let fund = world.fund();
    assert_eq!((fund.house_result, fund.pool, fund.losses_outstanding), (0, 0, 0));
    // Survivors have borne 50, but for Bob's part, and what Bob could not pay. The treasury has the rest.
    let borne = usdc(50) + event!(meta, LossAllocated).from_survivors - declared.given_up;
    assert_eq!(fund.recoveries, borne);
    assert_eq!(fund.treasury, usdc(2_000) - fund.recoveries);
    world.refuse(world.settle("carol", SOL), NoPosition);
}

#[test]
fn the_member_holds_the_market() {
    let mut world = traded();
    world.refuse(world.settle("carol", SOL), NoPosition);
    let mut world = declared();
    world.refuse(world.settle("alice", SOL), NoPosition); // the house does
}

#[test]
fn the_mark_is_fresh() {
    let mut world = traded();
    world.warp_slots(25);
    world.run(world.settle("alice", SOL));
    world.warp_slots(1);
    world.refuse(world.settle("alice", SOL), StaleMark);
}

/// [`called`]: the pool has 1,450 for gains of 1,500. Who comes first is paid, and what it was paid counts in the gains cut.
#[test]
fn a_gain_that_was_settled_before_a_cut_counts_in_it() {
    let mut world = sold();
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 900_000_000);
    assert_eq!(event!(world.run(world.settle("carol", SOL)), Settled).paid, 550_000_000);
    world.cut_all_gains();
    for (name, ends) in [("bob", 870), ("carol", 580)] {
        world.run(world.pay_claim(name));
        assert_eq!(world.member(name).gain_claim.paid, usdc(ends), "{name}");
    }
}

/// What a registered claim waits for, nobody else draws.
#[test]
fn registered_claims_come_first() {
    let mut world = cut();
    world.set_price(SOL, usd(40)); // Bob and Carol have won 60 and 40 more, which Erin has not paid
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    world.run(world.settle("erin", SOL));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 60_000_000);
}

/// There is one pool: Bob's gain in SOL draws what Dave has lost in BTC, and Carol waits. Whoever comes first wins nothing by it,
/// for a gains cut counts what was settled lately.
#[test]
fn all_gains_draw_on_one_pool() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("carol", "dave", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(150));
    world.set_price(BTC, usd(70_000));
    world.run(world.declare_default("alice"));
    assert_eq!(event!(world.run(world.settle("dave", BTC)), Settled).paid, -100_000_000);
    // Alice's margin and contribution, and Dave's 100.
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 449_600_000);
    assert_eq!(event!(world.run(world.settle("carol", BTC)), Settled).paid, 0);
}

/// A close-out nets what a member has won and lost.
#[test]
fn not_in_a_wind_down() {
    let mut world = wound_down();
    world.refuse(world.settle("bob", SOL), WindDown);
    let mut world = final_at(usd(45));
    world.refuse(world.settle("erin", SOL), WindDown);
}

/// Paid for before a member is closed out, a wind-down is over: who has won registers, for nothing is left to cut, and is paid.
#[test]
fn an_averted_wind_down_pays_gains() {
    let mut world = wound_down();
    world.run(world.give_recovery("treasurer", usdc(50)));
    assert!(world.fund().status == FundStatus::Active);
    world.refuse(world.settle("bob", SOL), GainsNotRegistered);
    let meta = world.run(world.register_gains("bob"));
    assert_eq!(
        (event!(meta, GainsRegistered).gain, event!(meta, GainsRegistered).cut),
        (usdc(900), usdc(50))
    );
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
    assert!(!world.fund().is_wound_up.get());
}

/// Bob's gain of 100 is equity at once. It is no initial margin and no money to leave with before one
/// to two vesting periods of 300 s have passed: the two that its period begins, whenever it was settled
/// in it.
#[test]
fn a_settled_gain_vests_after_one_to_two_periods() {
    let mut world = traded();
    let into = world.exit_secs() % 300;
    world.warp_secs(400 - into as i64); // 100 s into a period
    world.set_price(SOL, usd(190));
    let began = world.exit_secs() - world.exit_secs() % 300;
    world.run(world.settle("alice", SOL));
    world.run(world.settle("bob", SOL));
    let bob = world.member("bob");
    assert_eq!(
        (bob.margin, bob.settled.present, bob.settled.previous),
        (usdc(1_100) - 400_000, 100_000_000, 0)
    );
    assert_eq!(world.member("alice").settled.present, -100_000_000);

    // 10 SOL short at 190 need 190 of initial margin; the gain does not count for it.
    let free = usdc(1_000) - 400_000 - usdc(190);
    for until in [300, 599] {
        world.warp_secs((began + until - world.exit_secs()) as i64);
        world.refresh();
        world.refuse(world.withdraw_margin("bob", free + 1), BelowInitialMargin);
    }
    world.run(world.withdraw_margin("bob", free));
    world.refuse(world.withdraw_margin("bob", 1), BelowInitialMargin);
    world.warp_secs(1);
    world.refresh();
    world.run(world.withdraw_margin("bob", usdc(100)));
    world.refuse(world.withdraw_margin("bob", 1), BelowInitialMargin);
}

/// A gain followed by a loss is the rest of it, a loss followed by a gain none.
#[test]
fn settled_results_are_signed() {
    let mut world = traded();
    for (price, alice, bob) in [(190, -100, 100), (194, -60, 60), (206, 60, -60)] {
        world.set_price(SOL, usd(price));
        for name in ["alice", "bob", "alice"] {
            world.run(world.settle(name, SOL));
        }
        let settled = |world: &World, name: &str| {
            let settled = world.member(name).settled;
            (settled.present + settled.previous) / 1_000_000
        };
        assert_eq!((settled(&world, "alice"), settled(&world, "bob")), (alice, bob), "at {price}");
    }
}

/// Everything cannot leave either: of a margin of zero nothing is unvested.
#[test]
fn a_gain_cannot_leave_with_the_whole_margin() {
    let mut world = traded();
    world.set_price(SOL, usd(190));
    world.run(world.settle("alice", SOL));
    world.run(world.settle("bob", SOL));
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(190)));
    let margin = world.member("bob").margin;
    world.refuse(world.withdraw_margin("bob", margin), BelowInitialMargin);
    world.refuse(world.withdraw_margin("bob", margin - usdc(100) + 1), BelowInitialMargin);
    world.run(world.withdraw_margin("bob", margin - usdc(100)));
}

/// Alice has won 20 SOL's fall of 10, 200, and lost 100 in BTC. The gain is settled, the loss is not: of
/// 1,199 she needs 100 for the loss, which the gain that has not vested covers.
#[test]
fn a_settled_leg_of_a_hedge_is_not_counted_twice() {
    let mut world = hedged();
    world.set_price(SOL, usd(190));
    world.set_price(BTC, usd(61_000));
    world.run(world.settle_own("bob", SOL));
    world.run(world.settle("alice", SOL));
    let margin = world.member("alice").margin;
    // Initial margins of 380 and 610, and 200 that have not vested: more than the 100 owed.
    world.refuse(world.withdraw_margin("alice", margin - usdc(1_190) + 1), BelowInitialMargin);
    world.run(world.withdraw_margin("alice", margin - usdc(1_190)));
}

/// Alice is short of 2,000 lots of SOL (4,000 at 200) and of 1,000 lots of BTC (6,000 at 60,000).
fn hedged() -> World {
    let mut world = World::with_two_markets();
    world.join("alice", usdc(2_000), usdc(1_000));
    world.join("bob", usdc(5_000), usdc(6_000));
    world.run(world.novate("bob", "alice", SOL, 2 * LOTS, usd(200)));
    world.run(world.novate("bob", "alice", BTC, 1_000, usd(60_000)));
    world
}

/// E10's first half: Alice has lost 400 in SOL, won 300 in BTC, and owes 100. Others settle no more of
/// the loss than that, once; she settles what she likes, and so does her delegate.
#[test]
fn others_settle_no_more_than_the_net_loss() {
    let mut world = hedged();
    world.set_price(SOL, usd(220));
    world.set_price(BTC, usd(57_000));
    let margin = world.member("alice").margin;
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, -100_000_000);
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, 0, "the net is zero now");
    assert_eq!(world.member("alice").margin, margin - usdc(100));
    world.run(world.set_delegate("alice", keypair("carol").pubkey()));
    let own = world.settle_own("alice", SOL);
    let (owner, delegate) = (world.owner_of("alice").pubkey(), world.owner_of("carol"));
    world.refuse(world.settle_own("alice", SOL).signed_by(owner, keypair("dave")), NotTrader);
    world.run(own.signed_by(owner, delegate));
    assert_eq!(world.member("alice").margin, margin - usdc(400));
    // A gain is settled in full by anyone, as far as the pool reaches.
    world.run(world.settle_own("bob", BTC));
    assert_eq!(event!(world.run(world.settle("alice", BTC)), Settled).paid, 300_000_000);
}

/// Beyond that Alice herself settles what she could withdraw. With a taking of hers there is less of it; otherwise what is
/// locked would be out of reach until she settles the other leg.
#[test]
fn one_settles_no_more_for_oneself_than_one_could_withdraw() {
    let mut world = hedged();
    world.run(world.withdraw_margin("alice", usdc(700)));
    world.set_price(SOL, usd(220));
    world.set_price(BTC, usd(57_000));
    // 1,300, less fees and a net loss of 100; initial margins of 440 and 570, and 20 more lots of SOL.
    world.run(world.post_offer("bob", SOL, 1, bulkhead_tests::calls::at_print(-20)));
    world.run(world.take_offer("alice", "bob", 1, 20));
    world.refuse(world.settle_own("alice", SOL), BelowInitialMargin);
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, -100_000_000);
    world.refuse(world.settle_own("alice", SOL), BelowInitialMargin);
}

/// The other markets of a member that others settle are asked for. Their marks may be old: of a loss of
/// 1,400 Alice has won 300 in BTC, and may have won a tenth of 5,700 since.
#[test]
fn who_settles_for_others_leaves_no_market_out() {
    let mut world = hedged();
    world.set_price(BTC, usd(57_000));
    world.warp_secs(100);
    world.set_price(SOL, usd(270));
    let keys = world.here.keys;
    let alice = world.account_of("alice");
    let alone = || Call::new(instruction::settle(&keys, SOL, alice, None, &[]), []);
    world.refuse(alone(), WrongMarket);
    assert_eq!(event!(world.run(world.settle("alice", SOL)), Settled).paid, -530_000_000);
    world.set_price(BTC, usd(57_000));
    world.set_price(SOL, usd(190));
    world.run(world.settle_own("bob", SOL));
    assert_eq!(event!(world.run(alone()), Settled).paid, 730_000_000, "a gain needs no other market");
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let call = |world: &World| world.settle("alice", SOL);
    let (keys, member) = (world.here.keys, world.account_of("alice"));
    for account in [keys.fund, keys.market(SOL), member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let (other_market, other_member) = (market_elsewhere(&mut world), member_elsewhere(&mut world, "alice"));
    let other_fund = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(keys.market(SOL), other_market), WrongFund);
    world.refuse(call(&world).swap(member, other_member), WrongFund);
    world.refuse(call(&world).swap(keys.fund, other_fund), WrongFund);
}
