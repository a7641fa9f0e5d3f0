//! The real accounts of `../shared/data/oracle`; their index says what is in them.

use {
    crate::accounts::*,
    bulkhead::{
        error::BulkheadError::{self, *},
        oracle::{self, Print, RawPrice},
        state::{OracleConfig, Silence},
    },
    bulkhead_client::Address,
    std::{collections::BTreeMap, fs, path::PathBuf},
};

/// Accounts the folder held when these tests were written.
const KNOWN: usize = 30;

/// One entry of the index.
pub struct Dump {
    pub file: String,
    pub data: Vec<u8>,
    pub config: OracleConfig,
    /// The program that owned it, where that is known.
    pub owner: Option<Address>,
    pub price: RawPrice,
    /// When the price before was published, where the account says it.
    pub before: Option<i64>,
    /// Why it is refused when read as it is, if it is.
    pub refusal: Option<BulkheadError>,
}

/// Every real account; those that are not there are counted and printed.
pub fn dumps() -> Vec<Dump> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/oracle");
    let Ok(index) = fs::read_to_string(folder.join("index.json")) else {
        println!("skipped {KNOWN} real oracle accounts: no ../shared/data/oracle");
        return Vec::new();
    };
    let index: Vec<serde_json::Value> = serde_json::from_str(&index).expect("index.json");
    let known = index.len();
    let found: Vec<Dump> = index
        .iter()
        .filter_map(|entry| Some(dump(entry, fs::read(folder.join(text(entry, "file"))).ok()?)))
        .collect();
    println!("{} real oracle accounts, {} skipped", found.len(), known - found.len());
    found
}

fn dump(entry: &serde_json::Value, data: Vec<u8>) -> Dump {
    let pull = text(entry, "type") == "PriceUpdateV2";
    assert_eq!(data.len() as i64, number(entry, "len"), "{}", text(entry, "file"));
    let price = RawPrice {
        price: number(entry, "price"),
        confidence: number(entry, "conf") as u64,
        exponent: number(entry, "exponent") as i32,
        publish_ts: number(entry, if pull { "publish_time" } else { "timestamp" }),
        is_trading: pull || entry["status"].as_str() == Some("Trading"),
    };
    let refusal = match (pull, entry["verification_level"].as_str()) {
        (true, Some("Full")) => None,
        (true, ..) => Some(OracleNotVerified),
        (false, ..) if data.len() < 3_312 => Some(OracleMalformed),
        (false, ..) => None,
    };
    let config = if pull {
        OracleConfig { feed_id: feed_id(entry), ..pull_config() }
    } else {
        push_config(Address::new_unique())
    };
    let config = OracleConfig { feed_decimals: price.exponent.unsigned_abs() as u8, ..config };
    let owner = text(entry, "owner").split(' ').next().and_then(|owner| owner.parse().ok());
    let before = pull.then(|| number(entry, "prev_publish_time"));
    Dump { file: text(entry, "file").into(), data, config, owner, price, before, refusal }
}

fn text<'a>(entry: &'a serde_json::Value, key: &str) -> &'a str {
    entry[key].as_str().unwrap_or_else(|| panic!("{key} of {entry}"))
}

fn number(entry: &serde_json::Value, key: &str) -> i64 {
    entry[key].as_i64().unwrap_or_else(|| panic!("{key} of {entry}"))
}

fn feed_id(entry: &serde_json::Value) -> [u8; 32] {
    let hex = text(entry, "feed_id");
    std::array::from_fn(|byte| u8::from_str_radix(&hex[2 * byte..2 * byte + 2], 16).expect("hex"))
}

impl Dump {
    pub fn decimals(&self) -> u8 {
        self.price.exponent.unsigned_abs() as u8
    }

    fn read(&self, decimals: u8, now: i64) -> Result<Print, BulkheadError> {
        read(&self.config, &self.data, decimals, now)
    }

    /// What is expected of it within its time: its refusal, or its price, which may silence the market.
    pub fn expected(&self) -> Result<Print, BulkheadError> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let bps = self.price.confidence as f64 * 10_000.0 / self.price.price as f64;
        let silence = match self.price.is_trading {
            _ if self.price.price <= 0 => Silence::Price,
            false => Silence::NotTrading,
            true if bps > f64::from(MAX_CONFIDENCE_BPS) => Silence::Uncertain,
            true => Silence::None,
        };
        Ok(taken(&self.price, silence))
    }

    /// Whether its price becomes the mark.
    pub fn is_sound(&self) -> bool {
        self.expected().is_ok_and(|print| print.silence == Silence::None)
    }
}

#[test]
fn every_real_account_reads_as_its_index_says() {
    let mut seen = BTreeMap::<String, usize>::new();
    for dump in dumps() {
        let file = &dump.file;
        assert_eq!(parsed(&dump.config, &dump.data), dump.refusal.map_or(Ok(dump.price), Err), "{file}");
        if dump.refusal.is_none() {
            let before = oracle::previous_publish_ts(&dump.config, &dump.data);
            assert_eq!(before.ok(), Some(dump.before), "{file}");
        }
        let within = dump.price.publish_ts + i64::from(MAX_AGE) / 2;
        assert_eq!(dump.read(dump.decimals(), within), dump.expected(), "{file}");
        let outcome =
            dump.expected().map_or_else(|error| format!("{error:?}"), |print| format!("{:?}", print.silence));
        *seen.entry(outcome).or_default() += 1;
    }
    println!("{seen:?}");
    if seen.values().sum::<usize>() >= KNOWN {
        for outcome in ["None", "OracleNotVerified", "NotTrading", "OracleMalformed", "Uncertain"] {
            assert!(seen.contains_key(outcome), "no real account is {outcome}");
        }
    }
}

/// Good bytes of a good account, asked at another time, of another feed, for another market.
#[test]
fn every_real_account_is_refused_out_of_its_place() {
    for dump in dumps().iter().filter(|dump| dump.is_sound()) {
        let (file, decimals, published) = (&dump.file, dump.decimals(), dump.price.publish_ts);
        assert_eq!(dump.read(decimals, published + i64::from(MAX_AGE) + 1), Err(OracleTooOld), "{file}");
        assert_eq!(
            dump.read(decimals, published - i64::from(MAX_AHEAD) - 1),
            Err(OracleFromFuture),
            "{file}"
        );
        let silenced = |silence| Ok(taken(&dump.price, silence));
        for feed_decimals in [decimals - 1, decimals + 1] {
            let other = OracleConfig { feed_decimals, ..dump.config };
            let print = read(&other, &dump.data, decimals, published);
            assert_eq!(print, silenced(Silence::Exponent), "{file}");
        }
        // A market with more decimals has the same price, exactly.
        let finer =
            RawPrice { price: dump.price.price * 10, confidence: dump.price.confidence * 10, ..dump.price };
        assert_eq!(dump.read(decimals + 1, published), Ok(taken(&finer, Silence::None)), "{file}");
        let strict = OracleConfig { max_confidence_bps: 0, ..dump.config };
        assert_eq!(read(&strict, &dump.data, decimals, published), silenced(Silence::Uncertain), "{file}");
        if dump.config.kind == pull_config().kind {
            let other = OracleConfig { feed_id: [7; 32], ..dump.config };
            assert_eq!(parsed(&other, &dump.data), Err(OracleWrongFeed), "{file}");
        }
    }
}

/// An equity feed while its market was closed: fully verified, plausible, and 78 days old.
#[test]
fn a_feed_that_stopped_is_too_old() {
    const READ_ON_2026_09_18: i64 = 1_789_700_000;
    let stopped = dumps().into_iter().find(|dump| dump.file == "fs68304514654_aapl_devnet.bin");
    let Some(stopped) = stopped else { return };
    assert_eq!(stopped.read(5, READ_ON_2026_09_18), Err(OracleTooOld));
    // Not even the oldest age a market may accept lets it in.
    let lenient = OracleConfig { max_age_secs: bulkhead::constants::MAX_ORACLE_AGE_SECS, ..stopped.config };
    assert_eq!(read(&lenient, &stopped.data, 5, READ_ON_2026_09_18), Err(OracleTooOld));
}
