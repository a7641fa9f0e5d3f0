use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{bulkhead::state::FundParams, event, usdc, BulkheadError::*, World, SOL},
};

#[test]
fn it_fixes_the_loss_and_the_moment_of_the_pins() {
    let mut world = sold();
    let meta = world.run(world.open_gains_cut());
    let opened = event!(meta, GainsCutOpened);
    assert_eq!((opened.fund, opened.round, opened.loss), (world.here.keys.fund, 1, usdc(50)));
    assert_eq!((opened.cut_ts, opened.ends_ts), (world.now() + 20, world.now() + 20 + 3_600));
    let fund = world.fund();
    assert_eq!((fund.cut_seq, fund.cut_round(1).loss, fund.registers_gains()), (1, usdc(50), true));
    assert_eq!(fund.unfunded, usdc(50), "nothing is cut yet");
}

#[test]
fn there_is_a_residual() {
    let mut world = traded();
    world.refuse(world.open_gains_cut(), NothingToAllocate);
    let mut world = cut();
    world.refuse(world.open_gains_cut(), NothingToAllocate);
}

#[test]
fn the_layers_before_are_empty() {
    let mut world = sold();
    world.give("treasurer", 1);
    world.run(world.fund_treasury("treasurer", 1));
    world.refuse(world.open_gains_cut(), LayerNotEmpty);
    world.run(world.allocate_residual());
    let meta = world.run(world.open_gains_cut());
    assert_eq!(event!(meta, GainsCutOpened).loss, usdc(50) - 1);
}

#[test]
fn every_default_is_allocated() {
    let mut world = ruined();
    world.run(world.declare_default("alice"));
    world.refuse(world.open_gains_cut(), NothingToAllocate); // nothing of it is a residual
}

#[test]
fn the_assessment_is_over() {
    let mut world = called_with(FundParams { assessment_cap_bps: 5_000, ..SLOW_AUCTION });
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, 1_000));
    world.refuse(world.open_gains_cut(), AssessmentOpen);
    world.warp_secs(3_601);
    world.run(world.open_gains_cut());
}

#[test]
fn the_houses_are_sold() {
    let mut world = called_with(SLOW_AUCTION);
    world.refuse(world.open_gains_cut(), HouseNotSold);
}

#[test]
fn one_at_a_time() {
    let mut world = registering();
    world.refuse(world.open_gains_cut(), GainsCutOpen);
}

#[test]
fn not_in_a_wind_down() {
    let mut world = wound_down();
    world.refuse(world.open_gains_cut(), WindDown);
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = sold();
    let call = |world: &World| world.open_gains_cut();
    let fund = world.here.keys.fund;
    refuses_version(&mut world, fund, call);
    refuses_impostors(&mut world, fund, call);
}
