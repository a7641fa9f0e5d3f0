//! What a crank does beside the mark: volatility, the rates in force, the breaker.
//!
//! The market of these tests: rates at 80% a year, between 0.8 and 3 times; a move of 10% within five minutes halts it for ten;
//! maintenance margin moves by 1% of notional an hour. A move of 20 bps a minute is a volatility of 145% a year.

use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::state::{AdjustmentTerms, MarketRates, MarketRegime},
        event,
        params::{ADJUSTED, DAY, RATES, UNADJUSTED},
        usd, usdc,
        BulkheadError::*,
        Event, MarketSpec, World, SOL,
    },
};

fn adjusted() -> World {
    traded_in(MarketSpec::sol().adjusted(ADJUSTED))
}

/// The price goes up and down by so many bps, once a minute.
fn shake(world: &mut World, bps: u64, minutes: usize) {
    let calm = world.market(SOL).mark.price;
    for minute in 0..minutes {
        world.warp_secs(60);
        let price = if minute % 2 == 0 { calm / 10_000 * (10_000 + bps) } else { calm };
        world.print(SOL, price);
    }
}

/// The price stays for so many minutes.
fn rest(world: &mut World, minutes: usize) {
    for _ in 0..minutes {
        world.warp_secs(60);
        world.refresh();
    }
}

#[test]
fn a_market_begins_at_its_base_rates() {
    let world = adjusted();
    let market = world.market(SOL);
    assert_eq!((market.rates, market.base_rates), (RATES, RATES));
    assert_eq!(market.adjusted.multiplier_bps, 10_000);
    assert!(market.adjusted.regime == MarketRegime::Neutral);
}

/// Volatility rises: initial margin, contribution and stress at once, maintenance margin by 1% of notional an hour.
#[test]
fn initial_margin_follows_at_once_and_maintenance_ramps() {
    let mut world = adjusted();
    shake(&mut world, 60, 8 * 60);
    let market = world.market(SOL);
    let times =
        |rate: u16| (u32::from(rate) * u32::from(market.adjusted.multiplier_bps)).div_ceil(10_000) as u16;
    assert!(market.adjusted.multiplier_bps > 20_000, "{}", market.adjusted.multiplier_bps);
    assert!(market.adjusted.regime == MarketRegime::RiskOff);
    let expected = [RATES.contribution_bps, RATES.stress_bps].map(times);
    assert_eq!([market.rates.contribution_bps, market.rates.stress_bps], expected);
    // Rounded up in both parts: at most one more.
    assert!((times(RATES.initial_bps)..=times(RATES.initial_bps) + 1).contains(&market.rates.initial_bps));

    // A jump of the target moves nothing by itself: an hour does, by 1%.
    let mut world = adjusted();
    let minutes = 60;
    shake(&mut world, 60, minutes);
    let after = world.market(SOL).rates.maintenance_bps;
    assert!((RATES.maintenance_bps..=RATES.maintenance_bps + 100).contains(&after), "{after}");
}

/// Regimes have hysteresis, are in the account and in every crank's event.
#[test]
fn a_regime_is_left_later_than_entered() {
    let mut world = adjusted();
    shake(&mut world, 60, 8 * 60);
    assert!(world.market(SOL).adjusted.regime == MarketRegime::RiskOff);
    let mut seen = Vec::new();
    for _ in 0..200 {
        rest(&mut world, 60);
        let meta = world.run(world.crank_market(SOL));
        let cranked = event!(meta, Cranked);
        let market = world.market(SOL);
        assert_eq!(cranked.multiplier_bps, u64::from(market.adjusted.multiplier_bps));
        assert_eq!(cranked.initial_bps, u64::from(market.rates.initial_bps));
        assert_eq!(cranked.maintenance_bps, u64::from(market.rates.maintenance_bps));
        if seen.last().is_none_or(|(regime, _)| *regime != cranked.regime) {
            seen.push((cranked.regime, cranked.multiplier_bps));
        }
    }
    let regimes: Vec<u64> = seen.iter().map(|(regime, _)| *regime).collect();
    assert_eq!(regimes, [2, 0, 1], "risk-off, neutral, risk-on");
    assert!((11_000..12_500).contains(&seen[1].1), "left below one and a quarter: {seen:?}");
    assert_eq!(seen[2].1, 8_000, "the smallest multiplier");
    let calm = world.market(SOL).rates;
    assert_eq!(
        calm,
        MarketRates { initial_bps: 800, maintenance_bps: 400, contribution_bps: 160, stress_bps: 3_000 }
    );
}

/// Threat 18: cranking between two samples, at whatever prices, is forgotten.
#[test]
fn cranking_often_changes_nothing() {
    let (mut seldom, mut often) = (adjusted(), adjusted());
    for round in 0..20 {
        let price = usd(200 + round % 3);
        for step in 1..=6 {
            often.warp_secs(10);
            if step < 6 {
                often.print(SOL, price + usd(step));
            }
        }
        seldom.warp_secs(60);
        often.print(SOL, price);
        seldom.print(SOL, price);
    }
    let state = |world: &World| world.market(SOL).adjusted;
    assert_eq!(state(&often).variance, state(&seldom).variance);
    assert_eq!(state(&often).multiplier_bps, state(&seldom).multiplier_bps);
    assert_eq!(state(&often).maintenance_ramp, state(&seldom).maintenance_ramp);
    assert_eq!(often.market(SOL).rates, seldom.market(SOL).rates);
}

/// Maintenance margin ramps towards what was known when the time ran: a wild price after a silent day moves it by nothing.
#[test]
fn a_silent_oracle_does_not_let_maintenance_jump() {
    let mut world = adjusted();
    world.warp_secs(DAY);
    world.set_price(SOL, usd(240));
    let market = world.market(SOL);
    assert_eq!(market.rates.maintenance_bps, RATES.maintenance_bps);
    assert!(market.rates.initial_bps > RATES.initial_bps);
}

/// Nobody is liquidated because a parameter jumped: Alice meets maintenance margin by 1% of notional, volatility rises by half and
/// more, and an hour later she still does.
#[test]
fn a_jump_of_volatility_liquidates_nobody() {
    let mut world = World::with(bulkhead_tests::world::Setup {
        markets: vec![MarketSpec::sol().adjusted(AdjustmentTerms { breaker_bps: 0, ..ADJUSTED })],
        ..Default::default()
    });
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    let spare = world.member("alice").margin - usdc(120); // maintenance is 100, of 2,000
    world.run(world.withdraw_margin("alice", spare - usdc(81)));
    world.set_price(SOL, usd(192)); // 80 lost
    for minute in 0..55 {
        world.warp_secs(60);
        world.set_price(SOL, if minute % 2 == 0 { usd(194) } else { usd(192) });
        world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
    }
    assert!(world.market(SOL).adjusted.multiplier_bps > 15_000);
}

/// 12% down in a minute: only reducing trades for ten minutes.
#[test]
fn the_breaker_halts_what_adds_risk() {
    let mut world = adjusted();
    world.warp_secs(60);
    world.publish(SOL, usd(176), 0);
    let meta = world.run(world.crank_market(SOL));
    let tripped = event!(meta, BreakerTripped);
    assert_eq!((tripped.market, tripped.price), (world.here.keys.market(SOL), usd(176)));
    assert_eq!(tripped.until_ts, world.now() + 600);
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(176)), BreakerTripped);
    // Everything else goes on.
    world.run(world.novate("bob", "alice", SOL, 1, usd(176)));
    world.run(world.deposit_margin("alice", usdc(1)));
    world.run(world.withdraw_margin("dave", usdc(1)));
    world.run(world.settle("alice", SOL));
    world.run(world.contribute("dave", usdc(1)));
    // Calm again: the halt ends by itself.
    world.warp_secs(599);
    world.refresh();
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(176)), BreakerTripped);
    world.warp_secs(1);
    world.refresh();
    world.run(world.deposit_margin("alice", usdc(1_000)));
    world.run(world.novate("alice", "bob", SOL, 1, usd(176)));
}

/// A move that takes longer than two windows does not trip it, nor does one within the limit.
#[test]
fn the_breaker_does_not_trip_on_a_drift() {
    let mut world = adjusted();
    for price in [190, 181, 172, 164] {
        world.warp_secs(600);
        world.publish(SOL, usd(price), 0);
        let meta = world.run(world.crank_market(SOL));
        assert!(!meta.events.iter().any(|event| matches!(event, Event::BreakerTripped(_))), "{price}");
    }
}

/// SOL falls from 200 to 160 in a moment: Alice, with 250, has lost 400. The breaker halts new risk, and
/// nothing else: once the price has lasted for two cells she is in default, at that price.
#[test]
fn a_tripped_breaker_puts_off_no_default() {
    let mut world =
        traded_in(MarketSpec::sol().adjusted(AdjustmentTerms { target_volatility_bps: 0, ..ADJUSTED }));
    let spare = world.member("alice").margin - usdc(250);
    world.run(world.withdraw_margin("alice", spare));
    world.warp_secs(60);
    world.print(SOL, usd(160));
    world.refuse(world.declare_default("alice"), EquityNotNegative);
    world.refuse(world.liquidate("carol", "alice", SOL, 1), NotLiquidatable);
    world.last();
    assert!(world.market(SOL).is_halted(world.now()));
    let meta = world.run(world.declare_default("alice"));
    let shortfall = event!(meta, DefaultDeclared).shortfall;
    assert!((usdc(150)..usdc(151)).contains(&shortfall), "{shortfall}");
}

/// The wild print is over before it has lasted: nobody is in default, then or later.
#[test]
fn one_wild_print_defaults_nobody() {
    let mut world = adjusted();
    let spare = world.member("alice").margin - usdc(250);
    world.run(world.withdraw_margin("alice", spare));
    world.warp_secs(60);
    world.print(SOL, usd(120));
    world.refuse(world.declare_default("alice"), EquityNotNegative);
    world.warp_secs(2);
    world.print(SOL, usd(199));
    for _ in 0..30 {
        world.refuse(world.declare_default("alice"), EquityNotNegative);
        world.warp_secs(1);
        world.print(SOL, usd(199));
    }
}

/// Who takes risk over that the fund has already needs the base rates, above maintenance margin in force: a multiplier would
/// keep takers away when they are needed most. Initial margin is three times as high for everybody else.
#[test]
fn who_takes_over_needs_the_base_rates() {
    let terms = AdjustmentTerms {
        breaker_bps: 0,
        premium_bps_per_year: 0,
        volatility_half_life_secs: 600,
        ..ADJUSTED
    };
    let mut world = World::with(bulkhead_tests::world::Setup {
        markets: vec![MarketSpec::sol().adjusted(terms)],
        ..Default::default()
    });
    contributors(&mut world, usdc(250));
    world.join("taker", usdc(225), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    shake(&mut world, 300, 30);
    world.warp_secs(60);
    world.set_price(SOL, usd(170));
    assert_eq!(world.market(SOL).adjusted.multiplier_bps, 30_000);
    world.default_member("alice");
    // 10 SOL at 170 are 1,700: 30% of them are 510, at the base rate 170 and what maintenance margin has ramped.
    let rates = world.market(SOL).rates;
    assert!(rates.initial_bps >= 2_900, "{rates:?}");
    world.run(world.take_over("taker", SOL, LOTS));
    // For anything more the rates in force count.
    world.refuse(world.novate("taker", "dave", SOL, 1, usd(170)), BelowInitialMargin);
    world.refuse(world.withdraw_margin("taker", 1), BelowInitialMargin);
}

/// 600 lots beyond 400 cost 5% of 1,200 more: 60 of initial margin and stress, and nothing of maintenance margin.
#[test]
fn concentration_costs_more() {
    let terms = AdjustmentTerms { concentration_lots: 400, concentration_bps: 500, ..UNADJUSTED };
    let world = traded_in(MarketSpec::sol().adjusted(terms));
    let risk = world.risk("alice");
    assert_eq!((risk.initial, risk.stress, risk.maintenance), (usdc(260), usdc(660), usdc(100)));
    let mut world = world;
    let margin = world.member("alice").margin;
    world.refuse(world.withdraw_margin("alice", margin - usdc(260) + 1), BelowInitialMargin);
    world.run(world.withdraw_margin("alice", margin - usdc(260)));
}
