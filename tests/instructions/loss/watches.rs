use {
    crate::common::*,
    bulkhead_tests::{bulkhead::state::FundParams, event, params, usd, usdc, BulkheadError::*, World, SOL},
};

/// [`traded_with`] 250 of margin and 100 contributed, and a print of 164.90: 351 are lost, and the better price before it
/// does not let anybody declare her yet.
fn visible() -> World {
    let mut world = traded_with(usdc(250));
    world.print(SOL, 16_490_000_000);
    world.refuse(world.declare_default("alice"), EquityNotNegative);
    world
}

#[test]
fn a_watch_blocks_exits() {
    let mut world = visible();
    let opened = event!(world.run(world.open_watch("alice")), WatchOpened);
    assert_eq!((opened.fund, opened.member), (world.here.keys.fund, world.account_of("alice")));
    assert_eq!(opened.until_ts, world.now() + i64::from(params::FUND.watch_secs));
    world.refuse(world.contribute("carol", 1), LossPending);
    world.refuse(world.open_watch("alice"), AlreadyWatched);
    world.refuse(world.end_watch("alice"), EquityNegative);
    // It ends by itself.
    world.warp_secs(i64::from(params::FUND.watch_secs));
    world.run(world.contribute("carol", usdc(1)));
}

/// 349.60 are her own: margin less the fee, and contribution. At 165.04 they are exactly used up.
#[test]
fn only_while_others_would_pay() {
    let mut world = traded_with(usdc(250));
    world.print(SOL, 16_504_000_000);
    world.refuse(world.open_watch("alice"), EquityNotNegative);
    world.print(SOL, 16_503_999_900);
    world.run(world.open_watch("alice"));
}

#[test]
fn it_ends_when_the_member_is_sound() {
    let mut world = visible();
    world.refuse(world.end_watch("alice"), NotWatched);
    world.run(world.open_watch("alice"));
    world.run(world.deposit_margin("alice", usdc(10)));
    let ended = event!(world.run(world.end_watch("alice")), WatchEnded);
    assert_eq!((ended.fund, ended.member), (world.here.keys.fund, world.account_of("alice")));
    world.run(world.contribute("carol", usdc(1)));
    world.refuse(world.end_watch("alice"), NotWatched);
}

/// Half an hour of a day is all there is of it.
#[test]
fn a_day_has_only_so_many_seconds_of_it() {
    let mut world = visible();
    world.run(world.open_watch("alice"));
    world.warp_secs(i64::from(params::FUND.watch_secs));
    world.print(SOL, 16_490_000_000);
    world.run(world.end_watch("alice"));
    world.refuse(world.open_watch("alice"), WatchExhausted);
}

/// An old mark shows nothing.
#[test]
fn its_marks_are_recent() {
    let mut world = World::with_params(FundParams { max_mark_age_slots: 100, ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.print(SOL, 16_490_000_000);
    world.warp_secs(11);
    world.refuse(world.open_watch("alice"), StaleMark);
    world.print(SOL, 16_490_000_000);
    world.run(world.open_watch("alice"));
    // A silent market counts at its last mark: nobody escapes by a feed that stops.
    world.warp_secs(i64::from(params::FUND.watch_secs) + bulkhead_tests::params::DAY);
    world.run(world.end_watch("alice"));
    world.run(world.open_watch("alice"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = visible();
    world.run(world.open_watch("alice"));
    let (fund, member, sol) = (world.here.keys.fund, world.account_of("alice"), world.here.keys.market(SOL));
    let (other, foreign) = (member_elsewhere(&mut world, "alice"), market_elsewhere(&mut world));
    for call in [World::open_watch, World::end_watch] {
        let call = |world: &World| call(world, "alice");
        for account in [fund, member, sol] {
            refuses_version(&mut world, account, call);
            refuses_impostors(&mut world, account, call);
        }
        world.refuse(call(&world).swap(member, other), WrongFund);
        world.refuse(call(&world).without(sol), WrongMarket);
        world.refuse(call(&world).swap(sol, foreign), WrongFund);
    }
}
