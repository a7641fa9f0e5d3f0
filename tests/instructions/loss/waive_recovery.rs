use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, keypair, params, usdc, BulkheadError::*, Signer, World},
};

/// [`allocated`]: Bob has borne 1.25, Carol 11.25 and Dave 37.50 of 50.
fn world() -> World {
    let mut world = allocated();
    world.give("giver", usdc(1_000));
    world
}

/// Carol's 11.25 are no longer outstanding; 10 that come back are Bob's and Dave's alone, 37.50 of 38.75 Dave's.
#[test]
fn what_comes_back_later_goes_to_the_others() {
    let mut world = world();
    let meta = world.run(world.waive_recovery("carol"));
    let waived = event!(meta, RecoveryWaived);
    assert_eq!(waived.member, world.account_of("carol"));
    assert!((11_249_999..=11_250_000).contains(&waived.amount), "{}", waived.amount);
    assert_eq!(world.fund().losses_outstanding, usdc(50) - waived.amount);
    let carol = world.member("carol");
    assert_eq!((carol.loss_borne.get(), carol.loss_units.get()), (0, 0));

    world.run(world.give_recovery("giver", usdc(10)));
    world.refuse(world.claim_recovery("carol"), NothingToClaim);
    let dave = event!(world.run(world.claim_recovery("dave")), RecoveryPaid).amount;
    assert!((9_677_416..=9_677_419).contains(&dave), "{dave}");
}

/// Half has come back before: those 5.625 stay hers.
#[test]
fn what_has_come_back_stays_claimable() {
    let mut world = world();
    world.run(world.give_recovery("giver", usdc(25)));
    world.run(world.waive_recovery("carol"));
    world.run(world.give_recovery("giver", usdc(10)));
    assert_eq!(event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount, 5_624_999);
    world.refuse(world.claim_recovery("carol"), NothingToClaim);
}

/// All but a unit of the 50 has come back and waits. What Carol gives up is more than that unit: the others are whole.
#[test]
fn what_waits_may_be_enough_for_the_others() {
    let mut world = world();
    world.run(world.give_recovery("giver", usdc(50) - 1));
    assert_eq!(world.fund().recoveries_held, usdc(50) - 1);
    world.run(world.waive_recovery("carol"));
    let fund = world.fund();
    assert_eq!((fund.recoveries_held, fund.losses_outstanding), (0, 0));
    assert!((fund.treasury + 1).abs_diff(11_250_000) <= 1, "the rest is the treasury's: {}", fund.treasury);
    assert_eq!(event!(world.run(world.claim_recovery("dave")), RecoveryPaid).amount, 37_499_999);
}

#[test]
fn there_must_be_something_to_give_up() {
    let mut world = world();
    world.refuse(world.waive_recovery("alice"), NothingToClaim);
    world.run(world.waive_recovery("carol"));
    world.refuse(world.waive_recovery("carol"), NothingToClaim); // threat 20
}

#[test]
fn an_ended_epoch_is_settled_first() {
    let mut world = called_with(params::FUND);
    world.refuse(world.waive_recovery("carol"), EpochEnded);
    world.run(world.settle_epoch("carol"));
    assert_eq!(event!(world.run(world.waive_recovery("carol")), RecoveryWaived).amount, usdc(900));
}

#[test]
fn only_the_owner() {
    let mut world = world();
    let owner = world.owner_of("carol").pubkey();
    world.run(world.set_delegate("carol", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.waive_recovery("carol"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = world();
    let (fund, member) = (world.here.keys.fund, world.account_of("carol"));
    let call = |world: &World| world.waive_recovery("carol");
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "carol");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
