//! Who signs a batch of trades, and which accounts it takes.

use {
    crate::common::*,
    bulkhead_tests::{
        calls::VENUE,
        keypair,
        outcome::{DUPLICATE_MUTABLE_ACCOUNT, NOT_WRITABLE},
        usd, usdc,
        BulkheadError::*,
        Call, InstructionError, Signer, World, BTC, SOL,
    },
};

const EVERYBODY: [&str; 4] = ["alice", "bob", "carol", "dave"];

fn members() -> World {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(1_000));
    world.appoint_venue(&EVERYBODY, 0);
    world
}

fn call(world: &World) -> Call {
    world.buy_batch("alice", SOL, &[("bob", 1, usd(200)), ("carol", 2, usd(200))])
}

/// The venue is the delegate of the taker and of every maker, or their owner; no owner has to sign beside it.
#[test]
fn the_venue_trades_for_all_of_them() {
    let mut world = members();
    refuses_strangers(&mut world, keypair(VENUE).pubkey(), NotTrader, call);
    for name in ["alice", "bob", "carol"] {
        let mut world = members();
        world.run(world.set_delegate(name, keypair("another venue").pubkey()));
        world.refuse(call(&world), NotTrader);
        world.run(world.set_delegate(name, keypair(VENUE).pubkey()));
        world.run(call(&world));
    }
    // One of the owners signs for itself only.
    for name in EVERYBODY {
        let owner = world.owner_of(name);
        world.refuse(call(&world).signed_by(keypair(VENUE).pubkey(), owner), NotTrader);
    }
}

/// Two references to one account would each write their own end of the trade.
#[test]
fn all_are_different_members() {
    let mut world = members();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.account_of(name));
    world.refuse(call(&world).swap(carol, bob), DuplicateAccount);
    world.refuse(call(&world).swap(bob, carol), DuplicateAccount);
    world.refuse(call(&world).swap(bob, alice), DUPLICATE_MUTABLE_ACCOUNT);
    world.refuse(call(&world).swap(alice, bob), DUPLICATE_MUTABLE_ACCOUNT);
}

/// As many makers as deals: what comes after them are markets.
#[test]
fn every_deal_has_its_maker() {
    let mut world = members();
    let [bob, carol, dave] = ["bob", "carol", "dave"].map(|name| world.account_of(name));
    world.refuse(call(&world).without(carol), WrongMember);
    world.refuse(call(&world).without(carol).without(bob), WrongMember);
    world.refuse(call(&world).with_writable(dave), InstructionError::InvalidAccountData);
}

/// A list that says it is longer than it is, or than memory is.
#[test]
fn the_list_of_deals_is_whole() {
    let mut world = members();
    let good = call(&world);
    let len_at = 1 + 1; // after discriminator and side
    for (len, data_len) in [(2, 2 + 4 + 31), (3, 2 + 4 + 32), (u32::MAX, 2 + 4 + 32), (2, 2), (0, 2 + 3)] {
        let mut bent = Call { instructions: good.instructions.clone(), signers: vec![keypair(VENUE)] };
        let data = &mut bent.instructions[0].data;
        data[len_at..][..4].copy_from_slice(&u32::to_le_bytes(len));
        data.truncate(data_len);
        assert!(world.attempt(bent).is_err(), "{len} in {data_len} bytes");
    }
    for side in [2, 255] {
        let mut bent = Call { instructions: good.instructions.clone(), signers: vec![keypair(VENUE)] };
        bent.instructions[0].data[1] = side;
        assert!(world.attempt(bent).is_err(), "side {side}");
    }
    assert_eq!(world.market(SOL).open_interest, 0);
    world.run(good);
}

/// The markets of all of them, which need not be fresh.
#[test]
fn other_markets_are_given() {
    let mut world = members();
    world.run(world.novate("carol", "dave", BTC, 1, usd(60_000)));
    let btc = world.here.keys.market(BTC);
    world.refuse(call(&world).without(btc), WrongMarket); // of a maker
    let taking =
        |world: &World| world.sell_batch("dave", SOL, &[("alice", 1, usd(200)), ("bob", 2, usd(200))]);
    world.refuse(taking(&world).without(btc), WrongMarket); // of the taker
    world.warp_secs(60 * 60);
    world.refuse(call(&world), StaleMark);
    world.set_price(SOL, usd(200));
    world.run(call(&world));
    world.run(taking(&world));

    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).with(other), WrongFund);
    world.refuse(call(&world).swap(btc, other), WrongFund);
    refuses_version(&mut world, btc, call);
    refuses_impostors(&mut world, btc, call);
    let sol = world.here.keys.market(SOL);
    world.refuse(call(&world).with(sol), DUPLICATE_MUTABLE_ACCOUNT);
}

#[test]
fn all_belong_to_one_fund() {
    let mut world = members();
    let market = world.here.keys.market(SOL);
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(market, other), WrongFund);
    for name in ["alice", "bob", "carol"] {
        let (member, other) = (world.account_of(name), member_elsewhere(&mut world, name));
        world.refuse(call(&world).swap(member, other), WrongFund);
    }
    let (fund, other) = (world.here.keys.fund, world.elsewhere(|world| world.here.keys.fund));
    world.refuse(call(&world).swap(fund, other), WrongFund);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = members();
    let keys = world.here.keys;
    let makers = ["bob", "carol"].map(|name| world.account_of(name));
    let named = [keys.fund, keys.market(SOL), world.account_of("alice")];
    for account in named.into_iter().chain(makers) {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    for maker in makers {
        world.refuse(call(&world).readonly(maker), NOT_WRITABLE);
    }
}
