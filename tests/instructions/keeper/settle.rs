use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundStatus, event, params::DAY, usd, usdc, BulkheadError::*, World, BTC, SOL,
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
    assert_eq!((world.market(SOL).house_raw.get(), world.fund().recoveries), (100_000_000 * 10_000, 0));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, -100_000_000);
    let fund = world.fund();
    assert_eq!((world.market(SOL).house_raw.get(), fund.recoveries, fund.pool), (0, usdc(50), 0));
    assert_eq!(fund.treasury, usdc(50), "the survivors have borne 50");
}

/// The house took 10 SOL over at 150, and at 350 Bob's 10 short: of 2,000 gained the pool has 1,499.60, the rest is Bob's
/// shortfall. When that is allocated nobody holds SOL any more; anyone's call collects it.
#[test]
fn what_the_house_is_owed_needs_no_position() {
    let mut world = allocated();
    world.set_price(SOL, usd(350));
    world.run(world.declare_default("bob"));
    assert_eq!(
        (world.fund().recoveries, world.fund().treasury, world.fund().pool),
        (usdc(50), 1_449_600_000, 0)
    );
    world.run(world.settle("carol", SOL)); // too early: there is nothing in the pool
    assert_eq!(world.fund().treasury, 1_449_600_000);
    world.run(world.allocate_loss("bob"));
    assert_eq!(world.fund().pool, 500_400_000);
    assert_eq!(event!(world.run(world.settle("carol", SOL)), Settled).paid, 0);
    assert_eq!(world.fund().pool, 0);
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

/// [`called`]: the pool has 1,450 for gains of 1,500. Whoever came first would leave the loss to the other, so both wait;
/// losses are paid all the same.
#[test]
fn while_the_market_is_in_default_gains_wait() {
    let mut world = called();
    for name in ["bob", "carol"] {
        assert_eq!(event!(world.run(world.settle(name, SOL)), Settled).paid, 0, "{name}");
    }
    assert_eq!(world.fund().pool, usdc(1_450));
    world.set_price(SOL, usd(210));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, -60_000_000);
    world.set_price(SOL, usd(50));
    world.run(world.enforce_call("bob"));
    world.run(world.enforce_call("carol"));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 960_000_000);
}

/// Carol's 100 in BTC are Dave's, and have nothing to do with what is lost in SOL.
#[test]
fn gains_of_other_markets_do_not_wait() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("carol", "dave", BTC, 100, usd(60_000)));
    world.set_price(SOL, usd(150));
    world.set_price(BTC, usd(70_000));
    world.run(world.declare_default("alice"));
    assert_eq!(event!(world.run(world.settle("dave", BTC)), Settled).paid, -100_000_000);
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    assert_eq!(event!(world.run(world.settle("carol", BTC)), Settled).paid, 100_000_000);
}

/// Before the final mark and after it, then also when somebody has paid the residual: gains are claims.
#[test]
fn in_a_wind_down_gains_wait_for_the_pay_out() {
    let mut world = wound_down();
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    let mut world = final_at(usd(45));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    world.run(world.give_recovery("treasurer", usdc(50)));
    assert!(!world.market(SOL).is_in_default(world.fund().loss_episode));
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    assert_eq!(event!(world.run(world.settle("erin", SOL)), Settled).paid, -50_000_000);
    assert_eq!(event!(world.run(world.settle("carol", SOL)), Settled).paid, 0);
}

/// Paid for before a mark is final, a wind-down is over: who has won is paid.
#[test]
fn an_averted_wind_down_pays_gains() {
    let mut world = wound_down();
    world.run(world.give_recovery("treasurer", usdc(50)));
    assert!(world.fund().status == FundStatus::Active);
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 900_000_000);
    world.warp_secs(DAY);
    world.refresh();
    world.refuse(world.fix_final_mark(SOL), NotWindDown);
    // And anew for another residual, from the beginning.
    assert_eq!(world.fund().final_marks, 0);
}

/// 0.05 a lot, see [`haircut`]: Bob is paid 900 less 30, and once.
#[test]
fn a_pending_cut_is_taken_first() {
    let mut world = haircut();
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 870_000_000);
    assert_eq!(event!(world.run(world.settle("bob", SOL)), Settled).paid, 0);
    assert_eq!((borne(&world, "bob"), world.market(SOL).lapsed_raw.get()), (usdc(30), 0));
}

/// [`lapsing`]: Dave has no gain for his 19.9872. They lapse to the house, which is flat: a loss again, at once.
#[test]
fn what_lapses_of_a_cut_is_a_residual() {
    let mut world = lapsing();
    let margin = world.member("dave").margin;
    let meta = world.run(world.settle("dave", SOL));
    let realised = event!(meta, HouseRealised);
    assert_eq!(
        (realised.fund, realised.market_index, realised.result),
        (world.here.keys.fund, 0, -19_987_200)
    );
    assert_eq!((event!(meta, Settled).paid, world.member("dave").margin), (0, margin));
    let fund = world.fund();
    assert_eq!(
        (fund.residual, fund.unfunded, world.market(SOL).house_raw.get()),
        (19_987_200, 19_987_200, 0)
    );
    assert!(world.market(SOL).is_in_default(fund.loss_episode));
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
