//! Trades, prices and settlements.

use {
    super::Sheet,
    bulkhead_tests::{
        bulkhead::constants::TAKING_SECS,
        calls::at_print,
        params,
        pro::{Desk, CHANNEL, FEED, PRO},
        trace, usd, usdc,
        world::Setup,
        MarketSpec, World, SOL,
    },
};

pub fn measure(sheet: &mut Sheet) {
    one_position(sheet);
    first_of_a_slot(sheet);
    batches(sheet);
    offers(sheet);
    pro(sheet);
    adjustment(sheet);
    eight_positions(sheet);
}

fn one_position(sheet: &mut Sheet) {
    let mut world = World::new();
    for name in ["alice", "bob", "carol"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    let call = world.novate("alice", "bob", SOL, 10_000, usd(200));
    sheet.typical("novate", &mut world, call);
    world.warp_secs(params::DAY);
    world.refresh();
    let call = world.contribute("carol", usdc(1_000));
    sheet.measure("contribute, rewards released", &mut world, call);
    let call = world.claim_rewards("carol");
    sheet.typical("claim_rewards", &mut world, call);
    let call = world.report_exposure("alice");
    sheet.typical("report_exposure, 1 position", &mut world, call);
    let call = world.book_crowding(SOL);
    sheet.typical("book_crowding", &mut world, call);
    let call = world.withdraw_margin("alice", usdc(1));
    sheet.typical("withdraw_margin, 1 position", &mut world, call);
    world.set_price(SOL, usd(190));
    let call = world.settle("alice", SOL);
    sheet.typical("settle, loss", &mut world, call);
    let call = world.settle("bob", SOL);
    sheet.measure("settle, gain", &mut world, call);
    let call = world.novate("bob", "alice", SOL, 10_000, usd(190));
    sheet.measure("novate, both close", &mut world, call);
    // The price has moved and is three seconds old: both intervals have a width.
    world.print_within(SOL, usd(191), usd(1) / 10);
    world.warp_secs(3);
    let call = world.novate("alice", "bob", SOL, 10_000, usd(191));
    sheet.measure("novate, doubted", &mut world, call);
}

/// The others find the exit clock where it stands: something has written the fund in the same slot before.
fn first_of_a_slot(sheet: &mut Sheet) {
    let mut world = World::new();
    for name in ["alice", "bob"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    world.warp_slots(1);
    let call = world.novate("alice", "bob", SOL, 10_000, usd(200));
    sheet.measure("novate, first of its slot", &mut world, call);
    world.warp_slots(1);
    world.give("alice", usdc(1));
    let call = world.deposit_margin("alice", usdc(1));
    sheet.measure("deposit_margin, first of its slot", &mut world, call);
}

/// Signed prices of Pyth Pro. A traced chain does not take the stand-in of its contract.
fn pro(sheet: &mut Sheet) {
    if trace::is_enabled() {
        return;
    }
    let mut desk = Desk::new();
    let call = desk.world.open_pro_price(FEED, CHANNEL + 1);
    sheet.typical("open_pro_price", &mut desk.world, call);
    let call = desk.post(&desk.said());
    sheet.typical("post_pro_price", &mut desk.world, call);
    let call = desk.world.crank_market(PRO);
    sheet.measure("crank_market, of Pyth Pro", &mut desk.world, call);
}

/// A venue posts the trades of one taker with so many makers, all of whom hold the market already.
fn batches(sheet: &mut Sheet) {
    const NAMES: [&str; 3] = ["novate_batch", "novate_batch, 4 makers", "novate_batch, 16 makers"];
    for (name, count) in NAMES.into_iter().zip([1, 4, 16]) {
        let makers: Vec<String> = (0..count).map(|maker| format!("maker {maker}")).collect();
        let everybody: Vec<&str> = makers.iter().map(String::as_str).chain(["taker"]).collect();
        let mut world = World::new();
        world.join("taker", usdc(100_000), usdc(200_000));
        for maker in &makers {
            world.join(maker, usdc(10_000), usdc(20_000));
        }
        world.appoint_venue(&everybody, 0);
        let trades: Vec<_> = makers.iter().map(|maker| (maker.as_str(), 100, usd(200))).collect();
        world.run(world.buy_batch("taker", SOL, &trades));
        let call = world.buy_batch("taker", SOL, &trades);
        if count == 1 {
            sheet.typical(name, &mut world, call);
        } else {
            sheet.measure(name, &mut world, call);
        }
    }
}

/// What the fill costs more than a novation is the offer and its print.
fn offers(sheet: &mut Sheet) {
    let mut world = World::new();
    for name in ["alice", "bob"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    let call = world.post_offer("alice", SOL, 1, at_print(-10_000));
    sheet.typical("post_offer", &mut world, call);
    let call = world.take_offer("bob", "alice", 1, 5_000);
    sheet.typical("take_offer", &mut world, call);
    world.next_print(SOL, usd(200));
    let call = world.fill_offer("alice", 1, "bob");
    sheet.typical("fill_offer", &mut world, call);
    world.run(world.take_offer("bob", "alice", 1, 1_000));
    world.warp_secs(TAKING_SECS + 1);
    world.refresh();
    let call = world.lapse_taking("alice", 1, "bob");
    sheet.typical("lapse_taking", &mut world, call);
    let call = world.take_offer("bob", "alice", 1, 5_000);
    sheet.measure("take_offer, with positions", &mut world, call);
    world.next_print(SOL, usd(200));
    let call = world.fill_offer("alice", 1, "bob");
    sheet.measure("fill_offer, the last lots", &mut world, call);
    world.run(world.post_offer("alice", SOL, 1, at_print(-10_000)));
    let call = world.cancel_offer("alice", "alice", 1);
    sheet.typical("cancel_offer", &mut world, call);
}

/// Rates follow volatility, positions pay a premium, the breaker is armed.
fn adjustment(sheet: &mut Sheet) {
    let markets = vec![MarketSpec::sol().adjusted(params::ADJUSTED)];
    let mut world = World::with(Setup { markets, ..Setup::default() });
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
    sheet.typical("crank_market", &mut world, call);
    world.warp_secs(90);
    world.publish(SOL, usd(150), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market, breaker trips", &mut world, call);
    let call = world.settle("alice", SOL);
    sheet.measure("settle, with a premium", &mut world, call);
    let call = world.collect_premium(SOL);
    sheet.typical("collect_premium", &mut world, call);
}

/// Eight markets, of which Alice is long and Bob is short in seven.
fn seven_positions() -> World {
    let markets = ["A", "B", "C", "D", "E", "F", "G", "H"].map(|name| MarketSpec::named(name, 2, usd(200)));
    let mut world = World::with(Setup { markets: markets.to_vec(), ..Setup::default() });
    for name in ["alice", "bob", "carol"] {
        world.join(name, usdc(100_000), usdc(200_000));
    }
    for market in 0..7 {
        world.run(world.novate("alice", "bob", market, 10_000, usd(200)));
    }
    world
}

fn eight_positions(sheet: &mut Sheet) {
    let mut world = seven_positions();
    world.run(world.post_offer("alice", 7, 1, at_print(10_000)));
    let call = world.take_offer("bob", "alice", 1, -10_000);
    sheet.measure("take_offer, 8 positions each", &mut world, call);
    world.next_print(7, usd(200));
    let call = world.fill_offer("alice", 1, "bob");
    sheet.measure("fill_offer, 8 positions each", &mut world, call);

    let mut world = seven_positions();
    let call = world.novate("alice", "bob", 7, 10_000, usd(200));
    sheet.measure("novate, 8 positions each", &mut world, call);
    let call = world.withdraw_margin("bob", usdc(1));
    sheet.measure("withdraw_margin, 8 positions", &mut world, call);
    let call = world.report_exposure("bob");
    sheet.measure("report_exposure, 8 positions", &mut world, call);
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
    for market in 1..7 {
        world.run(world.take_over("carol", market, 100));
    }
    let call = world.take_over("carol", 7, 100);
    sheet.measure("take_over, 8 positions", &mut world, call);
}
