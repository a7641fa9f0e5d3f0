//! Threat 23: accounts that are closed and given lamports again before the transaction ends, and rents that are a lamport
//! short.

use {
    crate::common::*,
    bulkhead_client::{address as at, instruction},
    bulkhead_tests::{
        address, keypair, params::DAY, usdc, world::Setup, Address, Call, InstructionError, Signer, World,
    },
    solana_system_interface::instruction::transfer,
    solana_transaction_error::TransactionError,
};

/// What would keep the account alive.
fn refund(world: &World, account: Address) -> Call {
    Call::new(transfer(&world.payer.pubkey(), &account, 1_000_000_000), [])
}

/// Not the program's account any more.
#[track_caller]
fn assert_is_bare(world: &World, account: Address) {
    let account = world.account(&account).expect("it has lamports");
    assert!(account.data.is_empty() && account.owner == Address::default(), "{account:?}");
}

#[test]
fn t23_a_closed_member_is_not_revived() {
    let mut world = World::new();
    world.open("dave");
    let member = world.account_of("dave");
    let revive = |world: &World| world.close_member("dave").then(refund(world, member));
    let bare = InstructionError::AccountDataTooSmall;
    world.refuse(revive(&world).then(world.deposit_margin("dave", usdc(1))), bare.clone());
    world.refuse(revive(&world).then(world.close_member("dave")), bare);
    world.run(revive(&world));
    assert_is_bare(&world, member);
    assert_eq!(world.fund().members, 0);

    // Who comes back is new, whatever it was.
    world.run(world.open_member("dave"));
    let (first, is) = (world.member("dave"), world.account(&member).expect("opened"));
    world.run(world.set_delegate("dave", address("somebody")));
    world.run(world.close_member("dave").then(refund(&world, member)).then(world.open_member("dave")));
    assert_eq!(world.account(&member).map(|account| account.data), Some(is.data));
    assert_eq!((first.delegate, world.fund().members), (Address::default(), 1));
}

#[test]
fn t23_a_closed_record_is_not_revived() {
    let mut world = precise(&[("ann", usdc(100))]);
    let seq = {
        lose(&mut world, usdc(10));
        world.fund().default_seq - 1
    };
    world.warp_secs(91 * DAY);
    world.give("treasurer", usdc(10));
    let record = at::default_record(&world.here.keys.fund, seq);
    let revive = |world: &World| world.close_default(seq).then(refund(world, record));
    world.refuse(
        revive(&world).then(world.repay_default("treasurer", seq, usdc(1))),
        InstructionError::AccountDataTooSmall,
    );
    world.run(revive(&world));
    assert_is_bare(&world, record);
}

/// Who pays a rent has it to the lamport, or nothing happens: neither a lamport short, nor one that is left behind without
/// being enough to keep the payer's own account.
#[test]
fn t23_a_rent_is_paid_in_full_or_nothing_is_opened() {
    let mut world = World::with(Setup::default());
    let poor = keypair("poor");
    let open = |world: &World| {
        let owner = keypair("dave");
        Call::new(
            instruction::open_member(&world.here.keys, owner.pubkey(), poor.pubkey(), u16::MAX, u16::MAX),
            [owner, poor.insecure_clone()],
        )
    };
    let size = {
        world.open("ann");
        world.account(&world.account_of("ann")).expect("opened").data.len()
    };
    let rent = world.svm.minimum_balance_for_rent_exemption(size);
    let member = world.account_of("dave");

    world.give_lamports(poor.pubkey(), rent - 1);
    world.refuse(open(&world), SYSTEM_NOT_ENOUGH);
    world.give_lamports(poor.pubkey(), 2);
    let error = world.attempt(open(&world)).err().map(|error| error.error);
    assert!(matches!(error, Some(TransactionError::InsufficientFundsForRent { .. })), "{error:?}");
    assert_eq!((world.account(&member), world.fund().members), (None, 1));

    world.patch(poor.pubkey(), |account| account.lamports = rent);
    world.run(open(&world));
    assert_eq!(world.account(&poor.pubkey()), None);
    assert_eq!(world.account(&member).map(|account| account.lamports), Some(rent));
}

/// The system program: the payer has less than it is to pay.
const SYSTEM_NOT_ENOUGH: u32 = 1;
