use {
    crate::common::*,
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::*,
            state::{AdjustmentTerms, Mandate, MarketParams, OracleKind},
        },
        event, keypair, params, token, Address,
        BulkheadError::*,
        InstructionError, MarketSpec, MintKind, Signer, World, BTC, SOL,
    },
};

fn changed(change: impl FnOnce(&mut MarketParams)) -> MarketSpec {
    let mut spec = MarketSpec::btc();
    change(&mut spec.params);
    spec
}

#[test]
fn it_writes_the_market() {
    let mut world = World::new();
    let spec = MarketSpec::btc();
    let meta = world.run(world.create_market(BTC, &spec));
    let (market, now) = (world.market(BTC), world.now());
    assert_eq!((market.version, market.index, market.fund), (VERSION, BTC, world.here.keys.fund));
    assert_eq!((market.price_decimals, market.lot_decimals, market.scale), (8, 4, 1_000_000)); // 10^(8 + 4 - 6)
    assert_eq!((market.base_rates, market.rates), (params::RATES, params::RATES));
    assert_eq!(market.oracle, spec.params.oracle);
    assert_eq!((market.price_band_bps, market.confidence_multiple), (200, 2));
    assert_eq!(market.max_open_interest, spec.params.terms.max_open_interest);
    assert_eq!((market.mark.price, market.open_interest, market.house_lots), (0, 0, 0));
    assert_eq!(market.opened_ts, now);
    assert_eq!(world.fund().market_count, 2);

    let created = event!(meta, MarketCreated);
    assert_eq!((created.fund, created.market), (world.here.keys.fund, world.here.keys.market(BTC)));
    assert_eq!(created.market_index, 1);
}

/// New risk is a queued change from the first member on, even one that has nothing yet, and from the first unit of treasury on.
#[test]
fn only_in_an_empty_fund() {
    let mut world = World::new();
    world.open("alice");
    let spec = MarketSpec::btc();
    world.refuse(world.create_market(BTC, &spec), FundNotEmpty);
    world.run(world.close_member("alice"));
    world.give("treasurer", 1);
    world.run(world.fund_treasury("treasurer", 1));
    world.refuse(world.create_market(BTC, &spec), FundNotEmpty);
    assert_eq!(world.fund().market_count, 1);
    world.take_treasury("treasurer", 1);
    world.run(world.create_market(BTC, &spec));
}

#[test]
fn only_the_authority_with_a_live_mandate() {
    let mut world = World::new();
    let spec = MarketSpec::btc();
    let authority = world.here.authority.pubkey();
    let guardian = keypair("guardian 0");
    world.refuse(world.create_market(BTC, &spec).signed_by(authority, guardian), NotAuthority);
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.create_market(BTC, &spec));

    let live = world.mandate();
    assert_eq!(live.nonce, 1, "the first market has used 0");
    for nonce in [0, 2, u64::MAX] {
        let stale = Mandate { nonce, ..live };
        world.refuse(world.create_market_by(BTC, spec.params, stale), StaleNonce);
    }
    let expired = Mandate { last_valid_slot: world.slot() - 1, ..live };
    world.refuse(world.create_market_by(BTC, spec.params, expired), MandateExpired);

    let last = Mandate { last_valid_slot: world.slot(), ..live };
    world.run(world.create_market_by(BTC, spec.params, last));
    assert_eq!(world.fund().governance_nonce, 2);
}

#[test]
fn the_index_is_the_next_free_one() {
    let mut world = World::new();
    let spec = MarketSpec::btc();
    world.refuse(world.create_market(2, &spec), MarketIndexTaken);
    world.refuse(world.create_market(SOL, &spec), ACCOUNT_IN_USE);
    world.refuse(world.create_market(MAX_MARKETS, &spec), TooManyMarkets);
    let market = world.here.keys.market(BTC);
    let elsewhere = address("elsewhere");
    world.refuse(world.create_market(BTC, &spec).swap(market, elsewhere), InstructionError::InvalidSeeds);
}

#[test]
fn a_fund_has_at_most_so_many_markets() {
    let mut world = World::new();
    for index in 1..MAX_MARKETS {
        world.run(world.create_market(index, &MarketSpec::btc()));
    }
    world.refuse(world.create_market(MAX_MARKETS, &MarketSpec::btc()), TooManyMarkets);
}

/// Every term of adjustment at its largest.
fn most() -> AdjustmentTerms {
    AdjustmentTerms {
        concentration_lots: u64::MAX,
        volatility_half_life_secs: MAX_HALF_LIFE_SECS,
        breaker_window_secs: MAX_BREAKER_WINDOW_SECS,
        breaker_cooloff_secs: MAX_COOLOFF_SECS,
        target_volatility_bps: u16::MAX,
        multiplier_min_bps: ONE_BPS,
        multiplier_max_bps: MAX_MULTIPLIER_BPS,
        maintenance_ramp_bps_per_hour: MAX_RAMP_BPS_PER_HOUR,
        breaker_bps: MAX_BREAKER_BPS,
        premium_bps_per_year: MAX_PREMIUM_BPS_PER_YEAR,
        concentration_bps: MAX_CONCENTRATION_BPS,
        _pad: [0; 6],
    }
}

/// The same at its smallest.
fn least() -> AdjustmentTerms {
    AdjustmentTerms {
        concentration_lots: 0,
        volatility_half_life_secs: MIN_HALF_LIFE_SECS,
        breaker_window_secs: MIN_BREAKER_WINDOW_SECS,
        breaker_cooloff_secs: MIN_COOLOFF_SECS,
        target_volatility_bps: 1,
        multiplier_min_bps: ONE_BPS,
        multiplier_max_bps: ONE_BPS,
        maintenance_ramp_bps_per_hour: 0,
        breaker_bps: MIN_BREAKER_BPS,
        premium_bps_per_year: 0,
        concentration_bps: 0,
        _pad: [0; 6],
    }
}

#[test]
fn parameters_at_their_bounds_are_accepted() {
    let at: [fn(&mut MarketParams); 15] = [
        |p| p.terms.rates.maintenance_bps = p.terms.rates.initial_bps - 1,
        |p| p.terms.rates.stress_bps = p.terms.rates.initial_bps,
        |p| {
            (p.terms.rates.initial_bps, p.terms.rates.stress_bps, p.terms.rates.contribution_bps) =
                (ONE_BPS - 1, ONE_BPS, ONE_BPS)
        },
        |p| (p.terms.adjustment, p.terms.rates.stress_bps) = (most(), 3_000),
        |p| p.terms.adjustment = least(),
        // 10% times 0.5 is above twice the band of 2% and the fee.
        |p| p.terms.adjustment.multiplier_min_bps = 5_000,
        |p| (p.oracle.max_age_secs, p.oracle.max_ahead_secs) = (MAX_ORACLE_AGE_SECS, MAX_ORACLE_AHEAD_SECS),
        |p| {
            (p.oracle.max_confidence_bps, p.terms.confidence_multiple) =
                (MAX_CONFIDENCE_BPS, MAX_CONFIDENCE_MULTIPLE)
        },
        |p| (p.terms.max_open_interest, p.lot_decimals) = (i64::MAX as u64, 12),
        |p| {
            (p.oracle.kind, p.oracle.account, p.oracle.feed_id) =
                (OracleKind::PythPush as u8, [1; 32], [0; 32])
        },
        |p| p.terms.dead_feed_secs = MIN_DEAD_FEED_SECS,
        |p| p.terms.dead_feed_secs = MAX_DEAD_FEED_SECS,
        |p| p.terms.expires_ts = i64::MAX,
        // Nineteen decimals apart: the largest power of ten of a word.
        |p| (p.oracle.feed_decimals, p.price_decimals) = (27, 8),
        |p| p.oracle.feed_decimals = 0,
    ];
    let mut world = World::new();
    for (number, change) in at.into_iter().enumerate() {
        world.run(world.create_market(number as u16 + 1, &changed(change)));
    }
}

#[test]
fn parameters_beyond_their_bounds_are_refused() {
    let beyond: [fn(&mut MarketParams); 44] = [
        |p| p.terms.rates.maintenance_bps = 0,
        |p| p.terms.rates.maintenance_bps = p.terms.rates.initial_bps,
        |p| (p.terms.rates.initial_bps, p.terms.rates.stress_bps) = (ONE_BPS + 1, ONE_BPS + 1),
        |p| p.terms.rates.contribution_bps = ONE_BPS + 1,
        |p| p.terms.rates.stress_bps = p.terms.rates.initial_bps - 1,
        |p| p.terms.rates.stress_bps = ONE_BPS + 1,
        |p| p.oracle.max_age_secs = 0,
        |p| p.oracle.max_age_secs = MAX_ORACLE_AGE_SECS + 1,
        |p| p.oracle.max_ahead_secs = MAX_ORACLE_AHEAD_SECS + 1,
        |p| p.oracle.max_confidence_bps = 0,
        |p| p.oracle.max_confidence_bps = MAX_CONFIDENCE_BPS + 1,
        |p| p.terms.confidence_multiple = MAX_CONFIDENCE_MULTIPLE + 1,
        |p| p.terms.price_band_bps = 0,
        |p| p.price_decimals = 13,
        |p| p.lot_decimals = 13,
        |p| p.terms.max_open_interest = i64::MAX as u64 + 1,
        |p| p.terms.adjustment.multiplier_min_bps = MIN_MULTIPLIER_BPS - 1,
        |p| p.terms.adjustment.multiplier_min_bps = ONE_BPS + 1,
        |p| p.terms.adjustment.multiplier_max_bps = ONE_BPS - 1,
        |p| p.terms.adjustment.multiplier_max_bps = MAX_MULTIPLIER_BPS + 1,
        |p| (p.terms.rates.initial_bps, p.terms.adjustment.multiplier_max_bps) = (2_500, 40_000),
        |p| p.terms.adjustment.volatility_half_life_secs = MIN_HALF_LIFE_SECS - 1,
        |p| p.terms.adjustment.volatility_half_life_secs = MAX_HALF_LIFE_SECS + 1,
        |p| p.terms.adjustment.maintenance_ramp_bps_per_hour = MAX_RAMP_BPS_PER_HOUR + 1,
        |p| p.terms.adjustment.breaker_bps = MIN_BREAKER_BPS - 1,
        |p| p.terms.adjustment.breaker_bps = MAX_BREAKER_BPS + 1,
        |p| p.terms.adjustment.breaker_window_secs = MIN_BREAKER_WINDOW_SECS - 1,
        |p| p.terms.adjustment.breaker_window_secs = MAX_BREAKER_WINDOW_SECS + 1,
        |p| p.terms.adjustment.breaker_cooloff_secs = MIN_COOLOFF_SECS - 1,
        |p| p.terms.adjustment.breaker_cooloff_secs = MAX_COOLOFF_SECS + 1,
        |p| p.terms.adjustment.premium_bps_per_year = MAX_PREMIUM_BPS_PER_YEAR + 1,
        |p| p.terms.adjustment.concentration_bps = MAX_CONCENTRATION_BPS + 1,
        |p| p.terms.adjustment.premium_bps_per_year = u16::MAX,
        |p| p.terms.adjustment.breaker_window_secs = 0,
        // An oracle nobody could write to, or anybody.
        |p| p.oracle.owners = [[0; 32]; 2],
        |p| p.oracle.feed_id = [0; 32],
        |p| p.oracle.kind = OracleKind::PythPush as u8,
        |p| p.oracle.kind = 3,
        |p| p.oracle.kind = u8::MAX,
        |p| p.terms.dead_feed_secs = MIN_DEAD_FEED_SECS - 1,
        |p| p.terms.dead_feed_secs = MAX_DEAD_FEED_SECS + 1,
        |p| p.terms.expires_ts = -1,
        |p| (p.oracle.feed_decimals, p.price_decimals) = (28, 8),
        |p| p.oracle.feed_decimals = u8::MAX,
    ];
    let mut world = World::new();
    for (number, change) in beyond.into_iter().enumerate() {
        println!("change {number}");
        world.refuse(world.create_market(BTC, &changed(change)), ParameterOutOfBounds);
    }
}

/// Both sides of a trade at the edge of the band lose at most the band against the mark, twice over a round trip, and
/// the fee of 2 bps: 2 x 499 + 2 = 1,000 is not less than an initial margin of 1,000.
#[test]
fn initial_margin_exceeds_what_the_band_can_cost() {
    let mut world = World::new();
    world.refuse(world.create_market(BTC, &changed(|p| p.terms.price_band_bps = 499)), MarginWithinPriceBand);
    world.refuse(
        world.create_market(BTC, &changed(|p| p.terms.price_band_bps = u16::MAX)),
        MarginWithinPriceBand,
    );
    world.run(world.create_market(BTC, &changed(|p| p.terms.price_band_bps = 498)));
    // In the calmest market initial margin is 8%: 2 x 399 + 2 is not less.
    let calm = |band| {
        changed(|p| {
            p.terms.adjustment.multiplier_min_bps = 8_000;
            p.terms.price_band_bps = band;
        })
    };
    world.here.markets.push(MarketSpec::btc());
    world.refuse(world.create_market(2, &calm(399)), MarginWithinPriceBand);
    world.run(world.create_market(2, &calm(398)));
}

/// `S` = 10^(price + lot - quote decimals).
#[test]
fn a_base_unit_is_at_least_one_raw_quote() {
    let mut world = World::new();
    let small = changed(|p| (p.price_decimals, p.lot_decimals) = (3, 2));
    world.refuse(world.create_market(BTC, &small), ScaleTooSmall);
    world.run(world.create_market(BTC, &changed(|p| (p.price_decimals, p.lot_decimals) = (4, 2))));
    assert_eq!(world.market(BTC).scale, 1);
}

/// Without decimals of the mint the largest scale is 10^24, more than a word holds.
#[test]
fn a_scale_that_does_not_fit_is_an_overflow() {
    let mut world = World::without_fund(MintKind::Spl);
    world.patch(world.mint, |mint| mint.data[44] = 0);
    world.run(world.create_fund(params::FUND));
    let huge = changed(|p| (p.price_decimals, p.lot_decimals) = (12, 12));
    world.refuse(world.create_market(SOL, &huge), Overflow);
    world.run(world.create_market(SOL, &changed(|p| (p.price_decimals, p.lot_decimals) = (12, 7))));
    assert_eq!(world.market(SOL).scale, 10u64.pow(19));
}

#[test]
fn fund_and_market_are_what_they_seem() {
    let mut world = World::new();
    let (fund, spec) = (world.here.keys.fund, MarketSpec::btc());
    refuses_version(&mut world, fund, |world| world.create_market(BTC, &spec));
    let other = world.elsewhere(|world| world.here.keys.fund);
    // The market's address is that of another fund.
    world.refuse(world.create_market(BTC, &spec).swap(fund, other), InstructionError::InvalidSeeds);
    refuses_impostors(&mut world, fund, |world| world.create_market(BTC, &spec));
    let system = Address::default();
    let call = world.create_market(BTC, &spec).swap(system, token::TOKEN);
    world.refuse(call, InstructionError::IncorrectProgramId);
}

/// Threat 22.
#[test]
fn an_address_cannot_be_squatted() {
    let mut world = World::new();
    world.give_lamports(world.here.keys.market(BTC), 1);
    world.run(world.create_market(BTC, &MarketSpec::btc()));
}
