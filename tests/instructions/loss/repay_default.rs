use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{event, keypair, params, usdc, BulkheadError::*, InstructionError, Signer, World},
};

/// 250.40 were missing and Alice's contribution paid 100: she owes 150.40, of which the survivors have borne 50 and the
/// treasury 100.40.
const OWED: u64 = 150_400_000;

#[test]
fn the_defaulter_pays_later() {
    let mut world = allocated();
    let (vault, purse) = (world.vault_balance(), world.purse("alice"));
    let meta = world.run(world.repay_default("alice", 0, usdc(20)));
    let paid = event!(meta, Recovered);
    assert_eq!((paid.fund, paid.amount, paid.outstanding), (world.here.keys.fund, usdc(20), usdc(30)));
    assert_eq!((world.fund().recoveries, world.default_record(0).repaid), (usdc(20), usdc(20)));
    assert_eq!((world.vault_balance() - vault, purse - world.purse("alice")), (usdc(20), usdc(20)));
}

/// The survivors first, then the treasury; never more than is owed, in however many parts.
#[test]
fn no_more_than_it_owes() {
    let mut world = allocated();
    world.refuse(world.repay_default("alice", 0, OWED + 1), RepaysTooMuch);
    world.run(world.repay_default("alice", 0, usdc(60)));
    assert_eq!((world.fund().recoveries, world.fund().treasury), (usdc(50), usdc(10)));
    world.refuse(world.repay_default("alice", 0, OWED - usdc(60) + 1), RepaysTooMuch);
    world.run(world.repay_default("alice", 0, OWED - usdc(60)));
    assert_eq!((world.fund().recoveries, world.fund().treasury), (usdc(50), 100_400_000));
    world.refuse(world.repay_default("alice", 0, 1), RepaysTooMuch);
    assert_eq!(world.default_record(0).repaid, OWED);
}

#[test]
fn anyone_may_pay_for_it() {
    let mut world = allocated();
    world.give("friend", usdc(1));
    world.run(world.repay_default("friend", 0, usdc(1)));
    assert_eq!((world.purse("friend"), world.default_record(0).repaid), (0, usdc(1)));
}

#[test]
fn a_residual_is_paid_first() {
    let mut world = called_with(params::FUND);
    world.run(world.repay_default("alice", 0, usdc(60)));
    let fund = world.fund();
    assert_eq!((fund.residual, fund.pool, fund.recoveries), (0, usdc(1_500), usdc(10)));
}

#[test]
fn only_once_it_is_allocated() {
    let mut world = declared();
    world.refuse(world.repay_default("alice", 0, 1), DefaultNotAllocated);
}

#[test]
fn zero_is_refused() {
    let mut world = allocated();
    world.refuse(world.repay_default("alice", 0, 0), ZeroAmount);
}

#[test]
fn it_takes_the_owners_own_money() {
    let mut world = allocated();
    let alice = world.owner_of("alice").pubkey();
    let call = |world: &World| world.repay_default("alice", 0, 1);
    world.refuse(call(&world).unsigned(alice), InstructionError::MissingRequiredSignature);
    world.refuse(call(&world).signed_by(alice, keypair("thief")), TOKEN_OWNER_MISMATCH);
    world.give("friend", usdc(1));
    world.refuse(world.repay_default("friend", 0, usdc(1) + 1), TOKEN_INSUFFICIENT_FUNDS);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = allocated();
    let fund = world.here.keys.fund;
    let (record, wallet) = (world.default_address(0), world.wallet_of("alice"));
    let call = |world: &World| world.repay_default("alice", 0, 1);
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, record] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = world.elsewhere(|world| {
        contributors(world, usdc(250));
        world.run(world.novate("alice", "bob", 0, LOTS, bulkhead_tests::usd(200)));
        world.set_price(0, bulkhead_tests::usd(150));
        world.default_member("alice");
        world.default_address(0)
    });
    world.refuse(call(&world).swap(record, other), WrongFund);
}
