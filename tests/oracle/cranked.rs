//! The same accounts through `crank_market` of the built program: exact errors, and a market that keeps its mark.

use {
    crate::{accounts::*, dumps::dumps},
    bulkhead::{
        error::BulkheadError::*,
        oracle::RawPrice,
        state::{MarkState, OracleConfig, Silence},
    },
    bulkhead_tests::{address, token, Address, MarketSpec, Refusal, World},
    bytemuck::Zeroable,
    pyth_sdk_solana::state::PriceStatus,
    pyth_solana_receiver_sdk::price_update::VerificationLevel,
    solana_account::Account,
};

/// A world with one market more, of this oracle, that was never cranked; its index.
fn market(world: &mut World, oracle: OracleConfig, decimals: u8) -> u16 {
    let index = world.here.markets.len() as u16;
    let mut spec = MarketSpec::named(&format!("market {index}"), 2, 0);
    spec.params.oracle = oracle;
    spec.params.price_decimals = decimals;
    if oracle.account != [0; 32] {
        spec.price_account = Address::new_from_array(oracle.account);
    }
    world.run(world.create_market(index, &spec));
    world.here.markets.push(spec);
    index
}

/// A world with a pull market (1) and a push market (2), each cranked with [`PRICE`].
fn world() -> World {
    let mut world = World::new();
    assert_eq!(world.now(), PUBLISHED);
    let pull = market(&mut world, pull_config(), DECIMALS);
    let push = market(&mut world, push_config(address("push price")), DECIMALS);
    assert_eq!((pull, push), (PULL, PUSH));
    for market in [PULL, PUSH] {
        put(&mut world, market, good(market, &PRICE));
        world.run(world.crank_market(market));
        assert_eq!(world.market(market).mark, mark(&PRICE, world.slot()));
    }
    world
}

const PULL: u16 = 1;
const PUSH: u16 = 2;

fn good(market: u16, price: &RawPrice) -> Vec<u8> {
    if market == PUSH {
        trading(price)
    } else {
        full(price)
    }
}

fn owner_of(market: u16) -> Address {
    if market == PUSH {
        PUSH_PROGRAM
    } else {
        RECEIVERS[0]
    }
}

fn mark(price: &RawPrice, slot: u64) -> MarkState {
    let (price, confidence, publish_ts) = (price.price as u64, price.confidence, price.publish_ts);
    MarkState { price, confidence, slot, publish_ts }
}

/// Writes the market's price account, owned by the program it belongs to.
fn put(world: &mut World, market: u16, data: Vec<u8>) {
    put_owned(world, market, data, owner_of(market));
}

fn put_owned(world: &mut World, market: u16, data: Vec<u8>, owner: Address) {
    let address = world.here.markets[usize::from(market)].price_account;
    world.put(address, Account { lamports: 10_000_000, data, owner, ..Account::default() });
}

/// The crank is refused, and the market's mark is still the old one.
#[track_caller]
fn refused(world: &mut World, market: u16, data: Vec<u8>, error: impl Refusal) {
    let before = world.market(market).mark;
    put(world, market, data);
    world.refuse(world.crank_market(market), error);
    assert_eq!(world.market(market).mark, before);
}

/// The crank is accepted, the market's mark is still the old one, and the market is silent.
#[track_caller]
fn silenced(world: &mut World, market: u16, data: Vec<u8>, silence: Silence) {
    let before = world.market(market).mark;
    put(world, market, data);
    world.run(world.crank_market(market));
    assert_eq!(world.market(market).mark, before);
    assert_eq!(Silence::from(world.market(market).silence), silence);
}

#[test]
fn good_prices_become_the_mark_to_the_edge() {
    for (name, price) in edge_prices() {
        for market in [PULL, PUSH] {
            let mut world = World::new();
            for config in [pull_config(), push_config(address("push price"))] {
                self::market(&mut world, config, DECIMALS);
            }
            put(&mut world, market, good(market, &price));
            world.run(world.crank_market(market));
            assert_eq!(world.market(market).mark, mark(&price, world.slot()), "{name}, market {market}");
        }
    }
}

#[test]
fn bad_prices_are_refused_or_silence_and_the_mark_stays() {
    let mut world = world();
    for (name, price, bad) in bad_prices() {
        for market in [PULL, PUSH] {
            println!("{name}, market {market}");
            match bad {
                Bad::Refused(error) => refused(&mut world, market, good(market, &price), error),
                Bad::Silences(silence) => silenced(&mut world, market, good(market, &price), silence),
            }
        }
    }
}

#[test]
fn both_receivers_are_believed_and_nobody_else_is() {
    let mut world = world();
    for receiver in RECEIVERS {
        put_owned(&mut world, PULL, full(&PRICE), receiver);
        world.run(world.crank_market(PULL));
    }
    // Drift's own deployment of a receiver, the push program, the token program, the system program, Bulkhead itself.
    let drift = "G6EoTTTgpkNBtVXo96EQp2m6uwwVh2Kt6YidjkmQqoha".parse().expect("an address");
    let strangers =
        [drift, PUSH_PROGRAM, token::TOKEN, Address::default(), bulkhead::ID, address("stranger")];
    for owner in strangers {
        put_owned(&mut world, PULL, full(&PRICE), owner);
        world.refuse(world.crank_market(PULL), OracleWrongOwner);
    }
    for owner in [drift, RECEIVERS[0], RECEIVERS[1], Address::default(), bulkhead::ID] {
        put_owned(&mut world, PUSH, trading(&PRICE), owner);
        world.refuse(world.crank_market(PUSH), OracleWrongOwner);
    }
}

/// An empty entry in the list of receivers is nobody, not the owner of every account that was never created.
#[test]
fn an_empty_owner_accepts_no_account() {
    let mut world = World::new();
    let one = OracleConfig { owners: [RECEIVERS[1].to_bytes(), [0; 32]], ..pull_config() };
    let market = market(&mut world, one, DECIMALS);
    for owner in [Address::default(), RECEIVERS[0]] {
        put_owned(&mut world, market, full(&PRICE), owner);
        world.refuse(world.crank_market(market), OracleWrongOwner);
    }
    put_owned(&mut world, market, full(&PRICE), RECEIVERS[1]);
    world.run(world.crank_market(market));
}

#[test]
fn a_bound_market_reads_its_account_only() {
    let mut world = world();
    let other = address("another account of the feed");
    for market in [PULL, PUSH] {
        let data = good(market, &RawPrice { publish_ts: PUBLISHED + 1, ..PRICE });
        let account = Account { lamports: 10_000_000, data, owner: owner_of(market), ..Account::default() };
        world.put(other, account);
        let price = world.here.markets[usize::from(market)].price_account;
        let call = world.crank_market(market).swap(price, other);
        match market {
            PUSH => world.refuse(call, OracleWrongAccount),
            // Anybody may post an update of the feed to an account of its own: an unbound market reads any of them.
            _ => assert_eq!(world.run(call).event_names(), ["Cranked"]),
        }
    }
    let bound = OracleConfig { account: address("bound").to_bytes(), ..pull_config() };
    let bound = self::market(&mut world, bound, DECIMALS);
    put(&mut world, bound, full(&PRICE));
    let price = world.here.markets[usize::from(bound)].price_account;
    world.put(other, world.account(&price).expect("written above"));
    world.refuse(world.crank_market(bound).swap(price, other), OracleWrongAccount);
    world.run(world.crank_market(bound));
}

#[test]
fn what_is_not_a_full_update_of_the_feed_is_refused() {
    let mut world = world();
    for num_signatures in [0, 2, 13] {
        let data = pull_account(VerificationLevel::Partial { num_signatures }, FEED, &PRICE);
        refused(&mut world, PULL, data, OracleNotVerified);
    }
    refused(&mut world, PULL, pull_account(VerificationLevel::Full, [7; 32], &PRICE), OracleWrongFeed);
    for len in [0, 8, 100, 132] {
        refused(&mut world, PULL, full(&PRICE)[..len].to_vec(), OracleMalformed);
    }
    let mut other = full(&PRICE);
    other[0] ^= 1;
    refused(&mut world, PULL, other, OracleMalformed);
    refused(&mut world, PULL, trading(&PRICE), OracleMalformed);
}

#[test]
fn what_is_not_a_trading_price_is_refused() {
    let mut world = world();
    for status in [PriceStatus::Unknown, PriceStatus::Halted, PriceStatus::Auction, PriceStatus::Ignored] {
        silenced(&mut world, PUSH, push_bytes(&push_account(status, &PRICE)), Silence::NotTrading);
    }
    for len in [0, 240, 3_049, 3_311] {
        refused(&mut world, PUSH, trading(&PRICE)[..len].to_vec(), OracleMalformed);
    }
    let mut magic = push_account(PriceStatus::Trading, &PRICE);
    magic.magic = 0;
    refused(&mut world, PUSH, push_bytes(&magic), OracleMalformed);
    refused(&mut world, PUSH, full(&PRICE), OracleMalformed);
}

#[test]
fn publish_time_never_goes_back() {
    let mut world = world();
    for market in [PULL, PUSH] {
        let newer = RawPrice { publish_ts: PUBLISHED + 2, price: PRICE.price + 1, ..PRICE };
        put(&mut world, market, good(market, &newer));
        world.run(world.crank_market(market));
        for back in [1, 2, 30] {
            let older = RawPrice { publish_ts: newer.publish_ts - back, ..PRICE };
            refused(&mut world, market, good(market, &older), OracleWentBack);
        }
        // The same update again is no step back: it keeps the mark fresh.
        put(&mut world, market, good(market, &newer));
        world.warp_slots(5);
        world.run(world.crank_market(market));
        assert_eq!(world.market(market).mark, mark(&newer, world.slot()));
    }
}

/// The same bytes grow old while nothing is published.
#[test]
fn an_update_is_refused_once_it_has_aged() {
    let mut world = world();
    world.warp_secs(i64::from(MAX_AGE));
    for market in [PULL, PUSH] {
        world.run(world.crank_market(market));
    }
    world.warp_secs(1);
    for market in [PULL, PUSH] {
        world.refuse(world.crank_market(market), OracleTooOld);
    }
}

/// Every real account, in the hands of the program that owned it, at the time it was published.
#[test]
fn every_real_account_is_judged_on_chain_as_on_the_host() {
    for dump in dumps() {
        println!("{}", dump.file);
        let mut world = World::new();
        let owner = dump.owner.unwrap_or(RECEIVERS[0]);
        let config = OracleConfig { owners: [owner.to_bytes(), [0; 32]], ..dump.config };
        let market = market(&mut world, config, dump.decimals());
        world.set_clock(world.slot(), dump.price.publish_ts + 1);
        put_owned(&mut world, market, dump.data.clone(), owner);
        match dump.expected() {
            Ok(print) => {
                world.run(world.crank_market(market));
                let is = world.market(market);
                assert_eq!(Silence::from(is.silence), print.silence);
                let expected =
                    if dump.is_sound() { mark(&dump.price, world.slot()) } else { MarkState::zeroed() };
                assert_eq!(is.mark, expected);
            }
            Err(error) => world.refuse(world.crank_market(market), error),
        }
        // The same bytes in anybody else's hands are nobody's word.
        put_owned(&mut world, market, dump.data, address("stranger"));
        world.refuse(world.crank_market(market), OracleWrongOwner);
    }
}
