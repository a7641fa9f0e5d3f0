use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::state::FundStatus, event, params::DAY, usd, usdc, BulkheadError::*, World, SOL,
    },
};

/// 50 of 1,500.
#[test]
fn all_claims_are_cut_by_the_same_fraction() {
    let mut world = registering();
    world.register_all();
    let margins: Vec<u64> = ["bob", "carol", "erin"].iter().map(|name| world.member(name).margin).collect();
    world.end_registration();
    let meta = world.run(world.cut_gains());
    let cut = event!(meta, GainsCut);
    assert_eq!((cut.fund, cut.round), (world.here.keys.fund, 1));
    assert_eq!((cut.gains, cut.cut, cut.residual), (usdc(1_500), usdc(50), 0));
    let fund = world.fund();
    assert_eq!((fund.unfunded, fund.gain_claims, fund.small_cuts), (0, usdc(1_450), 0));
    assert!(fund.status == FundStatus::Active);
    let after: Vec<u64> = ["bob", "carol", "erin"].iter().map(|name| world.member(name).margin).collect();
    assert_eq!(after, margins, "P11");
}

/// To the second.
#[test]
fn registration_is_over() {
    let mut world = registering();
    world.register_all();
    let ends = world.fund().cut_round(1).ends_ts;
    world.warp_secs(ends - 1 - world.now());
    world.refuse(world.cut_gains(), RegistrationOpen);
    world.warp_secs(1);
    world.run(world.cut_gains());
}

#[test]
fn once() {
    let mut world = sold();
    world.refuse(world.cut_gains(), NothingToAllocate);
    let mut world = cut();
    world.refuse(world.cut_gains(), NothingToAllocate);
}

/// What an open default has left may be what a defaulter's gain cancels.
#[test]
fn not_while_a_default_is_open() {
    let mut world = registering();
    world.register_all();
    world.end_registration();
    world.set_price(SOL, usd(30)); // Erin has lost 200 of 160
    world.run(world.declare_default("erin"));
    let unfunded = world.fund().unfunded;
    world.refuse(world.cut_gains(), LossPending);
    assert_eq!((world.fund().unfunded, world.fund().registers_gains()), (unfunded, true));
    world.run(world.allocate_loss("erin"));
    world.run(world.cut_gains());
}

/// What somebody has paid in the meantime is not cut.
#[test]
fn only_what_is_still_unfunded_is_cut() {
    let mut world = registering();
    world.register_all();
    world.give("donor", usdc(20));
    world.run(world.give_recovery("donor", usdc(20)));
    world.end_registration();
    assert_eq!(event!(world.run(world.cut_gains()), GainsCut).cut, usdc(30));
}

/// Nobody has registered a gain: the markets end a day later.
#[test]
fn without_gains_the_wind_down_begins() {
    let mut world = registering();
    world.end_registration();
    let meta = world.run(world.cut_gains());
    let started = event!(meta, WindDownStarted);
    assert_eq!((started.fund, started.residual), (world.here.keys.fund, usdc(50)));
    assert_eq!(started.final_marks_ts, world.now() + DAY);
    assert_eq!((world.fund().small_cuts, world.fund().unfunded), (1, usdc(50)));
    assert!(world.fund().status == FundStatus::WindDown);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = registering();
    world.end_registration();
    let call = |world: &World| world.cut_gains();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, call);
    refuses_impostors(&mut world, fund, call);
}
