use {
    crate::common::*,
    bulkhead_tests::{event, params::DAY, usd, BulkheadError::*, World, SOL},
};

const NOTICE: i64 = 3 * DAY;

/// A market whose last certain print is 14 days old.
fn dead() -> World {
    let mut world = traded();
    world.warp_secs(14 * DAY);
    world
}

#[test]
fn a_dead_feed_ends_its_market() {
    let mut world = dead();
    let meta = world.run(world.close_market(SOL));
    let ends = event!(meta, MarketEnds);
    assert_eq!((ends.fund, ends.market_index, ends.end_ts), (world.here.keys.fund, 0, world.now() + NOTICE));
    assert_eq!(world.market(SOL).dead_ts, world.now() + NOTICE);
}

/// To the second.
#[test]
fn the_feed_has_been_silent_for_long_enough() {
    let mut world = traded();
    let since = world.now() - world.market(SOL).mark.publish_ts;
    world.warp_secs(14 * DAY - since - 1);
    world.refuse(world.close_market(SOL), OracleNotSilent);
    world.warp_secs(1);
    world.run(world.close_market(SOL));
}

#[test]
fn once() {
    let mut world = dead();
    world.run(world.close_market(SOL));
    world.refuse(world.close_market(SOL), MarketClosing);
    world.warp_secs(NOTICE + 60 * 60);
    world.run(world.fix_final_mark(SOL));
    world.refuse(world.close_market(SOL), MarketClosed);
}

/// From its announcement on the market only reduces.
#[test]
fn it_only_reduces_from_then_on() {
    let mut world = dead();
    world.run(world.close_market(SOL));
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)), StaleMark); // a print would cancel the end
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = dead();
    let call = |world: &World| world.close_market(SOL);
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
