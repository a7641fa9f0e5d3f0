use {
    crate::common::*,
    bulkhead_tests::{event, usdc, BulkheadError::*, InstructionError, Signer, World},
};

fn world() -> World {
    let mut world = World::new();
    world.give("treasurer", usdc(1_000));
    world
}

#[test]
fn anyone_may_pay_in() {
    let mut world = world();
    let meta = world.run(world.fund_treasury("treasurer", usdc(100)));
    let moved = event!(meta, TreasuryMoved);
    assert_eq!((moved.amount, moved.treasury), (100_000_000, usdc(100)));
    world.run(world.fund_treasury("treasurer", 1));
    assert_eq!((world.fund().treasury, world.vault_balance()), (usdc(100) + 1, usdc(100) + 1));
    assert_eq!(world.purse("treasurer"), usdc(900) - 1);
}

#[test]
fn zero_is_refused() {
    let mut world = world();
    world.refuse(world.fund_treasury("treasurer", 0), ZeroAmount);
}

#[test]
fn it_takes_the_owners_own_money() {
    let mut world = world();
    let treasurer = world.owner_of("treasurer").pubkey();
    world.refuse(
        world.fund_treasury("treasurer", 1).unsigned(treasurer),
        InstructionError::MissingRequiredSignature,
    );
    let thief = bulkhead_tests::keypair("thief");
    world.refuse(world.fund_treasury("treasurer", 1).signed_by(treasurer, thief), TOKEN_OWNER_MISMATCH);
    world.refuse(world.fund_treasury("treasurer", usdc(1_000) + 1), TOKEN_INSUFFICIENT_FUNDS);
}

#[test]
fn a_treasury_that_does_not_fit_is_an_overflow() {
    let mut world = world();
    world.run(world.fund_treasury("treasurer", 1));
    world.refuse(world.fund_treasury("treasurer", u64::MAX), Overflow);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = world();
    let (fund, wallet) = (world.here.keys.fund, world.wallet_of("treasurer"));
    let call = |world: &World| world.fund_treasury("treasurer", 1);
    refuses_bad_custody(&mut world, wallet, call);
    refuses_version(&mut world, fund, call);
    refuses_impostors(&mut world, fund, call);
}
