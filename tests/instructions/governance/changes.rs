//! `queue_change`, `apply_change`, `veto_change`.

use {
    crate::common::*,
    bulkhead_tests::{
        audit::Books,
        bulkhead::{
            constants::{CHANGE_WINDOW_SECS, GUARDIAN_VETO_SECS, MIN_DEAD_FEED_SECS, TIMELOCK_SECS},
            state::{
                AdjustmentTerms, FundChange, FundParams, Mandate, MarketChange, MarketRates, MarketTerms,
                OracleChange, OracleConfig, ParameterChange,
            },
        },
        bulkhead_client::address as derived,
        event, keypair, params,
        params::{ADJUSTED, RATES},
        usd, usdc, Address,
        BulkheadError::*,
        Event, MarketSpec, Signer, World, BTC, SOL,
    },
};

/// Notice period and claim window of the standard fund are a day each.
const LONG: i64 = SHORT + 2 * params::DAY;
/// What can neither block, liquidate nor lock anybody.
const SHORT: i64 = TIMELOCK_SECS as i64;

fn queue(world: &mut World, change: ParameterChange) -> u64 {
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(change));
    number
}

/// How long a change still waits, on the exit clock.
fn wait(world: &World, number: u64) -> i64 {
    (world.queued_change(number).ready_secs - world.exit_secs()) as i64
}

fn terms(world: &World, change: impl FnOnce(&mut MarketTerms)) -> ParameterChange {
    let now = world.market(SOL).terms();
    let mut terms = now;
    change(&mut terms);
    ParameterChange::Market(SOL, MarketChange::between(&now, &terms))
}

fn fund(change: impl FnOnce(&mut FundParams)) -> ParameterChange {
    let mut params = params::FUND;
    change(&mut params);
    ParameterChange::Fund(FundChange::between(&params::FUND, &params))
}

#[test]
fn a_change_is_announced_and_then_in_force() {
    let mut world = traded();
    let number = world.fund().governance_nonce;
    let meta = world.run(world.queue_change(fund(|params| params.treasury_floor = 4_000)));
    let queued = event!(meta, ChangeQueued);
    assert_eq!((queued.number, queued.ready_secs), (number, world.exit_secs() + TIMELOCK_SECS));
    assert_eq!(world.fund().params, params::FUND, "not yet");

    world.refuse(world.apply_change(number, None), ChangeNotReady);
    world.warp_secs(SHORT - 1);
    world.refuse(world.apply_change(number, None), ChangeNotReady);
    world.warp_secs(1);
    let meta = world.run(world.apply_change(number, None));
    assert_eq!(event!(meta, ChangeApplied).number, number);
    assert_eq!(world.fund().params.treasury_floor, 4_000);
    let record = derived::queued_change(&world.here.keys.fund, number);
    assert!(world.account(&record).is_none(), "the rent is back, and it cannot be applied twice");
}

fn oracle(world: &World) -> ParameterChange {
    let now = world.market(SOL).oracle;
    let oracle = OracleConfig { max_age_secs: 30, ..now };
    ParameterChange::Oracle(SOL, OracleChange::between(&now, &oracle))
}

/// What can neither block, liquidate nor lock anybody waits a day, everything else until everybody could have left too.
#[test]
fn what_can_block_liquidate_or_lock_waits_until_everybody_could_leave() {
    let mut world = traded();
    let guardian = ParameterChange::Guardian(keypair("other guardian").pubkey());
    let oracle = oracle(&world);
    let rates = |world: &World, change: fn(&mut MarketRates)| terms(world, |terms| change(&mut terms.rates));
    for (change, expected) in [
        (fund(|params| params.treasury_floor = 1), SHORT),
        (fund(|params| params.treasury_floor_bps = 1), SHORT),
        (fund(|params| params.crowding_limit_bps -= 1), SHORT),
        (fund(|params| params.min_contribution += 1), LONG), // it calls for money
        (fund(|params| params.min_contribution -= 1), LONG),
        (fund(|params| params.notice_secs -= 1), LONG), // later changes would wait for less
        (fund(|params| params.notice_secs += 1), LONG),
        (fund(|params| (params.treasury_floor, params.notice_secs) = (1, params.notice_secs + 1)), LONG),
        (fund(|params| params.cover_limit_bps -= 1), LONG), // it calls and sells
        (fund(|params| params.max_mark_age_slots -= 1), LONG), // it silences markets
        (fund(|params| params.assessment_cap_bps = 1), LONG),
        (fund(|params| params.exit_delay_slots = 1), LONG), // shorter or longer, somebody is worse off
        (fund(|params| params.clearing_fee_bps = 0), LONG),
        (rates(&world, |rates| rates.initial_bps += 1), LONG), // it locks margin up
        (rates(&world, |rates| rates.stress_bps += 1), LONG),
        (rates(&world, |rates| rates.initial_bps -= 1), LONG),
        (rates(&world, |rates| rates.maintenance_bps += 1), LONG), // it could liquidate somebody
        (terms(&world, |terms| terms.max_open_interest += 1), LONG),
        (terms(&world, |terms| terms.max_open_interest -= 1), SHORT),
        (terms(&world, |terms| terms.price_band_bps -= 1), LONG),
        (ParameterChange::NewMarket(MarketSpec::btc().params), LONG),
        (oracle, LONG),
        (guardian, LONG),
    ] {
        let number = queue(&mut world, change);
        assert_eq!(wait(&world, number), expected, "{change:?}");
    }
}

/// The event of another premium tells which one was due until then: the audit, which reads no account,
/// books it.
#[test]
fn another_premium_is_told_when_it_comes_into_force() {
    let mut world = traded_in(premium_of(100));
    let change = terms(&world, |terms| terms.adjustment.premium_bps_per_year = 300);
    let number = queue(&mut world, change);
    let rate = world.market(SOL).adjusted.premium_rate;
    world.warp_secs(LONG);
    let meta = world.run(world.apply_change(number, Some(SOL)));
    let changed = event!(meta, TermsChanged);
    assert_eq!((changed.market_index, changed.premium_rate, changed.ts), (0, rate, world.now()));
    assert!(world.market(SOL).adjusted.premium_rate > rate);
    world.warp_secs(params::DAY);
    world.refresh();
    world.run(world.settle("alice", SOL));
    world.assert_audited();
    let is_told = |event: &Event| matches!(event, Event::TermsChanged(_));
    let mut books = Books::default();
    for call in &world.books.calls {
        books.take(&call.iter().filter(|event| !is_told(event)).copied().collect::<Vec<_>>());
    }
    assert_eq!(books.differences(&world)[0].field, "market 0.adjusted.premium_index");
}

#[test]
fn terms_oracle_and_guardian_change() {
    let mut world = traded();
    let rates =
        MarketRates { initial_bps: 1_500, maintenance_bps: 700, contribution_bps: 300, stress_bps: 4_000 };
    let adjustment = AdjustmentTerms { maintenance_ramp_bps_per_hour: 500, ..ADJUSTED };
    let terms = MarketTerms {
        max_open_interest: 5,
        rates,
        adjustment,
        price_band_bps: 100,
        confidence_multiple: 3,
        _pad: [0; 1],
        dead_feed_secs: MIN_DEAD_FEED_SECS,
        expires_ts: 0,
    };
    let (now, oracle_now) = (world.market(SOL).terms(), world.market(SOL).oracle);
    let oracle = OracleConfig { max_age_secs: 30, ..oracle_now };
    let guardian = keypair("other guardian").pubkey();
    let changes = [
        (ParameterChange::Market(SOL, MarketChange::between(&now, &terms)), Some(SOL)),
        (ParameterChange::Oracle(SOL, OracleChange::between(&oracle_now, &oracle)), Some(SOL)),
        (ParameterChange::Guardian(guardian), None),
    ];
    let numbers = changes.map(|(change, _)| queue(&mut world, change));
    world.warp_secs(LONG);
    world.refresh(); // a higher stress rate is set while the market is heard
    for (number, (_, market)) in numbers.into_iter().zip(changes) {
        world.run(world.apply_change(number, market));
    }
    let market = world.market(SOL);
    assert_eq!((market.terms(), market.oracle), (terms, oracle));
    // Maintenance margin is where it was, and ramps.
    assert_eq!(market.rates, MarketRates { maintenance_bps: RATES.maintenance_bps, ..rates });
    assert_eq!(world.fund().guardian, guardian);
}

#[test]
fn a_change_expires() {
    let mut world = traded();
    let number = queue(&mut world, fund(|params| params.treasury_floor = 1));
    world.warp_secs(SHORT + CHANGE_WINDOW_SECS as i64);
    world.refuse(world.apply_change(number, None), ChangeExpired);
    world.run(world.veto_change(number)); // clears it away
}

#[test]
fn the_guardian_vetoes() {
    let mut world = traded();
    let number = queue(&mut world, fund(|params| params.cover_limit_bps = 1));
    let guardian = world.here.guardian.pubkey();
    refuses_strangers(&mut world, guardian, NotGuardian, |world| world.veto_change(number));
    let meta = world.run(world.veto_change(number));
    assert_eq!(event!(meta, ChangeVetoed).number, number);
    world.warp_secs(SHORT);
    let record = derived::queued_change(&world.here.keys.fund, number);
    assert!(world.account(&record).is_none());
}

/// Bounds hold whatever governance says, when a change is announced and when it is made: another may have come between.
#[test]
fn never_beyond_the_bounds() {
    let mut world = traded();
    for change in [
        fund(|params| params.cover_limit_bps = 5_001),
        terms(&world, |terms| terms.rates.maintenance_bps = 0),
    ] {
        world.refuse(world.queue_change(change), ParameterOutOfBounds);
    }
    // Initial margin of 10% against a band of 2% and 2 bps, and above maintenance; fees only fall.
    world.refuse(
        world.queue_change(terms(&world, |terms| terms.rates.initial_bps = 401)),
        ParameterOutOfBounds,
    );
    world
        .refuse(world.queue_change(terms(&world, |terms| terms.price_band_bps = 499)), MarginWithinPriceBand);
    world.refuse(world.queue_change(fund(|params| params.clearing_fee_bps = 3)), MarginWithinPriceBand);

    let (cheaper, cheapest) = (
        queue(&mut world, fund(|params| params.clearing_fee_bps = 1)),
        queue(&mut world, fund(|params| params.clearing_fee_bps = 0)),
    );
    world.warp_secs(LONG);
    world.run(world.apply_change(cheapest, None));
    world.refuse(world.apply_change(cheaper, None), MarginWithinPriceBand); // it would raise the fee again
}

/// A change sets what it touches and nothing else: an old record cannot undo what was decided since.
#[test]
fn a_change_touches_single_parameters() {
    let mut world = traded();
    let bounty = queue(&mut world, fund(|params| params.bounty_bps = 50));
    let floor = queue(&mut world, fund(|params| params.treasury_floor = 77));
    world.warp_secs(LONG);
    world.run(world.apply_change(floor, None));
    world.run(world.apply_change(bounty, None));
    let expected = FundParams { treasury_floor: 77, bounty_bps: 50, ..params::FUND };
    assert_eq!(world.fund().params, expected);

    let (interest, narrow) = (
        terms(&world, |terms| terms.max_open_interest = 7),
        terms(&world, |terms| terms.price_band_bps = 100),
    );
    let (of_market, band) = (queue(&mut world, interest), queue(&mut world, narrow));
    world.warp_secs(LONG);
    world.run(world.apply_change(of_market, Some(SOL)));
    world.run(world.apply_change(band, Some(SOL)));
    let terms = world.market(SOL).terms();
    assert_eq!((terms.max_open_interest, terms.price_band_bps), (7, 100));
}

/// Nor can it touch nothing, or a parameter that there is not.
#[test]
fn a_change_touches_what_there_is() {
    let mut world = traded();
    let beyond = 1 << FundChange::NAMES.len();
    for touched in [0, beyond, beyond | 1, u64::MAX] {
        let change = ParameterChange::Fund(FundChange { touched, values: params::FUND });
        world.refuse(world.queue_change(change), ParameterOutOfBounds);
    }
    let now = world.market(SOL);
    for touched in [0, 1 << MarketChange::NAMES.len()] {
        let change = ParameterChange::Market(SOL, MarketChange { touched, values: now.terms() });
        world.refuse(world.queue_change(change), ParameterOutOfBounds);
    }
    for touched in [0, 1 << OracleChange::NAMES.len()] {
        let change = ParameterChange::Oracle(SOL, OracleChange { touched, values: now.oracle });
        world.refuse(world.queue_change(change), ParameterOutOfBounds);
    }
}

/// A change that was safer when it was queued waits as long as if it were queued against what is in force.
#[test]
fn the_longer_wait_holds() {
    let mut world = traded();
    let higher = queue(&mut world, fund(|params| params.treasury_floor = 1_000));
    let high = queue(&mut world, fund(|params| params.treasury_floor = 10));
    world.warp_secs(SHORT);
    world.run(world.apply_change(higher, None));
    world.refuse(world.apply_change(high, None), ChangeNotReady); // 10 is less than 1,000 now
    world.warp_secs(LONG - SHORT - 1);
    world.refuse(world.apply_change(high, None), ChangeNotReady);
    world.warp_secs(1);
    world.run(world.apply_change(high, None));
    assert_eq!(world.fund().params.treasury_floor, 10);

    // The other way round: what was queued under a longer notice period does not profit from a shorter one.
    let shorter = queue(&mut world, fund(|params| params.notice_secs -= 7_200));
    world.warp_secs(3_600);
    let later = queue(&mut world, fund(|params| params.bounty_bps = 1));
    world.warp_secs(LONG - 3_600);
    world.run(world.apply_change(shorter, None));
    world.refuse(world.apply_change(later, None), ChangeNotReady);
    world.warp_secs(3_599);
    world.refuse(world.apply_change(later, None), ChangeNotReady);
    world.warp_secs(1);
    world.run(world.apply_change(later, None));
}

/// The guardian needs no nonce, and uses none up.
#[test]
fn a_veto_has_a_last_slot_and_no_nonce() {
    let mut world = traded();
    let number = queue(&mut world, fund(|params| params.bounty_bps = 1));
    let nonce = world.fund().governance_nonce;
    let last = world.slot() + 1;
    world.warp_slots(2);
    world.refuse(world.veto_change_until(number, last), MandateExpired);
    world.run(world.veto_change_until(number, last + 1));
    assert_eq!(world.fund().governance_nonce, nonce);
}

/// The authority takes back what it has queued.
#[test]
fn the_authority_takes_a_change_back() {
    let mut world = traded();
    let number = queue(&mut world, ParameterChange::Guardian(keypair("other guardian").pubkey()));
    let meta = world.run(world.take_change_back(number));
    assert_eq!(event!(meta, ChangeVetoed).number, number);
    assert_eq!(world.fund().guardian_veto_ts, 0, "it is no veto of the guardian's");
}

/// Neither a veto on every 93rd day nor a timelock that lasts until then keeps a guardian in its place.
#[test]
fn the_guardian_vetoes_its_replacement_once_in_92_days() {
    let mut world = traded();
    let replace =
        |world: &mut World| queue(world, ParameterChange::Guardian(keypair("other guardian").pubkey()));
    let other = queue(&mut world, fund(|params| params.bounty_bps = 1));
    let first = replace(&mut world);
    let vetoed = world.now();
    world.run(world.veto_change(first));
    assert_eq!(world.fund().guardian_veto_ts, vetoed);
    world.run(world.veto_change(other)); // whatever else there is

    let second = replace(&mut world);
    world.refuse(world.veto_change(second), VetoedTooOften);
    world.set_clock(world.slot(), vetoed + GUARDIAN_VETO_SECS - 1);
    let third = replace(&mut world);
    world.refuse(world.veto_change(third), VetoedTooOften);
    world.warp_secs(1);
    world.refuse(world.veto_change(third), VetoedTooOften); // it was queued within the 92 days
    let fourth = replace(&mut world);
    world.run(world.veto_change(fourth));
    world.warp_secs(LONG);
    world.run(world.apply_change(third, None));
    assert_eq!(world.fund().guardian, keypair("other guardian").pubkey());
}

/// Every change fits into its record, the longest too.
#[test]
fn every_change_fits() {
    let mut world = traded();
    let market = world.market(SOL);
    for change in [
        ParameterChange::Fund(FundChange { touched: 1, values: params::FUND }),
        ParameterChange::Market(SOL, MarketChange { touched: 1, values: market.terms() }),
        ParameterChange::Oracle(SOL, OracleChange { touched: 1, values: market.oracle }),
        ParameterChange::Guardian(keypair("other guardian").pubkey()),
        ParameterChange::Close(SOL, i64::MAX),
        ParameterChange::NewMarket(MarketSpec::eth().params),
    ] {
        let number = queue(&mut world, change);
        assert_eq!(world.queued_change(number).change().unwrap(), change);
    }
}

#[test]
fn a_change_names_its_market() {
    let mut world = World::with_two_markets();
    let change = terms(&world, |terms| terms.max_open_interest = 1);
    let (sol, btc) = (world.here.keys.market(SOL), world.here.keys.market(BTC));
    world.refuse(world.queue_change(change).swap(sol, btc), WrongMarket);
    let values = world.market(SOL).terms();
    let of_btc = ParameterChange::Market(BTC, MarketChange { touched: 1, values });
    world.refuse(world.queue_change(of_btc).swap(btc, sol), WrongMarket);
    let other = market_elsewhere(&mut world);
    world.refuse(world.queue_change(change).swap(sol, other), WrongFund);
    let number = queue(&mut world, change);
    world.warp_secs(SHORT);
    for market in [None, Some(BTC)] {
        world.refuse(world.apply_change(number, market), WrongMarket);
    }
    let other = market_elsewhere(&mut world);
    world.refuse(world.apply_change(number, Some(SOL)).swap(sol, other), WrongFund);
    world.run(world.apply_change(number, Some(SOL)));
}

#[test]
fn only_the_authority_with_a_live_mandate() {
    let mut world = traded();
    let authority = world.here.authority.pubkey();
    let change = fund(|params| params.treasury_floor = 4_000);
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.queue_change(change));
    let live = world.mandate();
    let expired = Mandate { last_valid_slot: world.slot() - 1, ..live };
    world.refuse(world.queue_change_by(change, expired), MandateExpired);
    let old = Mandate { nonce: live.nonce - 1, ..live };
    world.refuse(world.queue_change_by(change, old), StaleNonce);
    let number = queue(&mut world, change);
    world.warp_secs(SHORT);
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.apply_change(number, None));
    world.refuse(world.apply_change_by(number, None, live), StaleNonce);
    world.refuse(world.queue_change_by(change, live), StaleNonce);
}

/// A tighter requirement liquidates nobody: it only asks more of who trades.
#[test]
fn nobody_is_liquidated_by_a_higher_initial_margin() {
    let mut world = traded_with(usdc(210)); // 209.60 against 200
    let change = terms(&world, |terms| terms.rates.initial_bps = 2_000);
    let number = queue(&mut world, change);
    world.warp_secs(LONG);
    world.refresh();
    world.run(world.apply_change(number, Some(SOL)));
    world.refuse(world.liquidate("bob", "alice", SOL, 1), NotLiquidatable);
    world.refuse(world.novate("alice", "bob", SOL, 1, usd(200)), BelowInitialMargin);
}

#[test]
fn an_end_is_announced_a_notice_period_ahead() {
    let mut world = World::new();
    let notice = world.fund().params.notice_secs;
    let early = ParameterChange::Close(SOL, world.now() + i64::from(notice) - 1);
    world.refuse(world.queue_change(early), ClosingTooSoon);
    let end = world.now() + 30 * params::DAY;
    let number = queue(&mut world, ParameterChange::Close(SOL, end));
    world.warp_secs(wait(&world, number));
    world.refuse(world.apply_change(number, Some(SOL)), StaleMark); // nobody could close a position
    world.refresh();
    world.run(world.apply_change(number, Some(SOL)));
    assert_eq!(world.market(SOL).closing_ts, end);
}

/// What could make anybody worse off comes into force while exits are open only.
#[test]
fn a_change_that_is_due_waits_while_exits_are_blocked() {
    let mut world = traded_with(usdc(250));
    let (long, short) = (
        queue(&mut world, fund(|params| params.bounty_bps = 1)),
        queue(&mut world, fund(|params| params.treasury_floor = 1)),
    );
    world.warp_secs(LONG);
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.apply_change(long, None), LossPending);
    world.run(world.apply_change(short, None)); // it locks nobody
    world.run(world.allocate_loss("alice"));
    world.refuse(world.apply_change(long, None), LossPending); // the house holds her lots
    world.run(world.take_over("bob", SOL, LOTS));
    world.run(world.apply_change(long, None));
}

/// Also one that would lock nobody by now: the longer wait holds, and what goes with it.
#[test]
fn a_change_that_has_become_safer_waits_for_exits_too() {
    let mut world = traded_with(usdc(250));
    let floor = |world: &mut World, floor| queue(world, fund(|params| params.treasury_floor = floor));
    let high = floor(&mut world, 1_000);
    world.warp_secs(SHORT);
    world.run(world.apply_change(high, None));
    let (lowest, lower) = (floor(&mut world, 10), floor(&mut world, 50));
    world.warp_secs(LONG);
    world.run(world.apply_change(lowest, None)); // 50 is more than 10
    world.set_price(SOL, usd(150));
    world.run(world.declare_default("alice"));
    world.refuse(world.apply_change(lower, None), LossPending);
}

/// Margins and limits keep a floor that no change goes below.
#[test]
fn rates_have_a_floor() {
    let mut world = traded();
    let rates = |initial_bps, stress_bps| {
        terms(&world, |terms| {
            let maintenance_bps = 50;
            terms.price_band_bps = 10;
            terms.rates = MarketRates { initial_bps, maintenance_bps, contribution_bps: 0, stress_bps };
        })
    };
    let [low, lower, lowest] = [(99, 500), (100, 499), (100, 500)].map(|(one, two)| rates(one, two));
    for change in [low, lower] {
        world.refuse(world.queue_change(change), ParameterOutOfBounds);
    }
    world.run(world.queue_change(lowest));
}

#[test]
fn a_final_mark_is_named_for_a_silent_market_only() {
    let mut world = World::new();
    world.set_price(SOL, usd(200));
    world.refuse(world.queue_change(ParameterChange::FinalMark(SOL, usd(200))), OracleNotSilent);
    world.warp_secs(100);
    world.refuse(world.queue_change(ParameterChange::FinalMark(SOL, usd(500))), FinalMarkTooFar);
    let number = queue(&mut world, ParameterChange::FinalMark(SOL, usd(210)));
    world.warp_secs(wait(&world, number));
    world.run(world.apply_change(number, Some(SOL)));
    assert_eq!(world.market(SOL).named_price, usd(210));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let mut world = traded();
    let change = terms(&world, |terms| terms.max_open_interest = 1);
    let number = queue(&mut world, change);
    world.warp_secs(SHORT);
    let record = derived::queued_change(&world.here.keys.fund, number);
    for call in [
        |world: &World, number| world.apply_change(number, Some(SOL)),
        |world: &World, number| world.veto_change(number),
    ] {
        refuses_version(&mut world, record, |world| call(world, number));
        refuses_impostors(&mut world, record, |world| call(world, number));
        let payer = world.payer.pubkey();
        let stranger: Address = keypair("stranger").pubkey();
        let index = call(&world, number).instructions[0].accounts.len() - 1;
        let mut other = call(&world, number);
        other.instructions[0].accounts[index].pubkey = stranger;
        assert_ne!(payer, stranger);
        world.refuse(other, WrongRecord);
    }
}
