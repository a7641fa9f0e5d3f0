//! Who signs, and which accounts a trade takes.

use {
    crate::common::*,
    bulkhead_tests::{
        keypair, outcome::DUPLICATE_MUTABLE_ACCOUNT, usd, usdc, BulkheadError::*, Call, Signer, World, BTC,
        SOL,
    },
};

fn call(world: &World) -> Call {
    world.novate("alice", "bob", SOL, 1, usd(200))
}

#[test]
fn both_sides_sign() {
    let mut world = traded();
    for name in ["alice", "bob"] {
        let owner = world.owner_of(name).pubkey();
        refuses_strangers(&mut world, owner, NotTrader, call);
    }
    // Nor does one sign for the other.
    let (alice, bob) = (world.owner_of("alice"), world.owner_of("bob").pubkey());
    world.refuse(call(&world).signed_by(bob, alice.insecure_clone()), NotTrader);
}

#[test]
fn a_delegate_signs_for_its_member_only() {
    let mut world = traded();
    let (alice, bob, agent) =
        (world.owner_of("alice").pubkey(), world.owner_of("bob").pubkey(), keypair("agent"));
    world.run(world.set_delegate("alice", agent.pubkey()));
    world.run(call(&world).signed_by(alice, agent.insecure_clone()));
    world.refuse(call(&world).signed_by(bob, agent.insecure_clone()), NotTrader);
    // One agent may be the delegate of both.
    world.run(world.set_delegate("bob", agent.pubkey()));
    world.run(call(&world).signed_by(alice, agent.insecure_clone()).signed_by(bob, agent));
}

/// Nobody trades with itself: two references to one account would each write their own end of the trade.
#[test]
fn the_sides_are_two_members() {
    let mut world = traded();
    let (alice, bob) = (world.account_of("alice"), world.account_of("bob"));
    world.refuse(call(&world).swap(bob, alice), DUPLICATE_MUTABLE_ACCOUNT);
    world.refuse(call(&world).swap(alice, bob), DUPLICATE_MUTABLE_ACCOUNT);
}

/// They need not be fresh: one silent market stops no trade in another.
#[test]
fn other_markets_are_given() {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "carol", BTC, 1, usd(60_000)));
    let btc = world.here.keys.market(BTC);
    world.refuse(call(&world).without(btc), WrongMarket); // Alice's
    world.refuse(world.novate("bob", "alice", SOL, 1, usd(200)).without(btc), WrongMarket);
    world.warp_secs(60 * 60);
    world.refuse(call(&world), StaleMark);
    world.set_price(SOL, usd(200));
    world.run(call(&world));

    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).with(other), WrongFund);
    world.refuse(call(&world).swap(btc, other), WrongFund);
    refuses_version(&mut world, btc, call);
    refuses_impostors(&mut world, btc, call);
    // The market traded is named once: the copy to read would alias the one to write.
    let sol = world.here.keys.market(SOL);
    world.refuse(call(&world).with(sol), DUPLICATE_MUTABLE_ACCOUNT);
    world.refuse(call(&world).swap(btc, world.account_of("alice")), DUPLICATE_MUTABLE_ACCOUNT);
}

#[test]
fn all_belong_to_one_fund() {
    let mut world = traded();
    let market = world.here.keys.market(SOL);
    let other = market_elsewhere(&mut world);
    world.refuse(call(&world).swap(market, other), WrongFund);
    for name in ["alice", "bob"] {
        let (member, other) = (world.account_of(name), member_elsewhere(&mut world, name));
        world.refuse(call(&world).swap(member, other), WrongFund);
    }
    let (fund, other) = (world.here.keys.fund, world.elsewhere(|world| world.here.keys.fund));
    world.refuse(call(&world).swap(fund, other), WrongFund);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let keys = world.here.keys;
    for account in [keys.fund, keys.market(SOL), world.account_of("alice"), world.account_of("bob")] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
}
