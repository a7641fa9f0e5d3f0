use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::constants::SILENT_GRACE_SECS, event, usd, usdc, BulkheadError::*, World, SOL,
    },
};

/// [`allocated`] with 1,000 in the treasury: the house is long of 1,000 lots from 150, and has lost nothing. Their stress
/// loss is 36.5% of 1,500.
fn held() -> World {
    let mut world = allocated();
    world.give("donor", usdc(1_000));
    world.run(world.fund_treasury("donor", usdc(547) + 500_000));
    world
}

#[test]
fn a_silent_house_does_not_block_exits_while_it_is_covered() {
    let mut world = held();
    let booked = event!(world.run(world.book_house(SOL)), HouseBooked);
    assert_eq!((booked.at_risk, booked.waived), (547_500_000, 0), "its market is not silent");
    world.refuse(world.contribute("carol", 1), LossPending);
    world.warp_secs(i64::from(SILENT_GRACE_SECS) - 1);
    let booked = event!(world.run(world.book_house(SOL)), HouseBooked);
    assert_eq!(booked.waived, 0, "nobody has cranked it, and its feed has an hour");
    world.warp_secs(1);
    let booked = event!(world.run(world.book_house(SOL)), HouseBooked);
    assert_eq!((booked.fund, booked.market_index), (world.here.keys.fund, 0));
    assert_eq!((booked.at_risk, booked.waived), (547_500_000, 1));
    assert_eq!((world.fund().waived_houses, world.fund().waived_at_risk), (1, 547_500_000));
    world.run(world.contribute("carol", usdc(1)));
    // A unit less in the treasury, and it blocks them again.
    let treasury = world.fund().treasury;
    world.set_treasury(treasury - 1);
    world.refuse(world.contribute("carol", usdc(1)), LossPending);
}

#[test]
fn its_market_comes_back() {
    let mut world = held();
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.run(world.book_house(SOL));
    world.set_price(SOL, usd(150));
    assert_eq!(event!(world.run(world.book_house(SOL)), HouseBooked).waived, 0);
    world.refuse(world.contribute("carol", 1), LossPending);
}

#[test]
fn there_must_be_lots() {
    let mut world = held();
    world.run(world.take_over("bob", SOL, LOTS));
    world.refuse(world.book_house(SOL), NothingToTake);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = held();
    let keys = world.here.keys;
    let call = |world: &World| world.book_house(SOL);
    for account in [keys.fund, keys.market(SOL)] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let (market, other) = (keys.market(SOL), market_elsewhere(&mut world));
    world.refuse(call(&world).swap(market, other), WrongFund);
}
