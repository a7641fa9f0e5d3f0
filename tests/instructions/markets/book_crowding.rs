use {
    crate::common::*,
    bulkhead_tests::{event, usd, usdc, BulkheadError::*, World, SOL},
};

/// One side of [`traded`] is 2,000 of notional. If it defaults from maintenance margin it costs 30% + 5% * 130% - 5% of
/// it, 31.5%. The trade has booked that; a crank does not write the fund, and whoever books counts the price.
#[test]
fn it_counts_the_price() {
    let mut world = traded();
    assert_eq!((world.fund().crowding, world.market(SOL).crowding), (usdc(630), usdc(630)));
    world.set_price(SOL, usd(220));
    assert_eq!(world.fund().crowding, usdc(630));
    let booked = event!(world.run(world.book_crowding(SOL)), CrowdingBooked);
    assert_eq!((booked.fund, booked.market_index), (world.here.keys.fund, 0));
    assert_eq!((booked.cost, booked.all), (usdc(693), usdc(693)));
    assert_eq!((world.fund().crowding, world.market(SOL).crowding), (usdc(693), usdc(693)));
}

/// Whatever changes open interest books: a default takes Alice's lots, and the house's are as many; a sale to Bob, who is
/// short, ends both.
#[test]
fn open_interest_is_booked_as_it_changes() {
    let mut world = allocated();
    assert_eq!(world.fund().crowding, 472_500_000); // 31.5% of 1,500
    world.run(world.take_over("bob", SOL, 600));
    assert_eq!(world.fund().crowding, usdc(189));
    world.run(world.take_over("bob", SOL, 400));
    assert_eq!(world.fund().crowding, 0);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let keys = world.here.keys;
    let call = |world: &World| world.book_crowding(SOL);
    for account in [keys.fund, keys.market(SOL)] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let (market, other) = (keys.market(SOL), market_elsewhere(&mut world));
    world.refuse(call(&world).swap(market, other), WrongFund);
}
