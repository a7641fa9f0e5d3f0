//! Layers 5 to 7: the story of `tests/worked_example.rs`.

use {
    super::Sheet,
    bulkhead_tests::{bulkhead::state::FundParams, params, usd, usdc, World, SOL},
};

/// The fund's parameters in that story.
const PARAMS: FundParams = FundParams { assessment_cap_bps: 5_000, clearing_fee_bps: 0, ..params::FUND };

pub fn measure(sheet: &mut Sheet) {
    let mut world = assessed();
    let call = world.enforce_call("bob");
    sheet.typical("enforce_call, assessment", &mut world, call);
    let mut world = wound_down(world, Some(sheet));
    let call = world.fix_final_mark(SOL);
    sheet.typical("fix_final_mark", &mut world, call);
    world.run(world.close_out("alice"));
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

/// The assessment is over, gains are cut, the house is sold at a loss nobody can pay: a wind-down, a day ago.
fn wound_down(mut world: World, sheet: Option<&mut Sheet>) -> World {
    world.warp_secs(i64::from(PARAMS.assessment_secs) + 1);
    world.refresh();
    let cut = world.haircut_gains();
    match sheet {
        Some(sheet) => {
            sheet.typical("haircut_gains", &mut world, cut);
            let call = world.settle("carol", SOL);
            sheet.measure("settle, with a cut", &mut world, call);
        }
        None => {
            world.run(cut);
            world.run(world.settle("carol", SOL));
        }
    }
    world.run(world.take_over("carol", SOL, 1_000));
    world.run(world.haircut_gains());
    world.warp_secs(params::DAY);
    world.refresh();
    world
}

/// The oracle says nothing any more: governance names the final mark.
fn silent_oracle(sheet: &mut Sheet) {
    let mut world = assessed();
    world.run(world.enforce_call("bob"));
    let mut world = wound_down(world, None);
    world.warp_secs(params::DAY);
    let call = world.set_final_mark(SOL, usd(40));
    sheet.typical("set_final_mark", &mut world, call);
}
