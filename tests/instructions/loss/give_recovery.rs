use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundStatus, event, keypair, params, usdc, BulkheadError::*, InstructionError,
        Signer, World,
    },
};

/// [`allocated`], with a giver: Bob has borne 1.25, Carol 11.25, Dave 37.50.
fn world() -> World {
    let mut world = allocated();
    world.give("giver", usdc(1_000));
    world
}

/// 20 of 50: two fifths of what each has borne, 0.50, 4.50 and 15, less a unit each: what
/// is borne is rounded down, what is outstanding of it up.
#[test]
fn it_goes_to_those_who_bore_losses() {
    let mut world = world();
    let vault = world.vault_balance();
    let meta = world.run(world.give_recovery("giver", usdc(20)));
    let given = event!(meta, Recovered);
    assert_eq!((given.fund, given.amount, given.outstanding), (world.here.keys.fund, usdc(20), usdc(30)));
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.losses_outstanding, fund.treasury), (usdc(20), usdc(30), 0));
    assert_eq!((world.vault_balance() - vault, world.purse("giver")), (usdc(20), usdc(980)));
    for (name, part) in [("bob", 499_999), ("carol", 4_499_999), ("dave", 14_999_999)] {
        assert_eq!(event!(world.run(world.claim_recovery(name)), RecoveryPaid).amount, part, "{name}");
    }
}

/// P12: what goes beyond all losses is the treasury's.
#[test]
fn never_more_than_was_lost() {
    let mut world = world();
    world.run(world.give_recovery("giver", usdc(60)));
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.losses_outstanding, fund.treasury), (usdc(50), 0, usdc(10)));
    assert_eq!(fund.loss_epoch, 1);
}

/// Less than a millionth of a millionth would be left of the losses: it waits until it can pay all of them.
#[test]
fn a_near_total_recovery_waits_for_the_rest() {
    let mut world = world();
    world.run(world.give_recovery("giver", usdc(50) - 1));
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.losses_outstanding), (usdc(50) - 1, usdc(50)));
    assert_eq!(fund.recoveries_held, usdc(50) - 1);
    world.refuse(world.claim_recovery("carol"), NothingToClaim);
    world.run(world.give_recovery("giver", 1));
    let fund = world.fund();
    assert_eq!((fund.recoveries, fund.losses_outstanding, fund.recoveries_held), (usdc(50), 0, 0));
    world.run(world.claim_recovery("carol"));
}

/// Nobody has borne the 50 that no layer has paid; they come first.
#[test]
fn it_pays_a_residual_first() {
    let mut world = called_with(params::FUND);
    world.give("giver", usdc(1_000));
    world.run(world.give_recovery("giver", usdc(30)));
    let fund = world.fund();
    assert_eq!((fund.residual, fund.pool, fund.recoveries), (usdc(20), usdc(1_480), 0));
    assert!(fund.status == FundStatus::Recovery);
    world.run(world.give_recovery("giver", usdc(30)));
    let fund = world.fund();
    assert_eq!((fund.residual, fund.unfunded, fund.pool), (0, 0, usdc(1_500)));
    assert_eq!((fund.recoveries, fund.losses_outstanding), (usdc(10), usdc(990)));
    assert!(fund.status == FundStatus::Active);
}

#[test]
fn without_losses_it_is_the_treasurys() {
    let mut world = World::new();
    world.give("giver", usdc(5));
    world.run(world.give_recovery("giver", usdc(5)));
    assert_eq!((world.fund().treasury, world.fund().recoveries), (usdc(5), 0));
}

#[test]
fn zero_is_refused() {
    let mut world = world();
    world.refuse(world.give_recovery("giver", 0), ZeroAmount);
}

#[test]
fn it_takes_the_owners_own_money() {
    let mut world = world();
    let giver = world.owner_of("giver").pubkey();
    world.refuse(world.give_recovery("giver", 1).unsigned(giver), InstructionError::MissingRequiredSignature);
    world.refuse(world.give_recovery("giver", 1).signed_by(giver, keypair("thief")), TOKEN_OWNER_MISMATCH);
    world.refuse(world.give_recovery("giver", usdc(1_000) + 1), TOKEN_INSUFFICIENT_FUNDS);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = world();
    let (fund, wallet) = (world.here.keys.fund, world.wallet_of("giver"));
    let call = |world: &World| world.give_recovery("giver", 1);
    refuses_bad_custody(&mut world, wallet, call);
    refuses_version(&mut world, fund, call);
    refuses_impostors(&mut world, fund, call);
}
