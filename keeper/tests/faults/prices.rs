//! Prices that the keeper posts itself: with a Hermes that is well, and with one that is not.
//!
//! The receiver is `crates/sbf-receiver`, a stand-in that checks signatures and proofs. Nobody else
//! posts: the prices on chain grow old unless a test refreshes them.

use {
    crate::{
        desk::{announce, apply, config, posts, refusal, wait, Desk as _, KEY, VARIABLE},
        rig::{Rig, Running},
    },
    bulkhead_client::{
        account::decode,
        address,
        instruction::{self as build, OfferKeys, Trader},
        state::{Offer, OfferTerms, OracleConfig},
        Instruction,
    },
    bulkhead_keeper::{config::Config, draft::cranks},
    bulkhead_localnet::{population::Kind, world::Wallet},
    bulkhead_pyth::{receiver::guardian_set, Receiver},
    local_hermes::{feed, receiver_config, Guardians, Mood, Server},
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_signer::Signer,
    solana_transaction::Transaction,
    std::{cell::Cell, collections::BTreeSet, thread::sleep, time::Duration},
};

const SET: u32 = 3;

/// A rig with a receiver, and a Hermes beside it.
struct Desk {
    rig: Rig,
    hermes: Server,
    /// The price of every market, in its own decimals.
    prices: Vec<i64>,
    /// Whether Hermes knows feeds besides those that the markets had at first.
    publishes: Cell<bool>,
    /// The latter.
    feeds: BTreeSet<[u8; 32]>,
}

impl crate::desk::Desk for Desk {
    /// Prices on chain stay as they are, and Hermes has new ones.
    fn pass(&self) {
        self.rig.validator.advance_slots(1).unwrap();
        self.publish();
        sleep(Duration::from_millis(100));
    }
}

impl Desk {
    fn new(guardians: u8) -> Self {
        Self::of(Rig::new(), guardians)
    }

    fn of(rig: Rig, guardians: u8) -> Self {
        let guardians = Guardians::new(SET, guardians);
        let receiver = Receiver::Core;
        for program in [receiver.program(), receiver.wormhole()] {
            rig.validator.deploy_at(program, "sbf_receiver.so").unwrap();
        }
        let config = receiver_config(receiver.wormhole().as_array(), 0, 1);
        rig.validator.set_account(&receiver.config(), &receiver.program(), &config).unwrap();
        let set = guardian_set(&receiver.wormhole(), SET);
        rig.validator.set_account(&set, &receiver.wormhole(), &guardians.account()).unwrap();
        let prices = rig.oracles.quotes().iter().map(|(price, _)| *price).collect();
        let feeds = rig.book().markets.iter().map(|market| market.oracle.feed_id).collect();
        let (hermes, publishes) = (Server::start(guardians, KEY), Cell::new(true));
        let desk = Self { rig, hermes, prices, publishes, feeds };
        desk.publish();
        desk
    }

    fn config(&self) -> Config {
        let mut config = config(&self.rig);
        config.prices.hermes_url = self.hermes.url.clone();
        config.prices.api_key_variable = VARIABLE.into();
        config
    }

    /// The same, and the keeper asks again and again.
    fn asking(&self) -> Config {
        let mut config = self.config();
        config.prices.stream = false;
        config.prices.poll_ms = 200;
        config
    }

    /// Gives Hermes the prices as they are now.
    fn publish(&self) {
        for (market, price) in self.rig.book().markets.iter().zip(&self.prices) {
            if self.publishes.get() || self.feeds.contains(&market.oracle.feed_id) {
                self.tell(&market.oracle, *price);
            }
        }
    }

    /// Gives Hermes a price of one feed.
    fn tell(&self, oracle: &OracleConfig, price: i64) {
        let (exponent, now) = (-i32::from(oracle.feed_decimals), self.rig.validator.time().unix_ts());
        let confidence = (price / 2_000).unsigned_abs();
        self.hermes.set(feed(oracle.feed_id, price, confidence, exponent, now));
    }

    /// The seconds since the oldest mark's price was published.
    fn oldest(&self) -> i64 {
        let markets = &self.rig.world.book().unwrap().markets;
        let now = self.rig.validator.time().unix_ts();
        markets.iter().map(|market| now - market.mark.publish_ts).max().unwrap()
    }

    /// Lets the prices on chain grow older than the markets take.
    fn let_prices_die(&self) {
        let markets = &self.rig.book().markets;
        let longest = markets.iter().map(|market| market.oracle.max_age_secs).max().unwrap();
        self.rig.validator.advance_slots(u64::from(longest) * 5 / 2 + 5).unwrap();
        self.publish();
    }
}

impl Desk {
    /// Sends a transaction, whose block brings no new price on chain.
    fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) {
        let rpc = RpcClient::new_with_commitment(self.rig.validator.rpc_url(), CommitmentConfig::processed());
        let (payer, blockhash) = (signers[0].pubkey(), rpc.get_latest_blockhash().unwrap());
        let transaction = Transaction::new_signed_with_payer(instructions, Some(&payer), signers, blockhash);
        let signature = rpc.send_transaction(&transaction).unwrap();
        self.rig.validator.advance_slots(1).unwrap();
        let landed = (0..3_600).find_map(|_| {
            sleep(Duration::from_millis(50));
            rpc.get_signature_status(&signature).unwrap()
        });
        assert_eq!(landed, Some(Ok(())));
    }

    /// The second and the third wallet of keepers: they hold nothing and are of no keeper that runs.
    fn sides(&self) -> [&Wallet; 2] {
        let mut free = self.rig.world.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper).skip(1);
        [free.next().unwrap(), free.next().unwrap()]
    }

    /// One offers lots in the first market, and another one takes them.
    fn take(&self) -> (OfferKeys, Offer) {
        let (keys, number) = (&self.rig.world.keys, 1);
        let [maker, taker] = self.sides();
        let trader = |wallet: &Wallet| Trader { member: wallet.member, signer: wallet.key.pubkey() };
        let expires_ts = self.rig.validator.time().unix_ts() + 3_600;
        let any = [0; 32].into();
        let terms =
            OfferTerms { lots: -LOTS, min_lots: 0, limit_price: 0, expires_ts, taker: any, distance_bps: 0 };
        let offer = address::offer(&maker.member, number);
        let offered = OfferKeys { offer, maker: maker.member, taker: taker.member };
        let mut all = vec![build::post_offer(keys, 0, trader(maker), number, terms)];
        all.extend(cranks(keys, &self.rig.world.oracle_accounts, &[0]));
        all.push(build::take_offer(keys, 0, offered, taker.key.pubkey(), LOTS, u64::MAX, &[]));
        self.send(&all, &[&maker.key, &taker.key]);
        let account = self.rig.world.chain.data(&offer).unwrap();
        (offered, decode::<Offer>(&account).unwrap())
    }

    /// The price of the first market in the print of a second of these tests.
    fn price_at(&self, secs: i64) -> i64 {
        self.prices[0] + self.prices[0] / 10_000 * secs
    }

    /// Gives Hermes prints of the first market for the next seconds, each with another price. The next one
    /// waits until the one before `is_heard`.
    fn publish_ahead(&self, from: i64, is_heard: impl Fn(i64) -> bool) {
        let market = self.rig.book().markets[0];
        let exponent = -i32::from(market.oracle.feed_decimals);
        for secs in 0..PRINTS {
            let price = self.price_at(secs);
            self.hermes.set(feed(market.oracle.feed_id, price, 1, exponent, from + secs));
            wait("a print is heard", || is_heard(secs));
        }
    }

    /// Lets the taking be filled, while the price on chain stays as it was. Checks that it was filled
    /// at the first print after it, which was not the newest one.
    fn is_filled_at_its_print(&self, from: i64, (keys, taken): (OfferKeys, Offer)) {
        let print_ts = taken.taking.ts + 1;
        assert!((from..from + PRINTS - 1).contains(&print_ts), "{print_ts} is not the newest one of {from}");
        let is_open = || self.rig.world.chain.data(&keys.offer).is_ok();
        // By then the print is ten seconds old.
        while is_open() && self.rig.validator.time().unix_ts() < print_ts + 10 {
            self.rig.validator.advance_slots(1).unwrap();
            for _ in 0..30 {
                sleep(Duration::from_millis(100));
                if !is_open() {
                    break;
                }
            }
        }
        assert!(!is_open(), "all lots are filled, and the offer is closed");
        let book = self.rig.world.book().unwrap();
        assert_eq!(book.members[&keys.taker].position(0).lots, LOTS);
        assert_eq!(book.members[&keys.maker].position(0).lots, -LOTS);
        let mark = book.markets[0].mark;
        assert_eq!((mark.publish_ts, mark.price as i64), (print_ts, self.price_at(print_ts - from)));
        let (shown, before) = book.quotes[0].sequence.unwrap();
        assert!(shown.publish_ts <= taken.taking.ts && before <= shown.publish_ts, "nobody refreshed it");
    }
}

/// Lots that are taken, worth more than what is dust to a keeper.
const LOTS: i64 = 20;
/// Prints that Hermes gets ahead of the chain's clock.
const PRINTS: i64 = 5;

/// The keeper has heard the print before it hears of the taking, and newer ones since. The account on
/// chain shows neither.
#[test]
fn a_taking_is_filled_at_a_print_that_the_account_never_shows() {
    let desk = Desk::new(5);
    let mut config = desk.config();
    config.prices.older_than_secs = 20; // the price on chain does for everything else
    let keeper = desk.rig.start_as(config, &[0], false);
    let updates = || keeper.metrics.get("hermes_updates_total", "");
    // One that was asked for, and the same again from the stream: what it says next is new.
    desk.rig.until("the stream delivers", |_| updates() >= 2.0);
    let (from, heard) = (desk.rig.validator.time().unix_ts() + 1, updates());
    desk.publish_ahead(from, |secs| updates() > heard + secs as f64);
    let taken = desk.take();
    desk.is_filled_at_its_print(from, taken);
    assert_eq!(keeper.metrics.get("prints_asked_total", ""), 0.0, "all of them were heard");
    keeper.stop();
}

/// The keeper has not heard the print: it asks Hermes for it, once.
#[test]
fn a_print_that_was_not_heard_is_asked_for() {
    let desk = Desk::new(5);
    let mut config = desk.asking();
    (config.prices.older_than_secs, config.prices.poll_ms) = (20, 3_600_000);
    let keeper = desk.rig.start_as(config, &[0], false);
    desk.rig.until("Hermes has answered", |_| keeper.metrics.get("hermes_updates_total", "") > 0.0);
    let (from, requests) = (desk.rig.validator.time().unix_ts() + 1, desk.hermes.requests());
    desk.publish_ahead(from, |_| true); // it is asked once an hour
    let taken = desk.take();
    desk.is_filled_at_its_print(from, taken);
    assert_eq!(desk.hermes.requests(), requests + 1);
    assert_eq!(keeper.metrics.get("prints_asked_total", ""), 1.0);
    keeper.stop();
}

fn errors(keeper: &Running, name: &str) -> f64 {
    keeper.metrics.get("hermes_errors_total", &format!("error=\"{name}\""))
}

/// The prices on chain are dead. The keeper posts those of Hermes before its cranks, and acts on
/// them: a crash that only Hermes tells of is worked off.
#[test]
fn prices_that_nobody_posts_are_posted_before_a_crank() {
    let mut desk = Desk::new(5);
    desk.let_prices_die();
    let keeper = desk.rig.start_as(desk.config(), &[0, 1, 2], false);
    desk.until("every mark is new", |desk| desk.oldest() <= 5);
    // A transaction is counted when the keeper has heard of its end, after its effect.
    desk.until("posts are counted", |desk| posts(&keeper, "landed") >= desk.prices.len() as f64);
    let last = desk.rig.world.book().unwrap();
    for (market, price) in last.markets.iter().zip(&desk.prices) {
        assert_eq!(market.mark.price as i64, *price, "a mark that Hermes has named");
    }
    for price in &mut desk.prices {
        *price = *price * 92 / 100;
    }
    desk.until("members are worked off", |_| keeper.count("landed") > 0 && liquidations(&keeper) > 0.0);
    assert_eq!(errors(&keeper, "malformed"), 0.0);
    keeper.stop();
}

fn liquidations(keeper: &Running) -> f64 {
    keeper.metrics.get("actions_total", "action=\"liquidate\",outcome=\"landed\"")
}

/// Nineteen guardians sign: thirteen signatures go through Wormhole's account, in two transactions
/// before the one that cranks.
#[test]
fn a_large_quorum_goes_in_several_transactions() {
    let desk = Desk::new(19);
    desk.let_prices_die();
    let keeper = desk.rig.start_as(desk.config(), &[0], false);
    desk.until("a price is posted", |_| posts(&keeper, "landed") > 0.0);
    desk.until("every mark is new", |desk| desk.oldest() <= 30);
    keeper.stop();
}

/// A sponsored account that is young enough is read, and nothing is posted.
#[test]
fn a_young_price_on_chain_is_not_posted_again() {
    let desk = Desk::new(5);
    let keeper = desk.rig.start_as(desk.config(), &[0], false);
    desk.rig.until("Hermes has answered", |_| keeper.metrics.get("hermes_updates_total", "") > 0.0);
    desk.rig.until("a mark is cranked", |_| keeper.count("landed") > 0);
    for outcome in ["landed", "refused", "lost"] {
        assert_eq!(posts(&keeper, outcome), 0.0, "{outcome}");
    }
    keeper.stop();
}

/// A dry run says what it would post and posts nothing.
#[test]
fn a_dry_run_posts_nothing() {
    let desk = Desk::new(5);
    desk.let_prices_die();
    let before = desk.oldest();
    let keeper = desk.rig.start_as(desk.config(), &[0], true);
    desk.until("it would post", |_| posts(&keeper, "dry") > 0.0);
    assert!(desk.oldest() >= before);
    assert_eq!(posts(&keeper, "landed"), 0.0);
    keeper.stop();
}

/// Whatever Hermes does, it has a name in the metrics. The keeper goes on with the prices on chain,
/// and posts again once Hermes is well.
#[test]
fn a_hermes_that_is_not_well() {
    let desk = Desk::new(5);
    let keeper = desk.rig.start_as(desk.asking(), &[0, 1, 2], false);
    for (mood, name) in [
        (Mood::Broken, "status"),
        (Mood::Crowded, "crowded"),
        (Mood::Slow(3_000), "slow"),
        (Mood::Endless, "too_long"),
        (Mood::Rubbish, "malformed"),
        (Mood::BadUpdate, "malformed"),
        (Mood::WrongProof, "wrong_proof"),
        (Mood::WrongSigners, "wrong_signature"),
        (Mood::TooFewSigners, "no_quorum"),
    ] {
        let (before, landed) = (errors(&keeper, name), keeper.count("landed"));
        desk.hermes.mood(mood);
        desk.until(name, |_| errors(&keeper, name) > before);
        // Somebody else posts, and the keeper cranks from that.
        desk.rig.oracles.publish(&desk.rig.oracles.quotes()).unwrap();
        desk.rig.until("the keeper cranks", |_| keeper.count("landed") > landed);
        desk.hermes.mood(Mood::Fair);
    }
    desk.let_prices_die();
    desk.until("every mark is new", |desk| desk.oldest() <= 5);
    desk.until("a post is counted", |_| posts(&keeper, "landed") > 0.0);
    keeper.stop();
}

/// A market is given another feed while the keeper runs, as if it had been opened then. The feed gets a
/// price account of its own. While Hermes does not know it, it refuses all of a request for it, and the
/// other markets go on all the same.
#[test]
fn a_feed_that_comes_later_is_posted_for() {
    const FEED: [u8; 32] = [7; 32];
    for is_known in [true, false] {
        let rig = Rig::of_three_markets();
        let announced = announce(&rig, |_, before| OracleConfig { feed_id: FEED, ..before }, 1);
        let desk = Desk::of(rig, 5);
        let keeper = desk.rig.start_as(desk.config(), &[0], false);
        desk.until("every mark is new", |desk| desk.oldest() <= 5);
        desk.publishes.set(is_known);
        if is_known {
            let oracle = desk.rig.book().markets[0].oracle;
            desk.tell(&OracleConfig { feed_id: FEED, ..oracle }, desk.prices[0]);
        }
        apply(&desk.rig, announced[0]);
        assert_eq!(desk.rig.book().markets[0].oracle.feed_id, FEED);
        let applied_ts = desk.rig.validator.time().unix_ts();
        let newer = |desk: &Desk| {
            let markets = desk.rig.world.book().unwrap().markets;
            markets.iter().map(|market| market.mark.publish_ts > applied_ts + 10).collect::<Vec<_>>()
        };
        desk.until("marks are new", |desk| newer(desk) == [is_known, true, true]);
        match is_known {
            true => assert_eq!(errors(&keeper, "unknown_feed"), 0.0),
            false => desk.until("it is told of", |_| errors(&keeper, "unknown_feed") > 0.0),
        }
        keeper.stop();
    }
}

/// A stream that ends is opened again.
#[test]
fn a_stream_that_ends() {
    let desk = Desk::new(5);
    let keeper = desk.rig.start_as(desk.config(), &[0], false);
    let heard = || keeper.metrics.get("hermes_updates_total", "");
    desk.until("the stream delivers", |_| heard() > 5.0);
    desk.hermes.mood(Mood::Broken);
    desk.until("it has ended", |_| errors(&keeper, "ended") > 0.0);
    desk.hermes.mood(Mood::Fair);
    let before = heard();
    desk.until("it delivers again", |_| heard() > before + 5.0);
    keeper.stop();
}

/// Prices of Hermes that are too old for the markets are counted and not posted.
#[test]
fn a_stale_update() {
    let desk = Desk::new(5);
    let keeper = desk.rig.start_as(desk.asking(), &[0], false);
    desk.rig.validator.advance_slots(1_000).unwrap(); // Hermes stands still
    wait("it is told of", || errors(&keeper, "stale") > 0.0);
    assert_eq!(posts(&keeper, "landed"), 0.0);
    keeper.stop();
}

/// What cannot work at all is an error at the start, each its own.
#[test]
fn mistakes_in_the_configuration_of_prices() {
    let desk = Desk::new(5);
    let told = |change: &dyn Fn(&mut Config)| {
        let mut config = desk.config();
        change(&mut config);
        refusal(&desk.rig, config)
    };
    let key = told(&|config| config.prices.api_key_variable = "NO_SUCH_VARIABLE".into());
    assert!(key.contains("NO_SUCH_VARIABLE with Hermes' API key is not set"), "{key}");
    let url = told(&|config| config.prices.hermes_url = "hermes".into());
    assert!(url.contains("is not the address of a server"), "{url}");
    let receiver = told(&|config| config.prices.receiver = bulkhead_keeper::config::Receiver::Compatible);
    assert!(receiver.contains("is not configured on this cluster"), "{receiver}");
}

/// A key that Hermes refuses has a name, and stops nothing else.
#[test]
fn a_key_that_hermes_refuses() {
    let desk = Desk::new(5);
    let mut config = desk.config();
    config.prices.api_key_variable = "CARGO_MANIFEST_DIR".into();
    let keeper = desk.rig.start_as(config, &[0], false);
    desk.rig.until("it is told", |_| errors(&keeper, "unauthorised") > 0.0);
    desk.rig.until("the keeper cranks", |_| keeper.count("landed") > 0);
    keeper.stop();
}
