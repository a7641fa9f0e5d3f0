use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead_client::address as derived, contribution, event, params, params::DAY, usd, usdc,
        BulkheadError::*, World, SOL,
    },
};

/// What 50.40 of shortfall leave of Alice's 100.
const CUSHION: u64 = 49_600_000;

/// [`traded_with`] 250 of margin, SOL at 170, declared: 49.60 stand behind the sale of 1,000 lots.
fn cushioned() -> World {
    let mut world = traded_with(usdc(250));
    world.set_price(SOL, usd(170));
    let declared = event!(world.run(world.declare_default("alice")), DefaultDeclared);
    assert_eq!((declared.cushion, declared.unfunded), (CUSHION, 0));
    world
}

/// The same, sold at once, at a loss of nothing.
fn sold() -> World {
    let mut world = cushioned();
    let ended = event!(world.run(world.take_over("bob", SOL, LOTS)), HousesRealised);
    assert_eq!((ended.round, ended.from_cushions, ended.cushions), (0, 0, CUSHION));
    world
}

#[test]
fn it_comes_back_as_contribution() {
    let mut world = sold();
    assert_eq!((world.fund().cushions, world.fund().contributions), (CUSHION, usdc(4_000)));
    let meta = world.run(world.release_cushion(0));
    let released = event!(meta, CushionReleased);
    assert_eq!(
        (released.fund, released.member, released.seq),
        (world.here.keys.fund, world.account_of("alice"), 0)
    );
    assert_eq!((released.amount, released.to_treasury, released.carries), (CUSHION, 0, 0));
    let (fund, alice) = (world.fund(), world.member("alice"));
    assert_eq!((fund.cushions, fund.contributions), (0, usdc(4_000) + CUSHION));
    assert_eq!((contribution(&fund, &alice), alice.cushions), (Ok(CUSHION), 0));
    world.refuse(world.release_cushion(0), NothingToRelease); // threat 20
}

/// Sold at half of the discount, 2.5% of 1,700, the house has lost 42.50 of the 49.60.
#[test]
fn the_house_is_paid_first() {
    let mut world = cushioned();
    world.warp_slots(500);
    world.refresh();
    let treasury = world.fund().treasury;
    let ended = event!(world.run(world.take_over("bob", SOL, LOTS)), HousesRealised);
    assert_eq!((ended.from_cushions, ended.unfunded, ended.cushions), (42_500_000, 0, 7_100_000));
    assert_eq!((world.fund().treasury, world.fund().residual), (treasury, 0));
    assert_eq!(event!(world.run(world.release_cushion(0)), CushionReleased).amount, 7_100_000);
}

#[test]
fn not_before_the_houses_are_sold() {
    let mut world = cushioned();
    world.refuse(world.release_cushion(0), HouseNotSold);
    world.run(world.take_over("bob", SOL, LOTS - 1));
    world.refuse(world.release_cushion(0), HouseNotSold);
    world.run(world.take_over("bob", SOL, 1));
    world.run(world.release_cushion(0));
}

#[test]
fn a_default_may_leave_none() {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS));
    world.refuse(world.release_cushion(0), NothingToRelease);
}

/// Also while the next default keeps contributions out.
#[test]
fn blocked_exits_do_not_stop_it() {
    let mut world = sold();
    world.run(world.novate("carol", "dave", SOL, LOTS, usd(170)));
    world.set_price(SOL, usd(290));
    world.run(world.declare_default("dave"));
    world.refuse(world.contribute("carol", usdc(1)), LossPending);
    world.run(world.release_cushion(0));
    assert_eq!(contribution(&world.fund(), &world.member("alice")), Ok(CUSHION));
}

/// Its owner waits for it: it neither leaves nor closes its account before.
#[test]
fn it_holds_its_owner_and_nobody_else() {
    let mut world = sold();
    world.refuse(world.close_member("alice"), MemberNotEmpty);
    world.run(world.contribute("alice", usdc(10)));
    for name in ["alice", "carol"] {
        let shares = world.member(name).shares.get();
        world.run(world.request_withdrawal(name, shares));
    }
    world.warp_secs(DAY);
    world.run(world.claim_withdrawal("carol"));
    world.refuse(world.claim_withdrawal("alice"), CushionPending);
    world.run(world.release_cushion(0));
    world.run(world.claim_withdrawal("alice"));
    assert_eq!(world.fund().params, params::FUND);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = sold();
    let (fund, alice) = (world.here.keys.fund, world.account_of("alice"));
    let record = derived::default_record(&alice, 0);
    let call = |world: &World| world.release_cushion(0);
    world.refuse(call(&world).swap(alice, world.account_of("bob")), WrongMember);
    for account in [fund, alice, record] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(alice, other), WrongFund);
}
