//! Signed messages of Pyth Pro: what is read of them on the host, and the way of one through a stand-in of
//! Pyth's contract (`crates/sbf-pro`) into a mark.

use {
    crate::accounts::{named, parsed, pull_config},
    bulkhead::{
        error::BulkheadError::{self, *},
        oracle::{previous_publish_ts, read_message, RawPrice},
        state::{MarkState, OfferTerms, OracleConfig, ProPrice, SignedPrint, Silence},
    },
    bulkhead_client::instruction::open_pro_price,
    bulkhead_pyth::pro::{payload, Property, Signed, CONTRACT, STORAGE},
    bulkhead_tests::{
        address, keypair,
        pro::{self, posts, sign, Desk, Said, CHANNEL, FEED, PRO, SECOND},
        Address, Call, MarketSpec, Signer,
    },
    bytemuck::Zeroable,
    solana_account::Account,
    solana_clock::Clock,
    solana_program_test::{tokio, ProgramTest},
    solana_transaction::Transaction,
};

const NOW: i64 = 1_790_000_000;

/// What Pyth's server has signed on 17 February 2026, of the tests of `pyth-lazer-protocol`: BTC/USD on the
/// channel of 200 ms, with all of its properties.
const REAL: &str =
    "75d3c7934077d115064b06000301010000000d009032fc171b060000014e3a0cff1a06000002bcda8a211b060000\
    03120004f8ff05fc0b7159000000000600070008000900000aa06616362e0600000b804f93312e0600000c014077d115064b0600";

fn unhex(text: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(byte).collect()
}

fn read(message: &[u8]) -> Result<SignedPrint, BulkheadError> {
    read_message(message, FEED, CHANNEL).map_err(named)
}

/// What [`Said`] says, as it is read.
fn print(said: &Said) -> SignedPrint {
    SignedPrint {
        message_us: said.message_us,
        price_us: said.price_us.unwrap(),
        price: said.price,
        confidence: said.confidence as u64,
        exponent: said.exponent,
        session: said.session,
    }
}

#[test]
fn a_real_message_is_read() {
    let micros = 1_771_339_368_200_000;
    let expected = SignedPrint {
        message_us: micros,
        price_us: micros,
        price: 6_713_436_287_632,
        confidence: 1_500_580_860,
        exponent: -8,
        session: 0,
    };
    assert_eq!(read_message(&unhex(REAL), 1, 3).ok(), Some(expected));
}

/// Whatever else was asked for stands in the message too, and other feeds before it.
#[test]
fn a_feed_is_found_among_others() {
    let said = Said::at(NOW);
    let others = vec![
        Property::Publishers(9),
        Property::BestBid(1),
        Property::BestAsk(2),
        Property::FundingRate(Some(-3)),
        Property::FundingTime(None),
        Property::FundingInterval(Some(4)),
        Property::EmaPrice(5),
        Property::EmaConfidence(6),
    ];
    let mixed = [others.clone(), said.properties()].concat();
    let feeds = [(1, others), (FEED, mixed), (7, vec![])];
    assert_eq!(read(&payload(said.message_us, CHANNEL, &feeds)), Ok(print(&said)));
}

/// Whoever posts has asked for the properties: none that counts may be left out.
#[test]
fn a_message_without_a_property_that_counts_is_incomplete() {
    let said = Said::at(NOW);
    for missing in 0..said.properties().len() {
        let mut properties = said.properties();
        properties.remove(missing);
        let message = payload(said.message_us, CHANNEL, &[(FEED, properties)]);
        assert_eq!(read(&message), Err(ProMessageIncomplete), "property {missing}");
    }
}

/// A property without a value is as good as none. Pyth's server goes on with the last price instead.
#[test]
fn a_message_with_a_property_without_a_value_is_incomplete() {
    let said = Said::at(NOW);
    for without in [
        Said { price: 0, ..said },
        Said { confidence: 0, ..said },
        Said { price_us: None, ..said },
        Said { price: 0, confidence: 0, price_us: None, ..said },
    ] {
        assert_eq!(read(&without.payload()), Err(ProMessageIncomplete), "{without:?}");
    }
}

#[test]
fn a_message_of_another_feed_or_channel_is_refused() {
    let said = Said::at(NOW);
    assert_eq!(read(&Said { feed: FEED + 1, ..said }.payload()), Err(OracleWrongFeed));
    assert_eq!(read(&payload(said.message_us, CHANNEL, &[])), Err(OracleWrongFeed));
    for channel in [0, 1, 2, 4, 5, 255] {
        assert_eq!(read(&Said { channel, ..said }.payload()), Err(ProWrongChannel), "channel {channel}");
    }
}

#[test]
fn a_malformed_message_is_refused_wherever_it_ends() {
    let whole = Said::at(NOW).payload();
    for len in 0..whole.len() {
        assert_eq!(read(&whole[..len]), Err(ProMessageMalformed), "{len} bytes");
    }
    let mut other_magic = whole.clone();
    other_magic[0] ^= 1;
    assert_eq!(read(&other_magic), Err(ProMessageMalformed));
    let mut unknown_property = whole;
    unknown_property[19] = 13; // the kind of the first one
    assert_eq!(read(&unknown_property), Err(ProMessageMalformed));
    let said = Said::at(NOW);
    let negative = Said { confidence: -1, ..said };
    assert_eq!(read(&negative.payload()), Err(ProMessageMalformed), "a confidence below zero");
    let later = Said { price_us: Some(said.message_us + 1), ..said };
    assert_eq!(read(&later.payload()), Err(ProMessageMalformed), "a price from after its message");
}

/// The bytes of a feed's account.
fn account(price: &ProPrice) -> Vec<u8> {
    use bulkhead_client::account::discriminator;
    [discriminator::<ProPrice>(), bytemuck::bytes_of(price)].concat()
}

fn posted() -> ProPrice {
    let mut price = ProPrice { version: 2, feed: FEED, channel: CHANNEL, ..ProPrice::zeroed() };
    assert!(price.take(&print(&Said::at(NOW))));
    price
}

#[test]
fn an_account_says_what_was_posted() {
    let expected = RawPrice {
        price: 15_000_000_000,
        confidence: 22_500_000,
        exponent: -8,
        publish_ts: NOW,
        is_trading: true,
    };
    let price = posted();
    assert_eq!(parsed(&pro::config(), &account(&price)), Ok(expected));
    for session in [1, 2, 3, 4, -1, i16::MAX] {
        let data = account(&ProPrice { session, ..price });
        assert!(!parsed(&pro::config(), &data).unwrap().is_trading, "session {session}");
    }
    // A price is never younger than it says: its second is rounded down.
    let data = account(&ProPrice { price_us: price.price_us - 1, ..price });
    assert_eq!(parsed(&pro::config(), &data).unwrap().publish_ts, NOW - 1);
    // Which print came before is not said.
    assert_eq!(previous_publish_ts(&pro::config(), &account(&price)).ok(), Some(None));
}

#[test]
fn an_account_of_another_feed_kind_or_version_is_refused() {
    let price = posted();
    let refused = |price: &ProPrice| parsed(&pro::config(), &account(price)).unwrap_err();
    assert_eq!(refused(&ProPrice { feed: FEED + 1, ..price }), OracleWrongFeed);
    assert_eq!(refused(&ProPrice { channel: CHANNEL + 1, ..price }), OracleWrongFeed);
    assert_eq!(refused(&ProPrice { version: 1, ..price }), WrongVersion);
    let data = account(&price);
    assert_eq!(parsed(&pro::config(), &data[..data.len() - 1]), Err(OracleMalformed));
    assert_eq!(parsed(&pro::config(), &data[8..]), Err(OracleMalformed));
    assert_eq!(parsed(&pull_config(), &data), Err(OracleMalformed), "it is no account of a receiver");
}

#[test]
fn a_feed_has_one_name_and_one_number() {
    let id = ProPrice::feed_id(0x0403_0201, 9);
    assert_eq!(id[..6], [1, 2, 3, 4, 9, 0]);
    assert_eq!(ProPrice::number(0x0403_0201, 9), 0x09_0403_0201);
    assert_eq!((CONTRACT, STORAGE), (bulkhead::constants::PRO_CONTRACT, bulkhead::constants::PRO_STORAGE));
    assert_eq!(Address::find_program_address(&[b"storage"], &CONTRACT).0, STORAGE);
}

// Through the contract

/// Posts a message, and cranks in the same transaction.
fn cranks(desk: &Desk, said: &Said) -> Call {
    desk.post(said).then(desk.world.crank_market(PRO))
}

#[test]
fn a_signed_price_is_posted_and_cranked_in_one_transaction() {
    let mut desk = Desk::new();
    let before = desk.world.svm.get_balance(&desk.treasury).unwrap();
    let said = desk.said();
    let meta = desk.world.run(desk.post(&said));
    println!("{} compute units to post", meta.cu);
    desk.pass(1);
    let meta = desk.world.run(cranks(&desk, &desk.said()));
    println!("{} compute units to post and crank", meta.cu);
    let (slot, publish_ts) = (desk.world.slot(), desk.world.now());
    let mark = MarkState { price: 15_000_000_000, confidence: 22_500_000, slot, publish_ts };
    assert_eq!(desk.world.market(PRO).mark, mark);
    // The contract takes a lamport of each message from whoever posts.
    assert_eq!(desk.world.svm.get_balance(&desk.treasury).unwrap(), before + 2);
}

/// Whoever posts and cranks does not fail because somebody else was faster.
#[test]
fn an_older_message_changes_nothing_and_stops_no_crank() {
    let mut desk = Desk::new();
    let said = Said { price: 15_100_000_000, ..desk.said() };
    desk.world.run(desk.post(&said));
    let before = desk.price();
    let older =
        Said { message_us: said.message_us - 1, price_us: Some(said.message_us - 1), price: 1, ..said };
    let same = Said { price: 2, ..said };
    for late in [older, same] {
        desk.world.run(cranks(&desk, &late));
        assert_eq!(bytemuck::bytes_of(&desk.price()), bytemuck::bytes_of(&before));
        assert_eq!(desk.world.market(PRO).mark.price, 15_100_000_000);
    }
}

#[test]
fn what_a_message_lacks_is_refused_by_name_and_changes_nothing() {
    let mut desk = Desk::new();
    desk.world.run(desk.post(&desk.said()));
    desk.pass(1);
    let said = desk.said();
    let far = said.message_us + 61 * SECOND;
    let mut incomplete = said.properties();
    incomplete.remove(1);
    let bad = [
        (Said { feed: FEED + 1, ..said }.payload(), OracleWrongFeed),
        (Said { channel: CHANNEL + 1, ..said }.payload(), ProWrongChannel),
        (payload(said.message_us, CHANNEL, &[(FEED, incomplete)]), ProMessageIncomplete),
        (Said { price: 0, ..said }.payload(), ProMessageIncomplete),
        (Said { confidence: 0, ..said }.payload(), ProMessageIncomplete),
        (Said { price_us: None, ..said }.payload(), ProMessageIncomplete),
        (said.payload()[..30].to_vec(), ProMessageMalformed),
        (vec![], ProMessageMalformed),
        (Said { message_us: far, ..said }.payload(), OracleFromFuture),
    ];
    for (message, error) in bad {
        let call = desk.post_signed(&sign(&desk.signer, &message));
        desk.world.refuse(call, error);
    }
    let latest = Said { message_us: far - SECOND, ..said };
    desk.world.run(desk.post(&latest));
}

/// Age, future, exponent, price, confidence and session are judged as those of the other kinds.
#[test]
fn a_posted_price_is_judged_by_the_crank() {
    let mut desk = Desk::new();
    desk.world.run(cranks(&desk, &desk.said()));
    let before = desk.world.market(PRO).mark;
    type Change = fn(&mut Said);
    let silent: [(&str, Change, Silence); 5] = [
        ("a price below zero", |said| said.price = -1, Silence::Price),
        ("another exponent", |said| said.exponent = -7, Silence::Exponent),
        ("a closed market", |said| said.session = 4, Silence::NotTrading),
        ("before the market opens", |said| said.session = 1, Silence::NotTrading),
        ("a wide confidence", |said| said.confidence = 150_000_001, Silence::Uncertain),
    ];
    for (name, change, silence) in silent {
        desk.pass(1);
        let mut said = desk.said();
        change(&mut said);
        desk.world.run(cranks(&desk, &said));
        let market = desk.world.market(PRO);
        assert_eq!(Silence::from(market.silence), silence, "{name}");
        assert_eq!(market.mark, before, "{name}");
    }
    // A price that the oracle carries on from before is as old as it is.
    desk.pass(100);
    let said = desk.said();
    let carried = Said { price_us: Some(said.message_us - 61 * SECOND), ..said };
    let call = cranks(&desk, &carried);
    desk.world.refuse(call, OracleTooOld);
    let ahead = Said::at(desk.world.now() + 6);
    let call = cranks(&desk, &ahead);
    desk.world.refuse(call, OracleFromFuture);
    desk.world.run(cranks(&desk, &Said { price_us: Some(said.message_us - 60 * SECOND), ..said }));
    assert_eq!(desk.world.market(PRO).mark.publish_ts, desk.world.now() - 60);
}

/// The account shows the last print only, so that the first one after a taking could be chosen.
#[test]
fn a_market_of_pyth_pro_has_no_offers() {
    let mut desk = Desk::new();
    desk.world.run(cranks(&desk, &desk.said()));
    desk.world.open("alice");
    let terms = OfferTerms {
        lots: 10,
        min_lots: 1,
        limit_price: u64::MAX,
        expires_ts: i64::MAX,
        taker: Address::default(),
        distance_bps: 0,
    };
    let call = desk.world.post_offer("alice", PRO, 0, terms);
    desk.world.refuse(call, NoPreviousPrint);
}

#[test]
fn a_market_reads_the_account_that_it_is_bound_to() {
    let mut desk = Desk::new();
    desk.world.run(desk.post(&desk.said()));
    // The right bytes, which another program owns.
    let own = desk.world.account(&pro::price_account()).unwrap();
    desk.world.put(pro::price_account(), Account { owner: CONTRACT, ..own.clone() });
    desk.world.refuse(desk.world.crank_market(PRO), OracleWrongOwner);
    desk.world.put(pro::price_account(), own.clone());
    // Another account with the same bytes.
    let other = Address::new_unique();
    desk.world.put(other, own);
    let call = desk.world.crank_market(PRO).swap(pro::price_account(), other);
    desk.world.refuse(call, OracleWrongAccount);
    desk.world.run(desk.world.crank_market(PRO));
}

#[test]
fn an_account_is_opened_once_at_its_address_for_a_channel_with_a_rate() {
    let mut desk = Desk::new();
    for channel in [0, 1, 5, 255] {
        desk.world.refuse(desk.world.open_pro_price(FEED, channel), ParameterOutOfBounds);
    }
    let address = bulkhead_client::address::pro_price(FEED, 2);
    let elsewhere = desk.world.open_pro_price(FEED, 2).swap(address, Address::new_unique());
    desk.world.refuse(elsewhere, WrongRecord);
    desk.world.run(desk.world.open_pro_price(FEED, 2));
    let again = desk.world.attempt(desk.world.open_pro_price(FEED, CHANNEL));
    assert!(again.is_err(), "it exists");
    assert_eq!((desk.price().feed, desk.price().channel, desk.price().message_us), (FEED, CHANNEL, 0));
}

#[test]
fn a_market_of_pyth_pro_is_bound_and_names_feed_and_channel() {
    let mut desk = Desk::new();
    type Change = fn(&mut OracleConfig);
    let changes: [(&str, Change); 5] = [
        ("another program", |oracle| oracle.owners[0] = [7; 32]),
        ("no account", |oracle| oracle.account = [0; 32]),
        ("the channel without a rate", |oracle| oracle.feed_id = ProPrice::feed_id(FEED, 1)),
        ("an unknown channel", |oracle| oracle.feed_id = ProPrice::feed_id(FEED, 5)),
        ("more than feed and channel", |oracle| oracle.feed_id[31] = 1),
    ];
    for (name, change) in changes {
        println!("{name}");
        let mut spec = MarketSpec::named("bad", 2, 0);
        spec.params.oracle = pro::config();
        change(&mut spec.params.oracle);
        let call = desk.world.create_market(2, &spec);
        desk.world.refuse(call, ParameterOutOfBounds);
    }
}

/// Every account of a post but its payer's, bent: the matrix sends one instruction at a time. Whoever
/// signs may pay.
#[test]
fn every_account_of_a_post_is_what_it_seems() {
    let mut desk = Desk::new();
    desk.world.run(desk.world.open_pro_price(FEED + 1, CHANNEL));
    let said = desk.said();
    let metas = desk.post(&said).instructions[1].accounts.clone();
    let fund = desk.world.here.keys.fund;
    let strangers = [fund, bulkhead_client::address::pro_price(FEED + 1, CHANNEL), address("stranger")];
    let before = desk.world.account(&pro::price_account());
    let mut bent: Vec<(String, Call)> = Vec::new();
    for (place, own) in metas.iter().enumerate().skip(1) {
        let others = metas.iter().map(|meta| meta.pubkey).chain(strangers);
        for other in others.filter(|other| *other != own.pubkey) {
            let mut call = desk.post(&said);
            call.instructions[1].accounts[place].pubkey = other;
            bent.push((format!("{place} is {other}"), call));
        }
        if own.is_writable {
            let mut call = desk.post(&said);
            call.instructions[1].accounts[place].is_writable = false;
            bent.push((format!("{place} is only read"), call));
        }
        let mut call = desk.post(&said);
        call.instructions[1].accounts.truncate(place);
        bent.push((format!("{place} is missing"), call));
    }
    assert!(bent.len() > 50);
    for (name, call) in bent {
        assert!(desk.world.attempt(call).is_err(), "{name}");
        assert_eq!(desk.world.account(&pro::price_account()), before, "{name}");
    }
    desk.world.run(desk.post(&said));
}

/// The same on the banks of a validator: their own signature program checks the signature.
#[test]
fn a_validator_posts_it_too() {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(post_on_banks());
}

async fn post_on_banks() {
    let mut test = ProgramTest::default();
    test.prefer_bpf(true);
    test.add_program("bulkhead", bulkhead_client::program_id(), None);
    test.add_program("sbf_pro", CONTRACT, None);
    let treasury = Address::new_unique();
    test.add_account(treasury, Account { lamports: 1_000_000, ..Account::default() });
    let signer = keypair("Pyth's signer");
    test.add_account(STORAGE, pro::storage(treasury, &signer.pubkey(), i64::MAX));
    let context = test.start_with_context().await;
    context.set_sysvar(&Clock { slot: 1_000, unix_timestamp: NOW, ..Clock::default() });
    let payer = &context.payer;
    let said = Said::at(NOW);
    let sound = sign(&signer, &said.payload());
    let setup = vec![open_pro_price(payer.pubkey(), FEED, CHANNEL)];
    let changed = Said { price: said.price + 1, ..said }.payload();
    let signature: [u8; 64] = sound.signature().try_into().unwrap();
    let forged = Signed::new(&changed, &signer.pubkey(), &signature).unwrap();
    for (name, instructions, is_sound) in [
        ("setup", setup, true),
        ("forged", posts(payer.pubkey(), treasury, &forged, 0), false),
        ("sound", posts(payer.pubkey(), treasury, &sound, 0), true),
    ] {
        let blockhash = context.banks_client.get_latest_blockhash().await.expect("a blockhash");
        let payer_key = Some(&payer.pubkey());
        let signed = Transaction::new_signed_with_payer(&instructions, payer_key, &[payer], blockhash);
        let sent = context.banks_client.process_transaction(signed).await;
        assert_eq!(sent.is_ok(), is_sound, "{name}: {sent:?}");
    }
    let account = context.banks_client.get_account(pro::price_account()).await.unwrap();
    let price: ProPrice = bytemuck::pod_read_unaligned(&account.expect("it is open").data[8..]);
    assert_eq!((price.price, price.message_us), (said.price, said.message_us));
}
