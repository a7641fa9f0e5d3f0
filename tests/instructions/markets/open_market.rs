use {
    crate::common::*,
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::{CHANGE_WINDOW_SECS, TIMELOCK_SECS, VERSION},
            state::{FundChange, FundParams, MarketParams, ParameterChange},
        },
        bulkhead_client::address as derived,
        event, params,
        params::DAY,
        usd,
        BulkheadError::*,
        InstructionError, MarketSpec, Signer, World, BTC, ETH, SOL,
    },
};

/// A day, and notice period and claim window, a day each.
const LONG: i64 = TIMELOCK_SECS as i64 + 2 * DAY;

fn queue(world: &mut World, params: MarketParams) -> u64 {
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(ParameterChange::NewMarket(params)));
    number
}

/// A BTC market that is queued, and due.
fn due() -> (World, u64) {
    let mut world = traded();
    let number = queue(&mut world, MarketSpec::btc().params);
    world.warp_secs(LONG);
    (world, number)
}

#[test]
fn it_opens_what_was_queued() {
    let mut world = traded();
    let spec = MarketSpec::btc();
    let number = queue(&mut world, spec.params);
    world.warp_secs(LONG - 1);
    world.refuse(world.open_market(BTC, number), ChangeNotReady);
    world.warp_secs(1);
    let meta = world.run(world.open_market(BTC, number));

    let market = world.market(BTC);
    assert_eq!((market.version, market.index, market.fund), (VERSION, BTC, world.here.keys.fund));
    assert_eq!((market.oracle, market.terms()), (spec.params.oracle, spec.params.terms));
    assert_eq!((market.opened_ts, market.mark.price), (world.now(), 0));
    assert_eq!(world.fund().market_count, 2);
    assert_eq!(event!(meta, ChangeApplied).number, number);
    let created = event!(meta, MarketCreated);
    assert_eq!((created.market, created.market_index), (world.here.keys.market(BTC), 1));
    let record = derived::queued_change(&world.here.keys.fund, number);
    assert!(world.account(&record).is_none(), "the rent is back, and it cannot be opened twice");

    world.here.markets.push(spec);
    world.set_price(BTC, usd(60_000));
    world.refresh();
    world.run(world.novate("alice", "bob", BTC, 1, usd(60_000)));
}

#[test]
fn it_expires_and_can_be_vetoed() {
    let (mut world, number) = due();
    let other = queue(&mut world, MarketSpec::eth().params);
    world.run(world.veto_change(other));
    let record = derived::queued_change(&world.here.keys.fund, other);
    assert!(world.account(&record).is_none());
    world.warp_secs(CHANGE_WINDOW_SECS as i64);
    world.refuse(world.open_market(BTC, number), ChangeExpired);
}

/// Neither is a market opened by another record, nor any other change made by this one.
#[test]
fn each_record_has_its_instruction() {
    let (mut world, number) = due();
    world.refuse(world.apply_change(number, None), WrongRecord);
    world.refuse(world.apply_change(number, Some(SOL)), WrongMarket);
    let params = FundParams { treasury_floor: 1, ..params::FUND };
    let other = world.fund().governance_nonce;
    world.run(world.queue_change(ParameterChange::Fund(FundChange::between(&params::FUND, &params))));
    world.warp_secs(LONG);
    world.refuse(world.open_market(BTC, other), WrongRecord);
    world.run(world.open_market(BTC, number));
}

#[test]
fn the_index_is_the_next_free_one() {
    let (mut world, number) = due();
    world.refuse(world.open_market(ETH, number), MarketIndexTaken);
    world.refuse(world.open_market(SOL, number), ACCOUNT_IN_USE);
    let market = world.here.keys.market(BTC);
    let call = world.open_market(BTC, number).swap(market, address("elsewhere"));
    world.refuse(call, InstructionError::InvalidSeeds);
}

/// What it asks for is asked for when it is queued, and again when it is opened.
#[test]
fn parameters_are_within_bounds() {
    let mut world = traded();
    let params = |change: fn(&mut MarketParams)| {
        let mut params = MarketSpec::btc().params;
        change(&mut params);
        ParameterChange::NewMarket(params)
    };
    world.refuse(world.queue_change(params(|p| p.terms.rates.maintenance_bps = 0)), ParameterOutOfBounds);
    world.refuse(world.queue_change(params(|p| p.terms.price_band_bps = 499)), MarginWithinPriceBand);
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(params(|p| (p.price_decimals, p.lot_decimals) = (3, 2))));
    world.warp_secs(LONG);
    world.refuse(world.open_market(BTC, number), ScaleTooSmall);
}

#[test]
fn only_the_authority() {
    let (mut world, number) = due();
    let authority = world.here.authority.pubkey();
    refuses_strangers(&mut world, authority, NotAuthority, |world| world.open_market(BTC, number));
}

#[test]
fn its_accounts_are_what_they_seem() {
    let (mut world, number) = due();
    let (fund, record) = (world.here.keys.fund, derived::queued_change(&world.here.keys.fund, number));
    for account in [fund, record] {
        refuses_version(&mut world, account, |world| world.open_market(BTC, number));
        refuses_impostors(&mut world, account, |world| world.open_market(BTC, number));
    }
    let stranger = bulkhead_tests::keypair("stranger").pubkey();
    let mut other = world.open_market(BTC, number);
    other.instructions[0].accounts[5].pubkey = stranger;
    world.refuse(other, WrongRecord);
}
