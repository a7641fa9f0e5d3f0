use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::state::pause, event, keypair, params::DAY, usd, usdc, BulkheadError::*, Signer, World, SOL,
    },
};

/// Half of 2 x 0.40 in fees is 400,000 units for 4,100 contributed: Alice's 100 earn 9,756.1, Dave's 3,000 292,682.9.
#[test]
fn fees_are_shared_by_contribution() {
    let mut world = traded();
    assert_eq!((world.fund().rewards_streaming, world.fund().rewards_unclaimed), (400_000, 0));
    world.stream_out();
    for (name, amount) in [("alice", 9_756), ("bob", 9_756), ("carol", 87_804), ("dave", 292_682)] {
        let purse = world.purse(name);
        let meta = world.run(world.claim_rewards(name));
        let paid = event!(meta, RewardsPaid);
        assert_eq!((paid.member, paid.amount), (world.account_of(name), amount));
        assert_eq!(world.purse(name), purse + amount);
        assert_eq!(world.member(name).rewards.get() >> 64, 0, "a fraction stays");
    }
    assert_eq!(world.fund().rewards_unclaimed, 2, "of the fractions");
}

#[test]
fn a_fraction_is_not_payable() {
    let mut world = traded();
    world.stream_out();
    world.run(world.claim_rewards("alice"));
    assert!(world.member("alice").rewards.get() > 0);
    world.refuse(world.claim_rewards("alice"), NothingToClaim);
    world.join("erin", 0, usdc(1));
    world.refuse(world.claim_rewards("erin"), NothingToClaim);
}

/// Alice's fraction of 0.0976 grows by 9,756.0976 x 9, until it is a unit more than nine payments alone.
#[test]
fn fractions_add_up() {
    let mut world = traded();
    world.stream_out();
    let mut paid = event!(world.run(world.claim_rewards("alice")), RewardsPaid).amount;
    for _ in 0..10 {
        world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.stream_out();
        paid += event!(world.run(world.claim_rewards("alice")), RewardsPaid).amount;
    }
    assert_eq!(paid, 204_878); // 21 x 9,756.0976 = 204,878.05
}

/// Rewards are never slashed: neither loss nor default nor pause stops them. A defaulter's own pay for its shortfall
/// before its contribution does.
#[test]
fn nothing_stops_it() {
    let mut world = traded_with(usdc(250));
    world.stream_out();
    world.set_price(SOL, usd(150));
    let declared = event!(world.run(world.declare_default("alice")), DefaultDeclared);
    assert_eq!((declared.from_rewards, declared.unfunded), (9_756, 150_400_000 - 9_756));
    world.run(world.pause(pause::ALL, DAY));
    world.refuse(world.claim_rewards("alice"), NothingToClaim);
    world.run(world.allocate_loss("alice"));
    assert_eq!(event!(world.run(world.claim_rewards("carol")), RewardsPaid).amount, 87_804);
}

/// Half of what is on its way arrives in a week: how often it is released makes no difference, but for rounding.
#[test]
fn rewards_arrive_little_by_little() {
    let mut world = traded();
    world.warp_secs(7 * DAY / 2);
    world.run(world.claim_rewards("dave"));
    let half_way = world.fund().rewards_streaming;
    assert_eq!(half_way, 282_843); // 400,000 / 2^(1/2), rounded up
    world.warp_secs(7 * DAY / 2);
    world.run(world.claim_rewards("dave"));
    assert_eq!(world.fund().rewards_streaming, 200_001);
    // Sooner than ten minutes after a release nothing is.
    world.warp_secs(9 * 60);
    world.refuse(world.claim_rewards("dave"), NothingToClaim);
}

/// The last shares to leave take all that is on its way: nobody else will have earned it.
#[test]
fn the_last_share_takes_the_rest() {
    let mut world = traded();
    for name in ["alice", "bob"] {
        world.run(world.settle(name, SOL));
    }
    world.run(world.novate("bob", "alice", SOL, LOTS, usd(200)));
    for name in ["alice", "bob", "carol", "dave"] {
        world.run(world.request_withdrawal(name, world.member(name).shares.get()));
    }
    world.warp_secs(DAY);
    for name in ["alice", "bob", "carol", "dave"] {
        world.run(world.claim_withdrawal(name));
    }
    let fund = world.fund();
    assert_eq!((fund.total_shares.get(), fund.rewards_streaming), (0, 0));
    // 800,000 (1 - 2^(-1/7)) = 75,421 in the notice period, for 4,100: Carol's 900 earn 16,555.8, Dave's 3,000 earn 55,186.1,
    // and he takes the other 724,579.
    assert_eq!(event!(world.run(world.claim_rewards("carol")), RewardsPaid).amount, 16_555);
    assert_eq!(event!(world.run(world.claim_rewards("dave")), RewardsPaid).amount, 779_765);
}

/// The end of an epoch costs the shares, not what they had earned, nor what was on its way to those who survive; but the
/// account must leave the epoch first.
#[test]
fn an_ended_epoch_keeps_its_rewards() {
    let mut world = wiped();
    world.refuse(world.claim_rewards("carol"), EpochEnded);
    world.run(world.settle_epoch("carol"));
    // 400,000 x 900 / 1,000, less a fraction
    assert_eq!(event!(world.run(world.claim_rewards("carol")), RewardsPaid).amount, 359_999);
}

#[test]
fn only_the_owner() {
    let mut world = traded();
    let owner = world.owner_of("alice").pubkey();
    world.run(world.set_delegate("alice", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.claim_rewards("alice"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    world.stream_out();
    let (fund, member, wallet) = (world.here.keys.fund, world.account_of("alice"), world.wallet_of("alice"));
    let call = |world: &World| world.claim_rewards("alice");
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
