//! Funds, markets, parameters, authorities.

use {
    super::Sheet,
    bulkhead_tests::{
        bulkhead::state::{FundChange, FundParams, MarketChange, OracleChange, ParameterChange},
        params, usd, usdc,
        world::Setup,
        MarketSpec, MintKind, World, BTC, SOL,
    },
};

pub fn measure(sheet: &mut Sheet) {
    set_up(sheet);
    other_mint(sheet);
    changes(sheet);
    pauses(sheet);
}

fn set_up(sheet: &mut Sheet) {
    let mut world = World::without_fund(MintKind::Spl);
    let call = world.create_fund(params::FUND);
    sheet.typical("create_fund", &mut world, call);
    let market = MarketSpec::sol();
    let call = world.create_market(0, &market);
    sheet.typical("create_market", &mut world, call);
    world.here.markets.push(market);
    world.publish(SOL, usd(200), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market, first", &mut world, call);
    world.give("sponsor", usdc(1_000));
    let call = world.fund_treasury("sponsor", usdc(1_000));
    sheet.typical("fund_treasury", &mut world, call);
    let call = world.request_treasury("sponsor", usdc(100));
    sheet.typical("request_treasury", &mut world, call);
    let call = world.cancel_treasury();
    sheet.typical("cancel_treasury", &mut world, call);
    world.run(world.request_treasury("sponsor", usdc(100)));
    world.warp_secs(params::DAY);
    let call = world.claim_treasury("sponsor");
    sheet.typical("claim_treasury", &mut world, call);
}

fn other_mint(sheet: &mut Sheet) {
    let mut world = World::without_fund(MintKind::Token2022);
    let call = world.create_fund(params::FUND);
    sheet.measure("create_fund, Token-2022", &mut world, call);
}

fn changes(sheet: &mut Sheet) {
    let mut world = World::new();
    world.join("first", usdc(1_000), usdc(1_000)); // whose risk a change may make larger
    let number = world.fund().governance_nonce;
    let smaller = FundParams { cover_limit_bps: 4_000, ..params::FUND };
    let call = world.queue_change(ParameterChange::Fund(FundChange::between(&params::FUND, &smaller)));
    sheet.typical("queue_change, of the fund", &mut world, call);
    let of_market = world.fund().governance_nonce;
    let (terms, oracle) = (world.market(SOL).terms(), world.market(SOL).oracle);
    let all = (1 << MarketChange::NAMES.len()) - 1;
    let call = world.queue_change(ParameterChange::Market(SOL, MarketChange { touched: all, values: terms }));
    sheet.measure("queue_change, of a market", &mut world, call);
    let of_oracle = world.fund().governance_nonce;
    let call = world.queue_change(ParameterChange::Oracle(SOL, OracleChange { touched: 1, values: oracle }));
    sheet.measure("queue_change, of an oracle", &mut world, call);
    let of_new = world.fund().governance_nonce;
    let call = world.queue_change(ParameterChange::NewMarket(MarketSpec::btc().params));
    sheet.measure("queue_change, of a new market", &mut world, call);
    let call = world.veto_change(of_oracle);
    sheet.typical("veto_change", &mut world, call);
    let ready = [number, of_market].map(|number| world.queued_change(number).ready_secs);
    world.warp_secs((ready[0].max(ready[1]) - world.exit_secs()) as i64);
    let call = world.apply_change(number, None);
    sheet.typical("apply_change, of the fund", &mut world, call);
    let call = world.apply_change(of_market, Some(SOL));
    sheet.measure("apply_change, of a market", &mut world, call);
    let call = world.open_market(BTC, of_new);
    sheet.typical("open_market", &mut world, call);
    let call = world.transfer_authority("heir");
    sheet.typical("transfer_authority", &mut world, call);
    let call = world.accept_authority("heir");
    sheet.typical("accept_authority", &mut world, call);
}

fn pauses(sheet: &mut Sheet) {
    let mut world = World::with(Setup::default());
    let call = world.pause(1, 3_600);
    sheet.typical("pause", &mut world, call);
    world.warp_secs(60);
    let call = world.end_pause(1);
    sheet.typical("end_pause", &mut world, call);
}
