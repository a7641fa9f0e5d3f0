//! The pull oracle through the instruction; `tests/oracle` reads real accounts of both kinds.

use {
    crate::{common::*, scenes::*},
    bulkhead_math::interval::Interval,
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::MAX_PRICE,
            state::{OracleKind, Silence},
        },
        event,
        params::RECEIVERS,
        pyth::PriceUpdate,
        token, usd,
        world::Setup,
        Address, BulkheadError,
        BulkheadError::*,
        InstructionError, MarketSpec, World, SOL,
    },
};

/// Publishes `update` and expects the crank to be refused.
#[track_caller]
fn refused(world: &mut World, error: BulkheadError, change: impl FnOnce(&mut PriceUpdate)) {
    let mut update = world.price_update(SOL);
    change(&mut update);
    world.write_price(SOL, &update);
    world.refuse(world.crank_market(SOL), error);
}

#[track_caller]
fn accepted(world: &mut World, change: impl FnOnce(&mut PriceUpdate)) {
    let mut update = world.price_update(SOL);
    change(&mut update);
    world.write_price(SOL, &update);
    world.run(world.crank_market(SOL));
}

#[test]
fn the_mark_is_what_the_oracle_says() {
    let mut world = World::new();
    world.warp_slots(10);
    world.publish(SOL, usd(210), 5_000_000);
    let meta = world.run(world.crank_market(SOL));
    let (mark, cranked) = (world.market(SOL).mark, event!(meta, Cranked));
    assert_eq!(
        (mark.price, mark.confidence, mark.slot, mark.publish_ts),
        (usd(210), 5_000_000, world.slot(), world.now())
    );
    assert_eq!((cranked.market, cranked.price), (world.here.keys.market(SOL), usd(210)));
    assert_eq!((cranked.confidence, cranked.publish_ts), (5_000_000, world.now()));
}

/// Two receivers run side by side, and governance lists whom it believes.
#[test]
fn the_owner_is_a_receiver_of_the_market() {
    let mut world = World::new();
    let price = world.here.markets[0].price_account;
    let update = world.price_update(SOL);
    for receiver in RECEIVERS {
        world.put(price, update.account(&price, receiver));
        world.run(world.crank_market(SOL));
    }
    for owner in [Address::default(), token::TOKEN, bulkhead_tests::bulkhead::ID, address("receiver")] {
        world.put(price, update.account(&price, owner));
        world.refuse(world.crank_market(SOL), OracleWrongOwner);
    }
}

/// An entry left empty believes nobody: not the system program, whose address is zero too.
#[test]
fn an_empty_owner_is_nobody() {
    let mut spec = MarketSpec::sol();
    spec.params.oracle.owners[1] = [0; 32];
    let mut world = World::with(Setup { markets: vec![spec], ..Setup::default() });
    let (price, update) = (spec.price_account, world.price_update(SOL));
    for owner in [RECEIVERS[1], Address::default()] {
        world.put(price, update.account(&price, owner));
        world.refuse(world.crank_market(SOL), OracleWrongOwner);
    }
}

#[test]
fn a_market_may_be_bound_to_one_account() {
    let mut world = World::new();
    let (bound, other) = (world.here.markets[0].price_account, address("another price"));
    let update = world.price_update(SOL);
    world.put(other, update.account(&other, RECEIVERS[0]));
    world.run(world.crank_market(SOL).swap(bound, other)); // this one is not

    let mut spec = MarketSpec::sol();
    spec.params.oracle.account = bound.to_bytes();
    let mut world = World::with(Setup { markets: vec![spec], ..Setup::default() });
    world.put(other, update.account(&other, RECEIVERS[0]));
    world.refuse(world.crank_market(SOL).swap(bound, other), OracleWrongAccount);
}

#[test]
fn malformed_accounts_are_refused() {
    let mut world = World::new();
    let price = world.here.markets[0].price_account;
    let good = world.account(&price).unwrap();
    let mut other_type = good.clone();
    other_type.data[0] ^= 1;
    let mut short = good.clone();
    short.data.truncate(132);
    let mut empty = good;
    empty.data.clear();
    for account in [other_type, short, empty] {
        world.put(price, account);
        world.refuse(world.crank_market(SOL), OracleMalformed);
    }
}

#[test]
fn only_fully_verified_prices_of_the_feed() {
    let mut world = World::new();
    for signatures in [0, 2, 13, 255] {
        refused(&mut world, OracleNotVerified, |update| update.partial = Some(signatures));
    }
    refused(&mut world, OracleWrongFeed, |update| update.feed_id[31] ^= 1);
    accepted(&mut world, |_| {});
}

/// The mark stays, and the market is silent until a sound print is taken.
#[track_caller]
fn silenced(world: &mut World, silence: Silence, change: impl FnOnce(&mut PriceUpdate)) {
    let before = world.market(SOL);
    world.warp_secs(1);
    let mut update = world.price_update(SOL);
    change(&mut update);
    world.write_price(SOL, &update);
    let meta = world.run(world.crank_market(SOL));
    let after = world.market(SOL);
    assert_eq!(Silence::from(after.silence), silence);
    assert_eq!((after.mark, after.range, after.adjusted), (before.mark, before.range, before.adjusted));
    assert_eq!(after.seen_ts, update.publish_ts);
    let event = event!(meta, Silenced);
    assert_eq!((event.silence, event.publish_ts), (silence as u64, update.publish_ts));
    let uncertain = silence == Silence::Uncertain;
    let kept = if uncertain { (update.price.unsigned_abs(), update.confidence) } else { (0, 0) };
    assert_eq!((after.uncertain_price, after.uncertain_confidence), kept);

    world.refuse(world.settle("alice", SOL), StaleMark);
    // Nobody undoes a silence with an older print.
    let (now, slot) = (world.now(), world.slot());
    world.write_price(SOL, &PriceUpdate { publish_ts: now - 1, ..world.price_update(SOL) });
    world.refuse(world.crank_market(SOL), OracleWentBack);
    world.set_clock(slot, now);
    world.print(SOL, usd(200));
    assert_eq!(Silence::from(world.market(SOL).silence), Silence::None);
    world.run(world.settle("alice", SOL));
}

#[test]
fn another_exponent_silences_the_market() {
    let mut world = traded();
    for exponent in [8, 0, -7, -9, i32::MIN] {
        silenced(&mut world, Silence::Exponent, |update| update.exponent = exponent);
    }
}

#[test]
fn a_price_that_is_no_mark_silences_the_market() {
    let mut world = traded();
    for price in [0, -1, i64::MIN, i64::MAX, MAX_PRICE as i64 + 1] {
        silenced(&mut world, Silence::Price, |update| update.price = price);
    }
    accepted(&mut world, |update| update.price = 1);
    accepted(&mut world, |update| update.price = MAX_PRICE as i64);
}

/// 60 seconds back and 10 ahead are allowed. The publish time never goes back, so each has its own world.
#[test]
fn the_price_is_of_now() {
    let mut world = World::new();
    world.warp_secs(1_000);
    refused(&mut world, OracleTooOld, |update| update.publish_ts -= 61);
    refused(&mut world, OracleTooOld, |update| update.publish_ts = 0);
    refused(&mut world, OracleTooOld, |update| update.publish_ts = -1);
    refused(&mut world, Overflow, |update| update.publish_ts = i64::MIN + 1);
    accepted(&mut world, |update| update.publish_ts -= 60);
    refused(&mut world, OracleFromFuture, |update| update.publish_ts += 11);
    refused(&mut world, OracleFromFuture, |update| update.publish_ts = i64::MAX);
    accepted(&mut world, |update| update.publish_ts += 10);
}

/// 2% of 200 is 4.
#[test]
fn an_uncertain_price_silences_the_market() {
    let mut world = traded();
    silenced(&mut world, Silence::Uncertain, |update| update.confidence = usd(4) + 1);
    silenced(&mut world, Silence::Uncertain, |update| update.confidence = u64::MAX);
    accepted(&mut world, |update| update.confidence = usd(4));
}

/// What was in force within a cell's length is in the range, and what was not within two is not.
#[test]
fn the_range_holds_two_cells_of_chain_time() {
    let mut world = World::new();
    let range = |world: &World| world.market(SOL).range.get().advance(0, 0, 10).interval();
    world.warp_secs(100 - world.now() % 10); // a cell begins
    world.print(SOL, usd(190));
    assert_eq!(range(&world), Interval { low: usd(190), high: usd(200) });
    world.warp_secs(10);
    world.print(SOL, usd(195));
    assert_eq!(range(&world), Interval { low: usd(190), high: usd(200) });
    world.warp_secs(10);
    world.print(SOL, usd(195));
    assert_eq!(range(&world), Interval { low: usd(190), high: usd(195) });
    // A gap: only the price in force.
    world.warp_secs(30);
    world.print(SOL, usd(196));
    assert_eq!(range(&world), Interval { low: usd(195), high: usd(196) });
}

/// A print of this moment does not move the mean, a price that lasts does: half of the way in 30 seconds.
#[test]
fn the_mean_knows_how_long_a_price_was_in_force() {
    let mut world = World::new();
    world.warp_secs(100);
    world.print(SOL, usd(100));
    assert_eq!(world.market(SOL).adjusted.mean_price(), usd(200));
    world.warp_secs(30);
    world.print(SOL, usd(300));
    assert_eq!(world.market(SOL).adjusted.mean_price(), usd(150));
}

/// Threat 18: of two valid accounts a caller cannot choose the older one.
#[test]
fn time_does_not_go_back() {
    let mut world = World::new();
    world.warp_secs(30);
    accepted(&mut world, |_| {});
    refused(&mut world, OracleWentBack, |update| update.publish_ts -= 1);
    // The same price again, later, is as good as new.
    world.warp_slots(20);
    accepted(&mut world, |update| update.publish_ts -= 8); // what 20 slots take
    assert_eq!(world.market(SOL).mark.slot, world.slot());
}

/// A push account is not looked for where a pull account belongs, and the other way round.
#[test]
fn kinds_are_not_mixed_up() {
    let mut spec = MarketSpec::sol();
    spec.params.oracle.kind = OracleKind::PythPush as u8;
    spec.params.oracle.account = spec.price_account.to_bytes();
    let mut world = World::without_fund(bulkhead_tests::MintKind::Spl);
    world.run(world.create_fund(bulkhead_tests::params::FUND));
    world.run(world.create_market(SOL, &spec));
    world.here.markets.push(spec);
    refused(&mut world, OracleMalformed, |_| {});
}

#[test]
#[allow(deprecated)] // the runtime's newer name is not what it reports
fn the_market_is_what_it_seems() {
    let mut world = World::new();
    let market = world.here.keys.market(SOL);
    refuses_version(&mut world, market, |world| world.crank_market(SOL));
    refuses_impostors(&mut world, market, |world| world.crank_market(SOL));
    let price = world.here.markets[0].price_account;
    world.refuse(
        world.crank_market(SOL).swap(price, market),
        bulkhead_tests::outcome::DUPLICATE_MUTABLE_ACCOUNT,
    );
    world.refuse(world.crank_market(SOL).without(price), InstructionError::NotEnoughAccountKeys);
}

/// P3 of a wind-down: claims are made at it.
#[test]
fn a_final_mark_does_not_move() {
    let mut world = final_at(usd(50));
    world.publish(SOL, usd(51), 0);
    world.refuse(world.crank_market(SOL), MarketClosed);
}
