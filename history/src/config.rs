//! The configuration file. `history.example.toml` explains every key.

use {
    anyhow::{ensure, Context, Result},
    bulkhead_keeper::config::Log,
    serde::{Deserialize, Serialize},
    std::{fs, path::Path},
};

/// The configuration of one ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cluster it connects to.
    pub cluster: Cluster,
    /// The fund it follows.
    pub fund: Fund,
    /// The place of its tables.
    #[serde(default)]
    pub database: Database,
    /// The way it follows the fund.
    #[serde(default)]
    pub following: Following,
    /// The address of its API.
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
        #[allow(missing_docs)] // history.example.toml has them, and a test that it has all of them
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
        genesis_hash: String = String::new(),
        timeout_ms: u64 = 10_000,
    }
);

/// `[fund]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Fund {
    pub address: String,
}

table!(
    /// `[database]`
    Database {
        url: String = "sqlite:history.db".into(),
        most_mib: u64 = 0,
    }
);

table!(
    /// `[following]`
    Following {
        poll_ms: u64 = 2_000,
        page: usize = 1_000,
        parallel: usize = 8,
        batch: usize = 200,
        longest_wait_ms: u64 = 30_000,
        repair_ms: u64 = 600_000,
        sight_ms: u64 = 60_000,
    }
);

table!(
    /// `[server]`
    Server {
        listen: String = "127.0.0.1:9185".into(),
        app: String = String::new(),
        stale_ms: u64 = 30_000,
    }
);

impl Config {
    /// The defaults for a fund on a cluster.
    pub fn of(rpc_url: &str, websocket_url: &str, fund: &str, database_url: &str) -> Self {
        Self {
            cluster: Cluster {
                rpc_url: rpc_url.into(),
                websocket_url: websocket_url.into(),
                ..Cluster::default()
            },
            fund: Fund { address: fund.into() },
            database: Database { url: database_url.into(), ..Database::default() },
            following: Following::default(),
            server: Server { listen: String::new(), ..Server::default() },
            log: Log::default(),
        }
    }

    /// Reads a configuration file. Relative paths in it start from its folder.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| {
            format!("cannot read {}: start from history/history.example.toml", path.display())
        })?;
        let mut config =
            Self::parse(&text).with_context(|| format!("{} is not a configuration", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if let Some(file) = config.database.url.strip_prefix("sqlite:").filter(|file| !file.starts_with(':'))
        {
            config.database.url = format!("sqlite:{}", folder.join(file).display());
        }
        if !config.server.app.is_empty() {
            config.server.app = folder.join(&config.server.app).display().to_string();
        }
        Ok(config)
    }

    /// Reads and checks a text.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        let Following { poll_ms, page, parallel, batch, .. } = config.following;
        ensure!(poll_ms > 0, "following.poll_ms = 0: at least 1");
        ensure!((1..=1_000).contains(&page), "following.page = {page}: 1 to 1000");
        ensure!(parallel > 0, "following.parallel = 0: at least 1");
        ensure!(batch > 0, "following.batch = 0: at least 1");
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../history.example.toml");

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

    #[test]
    fn the_example_names_every_key_with_its_default() {
        let short = Config::parse(EXAMPLE).unwrap();
        let whole: toml::Table = toml::from_str(&whole()).unwrap();
        let all = toml::Table::try_from(&short).unwrap();
        assert_eq!(whole, all, "a key that is commented out has its default");
    }

    #[test]
    fn mistakes_are_named() {
        for (from, to, told) in [
            ("# page = 1000", "page = 1001", "following.page = 1001: 1 to 1000"),
            ("# poll_ms = 2000", "pol_ms = 400", "unknown field `pol_ms`"),
            ("# batch = 200", "batch = 0", "following.batch = 0: at least 1"),
        ] {
            let error = Config::parse(&EXAMPLE.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").contains(told), "{error:#}");
        }
    }
}
