//! Liquidation, default, the layers up to the survivors' contributions.

use {
    super::Sheet,
    bulkhead_tests::{bulkhead::state::FundParams, params, usd, usdc, World, SOL},
};

pub fn measure(sheet: &mut Sheet) {
    one_default(sheet);
    keeper_paid(sheet);
    contribution_suffices(sheet);
    end_of_epoch(sheet);
    stress_call(sheet);
}

fn one_default(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("alice", usdc(2_500), usdc(1_000));
    for name in ["bob", "carol"] {
        world.join(name, usdc(100_000), usdc(20_000));
    }
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(182));
    let call = world.liquidate("carol", "alice", SOL, 100);
    sheet.typical("liquidate", &mut world, call);
    world.set_price(SOL, usd(150));
    let call = world.open_watch("alice");
    sheet.typical("open_watch", &mut world, call);
    world.set_price(SOL, usd(182));
    let call = world.end_watch("alice");
    sheet.typical("end_watch", &mut world, call);
    world.set_price(SOL, usd(150));
    let call = world.declare_default("alice");
    sheet.typical("declare_default, 1 position", &mut world, call);
    let call = world.allocate_loss("alice");
    sheet.typical("allocate_loss", &mut world, call);
    world.warp_slots(20);
    world.refresh();
    let call = world.book_house(SOL);
    sheet.typical("book_house", &mut world, call);
    let call = world.take_over("carol", SOL, 1_000);
    sheet.typical("take_over", &mut world, call);
    world.warp_slots(500);
    world.refresh();
    let call = world.take_over("carol", SOL, u64::MAX);
    sheet.measure("take_over, house flat", &mut world, call);
    let call = world.allocate_residual();
    sheet.typical("allocate_residual", &mut world, call);
    world.warp_secs(91 * params::DAY);
    let call = world.close_default(0);
    sheet.typical("close_default", &mut world, call);
}

/// In two steps, by a keeper who gets bounties.
fn keeper_paid(sheet: &mut Sheet) {
    let params =
        FundParams { default_confirm_slots: 10, bounty_bps: 100, bounty_cap: usdc(100), ..params::FUND };
    let mut world = World::with_params(params);
    world.join("alice", usdc(2_500), usdc(1_000));
    for name in ["bob", "keeper"] {
        world.join(name, usdc(100_000), usdc(20_000));
    }
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(150));
    let call = world.declare_default("alice");
    sheet.measure("declare_default, grace starts", &mut world, call);
    world.warp_slots(10);
    world.refresh();
    let call = world.declare_default_for("keeper", "alice");
    sheet.measure("declare_default, with a bounty", &mut world, call);
    let call = world.allocate_loss_for("keeper", "alice");
    sheet.measure("allocate_loss, with a bounty", &mut world, call);
}

fn contribution_suffices(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("alice", usdc(2_500), usdc(1_000));
    world.join("bob", usdc(100_000), usdc(20_000));
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(170));
    let call = world.declare_default("alice");
    sheet.measure("declare_default, its contribution suffices", &mut world, call);
    world.run(world.take_over("bob", SOL, u64::MAX));
    let call = world.release_cushion(0);
    sheet.typical("release_cushion", &mut world, call);
}

fn end_of_epoch(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("alice", usdc(2_500), usdc(500));
    world.join("bob", usdc(100_000), usdc(9_700));
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(60));
    world.run(world.declare_default("alice"));
    let call = world.allocate_loss("alice");
    sheet.measure("allocate_loss, epoch ends", &mut world, call);
    let call = world.settle_epoch("bob");
    sheet.typical("settle_epoch", &mut world, call);
}

/// Half of 4,400 may be endangered: Alice is long of 4,000 lots from 200 with a margin of 800. At 194 she endangers 2,272.
fn stress_call(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("alice", usdc(802), usdc(200));
    for name in ["bob", "carol"] {
        world.join(name, usdc(100_000), usdc(2_200));
    }
    world.run(world.novate("alice", "bob", SOL, 4_000, usd(200)));
    world.set_price(SOL, usd(194));
    let call = world.call_stress("alice");
    sheet.typical("call_stress", &mut world, call);
    world.warp_secs(params::DAY);
    world.refresh();
    let call = world.sell_excess("carol", "alice", SOL, u64::MAX);
    sheet.typical("sell_excess", &mut world, call);
}
