//! `transfer_authority`, `accept_authority`.

use {
    crate::common::*,
    bulkhead_tests::{event, Address, BulkheadError::*, Signer, World},
};

#[test]
fn it_is_offered_and_taken() {
    let mut world = traded();
    let (old, heir) = (world.fund().authority, world.owner_of("heir").pubkey());
    let meta = world.run(world.transfer_authority("heir"));
    assert_eq!((event!(meta, AuthorityMoved).authority, event!(meta, AuthorityMoved).accepted), (heir, 0));
    assert_eq!((world.fund().authority, world.fund().pending_authority), (old, heir), "until it is taken");
    let meta = world.run(world.accept_authority("heir"));
    assert_eq!((event!(meta, AuthorityMoved).authority, event!(meta, AuthorityMoved).accepted), (heir, 1));
    assert_eq!((world.fund().authority, world.fund().pending_authority), (heir, Address::default()));
    world.refuse(world.transfer_authority("heir"), NotAuthority); // the old one
}

#[test]
fn only_who_it_was_offered_to_takes_it() {
    let mut world = traded();
    world.refuse(world.accept_authority("heir"), NotPendingAuthority);
    world.run(world.transfer_authority("heir"));
    world.refuse(world.accept_authority("stranger"), NotPendingAuthority);
    world.run(world.transfer_authority("another")); // offered anew
    world.refuse(world.accept_authority("heir"), NotPendingAuthority);
    world.run(world.accept_authority("another"));
}

#[test]
fn only_the_authority_offers_it() {
    let mut world = traded();
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world: &World| world.transfer_authority("heir"));
}
