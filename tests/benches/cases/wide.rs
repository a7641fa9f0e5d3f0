//! The same with numbers as long as they get: money near the end of `u64`, prices of a thousand million dollars to eight
//! decimals, raw quote beyond 2^80, shares beyond 2^80.

use {
    super::Sheet,
    bulkhead_tests::{params, usd, usdc, world::Setup, MarketSpec, World},
};

const WIDE: u16 = 0;
/// Of 10^-4 of the asset: a notional of 2.5 x 10^18 base units.
const LOTS: u64 = 20_000_000;

pub fn measure(sheet: &mut Sheet) {
    let mut world = rich();
    let call = world.deposit_margin("dave", usdc(333_333_333_333));
    sheet.measure("deposit_margin, wide", &mut world, call);
    let call = world.contribute("dave", usdc(777_777_777_777));
    sheet.measure("contribute, wide", &mut world, call);
    let call = world.novate("alice", "bob", WIDE, LOTS, price(1_234_567_891));
    sheet.measure("novate, wide", &mut world, call);
    leave(sheet, &mut world);
    lose(sheet, &mut world);
}

/// A price that is a multiple of nothing.
fn price(dollars: u64) -> u64 {
    usd(dollars) + 12_345_677
}

fn rich() -> World {
    let markets = vec![MarketSpec::named("WIDE", 4, price(1_234_567_891)).adjusted(params::ADJUSTED)];
    let mut world = World::with(Setup { markets, ..Setup::default() });
    for (name, margin, contribution) in [
        ("alice", 300_000_000_001, 100_000_000_003),
        ("bob", 3_000_000_000_007, 1_000_000_000_009),
        ("carol", 3_000_000_000_011, 1_000_000_000_013),
        ("dave", 17, 0),
    ] {
        world.give(name, usdc(5_000_000_000_000));
        world.join(name, usdc(margin), usdc(contribution));
    }
    world
}

fn leave(sheet: &mut Sheet, world: &mut World) {
    let shares = world.member("dave").shares.get();
    world.run(world.request_withdrawal("dave", shares / 3 * 2));
    world.warp_secs(params::DAY);
    world.set_price(WIDE, price(1_234_567_000));
    let call = world.claim_rewards("dave");
    sheet.measure("claim_rewards, wide", world, call);
    let call = world.claim_withdrawal("dave");
    sheet.measure("claim_withdrawal, wide", world, call);
}

fn lose(sheet: &mut Sheet, world: &mut World) {
    world.warp_secs(params::DAY);
    world.publish(WIDE, price(1_122_334_455), 1_234_567);
    let call = world.crank_market(WIDE);
    sheet.measure("crank_market, wide", world, call);
    world.last();
    let call = world.liquidate("carol", "alice", WIDE, 100_003);
    sheet.measure("liquidate, wide", world, call);
    let call = world.settle("alice", WIDE);
    sheet.measure("settle, loss, wide", world, call);
    let call = world.settle("bob", WIDE);
    sheet.measure("settle, gain, wide", world, call);
    world.warp_secs(params::DAY);
    world.set_price(WIDE, price(923_456_789));
    let call = world.declare_default("alice");
    sheet.measure("declare_default, wide", world, call);
    let call = world.allocate_loss("alice");
    sheet.measure("allocate_loss, wide", world, call);
    world.warp_slots(20);
    world.refresh();
    let call = world.take_over("carol", WIDE, 1_000_003);
    sheet.measure("take_over, wide", world, call);
    let call = world.report_exposure("carol");
    sheet.measure("report_exposure, wide", world, call);
}
