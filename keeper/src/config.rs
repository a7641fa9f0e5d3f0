//! The configuration file. `keeper.example.toml` explains every key.

use {
    crate::bulk,
    anyhow::{ensure, Context, Result},
    serde::{Deserialize, Serialize},
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    },
};

/// The configuration of one keeper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cluster it connects to.
    pub cluster: Cluster,
    /// The fund it follows.
    pub fund: Fund,
    /// The keys it signs with.
    pub keys: Keys,
    /// The risk it takes and the work it does.
    #[serde(default)]
    pub policy: Policy,
    /// The fees it pays.
    #[serde(default)]
    pub fees: Fees,
    /// The way it sends transactions.
    #[serde(default)]
    pub sending: Sending,
    /// The way it follows the fund.
    #[serde(default)]
    pub watching: Watching,
    /// The policies it serves.
    #[serde(default)]
    pub policies: Policies,
    /// The prices it posts itself.
    #[serde(default)]
    pub prices: Prices,
    /// The address of its metrics.
    #[serde(default)]
    pub server: Server,
    /// The form of its logs.
    #[serde(default)]
    pub log: Log,
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $type:ty = $value:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[allow(missing_docs)] // keeper.example.toml has them, and a test that it has all of them
        pub struct $name { $(pub $key: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $value,)* }
            }
        }
    };
}

table!(
    /// `[cluster]`
    Cluster {
        rpc_url: String = "http://127.0.0.1:8899".into(),
        websocket_url: String = "ws://127.0.0.1:8900".into(),
        grpc_url: String = String::new(),
        grpc_token_variable: String = String::new(),
        genesis_hash: String = String::new(),
        commitment: Commitment = Commitment::Confirmed,
        timeout_ms: u64 = 10_000,
        load_timeout_ms: u64 = bulk::TIMEOUT.as_millis() as u64,
        accounts_per_page: usize = bulk::MOST_IN_PAGE,
    }
);

/// `[fund]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Fund {
    pub address: String,
    #[serde(default)]
    pub oracles: BTreeMap<String, String>,
}

/// `[keys]`
#[derive(Default, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Keys {
    pub payer: PathBuf,
    #[serde(default)]
    pub members: Vec<PathBuf>,
    #[serde(default)]
    pub accounts: BTreeMap<String, String>,
    #[serde(default)]
    pub bounty: String,
}

table!(
    /// `[policy]`
    Policy {
        stress_bps: u64 = 12_500,
        min_discount_bps: u16 = 100,
        settle_bps: u16 = 100,
        least_premium: u64 = 1_000_000,
        least_notional: u64 = 10_000_000,
        crank_after_slots: u64 = 150,
    }
);

table!(
    /// `[fees]`
    Fees {
        policy: FeePolicy = FeePolicy::Percentile,
        micro_lamports: u64 = 1_000,
        percentile: u8 = 75,
        cap: u64 = 1_000_000,
        unit_margin_percent: u32 = 20,
        least_lamports: u64 = 10_000_000,
        errand_lamports_per_hour: u64 = 20_000_000,
    }
);

table!(
    /// `[sending]`
    Sending {
        most_in_flight: usize = 64,
        resend_ms: u64 = 2_000,
        longest_wait_slots: u64 = 32,
        max_attempts: u32 = 8,
        pause_slots: u64 = 150,
    }
);

table!(
    /// `[watching]`
    Watching {
        poll_ms: u64 = 400,
        reload_ms: u64 = 5_000,
        refresh_ms: u64 = 600_000,
        longest_reconnect_ms: u64 = 8_000,
        members_per_step: usize = 5_000,
    }
);

table!(
    /// `[policies]`
    Policies {
        serve: bool = true,
        poll_secs: u64 = 60,
        least_note_secs: u32 = 30,
    }
);

table!(
    /// `[prices]`
    Prices {
        hermes_url: String = String::new(),
        api_key_variable: String = "PYTH_API_KEY".into(),
        receiver: Receiver = Receiver::Core,
        shard: u16 = 0,
        older_than_secs: u32 = 20,
        stream: bool = true,
        poll_ms: u64 = 1_000,
        timeout_ms: u64 = 5_000,
        longest_retry_ms: u64 = 30_000,
        pro_urls: Vec<String> = Vec::new(),
        pro_token_variable: String = "PYTH_API_KEY".into(),
        pro_most_fee_lamports: u64 = 10_000,
    }
);

table!(
    /// `[server]`
    Server {
        listen: String = "127.0.0.1:9184".into(),
        stale_ms: u64 = 10_000,
    }
);

table!(
    /// `[log]`
    Log {
        format: LogFormat = LogFormat::Text,
        level: String = "info".into(),
    }
);

/// The commitment level of everything that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commitment {
    /// The node has processed the block.
    Processed,
    /// A supermajority has voted for the block.
    Confirmed,
    /// The block cannot be undone.
    Finalized,
}

/// The deployment of Pyth's receiver that prices are posted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receiver {
    /// The first one.
    Core,
    /// The second one.
    Compatible,
}

impl Receiver {
    /// The deployment with its addresses.
    pub fn deployment(self) -> bulkhead_pyth::Receiver {
        match self {
            Self::Core => bulkhead_pyth::Receiver::Core,
            Self::Compatible => bulkhead_pyth::Receiver::Compatible,
        }
    }
}

/// The rule for the priority fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeePolicy {
    /// Always the configured fee.
    Fixed,
    /// A percentile of the fees that others paid recently.
    Percentile,
}

/// The form of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON document a line.
    Json,
}

impl Config {
    /// The defaults for a fund on a cluster: no key files and no server.
    pub fn of(rpc_url: &str, websocket_url: &str, fund: &str) -> Self {
        Self {
            cluster: Cluster {
                rpc_url: rpc_url.into(),
                websocket_url: websocket_url.into(),
                ..Cluster::default()
            },
            fund: Fund { address: fund.into(), oracles: BTreeMap::new() },
            keys: Keys::default(),
            policy: Policy::default(),
            fees: Fees::default(),
            sending: Sending::default(),
            watching: Watching::default(),
            policies: Policies::default(),
            prices: Prices::default(),
            server: Server { listen: String::new(), ..Server::default() },
            log: Log::default(),
        }
    }

    /// Reads a configuration file. Relative paths in it start from its folder.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| {
            format!("cannot read {}: start from keeper/keeper.example.toml", path.display())
        })?;
        let mut config =
            Self::parse(&text).with_context(|| format!("{} is not a configuration", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.keys.payer = folder.join(&config.keys.payer);
        config.keys.members = config.keys.members.iter().map(|file| folder.join(file)).collect();
        Ok(config)
    }

    /// Reads and checks a text.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        let Fees { cap, micro_lamports, .. } = config.fees;
        ensure!(cap >= micro_lamports, "fees.cap = {cap}: less than micro_lamports, {micro_lamports}");
        let websocket = &config.cluster.websocket_url;
        ensure!(
            websocket.is_empty() || ["ws://", "wss://"].iter().any(|scheme| websocket.starts_with(scheme)),
            "cluster.websocket_url = {websocket:?}: it begins with ws:// or wss://, or is empty"
        );
        let grpc = &config.cluster.grpc_url;
        ensure!(
            grpc.is_empty() || ["http://", "https://"].iter().any(|scheme| grpc.starts_with(scheme)),
            "cluster.grpc_url = {grpc:?}: it begins with http:// or https://, or is empty"
        );
        for (name, value, least, most) in config.numbers() {
            let bounds = match (least, most) {
                (least, u64::MAX) => format!("at least {least}"),
                (least, most) => format!("{least} to {most}"),
            };
            ensure!((least..=most).contains(&value), "{name} = {value}: {bounds}");
        }
        Ok(config)
    }

    /// Every number with its name, its least and its most.
    fn numbers(&self) -> [(&'static str, u64, u64, u64); 34] {
        const HOUR_MS: u64 = 3_600_000;
        const DAY_SLOTS: u64 = 216_000;
        let Self { cluster, policy, fees, sending, watching, policies, prices, server, .. } = self;
        [
            ("cluster.timeout_ms", cluster.timeout_ms, 100, HOUR_MS),
            ("cluster.load_timeout_ms", cluster.load_timeout_ms, 100, HOUR_MS),
            ("cluster.accounts_per_page", cluster.accounts_per_page as u64, 1, bulk::MOST_IN_PAGE as u64),
            ("policy.stress_bps", policy.stress_bps, 10_000, 100_000),
            ("policy.min_discount_bps", policy.min_discount_bps.into(), 0, 10_000),
            ("policy.settle_bps", policy.settle_bps.into(), 0, 10_000),
            ("policy.least_premium", policy.least_premium, 0, u64::MAX),
            ("policy.least_notional", policy.least_notional, 0, u64::MAX),
            ("policy.crank_after_slots", policy.crank_after_slots, 0, DAY_SLOTS),
            ("fees.micro_lamports", fees.micro_lamports, 0, 1_000_000_000),
            ("fees.percentile", fees.percentile.into(), 0, 100),
            ("fees.cap", fees.cap, 0, 1_000_000_000),
            ("fees.unit_margin_percent", fees.unit_margin_percent.into(), 0, 1_000),
            ("fees.least_lamports", fees.least_lamports, 0, u64::MAX),
            ("fees.errand_lamports_per_hour", fees.errand_lamports_per_hour, 0, u64::MAX),
            ("sending.most_in_flight", sending.most_in_flight as u64, 1, 10_000),
            ("sending.resend_ms", sending.resend_ms, 50, HOUR_MS),
            ("sending.longest_wait_slots", sending.longest_wait_slots, 1, DAY_SLOTS),
            ("sending.max_attempts", sending.max_attempts.into(), 1, 1_000),
            ("sending.pause_slots", sending.pause_slots, 0, DAY_SLOTS),
            ("watching.poll_ms", watching.poll_ms, 1, HOUR_MS),
            ("watching.reload_ms", watching.reload_ms, 1, 24 * HOUR_MS),
            ("watching.refresh_ms", watching.refresh_ms, 1, 24 * HOUR_MS),
            ("watching.longest_reconnect_ms", watching.longest_reconnect_ms, 1, HOUR_MS),
            ("watching.members_per_step", watching.members_per_step as u64, 1, 1_000_000),
            ("policies.poll_secs", policies.poll_secs, 1, 3_600),
            ("policies.least_note_secs", policies.least_note_secs.into(), 1, 1_800),
            ("prices.shard", prices.shard.into(), 0, u16::MAX.into()),
            ("prices.older_than_secs", prices.older_than_secs.into(), 0, 86_400),
            ("prices.poll_ms", prices.poll_ms, 50, HOUR_MS),
            ("prices.timeout_ms", prices.timeout_ms, 100, HOUR_MS),
            ("prices.longest_retry_ms", prices.longest_retry_ms, 250, HOUR_MS),
            ("prices.pro_most_fee_lamports", prices.pro_most_fee_lamports, 0, 1_000_000_000),
            ("server.stale_ms", server.stale_ms, 1, HOUR_MS),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../keeper.example.toml");

    /// Returns the example with every commented-out key switched on.
    fn whole() -> String {
        let is_key = |rest: &str| {
            rest.split_once(" = ")
                .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        };
        let line = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if is_key(rest) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        };
        EXAMPLE.lines().map(line).collect()
    }

    fn keys(config: &Config) -> Vec<(String, Vec<String>)> {
        let table = toml::Table::try_from(config).unwrap();
        let keys = |value: &toml::Value| value.as_table().unwrap().keys().cloned().collect();
        table.iter().map(|(name, value)| (name.clone(), keys(value))).collect()
    }

    #[test]
    fn the_example_names_every_key_with_its_default() {
        let short = Config::parse(EXAMPLE).unwrap();
        let whole: toml::Table = toml::from_str(&whole()).unwrap();
        let named: Vec<(String, Vec<String>)> = whole
            .iter()
            .map(|(name, value)| (name.clone(), value.as_table().unwrap().keys().cloned().collect()))
            .collect();
        assert_eq!(named, keys(&short));
        let config: Config = whole.try_into().unwrap();
        assert_eq!(config, short, "a key that is commented out has its default");
    }

    /// A number without bounds is one that a mistyped zero makes dangerous.
    #[test]
    fn every_number_has_bounds() {
        let config = Config::parse(EXAMPLE).unwrap();
        let bounded: Vec<&str> = config.numbers().iter().map(|(name, ..)| *name).collect();
        for (table, entries) in toml::Table::try_from(&config).unwrap() {
            for (key, value) in entries.as_table().unwrap() {
                let name = format!("{table}.{key}");
                assert_eq!(value.is_integer(), bounded.contains(&name.as_str()), "{name}");
            }
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (from, to, told) in [
            ("# percentile = 75", "percentile = 101", "fees.percentile = 101: 0 to 100"),
            ("# cap = 1000000", "cap = 1", "fees.cap = 1: less than micro_lamports"),
            ("\"ws://", "\"http://", "it begins with ws:// or wss://, or is empty"),
            ("# grpc_url = \"\"", "grpc_url = \"node\"", "it begins with http:// or https://, or is empty"),
            ("# poll_ms = 400", "pol_ms = 400", "unknown field `pol_ms`"),
            ("# poll_ms = 400", "poll_ms = 0", "watching.poll_ms = 0: 1 to 3600000"),
            ("# stress_bps = 12500", "stress_bps = 5", "policy.stress_bps = 5: 10000 to 100000"),
            ("# receiver = \"core\"", "receiver = \"other\"", "unknown variant `other`"),
            ("# commitment = \"confirmed\"", "commitment = \"sure\"", "unknown variant `sure`"),
        ] {
            let error = Config::parse(&EXAMPLE.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").contains(told), "{error:#}");
        }
    }
}
