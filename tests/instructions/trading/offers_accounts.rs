//! Who signs for an offer, and which accounts its instructions take.

use {
    crate::common::*,
    bulkhead_tests::{
        address, bulkhead::constants::TAKING_SECS, calls::at_print, keypair,
        outcome::DUPLICATE_MUTABLE_ACCOUNT, usdc, BulkheadError, BulkheadError::*, Call, Signer, World, SOL,
    },
};

fn offered() -> World {
    let mut world = World::new();
    contributors(&mut world, usdc(1_000));
    world.run(world.post_offer("alice", SOL, 1, at_print(-1_000)));
    world.run(world.post_offer("bob", SOL, 1, at_print(-1_000)));
    world
}

fn taken() -> World {
    let mut world = offered();
    world.run(world.take_offer("dave", "alice", 1, 1_000));
    world.run(world.take_offer("carol", "bob", 1, 1_000));
    world
}

fn filled() -> World {
    let mut world = taken();
    world.next_print(SOL, bulkhead_tests::usd(200));
    world
}

fn lapsed() -> World {
    let mut world = taken();
    world.warp_secs(TAKING_SECS + 1);
    world
}

fn post(world: &World) -> Call {
    world.post_offer("alice", SOL, 9, at_print(-1_000))
}

fn take(world: &World) -> Call {
    world.take_offer("dave", "alice", 1, 1_000)
}

fn fill(world: &World) -> Call {
    world.fill_offer("alice", 1, "dave")
}

fn lapse(world: &World) -> Call {
    world.lapse_taking("alice", 1, "dave")
}

#[test]
fn maker_and_taker_sign() {
    let mut world = offered();
    let (alice, dave) = (world.owner_of("alice").pubkey(), world.owner_of("dave").pubkey());
    world.give_lamports(keypair("stranger").pubkey(), 1_000_000_000);
    refuses_strangers(&mut world, alice, NotTrader, post);
    refuses_strangers(&mut world, dave, NotTrader, take);
    // Nor does one sign for the other.
    world.refuse(take(&world).signed_by(dave, world.owner_of("alice")), NotTrader);
    refuses_strangers(&mut world, dave, OfferNotExpired, |world| {
        let cancel = world.cancel_offer("alice", "alice", 1);
        let (signer, dave) = (cancel.instructions[0].accounts[2].pubkey, world.owner_of("dave").pubkey());
        assert_eq!(signer, world.owner_of("alice").pubkey());
        let mut cancel = cancel;
        cancel.instructions[0].accounts[2].pubkey = dave;
        cancel
    });
}

/// Nobody trades with itself, not by an offer either.
#[test]
fn the_sides_are_two_members() {
    let mut world = offered();
    let (alice, dave) = (world.account_of("alice"), world.account_of("dave"));
    world.refuse(take(&world).swap(dave, alice), DUPLICATE_MUTABLE_ACCOUNT);
}

/// The offer names its fund, its market, its maker and its taker.
#[test]
fn all_are_those_of_the_offer() {
    // Whoever gets the rent back is looked up first.
    type Scene = (fn() -> World, fn(&World) -> Call, BulkheadError);
    let scenes: [Scene; 2] = [(offered, take, WrongMember), (filled, fill, WrongRecord)];
    for (scene, call, other_offer) in scenes {
        let mut world = scene();
        let keys = world.here.keys;
        let market = market_elsewhere(&mut world);
        world.refuse(call(&world).swap(keys.market(SOL), market), WrongFund);
        for name in ["alice", "dave"] {
            let (member, other) = (world.account_of(name), member_elsewhere(&mut world, name));
            world.refuse(call(&world).swap(member, other), WrongFund);
        }
        let other = world.elsewhere(|world| world.here.keys.fund);
        world.refuse(call(&world).swap(keys.fund, other), WrongFund);
        let (alice, bob) = (world.account_of("alice"), world.account_of("bob"));
        world.refuse(call(&world).swap(alice, bob), WrongMember);
        let (own, others) = (world.offer_of("alice", 1), world.offer_of("bob", 1));
        world.refuse(call(&world).swap(own, others), other_offer);
    }
    let mut world = filled();
    let (dave, carol) = (world.account_of("dave"), world.account_of("carol"));
    world.refuse(fill(&world).swap(dave, carol), WrongMember);
    let alice = world.owner_of("alice").pubkey();
    world.refuse(fill(&world).swap(alice, address("another purse")), WrongRecord);

    let mut world = lapsed();
    let (alice, bob) = (world.account_of("alice"), world.account_of("bob"));
    world.refuse(lapse(&world).swap(dave, carol), WrongMember);
    world.refuse(lapse(&world).swap(alice, bob), WrongMember);
    world.refuse(lapse(&world).swap(own_offer(&world), world.offer_of("bob", 1)), WrongMember);
    let other = member_elsewhere(&mut world, "dave");
    world.refuse(lapse(&world).swap(dave, other), WrongFund);

    let mut world = offered();
    let cancel = world.cancel_offer("alice", "alice", 1);
    let mut cancel = cancel;
    cancel.instructions[0].accounts[1].pubkey = world.owner_of("bob").pubkey();
    world.refuse(cancel, WrongRecord);
}

fn own_offer(world: &World) -> bulkhead_tests::Address {
    world.offer_of("alice", 1)
}

#[test]
fn its_accounts_are_what_they_seem() {
    type Scene = (fn() -> World, fn(&World) -> Call, usize);
    let scenes: [Scene; 4] = [(offered, post, 3), (offered, take, 5), (filled, fill, 5), (lapsed, lapse, 3)];
    for (scene, call, states) in scenes {
        let mut world = scene();
        let accounts: Vec<_> = call(&world).accounts().take(states).collect();
        for account in accounts {
            refuses_version(&mut world, account, call);
            refuses_impostors(&mut world, account, call);
        }
    }
    let mut world = offered();
    let offer = world.offer_of("alice", 1);
    refuses_version(&mut world, offer, |world| world.cancel_offer("alice", "alice", 1));
    refuses_impostors(&mut world, offer, |world| world.cancel_offer("alice", "alice", 1));
}

/// The offer is created at the address of its maker and number.
#[test]
fn an_offer_has_its_own_address() {
    let mut world = offered();
    let genuine = world.offer_of("alice", 9);
    for other in [world.offer_of("alice", 8), world.offer_of("bob", 9), address("elsewhere")] {
        world.refuse(post(&world).swap(genuine, other), BulkheadError::WrongRecord);
    }
}
