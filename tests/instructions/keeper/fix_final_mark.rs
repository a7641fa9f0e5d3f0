use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, params::DAY, usd, BulkheadError::*, World, SOL},
};

/// [`wound_down`], a day later, with a fresh mark of 45.
fn due() -> World {
    let mut world = wound_down();
    world.warp_secs(DAY);
    world.set_price_within(SOL, usd(45), usd(45) / 100);
    world
}

/// Whatever doubt there was: a final mark is certain.
#[test]
fn the_mark_is_final() {
    let mut world = due();
    let meta = world.run(world.fix_final_mark(SOL));
    let fixed = event!(meta, MarkFixed);
    assert_eq!((fixed.fund, fixed.market_index, fixed.price), (world.here.keys.fund, 0, usd(45)));
    let market = world.market(SOL);
    assert_eq!((market.mark.price, market.mark.confidence, market.final_ts), (usd(45), 0, world.now()));
}

/// Nothing moves it any more, and it is never stale.
#[test]
fn once() {
    let mut world = due();
    world.run(world.fix_final_mark(SOL));
    world.refuse(world.fix_final_mark(SOL), MarketClosed);
    world.refuse(world.crank_market(SOL), MarketClosed);
    world.warp_secs(DAY);
    world.run(world.settle("bob", SOL));
}

#[test]
fn only_in_a_wind_down() {
    let mut world = traded();
    world.refuse(world.fix_final_mark(SOL), NotWindDown);
    let mut world = haircut();
    world.refuse(world.fix_final_mark(SOL), NotWindDown);
}

/// A day from the start of the wind-down, to the second.
#[test]
fn not_before_its_delay_has_passed() {
    let mut world = wound_down();
    world.warp_secs(DAY - 1);
    world.refresh();
    world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
    world.warp_secs(1);
    world.run(world.fix_final_mark(SOL));
}

#[test]
fn the_mark_is_fresh() {
    let mut world = due();
    world.warp_slots(26);
    world.refuse(world.fix_final_mark(SOL), StaleMark);
    world.refresh();
    world.run(world.fix_final_mark(SOL));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = due();
    let call = |world: &World| world.fix_final_mark(SOL);
    let (fund, market) = (world.here.keys.fund, world.here.keys.market(SOL));
    for account in [fund, market] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(market, other), WrongFund);
    let other = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(fund, other), WrongFund);
}
