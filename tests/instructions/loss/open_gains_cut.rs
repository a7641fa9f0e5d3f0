use {
    crate::{common::*, scenes::*},
    bulkhead_tests::{
        bulkhead::{constants::SILENT_GRACE_SECS, state::FundParams},
        event, usd, usdc,
        world::Setup,
        BulkheadError::*,
        MarketSpec, World, BTC, SOL,
    },
};

/// As [`sold`], and one of Alice's lots was in BTC, which has been silent since: its house is waived.
fn beside_a_silent_house() -> World {
    let markets = vec![gentle(MarketSpec::sol()), gentle(MarketSpec::btc())];
    let mut world = World::with(Setup { params: SLOW_AUCTION, markets, ..Setup::default() });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.run(world.novate("alice", "carol", BTC, 1, usd(60_000)));
    world.set_price(SOL, usd(30));
    world.default_member("alice");
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, 1_000));
    for _ in 0..61 {
        world.warp_secs(60);
        world.print(SOL, usd(30));
    }
    world.run(world.book_house(BTC));
    let fund = world.fund();
    assert!(fund.residual > 0 && fund.waived_houses == 1 && fund.open_houses == 1);
    world
}

#[test]
fn it_fixes_the_loss_and_the_moment_of_the_pins() {
    let mut world = sold();
    let meta = world.run(world.open_gains_cut());
    let opened = event!(meta, GainsCutOpened);
    assert_eq!((opened.fund, opened.round, opened.loss), (world.here.keys.fund, 1, usdc(50)));
    assert_eq!((opened.cut_ts, opened.ends_ts), (world.now() + 150, world.now() + 150 + 3_600));
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

/// A crank does not write the fund: who relies on a waived house shows that its market is silent.
#[test]
fn a_waived_house_is_shown_and_silent() {
    let mut world = beside_a_silent_house();
    let btc = world.here.keys.market(BTC);
    world.refuse(world.open_gains_cut().without(btc), HouseNotSold);
    world.print(BTC, usd(60_000)); // it is heard
    world.refuse(world.open_gains_cut(), HouseNotSold);
    world.warp_secs(i64::from(SILENT_GRACE_SECS));
    world.refuse(world.open_gains_cut(), HouseNotSold); // silent again, and nobody has looked since
    world.run(world.book_house(BTC));
    world.run(world.open_gains_cut());
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
