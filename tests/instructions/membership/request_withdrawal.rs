use {
    crate::common::*,
    bulkhead_tests::{contribution, event, keypair, params::DAY, BulkheadError::*, Signer, World},
};

#[test]
fn the_notice_period_starts() {
    let mut world = traded();
    let all = world.member("alice").shares.get();
    let meta = world.run(world.request_withdrawal("alice", all / 2));
    let (member, requested) = (world.member("alice"), event!(meta, WithdrawalRequested));
    let ready = world.exit_secs() + DAY as u64;
    assert_eq!(
        (member.notice_shares.get(), member.notice_ready_secs, member.exit_ready_secs),
        (all / 2, ready, 0)
    );
    assert_eq!(
        (requested.member, requested.shares.get(), requested.ready_secs),
        (world.account_of("alice"), all / 2, ready)
    );
    assert_eq!(member.shares.get(), all, "the shares stay at risk");
}

/// Threat 10: who has asked to leave is liable until paid. Carol's haircut is that of everybody.
#[test]
fn the_shares_bear_losses_meanwhile() {
    let mut world = bankrupt();
    let all = world.member("carol").shares.get();
    world.run(world.request_withdrawal("carol", all));
    world.default_member("alice");
    assert_eq!(contribution(&world.fund(), &world.member("carol")), Ok(888_750_000)); // 900 less 1.25%
    assert_eq!(world.member("carol").notice_shares.get(), all);
}

#[test]
fn the_shares_earn_meanwhile() {
    let mut world = traded();
    world.stream_out();
    world.run(world.claim_rewards("carol"));
    let all = world.member("carol").shares.get();
    world.run(world.request_withdrawal("carol", all));
    world.run(world.novate("alice", "bob", bulkhead_tests::SOL, 100, bulkhead_tests::usd(200)));
    world.stream_out();
    // 2 bps of 200 from both, half of it for 4,100, 900 of which are Carol's: 40,000 x 900 / 4,100, and a fraction.
    let meta = world.run(world.claim_rewards("carol"));
    assert_eq!(event!(meta, RewardsPaid).amount, 8_781);
}

/// Threat 12: one clock, which nothing but giving up the request starts anew.
#[test]
fn one_request_at_a_time() {
    let mut world = traded();
    world.run(world.request_withdrawal("alice", 1));
    let ready = world.member("alice").notice_ready_secs;
    world.warp_secs(100);
    world.refuse(world.request_withdrawal("alice", 1), WithdrawalPending);
    world.refuse(world.request_withdrawal("alice", 2), WithdrawalPending);
    assert_eq!(world.member("alice").notice_ready_secs, ready);
    world.run(world.cancel_withdrawal("alice"));
    world.run(world.request_withdrawal("alice", 1));
    assert_eq!(world.member("alice").notice_ready_secs, world.exit_secs() + DAY as u64);
}

#[test]
fn at_most_the_shares_held() {
    let mut world = traded();
    let all = world.member("alice").shares.get();
    world.refuse(world.request_withdrawal("alice", 0), ZeroAmount);
    world.refuse(world.request_withdrawal("alice", all + 1), InsufficientShares);
    world.refuse(world.request_withdrawal("alice", u128::MAX), InsufficientShares);
    world.run(world.request_withdrawal("alice", all));
}

#[test]
fn only_the_owner() {
    let mut world = traded();
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.request_withdrawal("alice", 1));
}

/// The declaration has taken all shares.
#[test]
fn not_in_default() {
    let mut world = declared();
    world.refuse(world.request_withdrawal("alice", 1), InsufficientShares);
}

#[test]
fn not_of_an_ended_epoch() {
    let mut world = wiped();
    world.refuse(world.request_withdrawal("carol", 1), EpochEnded);
    world.run(world.settle_epoch("carol"));
    world.refuse(world.request_withdrawal("carol", 1), InsufficientShares);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let (fund, member) = (world.here.keys.fund, world.account_of("alice"));
    let call = |world: &World| world.request_withdrawal("alice", 1);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
