use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::pause,
        event, keypair,
        params::{self, DAY},
        usdc,
        BulkheadError::*,
        Signer, World, SOL,
    },
};

/// [`allocated`], the survivors have borne 50, and `amount` has come back.
fn recovered(amount: u64) -> World {
    let mut world = allocated();
    world.give("giver", usdc(1_000));
    world.run(world.give_recovery("giver", amount));
    world
}

/// All 50: Bob's 1.25, Carol's 11.25 and Dave's 37.50, each less the unit that the loss per share was rounded down by.
#[test]
fn what_came_back_is_paid_to_the_wallet() {
    let mut world = recovered(usdc(50));
    for (name, amount) in [("bob", 1_249_999), ("carol", 11_249_999), ("dave", 37_499_999)] {
        let purse = world.purse(name);
        let meta = world.run(world.claim_recovery(name));
        let paid = event!(meta, RecoveryPaid);
        assert_eq!((paid.fund, paid.member), (world.here.keys.fund, world.account_of(name)));
        assert_eq!((paid.amount, world.purse(name) - purse), (amount, amount), "{name}");
        assert_eq!(borne(&world, name), 0);
    }
    assert_eq!(world.fund().recoveries, 3, "of the rounding");
}

/// P12: half of it is half of each's, less the rounding of what is borne and of what is outstanding; the other half later
/// is the rest, whoever has claimed in between.
#[test]
fn it_is_pro_rata_to_what_was_borne() {
    let mut world = recovered(usdc(25));
    assert_eq!(event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount, 5_624_999);
    world.run(world.give_recovery("giver", usdc(25)));
    assert_eq!(event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount, 5_625_000);
    assert_eq!(event!(world.run(world.claim_recovery("dave")), RecoveryPaid).amount, 37_499_999);
}

#[test]
fn nothing_is_paid_twice() {
    let mut world = recovered(usdc(25));
    world.run(world.claim_recovery("carol"));
    world.refuse(world.claim_recovery("carol"), NothingToClaim); // threat 20
    world.refuse(world.claim_recovery("alice"), NothingToClaim); // who has defaulted has borne nothing
    let mut world = allocated();
    world.refuse(world.claim_recovery("carol"), NothingToClaim);
}

/// Threat 14: who joins between the loss and what comes back of it has borne nothing.
#[test]
fn who_comes_later_gets_nothing() {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS));
    world.join("erin", 0, usdc(100_000));
    world.give("giver", usdc(50));
    world.run(world.give_recovery("giver", usdc(50)));
    world.refuse(world.claim_recovery("erin"), NothingToClaim);
    assert_eq!(event!(world.run(world.claim_recovery("dave")), RecoveryPaid).amount, 37_499_999);
}

/// Carol has withdrawn her contribution; what she has borne stays hers.
#[test]
fn also_after_leaving() {
    let mut world = allocated();
    world.run(world.take_over("bob", SOL, LOTS));
    let shares = world.member("carol").shares.get();
    world.run(world.request_withdrawal("carol", shares));
    world.warp_secs(DAY);
    world.run(world.claim_withdrawal("carol"));
    world.give("giver", usdc(50));
    world.run(world.give_recovery("giver", usdc(50)));
    assert_eq!(event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount, 11_249_999);
}

/// No pause, and no other loss.
#[test]
fn nothing_stops_it() {
    let mut world = recovered(usdc(50));
    world.set_price(SOL, bulkhead_tests::usd(400));
    // What the defaulter could have claimed pays for its own shortfall.
    let declared = event!(world.run(world.declare_default("bob")), DefaultDeclared);
    assert_eq!(declared.from_recoveries, 1_249_999);
    world.run(world.pause(pause::ALL, DAY));
    world.refuse(world.claim_recovery("bob"), NothingToClaim);
    world.run(world.claim_recovery("carol"));
}

/// 30 of the 1,030 that were borne: Bob's share of the contributions, and the 30 cut from his gains.
#[test]
fn gains_cut_come_back_too() {
    let mut world = cut();
    world.run(world.settle_epoch("bob"));
    world.give("giver", usdc(1_050));
    world.run(world.give_recovery("giver", usdc(1_050)));
    assert_eq!(event!(world.run(world.claim_recovery("bob")), RecoveryPaid).amount, usdc(130));
}

#[test]
fn an_ended_epoch_is_settled_first() {
    let mut world = called_with(params::FUND);
    world.give("giver", usdc(1_050));
    world.run(world.give_recovery("giver", usdc(550))); // 50 of it are the residual
    world.refuse(world.claim_recovery("carol"), EpochEnded);
    world.run(world.settle_epoch("carol"));
    assert_eq!(event!(world.run(world.claim_recovery("carol")), RecoveryPaid).amount, usdc(450));
}

#[test]
fn only_the_owner() {
    let mut world = recovered(usdc(50));
    let owner = world.owner_of("carol").pubkey();
    world.run(world.set_delegate("carol", keypair("stranger").pubkey()));
    refuses_strangers(&mut world, owner, NotOwner, |world| world.claim_recovery("carol"));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = recovered(usdc(50));
    let (fund, member, wallet) = (world.here.keys.fund, world.account_of("carol"), world.wallet_of("carol"));
    let call = |world: &World| world.claim_recovery("carol");
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "carol");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
