//! Messages of Pyth Pro that the keeper posts itself: with servers that are well, and with some that are not.
//!
//! The contract is `crates/sbf-pro`, a stand-in that checks signatures. Nobody else posts. Two markets are
//! read from Pyth Pro, and the third one from a sponsored account that the tests refresh.

use {
    crate::{
        desk::{announce, apply, config, posts, refusal, Announced, Desk as _, KEY, VARIABLE},
        rig::{Rig, Running},
    },
    bulkhead_client::{
        account::decode,
        address,
        instruction::{self as build, PRO_MESSAGE_AT},
        state::{OracleConfig, OracleKind, ProPrice},
        Address,
    },
    bulkhead_keeper::{config::Config, prices::pro::placed},
    bulkhead_pyth::pro::{payload, Property, Signed, Storage, CONTRACT, STORAGE},
    local_hermes::{Guardians, Mood, Server},
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_signer::Signer,
    std::{cell::Cell, thread::sleep, time::Duration},
};

/// The feeds of the first two markets, and their channel.
const FEEDS: [u32; 2] = [1, 2];
const CHANNEL: u8 = 3;
/// The contract's fee in lamports.
const FEE: u64 = 3;

/// How the messages of the first feed are bent. They then say a price that is another by 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bend {
    WrongChannel,
    WrongFeed,
    Incomplete,
    UntrustedSigner,
    WrongSignature,
    Ahead,
    /// The message is new, and its price is old.
    OldPrice,
}

/// A rig with the contract, and a server beside it.
struct Desk {
    rig: Rig,
    server: Server,
    /// Another one, which says the same.
    second: Server,
    /// Pyth's signer.
    signer: Keypair,
    treasury: Address,
    /// The price of every market, in its own decimals.
    prices: Vec<i64>,
    bend: Cell<Option<Bend>>,
    /// The markets that are still read from another source, and may be changed now.
    later: Vec<Announced>,
}

impl crate::desk::Desk for Desk {
    fn pass(&self) {
        self.rig.oracles.wait_slots(1).unwrap();
        self.publish();
        sleep(Duration::from_millis(100));
    }
}

impl Desk {
    fn new() -> Self {
        Self::of(FEEDS.len())
    }

    /// A desk where so many markets are read from Pyth Pro.
    fn of(markets: usize) -> Self {
        let desk = Self::without_contract(markets);
        desk.deploy(FEE);
        desk
    }

    fn without_contract(markets: usize) -> Self {
        let rig = Rig::of_three_markets();
        let mut later = announce(&rig, pro, FEEDS.len());
        later.drain(..markets).for_each(|announced| apply(&rig, announced));
        let prices = rig.oracles.quotes().iter().map(|(price, _)| *price).collect();
        let server = || Server::start(Guardians::new(1, 1), KEY);
        let (signer, treasury) = (Keypair::new(), Keypair::new().pubkey());
        let (server, second, bend) = (server(), server(), Cell::new(None));
        let desk = Self { rig, server, second, signer, treasury, prices, bend, later };
        desk.publish();
        desk
    }

    /// Deploys the contract, which trusts the signer and takes this fee.
    fn deploy(&self, fee: u64) {
        let validator = self.rig.validator;
        validator.deploy_at(CONTRACT, "sbf_pro.so").unwrap();
        validator.set_sol(&self.treasury, 1_000_000_000).unwrap();
        let storage =
            Storage { treasury: self.treasury, fee, signers: vec![(self.signer.pubkey(), i64::MAX)] };
        validator.set_account(&STORAGE, &CONTRACT, &storage.account()).unwrap();
    }

    /// The keeper asks the first server.
    fn config(&self) -> Config {
        self.listening(&[&self.server.url])
    }

    fn listening(&self, urls: &[&str]) -> Config {
        let mut config = config(&self.rig);
        config.prices.pro_urls = urls.iter().map(ToString::to_string).collect();
        config.prices.pro_token_variable = VARIABLE.into();
        config.prices.poll_ms = 100;
        config
    }

    /// What Pyth says of one of the first two markets now.
    fn said(&self, market: usize) -> Signed {
        let exponent = -i16::from(self.rig.world.parameters.markets[market].params.oracle.feed_decimals);
        let micros = self.rig.validator.time().unix_ms.unsigned_abs() * 1_000;
        let bend = self.bend.get().filter(|_| market == 0);
        let price = self.prices[market] + if bend.is_some() { 7 } else { 0 };
        let price_us = if bend == Some(Bend::OldPrice) { micros - 1_000_000_000 } else { micros };
        let mut properties = vec![
            Property::Price(price),
            Property::Confidence(price / 2_000),
            Property::Exponent(exponent),
            Property::Session(0),
            Property::PriceTime(Some(price_us)),
        ];
        if bend == Some(Bend::Incomplete) {
            properties.remove(1);
        }
        let feed = if bend == Some(Bend::WrongFeed) { 99 } else { FEEDS[market] };
        let channel = if bend == Some(Bend::WrongChannel) { CHANNEL + 1 } else { CHANNEL };
        let micros = if bend == Some(Bend::Ahead) { micros + 600_000_000 } else { micros };
        let payload = payload(micros, channel, &[(feed, properties)]);
        let other = Keypair::new_from_array([9; 32]);
        let signer = if bend == Some(Bend::UntrustedSigner) { &other } else { &self.signer };
        let mut signature: [u8; 64] = signer.sign_message(&payload).into();
        signature[9] ^= u8::from(bend == Some(Bend::WrongSignature));
        Signed::new(&payload, &signer.pubkey(), &signature).unwrap()
    }

    /// Gives both servers the prices as they are now.
    fn publish(&self) {
        for (market, feed) in FEEDS.into_iter().enumerate() {
            let message = self.said(market);
            self.server.say_of(feed, message.bytes());
            self.second.say_of(feed, message.bytes());
        }
    }

    /// Lets time pass until the marks of these markets are of a later second.
    fn until_cranked(&self, markets: &[usize]) {
        let times = |desk: &Self| {
            let book = desk.rig.world.book().unwrap();
            markets.iter().map(|market| book.markets[*market].mark.publish_ts).collect::<Vec<_>>()
        };
        let before = times(self);
        let is_newer = |desk: &Self| times(desk).iter().zip(&before).all(|(now, then)| now > then);
        self.until("marks are new", is_newer);
    }

    fn mark(&self, market: usize) -> i64 {
        self.rig.world.book().unwrap().markets[market].mark.price as i64
    }

    /// What the account of the first feed shows; nothing if nobody has opened it.
    fn shown(&self) -> Option<i64> {
        self.shown_of(FEEDS[0])
    }

    fn shown_of(&self, feed: u32) -> Option<i64> {
        let data = self.rig.world.chain.data(&address::pro_price(feed, CHANNEL)).ok()?;
        Some(decode::<ProPrice>(&data).unwrap().price)
    }
}

/// The oracle of one of the first two markets, read from Pyth Pro.
fn pro(market: usize, before: OracleConfig) -> OracleConfig {
    let feed = FEEDS[market];
    let account = address::pro_price(feed, CHANNEL).to_bytes();
    let (feed_id, kind) = (ProPrice::feed_id(feed, CHANNEL), OracleKind::PythPro as u8);
    OracleConfig { feed_id, account, owners: [[0; 32]; 2], kind, ..before }
}

fn errors(keeper: &Running, name: &str) -> f64 {
    keeper.metrics.get("pro_errors_total", &format!("error=\"{name}\""))
}

/// Nobody has ever posted for the markets. The keeper opens the feeds' accounts, posts, and cranks; when only
/// the server tells of another price, that is the mark.
#[test]
fn a_silent_market_of_pyth_pro_is_cranked_at_a_new_price_by_the_keeper_alone() {
    let mut desk = Desk::new();
    assert_eq!(desk.shown(), None);
    let rpc = RpcClient::new_with_commitment(desk.rig.validator.rpc_url(), CommitmentConfig::processed());
    let (treasury, lamports) = (desk.treasury, |treasury| rpc.get_balance(treasury).unwrap());
    let before = lamports(&treasury);
    let keeper = desk.rig.start_as(desk.config(), &[0], false);
    desk.until_cranked(&[0, 1, 2]);
    desk.until("posts are counted", |_| posts(&keeper, "landed") >= 2.0);
    assert!(lamports(&treasury) >= before + 2 * FEE, "the contract's treasury has got its fees");
    assert!(keeper.metrics.get("pro_fee_lamports_total", "") >= (2 * FEE) as f64);
    for price in &mut desk.prices[..2] {
        *price += *price / 200;
    }
    desk.publish();
    let is_new = |desk: &Desk| (0..2).all(|market| desk.mark(market) == desk.prices[market]);
    desk.until("the new prices are the marks", is_new);
    assert!(keeper.metrics.get("pro_connected", "") >= 1.0);
    keeper.stop();
}

/// Whatever is wrong with a message of one feed, it has a name in the metrics and is not posted. The markets
/// of the other feed and of the sponsored account go on, and so does this one once its messages are sound.
#[test]
fn a_message_that_is_wrong_is_not_posted() {
    let desk = Desk::new();
    let keeper = desk.rig.start_as(desk.config(), &[0], false);
    desk.until_cranked(&[0, 1, 2]);
    for (bend, name) in [
        (Bend::WrongChannel, "wrong_channel"),
        (Bend::WrongFeed, "wrong_feed"),
        (Bend::Incomplete, "incomplete"),
        (Bend::UntrustedSigner, "untrusted_signer"),
        (Bend::WrongSignature, "wrong_signature"),
        (Bend::Ahead, "from_future"),
        (Bend::OldPrice, "stale"),
    ] {
        let before = errors(&keeper, name);
        desk.bend.set(Some(bend));
        desk.until(name, |_| errors(&keeper, name) > before);
        desk.until_cranked(&[1, 2]);
        assert_eq!((desk.mark(0), desk.shown()), (desk.prices[0], Some(desk.prices[0])), "{name}");
        desk.bend.set(None);
    }
    desk.until_cranked(&[0]);
    assert_eq!(desk.mark(0), desk.prices[0]);
    keeper.stop();
}

/// Whatever a server does, it has a name in the metrics. The keeper cranks the other market, and posts again
/// once the server is well.
#[test]
fn a_server_of_pyth_pro_that_is_not_well() {
    let desk = Desk::new();
    let keeper = desk.rig.start_as(desk.config(), &[0], false);
    for (mood, name) in [
        (Mood::Broken, "status"),
        (Mood::Crowded, "crowded"),
        (Mood::Slow(3_000), "slow"),
        (Mood::Endless, "too_long"),
        (Mood::Rubbish, "malformed"),
    ] {
        let before = errors(&keeper, name);
        desk.server.mood(mood);
        desk.until(name, |_| errors(&keeper, name) > before);
        desk.until_cranked(&[2]);
    }
    desk.server.mood(Mood::Fair);
    desk.until_cranked(&[0, 1]);
    keeper.stop();
}

/// Two servers are followed and one is asked that is not there: as long as one of them is well, markets are
/// cranked. A stream that ends is opened again.
#[test]
fn streams_of_several_servers() {
    let desk = Desk::new();
    let [first, second] = [&desk.server, &desk.second].map(|server| server.stream_url.as_str());
    let urls = ["http://127.0.0.1:9", first, second];
    let keeper = desk.rig.start_as(desk.listening(&urls), &[0], false);
    desk.until_cranked(&[0, 1]);
    desk.until("what is not there is told", |_| errors(&keeper, "unreachable") > 0.0);
    let connected = |wanted: f64| move |keeper: &Running| keeper.metrics.get("pro_connected", "") == wanted;
    desk.until("both are heard", |_| connected(2.0)(&keeper));

    desk.server.mood(Mood::Broken);
    desk.until("one has ended", |_| errors(&keeper, "ended") > 0.0 && connected(1.0)(&keeper));
    desk.until_cranked(&[0, 1]);
    desk.second.mood(Mood::Broken);
    desk.until("the other one too", |_| connected(0.0)(&keeper));
    desk.server.mood(Mood::Fair);
    desk.until("one is heard again", |_| connected(1.0)(&keeper));
    desk.until_cranked(&[0, 1]);
    keeper.stop();
}

/// A stream of rubbish is left after a hundred messages, and opened again. The other server goes on.
#[test]
fn a_stream_of_rubbish_is_left() {
    let desk = Desk::new();
    let urls = [&desk.server, &desk.second].map(|server| server.stream_url.as_str());
    let keeper = desk.rig.start_as(desk.listening(&urls), &[0], false);
    let connected = || keeper.metrics.get("pro_connected", "");
    desk.until("both are heard", |_| connected() == 2.0);
    desk.server.mood(Mood::Rubbish);
    desk.until("it is left", |_| errors(&keeper, "malformed") >= 100.0 && connected() == 1.0);
    desk.until_cranked(&[0, 1]);
    desk.server.mood(Mood::Fair);
    desk.until("both are heard again", |_| connected() == 2.0);
    keeper.stop();
}

/// A market is given a feed of Pyth Pro while the keeper runs. By a stream or by asking, it is posted for
/// from then on.
#[test]
fn a_market_that_is_changed_to_pyth_pro_later_is_posted_for() {
    for is_stream in [false, true] {
        let desk = Desk::of(1);
        let url = if is_stream { &desk.server.stream_url } else { &desk.server.url };
        let keeper = desk.rig.start_as(desk.listening(&[url]), &[0], false);
        desk.until_cranked(&[0]);
        assert_eq!(desk.shown_of(FEEDS[1]), None);
        apply(&desk.rig, desk.later[0]);
        desk.until("its price is posted", |desk| desk.shown_of(FEEDS[1]) == Some(desk.prices[1]));
        desk.until_cranked(&[0, 1]);
        keeper.stop();
    }
}

/// A token that is refused has a name, over HTTP and by websocket, and stops nothing else.
#[test]
fn a_token_that_pyth_pro_refuses() {
    let desk = Desk::new();
    for url in [&desk.server.url, &desk.server.stream_url] {
        let mut config = desk.listening(&[url]);
        config.prices.pro_token_variable = "CARGO_MANIFEST_DIR".into();
        let keeper = desk.rig.start_as(config, &[0], false);
        desk.until("it is told", |_| errors(&keeper, "unauthorised") > 0.0);
        desk.until_cranked(&[2]);
        assert_eq!(posts(&keeper, "landed"), 0.0);
        keeper.stop();
    }
}

/// A price that somebody else has posted is used as it is, as long as it is young.
#[test]
fn a_young_price_of_pyth_pro_is_not_posted_again() {
    let desk = Desk::new();
    let payer = desk.rig.world.payer.pubkey();
    for (market, feed) in FEEDS.into_iter().enumerate() {
        let signed = desk.said(market);
        let post = build::post_pro_price(payer, (feed, CHANNEL), desk.treasury, 0, signed.bytes());
        let open = build::open_pro_price(payer, feed, CHANNEL);
        let all = placed(vec![open, signed.check(1, PRO_MESSAGE_AT), post]);
        desk.rig.world.chain.run(all, vec![&desk.rig.world.payer]).unwrap();
    }
    let mut config = desk.config();
    config.prices.older_than_secs = 86_400;
    let keeper = desk.rig.start_as(config, &[0], false);
    desk.until("messages are heard", |_| keeper.metrics.get("pro_messages_total", "") > 2.0);
    desk.until("the marks are cranked", |desk| (0..2).all(|market| desk.mark(market) == desk.prices[market]));
    for outcome in ["landed", "refused", "lost"] {
        assert_eq!(posts(&keeper, outcome), 0.0, "{outcome}");
    }
    keeper.stop();
}

/// A dry run says what it would post, and posts nothing. Nothing is posted either for a contract that takes
/// more than the configuration allows.
#[test]
fn a_dry_run_and_a_contract_that_is_too_dear_post_nothing() {
    let desk = Desk::new();
    let keeper = desk.rig.start_as(desk.config(), &[0], true);
    desk.until("it would post", |_| posts(&keeper, "dry") > 0.0);
    keeper.stop();
    let mut config = desk.config();
    config.prices.pro_most_fee_lamports = FEE - 1;
    let keeper = desk.rig.start_as(config, &[0], false);
    desk.until("it is told", |_| errors(&keeper, "too_dear") > 0.0);
    desk.until_cranked(&[2]);
    assert_eq!((posts(&keeper, "landed"), desk.shown()), (0.0, None));
    keeper.stop();
}

/// What cannot work at all is an error at the start, each its own.
#[test]
fn mistakes_in_the_configuration_of_pyth_pro() {
    let desk = Desk::without_contract(FEEDS.len());
    let mut config = desk.config();
    config.prices.pro_token_variable = "NO_SUCH_VARIABLE".into();
    let token = refusal(&desk.rig, config);
    assert!(token.contains("NO_SUCH_VARIABLE with the token of Pyth Pro is not set"), "{token}");
    let url = refusal(&desk.rig, desk.listening(&["ftp://pyth"]));
    assert!(url.contains("prices.pro_urls: ftp://pyth is not the address of a server"), "{url}");
    let contract = refusal(&desk.rig, desk.config());
    assert!(contract.contains("Pyth Pro's contract is not on this cluster"), "{contract}");
    let plain = Rig::new();
    let mut config = plain.config();
    (config.prices.pro_urls, config.prices.pro_token_variable) =
        (vec![desk.server.url.clone()], VARIABLE.into());
    let none = refusal(&plain, config);
    assert!(none.contains("no market of this fund is read from Pyth Pro"), "{none}");
}
