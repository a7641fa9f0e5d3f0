use {
    crate::common::*,
    bulkhead_tests::{event, keypair, usd, Address, BulkheadError::*, Signer, World, SOL},
};

#[test]
fn the_delegate_may_trade_but_not_withdraw() {
    let mut world = traded();
    let (alice, agent) = (world.owner_of("alice").pubkey(), keypair("agent"));
    world.refuse(
        world.novate("alice", "bob", SOL, 1, usd(200)).signed_by(alice, agent.insecure_clone()),
        NotTrader,
    );
    let meta = world.run(world.set_delegate("alice", agent.pubkey()));
    let set = event!(meta, DelegateSet);
    assert_eq!((set.member, set.delegate), (world.account_of("alice"), agent.pubkey()));
    assert_eq!(world.member("alice").delegate, agent.pubkey());

    world.run(world.novate("alice", "bob", SOL, 1, usd(200)).signed_by(alice, agent.insecure_clone()));
    let shares = world.member("alice").shares.get();
    for call in [
        world.withdraw_margin("alice", 1),
        world.contribute("alice", 1),
        world.request_withdrawal("alice", shares),
        world.cancel_withdrawal("alice"),
        world.claim_withdrawal("alice"),
        world.claim_rewards("alice"),
        world.set_delegate("alice", Address::default()),
        world.close_member("alice"),
    ] {
        world.refuse(call.signed_by(alice, agent.insecure_clone()), NotOwner);
    }
}

#[test]
fn the_zero_address_is_nobody() {
    let mut world = traded();
    let (alice, agent) = (world.owner_of("alice").pubkey(), keypair("agent"));
    world.run(world.set_delegate("alice", agent.pubkey()));
    world.run(world.set_delegate("alice", Address::default()));
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)).signed_by(alice, agent), NotTrader);
    assert_eq!(world.member("alice").delegate, Address::default());
}

#[test]
fn only_the_owner() {
    let mut world = traded();
    let owner = world.owner_of("alice").pubkey();
    refuses_strangers(&mut world, owner, NotOwner, |world| world.set_delegate("alice", Address::default()));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    let call = |world: &World| world.set_delegate("alice", Address::default());
    refuses_version(&mut world, fund, call);
    refuses_version(&mut world, member, call);
    refuses_impostors(&mut world, fund, call);
    refuses_impostors(&mut world, member, call);
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
