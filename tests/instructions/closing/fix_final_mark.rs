use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::ParameterChange, event, params::DAY, usd, BulkheadError::*, World, SOL,
    },
};

const HOUR: i64 = 60 * 60;

/// [`traded`], and SOL ends six days from its beginning.
fn ending() -> World {
    let mut world = traded();
    let end = world.now() + 6 * DAY;
    let number = world.mandate().nonce;
    world.run(world.queue_change(ParameterChange::Close(SOL, end)));
    world.warp_secs(4 * DAY);
    world.refresh(); // the market is heard
    world.run(world.apply_change(number, Some(SOL)));
    world
}

/// Whatever doubt there was: a final mark is certain.
#[test]
fn the_mark_is_final() {
    let mut world = ending();
    let end = world.market(SOL).closing_ts;
    world.warp_secs(end - HOUR - world.now());
    while world.now() < end - 60 {
        world.print_within(SOL, usd(45), usd(45) / 100);
        world.warp_secs(60);
    }
    world.print_within(SOL, usd(45), usd(45) / 100);
    world.warp_secs(60);
    let meta = world.run(world.fix_final_mark(SOL));
    let fixed = event!(meta, MarkFixed);
    assert_eq!((fixed.fund, fixed.market_index, fixed.price), (world.here.keys.fund, 0, usd(45)));
    let market = world.market(SOL);
    assert_eq!((market.mark.price, market.mark.confidence, market.final_ts), (usd(45), 0, world.now()));
    assert_eq!(market.crowding, 0);
}

/// Nothing moves it any more, and it is never stale.
#[test]
fn once() {
    let mut world = ending();
    world.end_at(SOL, usd(210));
    world.refuse(world.fix_final_mark(SOL), MarketClosed);
    world.refuse(world.crank_market(SOL), MarketClosed);
    world.warp_secs(DAY);
    world.run(world.settle("bob", SOL));
}

/// A market whose end nobody has announced has none.
#[test]
fn only_when_an_end_is_known() {
    let mut world = traded();
    world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
    let mut world = cut();
    world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
}

/// To the second.
#[test]
fn not_before_the_end() {
    let mut world = ending();
    let end = world.market(SOL).closing_ts;
    world.warp_secs(end - HOUR - world.now());
    while world.now() < end - 60 {
        world.print(SOL, usd(200));
        world.warp_secs(60);
    }
    world.print(SOL, usd(200));
    world.warp_secs(59);
    world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
    world.warp_secs(1);
    world.run(world.fix_final_mark(SOL));
}

/// With half of the hour covered it ends; with a second less it goes on for another hour, and what it has counts on.
#[test]
fn half_of_the_hour_must_be_covered() {
    for (prints, is_enough) in [(30, true), (29, false)] {
        let mut world = ending();
        let end = world.market(SOL).closing_ts;
        world.warp_secs(end - HOUR - world.now());
        for _ in 0..prints {
            world.print(SOL, usd(210));
            world.warp_secs(60);
        }
        world.warp_secs(end - world.now());
        if !is_enough {
            world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
            world.print(SOL, usd(180)); // covers the minute that was missing
            world.warp_secs(HOUR);
        }
        world.run(world.fix_final_mark(SOL));
        let mean = if is_enough { usd(210) } else { (usd(210) * 29 + usd(180)) / 30 };
        assert_eq!(world.market(SOL).mark.price, mean);
    }
}

/// In a wind-down all markets end together, a day after its start.
#[test]
fn a_wind_down_ends_every_market() {
    let mut world = wound_down();
    let end = world.fund().wind_down_ts + DAY;
    world.refuse(world.fix_final_mark(SOL), FinalMarkNotDue);
    world.end_at(SOL, usd(45));
    assert_eq!((world.now(), world.market(SOL).mark.price), (end, usd(45)));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = ending();
    world.warp_secs(3 * DAY);
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
