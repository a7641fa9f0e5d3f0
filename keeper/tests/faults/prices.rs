//! Prices that the keeper posts itself: with a Hermes that is well, and with one that is not.
//!
//! The receiver is `crates/sbf-receiver`, a stand-in that checks signatures and proofs. Nobody else
//! posts: the prices on chain grow old unless a test refreshes them.

use {
    crate::rig::{Rig, Running},
    bulkhead_keeper::{config::Config, start::start_with},
    bulkhead_pyth::{receiver::guardian_set, Receiver},
    local_hermes::{feed, receiver_config, Guardians, Mood, Server},
    std::{thread::sleep, time::Duration},
};

const SET: u32 = 3;
/// A variable that cargo sets for every test holds the key.
const VARIABLE: &str = "CARGO_PKG_NAME";
const KEY: &str = env!("CARGO_PKG_NAME");
/// Blocks by which anything that a test waits for has happened.
const BLOCKS: u64 = 400;

/// A rig with a receiver, and a Hermes beside it.
struct Desk {
    rig: Rig,
    hermes: Server,
    /// The price of every market, in its own decimals.
    prices: Vec<i64>,
}

impl Desk {
    fn new(guardians: u8) -> Self {
        let rig = Rig::new();
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
        let desk = Self { rig, hermes: Server::start(guardians, KEY), prices };
        desk.publish();
        desk
    }

    fn config(&self) -> Config {
        let mut config = self.rig.config();
        config.policy.crank_after_slots = 5;
        config.prices.hermes_url = self.hermes.url.clone();
        config.prices.api_key_variable = VARIABLE.into();
        config.prices.older_than_secs = 5;
        config.prices.timeout_ms = 1_000;
        config.prices.longest_retry_ms = 500;
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
        let now = self.rig.validator.time().unix_ts();
        for (market, price) in self.rig.book().markets.iter().zip(&self.prices) {
            let exponent = -i32::from(market.oracle.feed_decimals);
            let confidence = (price / 2_000).unsigned_abs();
            self.hermes.set(feed(market.oracle.feed_id, *price, confidence, exponent, now));
        }
    }

    /// Lets a block pass. Prices on chain stay as they are, and Hermes has new ones.
    fn pass(&self) {
        self.rig.validator.advance_slots(1).unwrap();
        self.publish();
        sleep(Duration::from_millis(100));
    }

    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for blocks in 0..BLOCKS {
            if is_so(self) {
                println!("{what}: after {blocks} blocks");
                return;
            }
            self.pass();
        }
        panic!("{what}: not after {BLOCKS} blocks");
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

fn posts(keeper: &Running, outcome: &str) -> f64 {
    keeper.metrics.get("posts_total", &format!("outcome=\"{outcome}\""))
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
    for _ in 0..100 {
        sleep(Duration::from_millis(100));
        if errors(&keeper, "stale") > 0.0 {
            break;
        }
    }
    assert!(errors(&keeper, "stale") > 0.0);
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
        let payer = desk.rig.world.wallets[0].key.insecure_clone();
        desk.rig.validator.set_sol(&solana_signer::Signer::pubkey(&payer), 1_000_000_000).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let error = runtime.block_on(start_with(config, payer, vec![], false)).err().expect("it is refused");
        format!("{error:#}")
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
