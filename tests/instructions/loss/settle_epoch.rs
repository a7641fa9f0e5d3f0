use {
    crate::common::*,
    bulkhead_tests::{bulkhead_client::address as derived, event, usd, usdc, BulkheadError::*, World, SOL},
};

/// Carol had 900 of the 1,000 that were lost, and gets as much of the 400,000 of rewards that were on their way.
#[test]
fn the_shares_are_gone_and_what_they_earned_and_bore_stays() {
    let mut world = wiped();
    let meta = world.run(world.settle_epoch("carol"));
    assert_eq!(
        (event!(meta, EpochSettled).member, event!(meta, EpochSettled).epoch),
        (world.account_of("carol"), 0)
    );
    let (carol, fund) = (world.member("carol"), world.fund());
    assert_eq!((carol.shares.get(), carol.share_epoch), (0, 1));
    assert_eq!(carol.rewards.get() >> 64, 359_999); // 400,000 x 900 / 1,000, less a fraction
    assert_eq!(carol.loss_borne.get() >> 64, u128::from(usdc(900)));
    assert_eq!((carol.reward_index, carol.loss_index), (fund.reward_index, fund.loss_index));
}

#[test]
fn a_request_to_leave_is_gone_too() {
    let mut world = ruined();
    let shares = world.member("carol").shares.get();
    world.run(world.request_withdrawal("carol", shares));
    world.default_member("alice");
    world.run(world.settle_epoch("carol"));
    let carol = world.member("carol");
    assert_eq!((carol.notice_shares.get(), carol.notice_ready_secs, carol.exit_ready_secs), (0, 0, 0));
}

/// Two epochs end while Carol sleeps: the fees and losses of the second are none of hers.
#[test]
fn later_epochs_do_not_count() {
    let mut world = wiped();
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.fund_treasury("treasurer", usdc(50)));
    world.run(world.allocate_residual());

    // Epoch 1: Alice and Bob start anew with 100 each, and trade 10 SOL at 50, fee 0.10 each.
    world.run(world.deposit_margin("alice", usdc(150)));
    world.run(world.contribute("alice", usdc(100)));
    world.run(world.settle_epoch("bob"));
    world.run(world.contribute("bob", usdc(100)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(50)));
    // At 15 she has lost 350, 200.10 more than her margin: her 100, the treasury's 0.10, and Bob's 100.
    world.set_price(SOL, usd(15));
    world.default_member("alice");
    assert_eq!(world.fund().share_epoch, 2);

    world.run(world.settle_epoch("carol"));
    let carol = world.member("carol");
    assert_eq!((carol.share_epoch, carol.shares.get()), (2, 0));
    assert_eq!((carol.rewards.get() >> 64, carol.loss_borne.get() >> 64), (359_999, usdc(900).into()));
    // Bob had 100 of 1,000 in epoch 0, and all when 100,000 were on their way at the end of epoch 1.
    world.run(world.settle_epoch("bob"));
    let bob = world.member("bob");
    assert_eq!(bob.rewards.get() >> 64, 39_999 + 100_000);
    assert_eq!(bob.loss_borne.get() >> 64, u128::from(usdc(100) + usdc(100)));
}

#[test]
fn the_epoch_has_ended() {
    let mut world = wiped();
    let record = derived::epoch_record(&world.here.keys.fund, 0);
    world.run(world.open_member("erin"));
    let call = world.settle_epoch("erin").swap(derived::epoch_record(&world.here.keys.fund, 1), record);
    world.refuse(call, EpochNotEnded);
    world.run(world.settle_epoch("carol"));
    let call = world.settle_epoch("carol").swap(derived::epoch_record(&world.here.keys.fund, 1), record);
    world.refuse(call, EpochNotEnded); // threat 20: not twice
}

#[test]
fn the_record_is_that_of_the_members_epoch() {
    let mut world = wiped();
    let record = derived::epoch_record(&world.here.keys.fund, 0);
    let other = world.elsewhere(|world| {
        world.join("alice", usdc(250), usdc(100));
        world.join("bob", usdc(1_000), usdc(100));
        world.join("carol", usdc(1_000), usdc(900));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(50));
        world.default_member("alice");
        derived::epoch_record(&world.here.keys.fund, 0)
    });
    world.refuse(world.settle_epoch("carol").swap(record, other), WrongRecord);
    refuses_version(&mut world, record, |world| world.settle_epoch("carol"));
    refuses_impostors(&mut world, record, |world| world.settle_epoch("carol"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = wiped();
    let call = |world: &World| world.settle_epoch("carol");
    let (fund, member) = (world.here.keys.fund, world.account_of("carol"));
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "carol");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
