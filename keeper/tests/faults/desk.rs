//! What the tests of posted prices share, whoever tells of the prices.

use {
    crate::rig::{Rig, Running},
    bulkhead_client::{
        account::decode,
        instruction as build,
        state::{Fund, Mandate, OracleChange, OracleConfig, ParameterChange},
    },
    bulkhead_keeper::{config::Config, start::start_with},
    bulkhead_localnet::validator::Time,
    solana_signer::Signer,
    std::{thread::sleep, time::Duration},
};

/// A variable that cargo sets for every test holds the key of the server.
pub const VARIABLE: &str = "CARGO_PKG_NAME";
pub const KEY: &str = env!("CARGO_PKG_NAME");
/// Blocks by which anything that a test waits for has happened.
const BLOCKS: u64 = 400;

/// A rig with a server of prices beside it.
pub trait Desk {
    /// Lets a block pass, after which the server tells of the prices as they are then.
    fn pass(&self);

    /// Lets blocks pass until a condition holds, and panics if it never does.
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
}

/// Waits, while no block passes, until a condition holds, and panics if it never does.
pub fn wait(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1_800 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("{what}: not within three minutes");
}

/// The configuration of a keeper that posts prices, in which everything happens sooner.
pub fn config(rig: &Rig) -> Config {
    let mut config = rig.config();
    config.policy.crank_after_slots = 5;
    config.prices.older_than_secs = 5;
    config.prices.timeout_ms = 1_000;
    config.prices.longest_retry_ms = 500;
    config
}

/// Number of transactions with a post and this outcome.
pub fn posts(keeper: &Running, outcome: &str) -> f64 {
    keeper.metrics.get("posts_total", &format!("outcome=\"{outcome}\""))
}

/// Why a keeper with this configuration does not start.
pub fn refusal(rig: &Rig, config: Config) -> String {
    let payer = rig.world.wallets[0].key.insecure_clone();
    rig.validator.set_sol(&payer.pubkey(), 1_000_000_000).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(start_with(config, payer, vec![], false)).err().expect("it is refused");
    format!("{error:#}")
}

/// A change of a market's oracle whose time has come.
#[derive(Clone, Copy)]
pub struct Announced {
    market: u16,
    number: u64,
}

/// Announces other oracles for the first markets, and lets their time come.
pub fn announce(
    rig: &Rig,
    wanted: impl Fn(usize, OracleConfig) -> OracleConfig,
    count: usize,
) -> Vec<Announced> {
    let (world, validator) = (&rig.world, rig.validator);
    let markets = rig.book().markets;
    let mut all = Vec::new();
    for (index, market) in markets.iter().enumerate().take(count) {
        let change = OracleChange::between(&market.oracle, &wanted(index, market.oracle));
        let change = ParameterChange::Oracle(market.index, change);
        let (authority, payer, mandate) = (world.authority.pubkey(), world.payer.pubkey(), mandate(rig));
        run(rig, build::queue_change(&world.keys, authority, payer, change, mandate));
        all.push(Announced { market: market.index, number: mandate.nonce });
    }
    let now = validator.time();
    let secs = 10 * 24 * 60 * 60 + 60; // a day, the notice period and the claim window
    validator
        .set_time(Time { slot: now.slot + secs * 10 / 4, unix_ms: now.unix_ms + secs as i64 * 1_000 })
        .unwrap();
    rig.oracles.publish(&rig.oracles.quotes()).unwrap();
    all
}

/// Applies a change.
pub fn apply(rig: &Rig, Announced { market, number }: Announced) {
    let (authority, payer) = (rig.world.authority.pubkey(), rig.world.payer.pubkey());
    run(rig, build::apply_change(&rig.world.keys, authority, payer, number, Some(market), mandate(rig)));
}

fn mandate(rig: &Rig) -> Mandate {
    let fund = decode::<Fund>(&rig.world.chain.data(&rig.world.keys.fund).unwrap()).unwrap();
    Mandate { nonce: fund.governance_nonce, last_valid_slot: rig.validator.time().slot + 150 }
}

fn run(rig: &Rig, instruction: bulkhead_client::Instruction) {
    rig.world.chain.run(vec![instruction], vec![&rig.world.payer, &rig.world.authority]).unwrap();
}
