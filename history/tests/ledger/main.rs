//! The ledger on both databases: everything is written once and in order, whatever fails; the API and
//! the report say what the events say; and the audit of a real fund agrees to the unit.

mod answers;
mod chain;
mod faults;
mod following;
mod members;
mod node;
mod postgres;
mod reports;

use {
    bulkhead_client::{program::LOCAL_PROGRAM_ID, Address},
    bulkhead_history::{config::Config, follow::Follower, service},
    node::{log, signature, Node, Transaction},
    postgres::Server,
    std::{
        future::Future,
        io::{BufRead, BufReader},
        process::Child,
        sync::OnceLock,
    },
};

/// The fund of the hand-made histories.
pub const FUND: Address = LOCAL_PROGRAM_ID;
/// Slot and time of the first transaction.
pub const FIRST_SLOT: u64 = 1_000;
pub const FIRST_TIME: i64 = 1_790_000_000;

/// A database for a test; a file is removed with it.
pub struct Database {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

/// The PostgreSQL server that all tests share.
static SERVER: OnceLock<Server> = OnceLock::new();

/// One of each kind.
pub fn databases() -> [Database; 2] {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("history.db").display());
    [
        Database { url, _folder: Some(folder) },
        Database { url: SERVER.get_or_init(Server::start).database(), _folder: None },
    ]
}

/// Runs a test on both databases.
pub fn on_both<F: Future<Output = ()>>(test: impl Fn(Database) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for database in databases() {
        println!("on {}", database.url.split(':').next().unwrap_or_default());
        runtime.block_on(test(database));
    }
}

/// A ledger of the hand-made fund at a node.
pub async fn open(node: &Node, database: &Database) -> Follower {
    let mut config = Config::of(&node.url, "", &FUND.to_string(), &database.url);
    config.following.batch = 7;
    config.following.page = 10;
    service::open(&config).await.unwrap_or_else(|error| panic!("{error:#}"))
}

/// A transaction that creates the fund, then one that brings the treasury a unit each.
pub fn history(length: u64) -> Vec<Transaction> {
    (0..length).map(transaction).collect()
}

/// The n-th transaction of [`history`].
pub fn transaction(number: u64) -> Transaction {
    use bulkhead::events::{FundCreated, TreasuryMoved};
    let none = Address::default();
    let logs = match number {
        0 => log(&FundCreated { fund: FUND, mint: none, creator: none, authority: none, id: 0 }),
        _ => log(&TreasuryMoved { fund: FUND, amount: 1, treasury: number, released: 0 }),
    };
    Transaction {
        signature: signature(number),
        slot: FIRST_SLOT + number / 2, // two in each slot
        time: FIRST_TIME + 20 * number as i64,
        logs,
        has_failed: false,
        is_final: true,
    }
}

/// The signatures in the ledger, in its order; panics if numbers are not consecutive.
pub async fn written(follower: &Follower) -> Vec<String> {
    let filter = bulkhead_history::store::Filter { limit: i64::MAX, ..Default::default() };
    let events = follower.store.events(&filter).await.unwrap();
    let numbers: Vec<i64> = events.iter().map(|event| event.transaction.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "each has one event here");
    events.into_iter().map(|event| event.transaction.signature).collect()
}

/// The lines of a child's standard error, as they come.
pub fn lines(child: &mut Child) -> impl Iterator<Item = String> {
    BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok)
}
