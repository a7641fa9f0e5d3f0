//! Layers 5 to 7: the story of `tests/worked_example.rs`, and what is beside it.

use {
    super::Sheet,
    bulkhead_tests::{
        bulkhead::{constants::PIN_DELAY_SECS, state::FundParams},
        params, usd, usdc, World, SOL,
    },
};

/// The fund's parameters in that story.
const PARAMS: FundParams = FundParams { assessment_cap_bps: 5_000, clearing_fee_bps: 0, ..params::FUND };

pub fn measure(sheet: &mut Sheet) {
    let mut world = assessed();
    let call = world.enforce_call("bob");
    sheet.typical("enforce_call, assessment", &mut world, call);
    cut(assessed(), sheet);
    let mut world = wound_down(world);
    let call = world.fix_final_mark(SOL);
    sheet.typical("fix_final_mark", &mut world, call);
    world.run(world.close_out("alice"));
    world.register_all();
    world.run(world.close_out("bob"));
    let call = world.close_out("carol");
    sheet.typical("close_out, 1 position", &mut world, call);
    let call = world.pay_out("bob");
    sheet.typical("pay_out", &mut world, call);
    let call = world.repay_default("treasurer", 0, usdc(100));
    sheet.typical("repay_default", &mut world, call);
    world.run(world.settle_epoch("bob"));
    let call = world.claim_recovery("bob");
    sheet.typical("claim_recovery", &mut world, call);
    let call = world.give_recovery("treasurer", usdc(1));
    sheet.typical("give_recovery", &mut world, call);
    let call = world.waive_recovery("bob");
    sheet.typical("waive_recovery", &mut world, call);

    silent_oracle(sheet);
}

/// Everything is gone but what the members have agreed to be assessed.
fn assessed() -> World {
    let mut world = World::with_params(PARAMS);
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(100), usdc(900));
    world.give("treasurer", usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(40));
    world.run(world.novate("bob", "carol", SOL, 1_000, usd(40)));
    world.default_member("alice");
    world
}

/// The assessment is over and the house is sold. Layer 6 is opened; Bob's gain of 1,600 is registered and cut.
fn cut(mut world: World, sheet: &mut Sheet) -> World {
    sell(&mut world);
    world.warp_secs(60 * 60);
    world.refresh();
    let call = world.open_gains_cut();
    sheet.typical("open_gains_cut", &mut world, call);
    world.warp_secs(PIN_DELAY_SECS);
    world.refresh();
    let call = world.register_gains("bob");
    sheet.typical("register_gains, 1 position", &mut world, call);
    world.register_all();
    world.end_registration();
    let call = world.cut_gains();
    sheet.typical("cut_gains", &mut world, call);
    let call = world.pay_claim("bob");
    sheet.typical("pay_claim", &mut world, call);
    world
}

fn sell(world: &mut World) {
    world.warp_secs(i64::from(PARAMS.assessment_secs) + 1);
    world.refresh();
    world.run(world.take_over("carol", SOL, 1_000));
}

/// Nobody has registered: a wind-down, a day ago, whose market has ended.
fn wound_down(mut world: World) -> World {
    sell(&mut world);
    world.pin_gains();
    world.end_registration();
    world.run(world.cut_gains());
    world.warp_secs(params::DAY + 60 * 60);
    world
}

/// The oracle says nothing any more: anyone ends the market.
fn silent_oracle(sheet: &mut Sheet) {
    let mut world = World::new();
    world.warp_secs(15 * params::DAY);
    let call = world.close_market(SOL);
    sheet.typical("close_market", &mut world, call);
}
