use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::state::FundParams, event, keypair, params, usdc, BulkheadError::*, Signer, World,
    },
};

#[test]
fn the_request_is_gone() {
    let mut world = traded();
    let all = world.member("alice").shares.get();
    world.run(world.request_withdrawal("alice", all));
    let meta = world.run(world.cancel_withdrawal("alice"));
    let (member, requested) = (world.member("alice"), event!(meta, WithdrawalRequested));
    assert_eq!((member.notice_shares.get(), member.notice_ready_secs, member.exit_ready_secs), (0, 0, 0));
    assert_eq!((requested.shares.get(), requested.ready_secs), (0, 0));
    assert_eq!(member.shares.get(), all);
}

/// A commitment to leave does not survive its request.
#[test]
fn the_commitment_is_gone_too() {
    let mut world = World::with_params(FundParams { exit_delay_slots: 100, ..params::FUND });
    world.join("alice", 0, usdc(10));
    world.run(world.request_withdrawal("alice", 1));
    world.warp_secs(params::DAY);
    world.run(world.claim_withdrawal("alice"));
    assert_eq!(world.member("alice").exit_ready_secs, world.exit_secs() + 40); // 100 slots of 400 ms
    world.run(world.cancel_withdrawal("alice"));
    assert_eq!(world.member("alice").exit_ready_secs, 0);
}

#[test]
fn there_must_be_one() {
    let mut world = traded();
    world.refuse(world.cancel_withdrawal("alice"), NoWithdrawal);
    world.run(world.request_withdrawal("alice", 1));
    world.run(world.cancel_withdrawal("alice"));
    world.refuse(world.cancel_withdrawal("alice"), NoWithdrawal);
}

#[test]
fn only_the_owner() {
    let mut world = traded();
    world.run(world.request_withdrawal("alice", 1));
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.cancel_withdrawal("alice"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    world.run(world.request_withdrawal("alice", 1));
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    let call = |world: &World| world.cancel_withdrawal("alice");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
