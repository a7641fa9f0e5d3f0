//! Margin, shares, rewards.

use {
    super::Sheet,
    bulkhead_tests::{
        bulkhead::state::{Fund, FundParams},
        params, usd, usdc, World, SOL,
    },
};

pub fn measure(sheet: &mut Sheet) {
    margin_and_shares(sheet);
    exit_in_two_steps(sheet);
    higher_cap(sheet);
}

fn margin_and_shares(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("first", usdc(1_000), usdc(1_000));
    world.give("alice", usdc(10_000));
    let call = world.open_member("alice");
    sheet.typical("open_member", &mut world, call);
    let call = world.set_delegate("alice", Default::default());
    sheet.typical("set_delegate", &mut world, call);
    let call = world.deposit_margin("alice", usdc(1_000));
    sheet.typical("deposit_margin", &mut world, call);
    let call = world.withdraw_margin("alice", usdc(1_000));
    sheet.measure("withdraw_margin, no position", &mut world, call);
    let call = world.contribute("alice", usdc(1_000));
    sheet.typical("contribute", &mut world, call);
    let shares = world.member("alice").shares.get();
    let call = world.request_withdrawal("alice", shares);
    sheet.typical("request_withdrawal", &mut world, call);
    let call = world.cancel_withdrawal("alice");
    sheet.typical("cancel_withdrawal", &mut world, call);
    world.run(world.request_withdrawal("alice", shares));
    world.warp_secs(params::DAY);
    let call = world.claim_withdrawal("alice");
    sheet.typical("claim_withdrawal", &mut world, call);
    let call = world.close_member("alice");
    sheet.typical("close_member", &mut world, call);
}

/// With an exit delay, a cap on the day's outflow, and a position whose requirement the rest must meet.
fn exit_in_two_steps(sheet: &mut Sheet) {
    let params = FundParams { exit_delay_slots: 100, outflow_cap_bps: 9_000, ..params::FUND };
    let mut world = World::with_params(params);
    for name in ["alice", "bob"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    let half = world.member("alice").shares.get() / 2;
    world.run(world.request_withdrawal("alice", half));
    world.warp_secs(params::DAY);
    world.refresh();
    let call = world.claim_withdrawal("alice");
    sheet.measure("claim_withdrawal, exit committed", &mut world, call);
    world.warp_slots(100);
    world.refresh();
    let call = world.claim_withdrawal("alice");
    sheet.measure("claim_withdrawal, after the delay, 1 position", &mut world, call);
}

/// Governance has raised the cap of assessments since the member joined.
fn higher_cap(sheet: &mut Sheet) {
    let mut world = World::with_params(FundParams { assessment_cap_bps: 2_000, ..params::FUND });
    world.join("alice", usdc(1_000), usdc(100));
    let at = 8 + std::mem::offset_of!(Fund, params) + std::mem::offset_of!(FundParams, assessment_cap_bps);
    let fund = world.here.keys.fund;
    world.patch(fund, |fund| fund.data[at..at + 2].copy_from_slice(&5_000u16.to_le_bytes()));
    let call = world.agree_assessment("alice");
    sheet.typical("agree_assessment", &mut world, call);
}
