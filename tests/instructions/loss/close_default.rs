use {
    crate::common::*,
    bulkhead_tests::{
        address, bulkhead::constants::DEFAULT_RETENTION_SECS, bulkhead_client::address as derived, event,
        usd, usdc, BulkheadError::*, Signer, World, SOL,
    },
};

/// [`allocated`], and the record is old enough.
fn old() -> World {
    let mut world = allocated();
    world.warp_secs(DEFAULT_RETENTION_SECS);
    world
}

#[test]
fn the_rent_goes_back_to_who_paid_it() {
    let mut world = declared();
    let (payer, keeper) = (world.payer.pubkey(), address("keeper"));
    // As if the keeper had paid: the payer of all transactions pays fees too.
    let record = derived::default_record(&world.account_of("alice"), 0);
    let at = 8 + core::mem::offset_of!(bulkhead_tests::bulkhead::state::DefaultRecord, payer);
    world.patch(record, |record| record.data[at..at + 32].copy_from_slice(keeper.as_ref()));
    world.run(world.allocate_loss("alice"));
    world.warp_secs(DEFAULT_RETENTION_SECS);
    let rent = world.account(&record).unwrap().lamports;

    world.refuse(world.close_default(0).swap(keeper, payer), WrongRecord);
    let meta = world.run(world.close_default(0));
    assert_eq!(
        (event!(meta, DefaultClosed).fund, event!(meta, DefaultClosed).seq),
        (world.here.keys.fund, 0)
    );
    assert!(world.account(&record).is_none());
    assert_eq!(world.account(&keeper).unwrap().lamports, rent);
}

#[test]
fn not_before_its_retention_is_over() {
    let mut world = allocated();
    world.refuse(world.close_default(0), DefaultNotClosable);
    world.warp_secs(DEFAULT_RETENTION_SECS - 1);
    world.refuse(world.close_default(0), DefaultNotClosable);
    world.warp_secs(1);
    world.run(world.close_default(0));
}

#[test]
fn not_before_it_is_allocated() {
    let mut world = declared();
    world.warp_secs(DEFAULT_RETENTION_SECS);
    world.refuse(world.close_default(0), DefaultNotClosable);
    world.run(world.allocate_loss("alice"));
    world.run(world.close_default(0));
}

/// The number is not used again.
#[test]
fn a_closed_record_stays_closed() {
    let mut world = old();
    world.run(world.close_default(0));
    world.refresh();
    world.run(world.deposit_margin("alice", usdc(500)));
    world.run(world.take_over("bob", SOL, LOTS)); // 5% below the mark by now
    world.run(world.allocate_residual());
    world.run(world.contribute("alice", usdc(500)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(150)));
    world.set_price(SOL, usd(90));
    world.run(world.declare_default("alice"));
    assert_eq!((world.default_record(1).seq, world.fund().default_seq), (1, 2));
}

#[test]
fn the_record_is_the_funds() {
    let mut world = old();
    let record = derived::default_record(&world.account_of("alice"), 0);
    let other = world.elsewhere(|world| {
        world.refresh();
        contributors(world, usdc(250));
        world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
        world.set_price(SOL, usd(150));
        world.default_member("alice");
        derived::default_record(&world.account_of("alice"), 0)
    });
    world.refuse(world.close_default(0).swap(record, other), WrongFund);
    refuses_version(&mut world, record, |world| world.close_default(0));
    refuses_impostors(&mut world, record, |world| world.close_default(0));
}

#[test]
fn the_fund_is_what_it_seems() {
    let mut world = old();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, |world| world.close_default(0));
    refuses_impostors(&mut world, fund, |world| world.close_default(0));
}
