//! The cases: each sets a world up and measures one call.

use {
    crate::Row,
    bulkhead_tests::{bulkhead::state::FundParams, params, usd, usdc, Call, MarketSpec, World, SOL},
};

/// Targets of `protocol.md`, section 10.
const TARGETS: [(&str, u64); 10] = [
    ("deposit_margin", 2_600),
    ("contribute", 2_800),
    ("claim_withdrawal", 3_000),
    ("novate", 4_000),
    ("crank_market", 1_500),
    ("settle, loss", 1_500),
    ("liquidate", 4_500),
    ("declare_default, 1 position", 5_500),
    ("allocate_loss", 2_000),
    ("take_over", 3_500),
];

/// Rows in the order they are measured.
#[derive(Default)]
struct Sheet(Vec<Row>);

impl Sheet {
    /// Runs a call and writes down what it cost.
    fn measure(&mut self, name: &'static str, world: &mut World, call: Call) {
        let cu = world.run(call).cu;
        let target = TARGETS.iter().find(|(target, _)| *target == name).map(|(_, cu)| *cu);
        self.0.push(Row { name, cu, target });
    }
}

/// Every case.
pub fn measure() -> Vec<Row> {
    let mut sheet = Sheet::default();
    set_up(&mut sheet);
    members(&mut sheet);
    trading(&mut sheet);
    adjustment(&mut sheet);
    eight_positions(&mut sheet);
    default(&mut sheet);
    end_of_epoch(&mut sheet);
    end_of_the_waterfall(&mut sheet);
    assert!(TARGETS.iter().all(|(name, _)| sheet.0.iter().any(|row| row.name == *name)), "a target has no case");
    sheet.0
}

fn set_up(sheet: &mut Sheet) {
    let mut world = World::without_fund(bulkhead_tests::MintKind::Spl);
    let call = world.create_fund(params::FUND);
    sheet.measure("create_fund", &mut world, call);
    let market = MarketSpec::sol();
    let call = world.create_market(0, &market);
    sheet.measure("create_market", &mut world, call);
    world.here.markets.push(market);
    world.publish(SOL, usd(200), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market, first", &mut world, call);
    let call = world.pause(0, 0);
    sheet.measure("pause", &mut world, call);
    world.give("sponsor", usdc(1_000));
    let call = world.fund_treasury("sponsor", usdc(1_000));
    sheet.measure("fund_treasury", &mut world, call);
    let call = world.withdraw_treasury("sponsor", usdc(100));
    sheet.measure("withdraw_treasury", &mut world, call);
}

fn members(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("first", usdc(1_000), usdc(1_000));
    world.give("alice", usdc(10_000));
    let call = world.open_member("alice");
    sheet.measure("open_member", &mut world, call);
    let call = world.set_delegate("alice", Default::default());
    sheet.measure("set_delegate", &mut world, call);
    let call = world.deposit_margin("alice", usdc(1_000));
    sheet.measure("deposit_margin", &mut world, call);
    let call = world.withdraw_margin("alice", usdc(1_000));
    sheet.measure("withdraw_margin, no position", &mut world, call);
    let call = world.contribute("alice", usdc(1_000));
    sheet.measure("contribute", &mut world, call);
    let shares = world.member("alice").shares.get();
    let call = world.request_withdrawal("alice", shares);
    sheet.measure("request_withdrawal", &mut world, call);
    let call = world.cancel_withdrawal("alice");
    sheet.measure("cancel_withdrawal", &mut world, call);
    world.run(world.request_withdrawal("alice", shares));
    world.warp_secs(params::DAY);
    let call = world.claim_withdrawal("alice");
    sheet.measure("claim_withdrawal", &mut world, call);
    let call = world.close_member("alice");
    sheet.measure("close_member", &mut world, call);
}

fn trading(sheet: &mut Sheet) {
    let mut world = World::new();
    for name in ["alice", "bob", "carol"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    let call = world.novate("alice", "bob", SOL, 10_000, usd(200));
    sheet.measure("novate", &mut world, call);
    world.warp_secs(params::DAY);
    world.refresh();
    let call = world.contribute("carol", usdc(1_000));
    sheet.measure("contribute, rewards released", &mut world, call);
    let call = world.claim_rewards("carol");
    sheet.measure("claim_rewards", &mut world, call);
    let call = world.report_exposure("alice");
    sheet.measure("report_exposure, 1 position", &mut world, call);
    let call = world.withdraw_margin("alice", usdc(1));
    sheet.measure("withdraw_margin, 1 position", &mut world, call);
    world.set_price(SOL, usd(190));
    let call = world.settle("alice", SOL);
    sheet.measure("settle, loss", &mut world, call);
    let call = world.settle("bob", SOL);
    sheet.measure("settle, gain", &mut world, call);
}

/// Rates follow volatility, positions pay a premium, the breaker is armed.
fn adjustment(sheet: &mut Sheet) {
    let markets = vec![MarketSpec::sol().adjusted(params::ADJUSTED)];
    let mut world = World::with(bulkhead_tests::world::Setup { markets, ..Default::default() });
    for name in ["alice", "bob"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.warp_secs(1);
    world.publish(SOL, usd(201), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market, between samples", &mut world, call);
    world.warp_secs(90);
    world.publish(SOL, usd(199), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market", &mut world, call);
    world.warp_secs(90);
    world.publish(SOL, usd(150), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market, breaker trips", &mut world, call);
    let call = world.settle("alice", SOL);
    sheet.measure("settle, with a premium", &mut world, call);
    let call = world.collect_premium(SOL);
    sheet.measure("collect_premium", &mut world, call);
}

fn eight_positions(sheet: &mut Sheet) {
    let markets = ["A", "B", "C", "D", "E", "F", "G", "H"].map(|name| MarketSpec::named(name, 2, usd(200)));
    let mut world = World::with(bulkhead_tests::world::Setup { markets: markets.to_vec(), ..Default::default() });
    for name in ["alice", "bob", "carol"] {
        world.join(name, usdc(100_000), usdc(200_000));
    }
    for market in 0..7 {
        world.run(world.novate("alice", "bob", market, 10_000, usd(200)));
    }
    let call = world.novate("alice", "bob", 7, 10_000, usd(200));
    sheet.measure("novate, 8 positions each", &mut world, call);
    for market in 0..8 {
        world.set_price(market, usd(78));
    }
    let call = world.liquidate("carol", "alice", 0, 10_000);
    sheet.measure("liquidate, 8 positions", &mut world, call);
    for market in 0..8 {
        world.set_price(market, usd(60));
    }
    let call = world.declare_default("alice");
    sheet.measure("declare_default, 8 positions", &mut world, call);
}

fn default(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("alice", usdc(2_500), usdc(1_000));
    for name in ["bob", "carol"] {
        world.join(name, usdc(100_000), usdc(20_000));
    }
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(182));
    let call = world.liquidate("carol", "alice", SOL, 100);
    sheet.measure("liquidate", &mut world, call);
    world.set_price(SOL, usd(150));
    let call = world.declare_default("alice");
    sheet.measure("declare_default, 1 position", &mut world, call);
    let call = world.allocate_loss("alice");
    sheet.measure("allocate_loss", &mut world, call);
    world.warp_slots(20);
    world.refresh();
    let call = world.take_over("carol", SOL, 1_000);
    sheet.measure("take_over", &mut world, call);
    world.warp_slots(500);
    world.refresh();
    let call = world.take_over("carol", SOL, u64::MAX);
    sheet.measure("take_over, house flat", &mut world, call);
    let call = world.allocate_residual();
    sheet.measure("allocate_residual", &mut world, call);
    world.warp_secs(91 * params::DAY);
    let call = world.close_default(0);
    sheet.measure("close_default", &mut world, call);
}

fn end_of_epoch(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("alice", usdc(2_500), usdc(500));
    world.join("bob", usdc(100_000), usdc(9_000));
    world.run(world.novate("alice", "bob", SOL, 10_000, usd(200)));
    world.set_price(SOL, usd(60));
    world.run(world.declare_default("alice"));
    let call = world.allocate_loss("alice");
    sheet.measure("allocate_loss, epoch ends", &mut world, call);
    let call = world.settle_epoch("bob");
    sheet.measure("settle_epoch", &mut world, call);
}

/// Layers 5 to 7: the story of `tests/worked_example.rs`.
fn end_of_the_waterfall(sheet: &mut Sheet) {
    let params = FundParams { assessment_cap_bps: 5_000, clearing_fee_bps: 0, ..params::FUND };
    let mut world = World::with_params(params);
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(100), usdc(900));
    world.give("treasurer", usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(40));
    world.run(world.novate("bob", "carol", SOL, 1_000, usd(40)));
    world.default_member("alice");
    let call = world.enforce_call("bob");
    sheet.measure("enforce_call, assessment", &mut world, call);
    world.warp_secs(i64::from(params.assessment_secs) + 1);
    world.refresh();
    let call = world.haircut_gains();
    sheet.measure("haircut_gains", &mut world, call);
    let call = world.settle("carol", SOL);
    sheet.measure("settle, with a cut", &mut world, call);
    world.run(world.take_over("carol", SOL, 1_000));
    world.run(world.haircut_gains());
    world.warp_secs(params::DAY);
    world.refresh();
    let call = world.fix_final_mark(SOL);
    sheet.measure("fix_final_mark", &mut world, call);
    world.run(world.close_out("alice"));
    world.run(world.close_out("bob"));
    let call = world.close_out("carol");
    sheet.measure("close_out, 1 position", &mut world, call);
    let call = world.pay_out("bob");
    sheet.measure("pay_out", &mut world, call);
    let call = world.repay_default("treasurer", 0, usdc(100));
    sheet.measure("repay_default", &mut world, call);
    world.run(world.settle_epoch("bob"));
    let call = world.claim_recovery("bob");
    sheet.measure("claim_recovery", &mut world, call);
    let call = world.waive_recovery("bob");
    sheet.measure("waive_recovery", &mut world, call);
}
