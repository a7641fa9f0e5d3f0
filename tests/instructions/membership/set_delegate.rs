use {
    crate::common::*,
    bulkhead_tests::{event, keypair, params::DAY, usd, usdc, Address, BulkheadError::*, Signer, World, SOL},
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
    assert_eq!(set.daily_budget, 0);
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

/// 10 SOL at 204 concede 40 against a mark of 200, all that the owner allows for a day; a lot at a hundred-millionth above
/// the mark concedes a unit, rounded up in favour of the owner. At the mark or better nothing is conceded.
#[test]
fn the_delegate_concedes_no_more_than_its_budget() {
    let mut world = traded();
    let (alice, agent) = (world.owner_of("alice").pubkey(), keypair("agent"));
    let buy = |world: &World, lots, price| {
        world.novate("alice", "bob", SOL, lots, price).signed_by(alice, agent.insecure_clone())
    };
    let set = event!(world.run(world.set_delegate_within("alice", agent.pubkey(), usdc(40))), DelegateSet);
    assert_eq!(set.daily_budget, usdc(40));
    world.refuse(buy(&world, LOTS, usd(204) + 1), PriceOutsideBand);
    world.run(buy(&world, LOTS, usd(204)));
    assert_eq!(world.member("alice").conceded, usdc(40));
    world.refuse(buy(&world, 1, usd(200) + 1), DelegateBudgetExceeded);
    world.run(buy(&world, 1, usd(200)));
    world.run(buy(&world, 1, usd(196)));
    // Selling below the mark concedes too.
    let sell = world.novate("bob", "alice", SOL, 1, usd(200) - 1);
    world.refuse(sell.signed_by(alice, agent.insecure_clone()), DelegateBudgetExceeded);
    // The owner concedes what it likes, and the next day has a budget of its own.
    world.run(world.novate("bob", "alice", SOL, 1, usd(196)));
    world.warp_secs(DAY);
    world.refresh();
    world.run(buy(&world, 1, usd(200) + 1));
    assert_eq!(world.member("alice").conceded, 1);
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
