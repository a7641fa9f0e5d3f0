use {
    crate::common::*,
    bulkhead_tests::{
        event, keypair, token::TOKEN_2022, usdc, world::Setup, BulkheadError::*, InstructionError, MintKind,
        Signer, World,
    },
};

#[test]
fn margin_comes_in() {
    let mut world = World::new();
    world.open("alice");
    let purse = world.purse("alice");
    let meta = world.run(world.deposit_margin("alice", usdc(70)));
    let moved = event!(meta, MarginMoved);
    assert_eq!((moved.member, moved.amount, moved.margin), (world.account_of("alice"), 70_000_000, usdc(70)));
    world.run(world.deposit_margin("alice", 1));
    assert_eq!(world.member("alice").margin, usdc(70) + 1);
    assert_eq!((world.fund().margin_total, world.vault_balance()), (usdc(70) + 1, usdc(70) + 1));
    assert_eq!(world.purse("alice"), purse - usdc(70) - 1);
}

#[test]
fn token_2022_comes_in() {
    let mut world = World::with(Setup { mint: MintKind::Token2022, ..Setup::default() });
    assert_eq!(world.fund().token_program, TOKEN_2022);
    world.join("alice", usdc(70), 0);
    assert_eq!((world.member("alice").margin, world.vault_balance()), (usdc(70), usdc(70)));
}

#[test]
fn anyone_may_pay_for_any_member() {
    let mut world = World::new();
    world.open("alice");
    world.give("uncle", usdc(5));
    world.run(world.deposit_margin_for("uncle", "alice", usdc(5)));
    assert_eq!((world.member("alice").margin, world.purse("uncle")), (usdc(5), 0));
}

#[test]
fn it_takes_the_depositors_own_money() {
    let mut world = World::new();
    world.open("alice");
    let (owner, purse) = (world.owner_of("alice").pubkey(), world.purse("alice"));
    world
        .refuse(world.deposit_margin("alice", 1).unsigned(owner), InstructionError::MissingRequiredSignature);
    world.refuse(world.deposit_margin("alice", 1).signed_by(owner, keypair("thief")), TOKEN_OWNER_MISMATCH);
    world.refuse(world.deposit_margin("alice", purse + 1), TOKEN_INSUFFICIENT_FUNDS);
}

#[test]
fn zero_is_refused() {
    let mut world = World::new();
    world.open("alice");
    world.refuse(world.deposit_margin("alice", 0), ZeroAmount);
}

/// Profit and loss are signed words: margin beyond them could not be netted with either.
#[test]
fn what_does_not_fit_is_an_overflow() {
    let mut world = World::new();
    world.join("alice", 1, 0);
    world.refuse(world.deposit_margin("alice", u64::MAX), Overflow);
    world.give("alice", 1 << 63);
    world.refuse(world.deposit_margin("alice", 1 << 63), Overflow);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = World::new();
    world.open("alice");
    let (fund, member, wallet) = (world.here.keys.fund, world.account_of("alice"), world.wallet_of("alice"));
    let call = |world: &World| world.deposit_margin("alice", 1);
    refuses_bad_custody(&mut world, wallet, call);
    for account in [fund, member] {
        refuses_version(&mut world, account, call);
        refuses_impostors(&mut world, account, call);
    }
    let other = member_elsewhere(&mut world, "alice");
    world.refuse(call(&world).swap(member, other), WrongFund);
}
