use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::state::Fund, event, params::DAY, usd, usdc, Address, BulkheadError::*, World, SOL,
    },
};

/// Members in the fund's table, and what they endanger.
fn table(world: &World) -> Vec<(Address, u64)> {
    let mut table: Vec<_> = world
        .fund()
        .exposures
        .iter()
        .filter(|known| known.stress_loss > 0)
        .map(|known| (known.member, known.stress_loss))
        .collect();
    table.sort_unstable_by_key(|(_, loss)| std::cmp::Reverse(*loss));
    table
}

/// Alice and Bob have 250 for a stress of 730 (36.5% of 2,000, the sale included): 480 and the fee of 0.40.
fn exposed() -> World {
    let mut world = World::new();
    world.join("alice", usdc(250), usdc(1_000));
    world.join("bob", usdc(250), usdc(1_000));
    world.join("carol", usdc(1_000), usdc(1_000));
    world.join("dave", usdc(1_000), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world
}

#[test]
fn a_trade_notes_both_sides() {
    let world = exposed();
    let loss = usdc(480) + 400_000;
    let expected = [world.account_of("alice"), world.account_of("bob")].map(|member| (member, loss));
    assert!(expected.iter().all(|entry| table(&world).contains(entry)), "{:?}", table(&world));
}

/// SOL at 190 costs Alice another 100: she endangers 543.90 (36.5% of 1,900 less 149.60), until she pays margin in.
#[test]
fn anyone_can_put_it_right() {
    let mut world = exposed();
    world.set_price(SOL, usd(190));
    let meta = world.run(world.report_exposure("alice"));
    let loss = 693_500_000 - (usdc(150) - 400_000);
    let reported = event!(meta, ExposureReported);
    assert_eq!((reported.fund, reported.member), (world.here.keys.fund, world.account_of("alice")));
    assert_eq!(reported.stress_loss, loss);
    assert_eq!(table(&world)[0], (world.account_of("alice"), loss));
    world.run(world.deposit_margin("alice", usdc(1_000)));
    world.run(world.report_exposure("alice"));
    assert_eq!(table(&world).len(), 1, "who endangers nothing leaves the table");
}

/// Two places: the larger one of the others takes the smaller one's.
#[test]
fn the_two_largest_stay() {
    let mut world = exposed();
    world.run(world.novate("carol", "dave", SOL, 2 * LOTS, usd(200)));
    // Carol and Dave have 1,000 for 1,460.
    assert_eq!(table(&world), table(&exposed()), "smaller than both");
    for name in ["alice", "bob"] {
        world.run(world.deposit_margin(name, usdc(300)));
        world.run(world.report_exposure(name));
    }
    world.run(world.report_exposure("carol"));
    world.run(world.report_exposure("dave"));
    let known: Vec<Address> = table(&world).iter().map(|(member, _)| *member).collect();
    assert!(
        known.contains(&world.account_of("carol")) && known.contains(&world.account_of("dave")),
        "{known:?}"
    );
}

/// A defaulter's positions are the house's.
#[test]
fn a_default_ends_it() {
    let mut world = exposed();
    world.set_price(SOL, usd(170));
    world.run(world.declare_default("alice"));
    assert!(table(&world).iter().all(|(member, _)| *member != world.account_of("alice")));
    world.run(world.report_exposure("alice"));
    assert!(table(&world).iter().all(|(member, _)| *member != world.account_of("alice")));
}

/// A mark has no width, however old that of a silent market is: nobody makes an exposure look larger.
#[test]
fn at_the_marks_of_all_its_markets() {
    let mut world = exposed();
    let market = world.here.keys.market(SOL);
    world.refuse(world.report_exposure("alice").without(market), WrongMarket);
    world.run(world.report_exposure("alice"));
    let known =
        |world: &World| table(world).iter().find(|row| row.0 == world.account_of("alice")).map(|row| row.1);
    let fresh = known(&world);
    let fund = world.here.keys.fund;
    world.patch_state(fund, |fund: &mut Fund| fund.params.max_mark_age_slots = 150);
    world.warp_secs(11);
    world.refuse(world.report_exposure("alice"), StaleMark);
    world.warp_secs(DAY);
    world.run(world.report_exposure("alice"));
    assert_eq!(known(&world), fresh);
    world.refresh();
    world.run(world.report_exposure("alice"));
    assert_eq!(known(&world), fresh);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = exposed();
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    let call = |world: &World| world.report_exposure("alice");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}

/// Contributing more is noted: it counts for the contributor, not for the others.
#[test]
fn a_contribution_is_noted() {
    let mut world = exposed();
    let known = |world: &World| {
        let fund = world.fund();
        fund.exposures
            .iter()
            .find(|known| known.member == world.account_of("alice"))
            .map(|known| known.contribution)
    };
    assert_eq!(known(&world), Some(usdc(1_000)));
    world.run(world.contribute("alice", usdc(500)));
    assert_eq!(known(&world), Some(usdc(1_500)));
}
