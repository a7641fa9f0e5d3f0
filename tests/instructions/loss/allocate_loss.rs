use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        address,
        bulkhead::state::{DefaultStatus, FundParams, FundStatus, MemberStatus},
        bulkhead_client::address as derived,
        contribution, event, keypair, params, token, usd, usdc, Address,
        BulkheadError::*,
        InstructionError, Signer, World, SOL,
    },
};

/// [`traded_with`] 250 of margin, SOL at `price`, declared and allocated; what each layer paid and the residual.
fn layers_at(price: u64) -> (World, [u64; 4]) {
    layers_of(traded_with(usdc(250)), price)
}

fn layers_of(mut world: World, price: u64) -> (World, [u64; 4]) {
    world.set_price(SOL, price);
    let seq = world.default_member("alice");
    let record = world.default_record(seq);
    assert!(record.status == DefaultStatus::Allocated);
    (world, [record.from_contribution, record.from_treasury, record.from_survivors, record.residual])
}

/// 250.40: Alice's 100 at the declaration, the treasury's 100.40, and 50 of the others' 4,000.
#[test]
fn each_layer_in_its_turn() {
    let mut world = declared();
    let meta = world.run(world.allocate_loss("alice"));
    let paid = event!(meta, LossAllocated);
    assert_eq!((paid.fund, paid.member, paid.seq), (world.here.keys.fund, world.account_of("alice"), 0));
    assert_eq!((paid.from_treasury, paid.from_cushions), (100_400_000, 0));
    assert_eq!((paid.from_survivors, paid.residual, paid.contributions), (usdc(50), 0, usdc(3_950)));

    let fund = world.fund();
    assert_eq!((fund.contributions, fund.treasury, fund.pool), (usdc(3_950), 0, usdc(500)));
    assert_eq!((fund.unfunded, fund.residual, fund.open_defaults), (0, 0, 0));
    assert!(fund.status == FundStatus::Active);
    assert_eq!((fund.share_epoch, fund.rewards_streaming), (0, 400_000), "rewards are never slashed");

    let record = world.default_record(0);
    assert!(record.status == DefaultStatus::Allocated);
    assert_eq!((record.from_contribution, record.from_treasury), (usdc(100), 100_400_000));
    assert_eq!(
        (record.from_survivors, record.residual, record.contributions_before),
        (usdc(50), 0, usdc(4_000))
    );
}

/// P4: 1.25% of everybody's: Bob's 100, Carol's 900, Dave's 3,000. The money goes, the shares stay.
#[test]
fn survivors_pay_pro_rata() {
    let world = allocated();
    let fund = world.fund();
    assert_eq!(fund.total_shares.get(), u128::from(usdc(4_000)) << 20);
    for (name, left) in [("bob", 98_750_000), ("carol", 888_750_000), ("dave", 2_962_500_000)] {
        assert_eq!(contribution(&fund, &world.member(name)), Ok(left), "{name}");
    }
}

/// Threat 9, P11.
#[test]
fn nobody_elses_margin_pays() {
    let mut world = declared();
    let margins = |world: &World| ["bob", "carol", "dave"].map(|name| world.member(name).margin);
    let before = margins(&world);
    world.run(world.allocate_loss("alice"));
    assert_eq!(margins(&world), before);
}

/// It has no share in what its shares would have earned, and bears nothing of its own default.
#[test]
fn the_defaulter_is_free_again_with_nothing() {
    let mut world = declared();
    world.stream_out();
    world.run(world.claim_rewards("dave")); // releases them
    world.run(world.allocate_loss("alice"));
    let alice = world.member("alice");
    assert!(alice.status == MemberStatus::Active);
    assert_eq!((alice.shares.get(), alice.margin, alice.loss_borne.get()), (0, 0, 0));
    assert_eq!(alice.rewards.get() >> 64, 0);
}

/// A loss of 300 leaves 50.40: half of Alice's contribution, and nobody else's anything. Nothing is left to allocate.
#[test]
fn a_small_loss_ends_with_the_defaulter() {
    let (mut world, paid) = layers_at(usd(170));
    assert_eq!(paid, [50_400_000, 0, 0, 0]);
    let fund = world.fund();
    assert_eq!((world.member("alice").margin, fund.treasury, fund.open_defaults), (0, 100_400_000, 0));
    assert_eq!((fund.contributions, fund.cushions), (usdc(4_000), 49_600_000), "the rest is a cushion");
    world.refuse(world.allocate_loss_of(0), AlreadyAllocated);
}

/// The edges of the layers: a loss of exactly 100, 200.40 and 4,200.40, and a unit more than each.
#[test]
fn a_layer_is_touched_when_the_one_before_is_empty() {
    // A loss of 349.60 leaves exactly 100: 34.96 a SOL. A ten-thousandth of a cent is a unit's tenth per lot and less.
    let (_, paid) = layers_at(usd(200) - 3_496_000_000);
    assert_eq!(paid, [usdc(100), 0, 0, 0]);
    let (_, paid) = layers_at(usd(200) - 3_496_000_010);
    assert_eq!(paid, [usdc(100), 1, 0, 0]);
    let (_, paid) = layers_at(usd(200) - 4_500_000_000);
    assert_eq!(paid, [usdc(100), 100_400_000, 0, 0]);
    let (_, paid) = layers_at(usd(200) - 4_500_000_010);
    assert_eq!(paid, [usdc(100), 100_400_000, 1, 0]);
}

/// [`ruined`]: 1,250.40 against 100, 100.40 and the survivors' 1,000. 50 stay unfunded.
#[test]
fn what_the_layers_cannot_pay_stays_unfunded() {
    let mut world = ruined();
    world.run(world.declare_default("alice"));
    let meta = world.run(world.allocate_loss("alice"));
    let paid = event!(meta, LossAllocated);
    assert_eq!((paid.from_treasury, paid.from_survivors), (100_400_000, usdc(1_000)));
    assert_eq!((paid.residual, paid.contributions), (usdc(50), 0));
    let fund = world.fund();
    assert!(fund.status == FundStatus::Recovery);
    assert_eq!((fund.unfunded, fund.residual), (usdc(50), usdc(50)));
    assert_eq!((fund.treasury, fund.contributions, fund.pool), (0, 0, 249_600_000 + 1_200_400_000));
    let wiped = event!(meta, EpochWiped);
    assert_eq!((wiped.fund, wiped.epoch, wiped.dust), (world.here.keys.fund, 0, 0));
}

/// SOL at 55 costs exactly all contributions, and nothing stays unfunded.
#[test]
fn a_loss_of_all_contributions_ends_the_epoch() {
    let mut world = ruined();
    world.set_price(SOL, usd(55));
    let (world, paid) = layers_of(world, usd(55));
    assert_eq!(paid, [usdc(100), 100_400_000, usdc(1_000), 0]);
    let fund = world.fund();
    assert!(fund.status == FundStatus::Active);
    assert_eq!((fund.share_epoch, fund.total_shares.get(), fund.contributions), (1, 0, 0));
    let record = world.epoch_record(0);
    assert_eq!((record.fund, record.epoch), (world.here.keys.fund, 0));
    assert_eq!((record.reward_index, record.loss_index), (fund.reward_index, fund.loss_index));
    assert_eq!(
        (fund.rewards_streaming, fund.rewards_unclaimed),
        (0, 400_000),
        "what was on its way has arrived"
    );
}

/// The survivors' 1,000 are 2^20 shares a unit; below one unit for 2^40 shares, 953.67 units, the epoch ends. At
/// 55.00005 a loss of 1,000 less 500 units leaves too little, at 55.0000954 one of 1,000 less 954 does not.
#[test]
fn a_near_total_loss_ends_the_epoch_and_dust_goes_to_the_treasury() {
    let (world, paid) = layers_of(ruined(), usd(55) + 5_000);
    assert_eq!(paid, [usdc(100), 100_400_000, usdc(1_000) - 500, 0]);
    let fund = world.fund();
    assert_eq!((fund.share_epoch, fund.contributions, fund.treasury), (1, 0, 500));

    let (world, paid) = layers_of(ruined(), usd(55) + 9_530);
    assert_eq!((paid[2], world.fund().share_epoch, world.fund().treasury), (usdc(1_000) - 953, 1, 953));
    let (world, paid) = layers_of(ruined(), usd(55) + 9_540);
    assert_eq!((paid[2], world.fund().share_epoch, world.fund().contributions), (usdc(1_000) - 954, 0, 954));
}

/// Threat 19: a default sticks without treasury, contributions or survivors.
#[test]
fn empty_layers_do_not_block_it() {
    let mut world = World::new();
    world.join("alice", usdc(250), usdc(100));
    world.join("erin", usdc(1_000), usdc(100));
    world.join("bob", usdc(2_000), usdc(900));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("erin", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(50));
    world.run(world.declare_default("erin"));
    world.default_member("alice"); // takes everything
    let meta = world.run(world.allocate_loss("erin"));
    let paid = event!(meta, LossAllocated);
    assert_eq!((paid.from_treasury, paid.from_survivors, paid.from_cushions), (0, 0, 0));
    assert_eq!(paid.residual, usdc(400) + 400_000);
}

/// Two open at once are allocated in either order, to the same end: each has taken its own defaulter's contribution
/// before, and the layers pay 150.40 each.
#[test]
fn several_defaults_can_be_open() {
    for order in [["alice", "erin"], ["erin", "alice"]] {
        let mut world = World::new();
        contributors(&mut world, usdc(250));
        world.join("erin", usdc(250), usdc(100));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.run(world.novate("erin", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(150));
        world.run(world.declare_default("alice"));
        world.run(world.declare_default("erin"));
        let first = event!(world.run(world.allocate_loss(order[0])), LossAllocated);
        assert_eq!((first.from_treasury, first.from_survivors), (100_800_000, 49_600_000));
        assert_eq!(world.fund().open_defaults, 1);
        let second = event!(world.run(world.allocate_loss(order[1])), LossAllocated);
        assert_eq!((second.from_treasury, second.from_survivors), (0, 150_400_000));
        assert_eq!((world.fund().contributions, world.fund().unfunded), (usdc(3_800), 0));
    }
}

/// Threat 20.
#[test]
fn not_twice() {
    let mut world = allocated();
    world.refuse(world.allocate_loss_of(0), AlreadyAllocated);
}

#[test]
fn the_record_is_what_it_seems() {
    let mut world = declared();
    let record = derived::default_record(&world.account_of("alice"), 0);
    refuses_version(&mut world, record, |world| world.allocate_loss("alice"));
    refuses_impostors(&mut world, record, |world| world.allocate_loss("alice"));
}

#[test]
fn the_record_is_the_funds() {
    let mut world = declared();
    let record = derived::default_record(&world.account_of("alice"), 0);
    let other = world.elsewhere(|world| {
        contributors(world, usdc(250));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(150));
        world.run(world.declare_default("alice"));
        derived::default_record(&world.account_of("alice"), 0)
    });
    world.refuse(world.allocate_loss("alice").swap(record, other), WrongFund);
}

/// It is needed when the epoch ends, and only then.
#[test]
fn the_epoch_record_is_that_of_the_current_epoch() {
    let mut world = ruined();
    world.run(world.declare_default("alice"));
    let fund = world.here.keys.fund;
    let record = derived::epoch_record(&fund, 0);
    for other in [derived::epoch_record(&fund, 1), address("elsewhere")] {
        world.refuse(world.allocate_loss("alice").swap(record, other), WrongRecord);
    }
    world.give_lamports(record, 1); // threat 22
    world.run(world.allocate_loss("alice"));

    let mut world = declared();
    let record = derived::epoch_record(&world.here.keys.fund, 0);
    world.run(world.allocate_loss("alice").swap(record, address("elsewhere")));
}

#[test]
fn anyone_pays_the_rent() {
    let mut world = ruined();
    world.run(world.declare_default("alice"));
    let (payer, keeper) = (world.payer.pubkey(), keypair("keeper"));
    world.give_lamports(keeper.pubkey(), 1_000_000_000);
    let call = world.allocate_loss("alice").swap(payer, keeper.pubkey()).unsigned(keeper.pubkey());
    world.refuse(call, InstructionError::MissingRequiredSignature);
    world.run(world.allocate_loss("alice").signed_by(payer, keeper));
}

/// P9: the same compute units whether the survivors' 4,000 are 3 members' or 302.
#[test]
fn its_cost_does_not_depend_on_the_members() {
    let cost = |members: u64| {
        let mut world = World::new();
        world.join("alice", usdc(250), usdc(100));
        world.join("bob", usdc(1_000), usdc(100));
        world.join("carol", 0, usdc(900));
        for number in 0..members {
            world.join(&format!("member {number}"), 0, usdc(3_000) / members);
        }
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(150));
        world.run(world.declare_default("alice"));
        world.run(world.allocate_loss("alice")).cu
    };
    assert_eq!(cost(1), cost(300));
}

/// Bob's gain of 900 is registered and not cut yet. Of his loss waits what the gain may still cancel, and the treasury,
/// which could pay all of it, pays the rest.
#[test]
fn what_the_defaulters_gain_may_still_cancel_waits() {
    let mut world = registering();
    world.register_all();
    world.set_price(SOL, usd(400));
    world.run(world.settle_epoch("bob"));
    let declared = event!(world.run(world.declare_default("bob")), DefaultDeclared);
    assert_eq!((declared.shortfall, declared.assigned), (1_100_240_000, usdc(900)));
    world.give("treasurer", usdc(2_000));
    world.run(world.fund_treasury("treasurer", usdc(2_000)));
    let before = world.fund();
    let paid = event!(world.run(world.allocate_loss("bob")), LossAllocated);
    assert_eq!(paid.from_treasury, declared.unfunded - usdc(900));
    let after = world.fund();
    assert_eq!(after.residual, before.residual + usdc(900));
    assert_eq!(before.unfunded - after.unfunded, paid.from_treasury);
    assert_eq!(world.default_record(1).residual, usdc(900));
}

// Bounty

/// 2.504 for declaring and 2.504 for allocating, of the treasury's 100.40: Alice's 100 have paid for her shortfall. The
/// treasury has 95.392 left for the loss, and the survivors pay 55.008.
#[test]
fn the_keeper_is_paid_by_the_treasury() {
    let mut world = World::with_params(FundParams { bounty_bps: 100, bounty_cap: usdc(10), ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default_for("carol", "alice"));
    let meta = world.run(world.allocate_loss_for("dave", "alice"));
    let paid = event!(meta, LossAllocated);
    assert_eq!((paid.bounty, paid.from_treasury), (2_504_000, 95_392_000));
    assert_eq!((paid.from_survivors, paid.residual), (55_008_000, 0));
    assert_eq!((world.member("dave").margin, world.default_record(0).bounties), (1_002_504_000, 5_008_000));
}

/// Capped at 2; none without a keeper.
#[test]
fn a_bounty_is_capped_and_asked_for() {
    for (keeper, bounty) in [(true, usdc(2)), (false, 0)] {
        let mut world =
            World::with_params(FundParams { bounty_bps: 100, bounty_cap: usdc(2), ..params::FUND });
        contributors(&mut world, usdc(250));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(150));
        world.run(world.declare_default("alice"));
        let call =
            if keeper { world.allocate_loss_for("carol", "alice") } else { world.allocate_loss("alice") };
        let paid = event!(world.run(call), LossAllocated);
        assert_eq!((paid.bounty, paid.from_treasury), (bounty, 100_400_000 - bounty));
    }
}

/// The keeper takes what the treasury has left before the loss does, not what survivors have.
#[test]
fn then_by_the_treasury_and_nobody_else() {
    let mut world = called_with(FundParams { bounty_bps: 100, bounty_cap: usdc(10), ..params::FUND });
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, LOTS));
    world.set_price(SOL, usd(30));
    world.run(world.declare_default("erin")); // 40 short
    world.run(world.fund_treasury("treasurer", usdc(1)));
    let paid = event!(world.run(world.allocate_loss_for("carol", "erin")), LossAllocated);
    assert_eq!((paid.bounty, paid.from_treasury, paid.residual), (400_000, 600_000, 39_400_000));
}

#[test]
fn the_keeper_is_a_member_in_good_standing() {
    let mut world = World::with_params(FundParams { bounty_bps: 100, bounty_cap: usdc(10), ..params::FUND });
    contributors(&mut world, usdc(250));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    let call = |world: &World| world.allocate_loss_for("carol", "alice");
    let carol = world.account_of("carol");
    let other = member_elsewhere(&mut world, "carol");
    world.refuse(call(&world).swap(carol, other), WrongFund);
    refuses_version(&mut world, carol, call);
    refuses_impostors(&mut world, carol, call);
    world.run(call(&world));
}

/// Nothing changes a member's margin while its gain is not registered, not even a bounty.
#[test]
fn a_keeper_is_registered_first() {
    let mut world = sold_with(FundParams { bounty_bps: 100, bounty_cap: usdc(10), ..SLOW_AUCTION });
    world.pin_gains();
    world.run(world.register_gains("erin"));
    world.run(world.fund_treasury("treasurer", usdc(1)));
    world.set_price(SOL, usd(30));
    world.run(world.declare_default("erin")); // 40 short
    world.refuse(world.allocate_loss_for("bob", "erin"), GainsNotRegistered);
    world.run(world.register_gains("bob"));
    let paid = event!(world.run(world.allocate_loss_for("bob", "erin")), LossAllocated);
    assert_eq!(paid.bounty, 400_000);
}

// Layer 5

/// [`called`]: the residual of 50 is called from contributions of 1,000, within the cap of 50% and an hour.
#[test]
fn what_layer_4_cannot_pay_is_called() {
    let mut world = crashed(assessing(5_000));
    world.run(world.declare_default("alice"));
    let paid = event!(world.run(world.allocate_loss("alice")), LossAllocated);
    assert_eq!((paid.residual, paid.called), (usdc(50), usdc(50)));
    let (fund, call) = (world.fund(), world.fund().assessment);
    assert_eq!((call.epoch, call.base, call.shares.get()), (1, usdc(1_000), u128::from(usdc(1_000)) << 20));
    assert_eq!((call.called, call.collected, call.ends_ts), (usdc(50), 0, world.now() + 3_600));
    assert!(fund.status == FundStatus::Recovery && fund.residual == usdc(50));
}

/// P5: [`called`] for 50, then the house sells Erin its lots 12.50 below what it took them at. She defaults with 27.50
/// missing, and the treasury has 100 by then: it pays that, and what it can pay of the residual is not called.
#[test]
fn nobody_is_called_while_the_treasury_has_money() {
    let mut world = called();
    world.join("erin", usdc(160), 0);
    world.warp_slots(500);
    world.refresh();
    world.run(world.take_over("erin", SOL, LOTS));
    assert_eq!((world.fund().residual, world.fund().assessment.called), (62_500_000, usdc(50)));
    world.set_price(SOL, usd(30));
    world.run(world.declare_default("erin"));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    let paid = event!(world.run(world.allocate_loss("erin")), LossAllocated);
    assert_eq!((paid.from_treasury, paid.residual, paid.called), (27_500_000, 0, usdc(50)));
    let paid = event!(world.run(world.allocate_residual()), ResidualAllocated);
    assert_eq!((paid.from_treasury, paid.residual), (62_500_000, 0));
    assert_eq!(world.fund().assessment.called, usdc(50));
}

/// P11: nothing is taken but when a member is called by name.
#[test]
fn calling_touches_no_margin() {
    let mut world = crashed(assessing(5_000));
    let margins = ["bob", "carol"].map(|name| world.member(name).margin);
    world.default_member("alice");
    assert_eq!(["bob", "carol"].map(|name| world.member(name).margin), margins);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = declared();
    let call = |world: &World| world.allocate_loss("alice");
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, call);
    refuses_impostors(&mut world, fund, call);
    let other_fund = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(&world).swap(fund, other_fund), WrongFund);
    world.refuse(call(&world).swap(Address::default(), token::TOKEN), InstructionError::IncorrectProgramId);
}
