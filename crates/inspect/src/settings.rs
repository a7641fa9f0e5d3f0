//! The user's Solana configuration: configuration file, cluster monikers, key files.

use {
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::Address,
    solana_keypair::{read_keypair_file, Keypair},
    std::{
        env, fs,
        path::{Path, PathBuf},
        str::FromStr,
    },
};

const LOCALHOST: &str = "http://127.0.0.1:8899";

/// The configuration file of Solana's command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `json_rpc_url`.
    pub url: Option<String>,
    /// `keypair_path`.
    pub keypair: Option<PathBuf>,
}

impl Settings {
    /// Reads `file`, which must exist, or the usual one, which need not.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let path = match file {
            Some(path) => path.to_owned(),
            None => match home() {
                Some(home) => home.join(".config/solana/cli/config.yml"),
                None => return Ok(Self::default()),
            },
        };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(_) if file.is_none() => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Parses a flat list of `key: value`; only two keys matter here.
    fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
            let value = line.trim().trim_matches(['"', '\'']);
            (!value.is_empty()).then(|| value.to_owned())
        };
        Self { url: value("json_rpc_url"), keypair: value("keypair_path").map(PathBuf::from) }
    }
}

/// Returns the URL of a cluster given by moniker (or its first letter) or by URL.
pub fn cluster_url(text: &str) -> Result<String> {
    Ok(match text {
        "localhost" | "localnet" | "l" => LOCALHOST.into(),
        "devnet" | "d" => "https://api.devnet.solana.com".into(),
        "testnet" | "t" => "https://api.testnet.solana.com".into(),
        "mainnet-beta" | "mainnet" | "m" => "https://api.mainnet-beta.solana.com".into(),
        url if url.starts_with("http://") || url.starts_with("https://") => url.into(),
        other => bail!(
            "`{other}` is no cluster: localhost, devnet, testnet, mainnet-beta, or a URL such as {LOCALHOST}"
        ),
    })
}

/// Chooses the URL to connect to: the option's, else the configuration's, else that of a local
/// validator.
pub fn chosen_url(option: Option<&str>, settings: &Settings) -> Result<String> {
    cluster_url(option.or(settings.url.as_deref()).unwrap_or(LOCALHOST))
}

/// Chooses the key file to sign with: the option's, else the configuration's, else the usual one.
pub fn chosen_keypair(option: Option<&Path>, settings: &Settings) -> Result<PathBuf> {
    let usual = || home().map(|home| home.join(".config/solana/id.json"));
    let path = option.map(Path::to_owned).or_else(|| settings.keypair.clone()).or_else(usual);
    path.context("no key: give --keypair FILE")
}

/// Reads a key file.
pub fn read_key(path: &Path) -> Result<Keypair> {
    ensure!(
        !path.starts_with("usb:"),
        "{} is a hardware wallet, which only `bulkhead` can ask: give a key file",
        path.display()
    );
    let path = expanded(path);
    ensure!(
        path.exists(),
        "there is no key file {}: give --keypair FILE, or make one with solana-keygen",
        path.display()
    );
    ensure!(path.is_file(), "{} is no file: give --keypair FILE", path.display());
    read_keypair_file(&path)
        .map_err(|error| anyhow!("{} is not a key file as Solana's tools write it: {error}", path.display()))
}

/// Parses an address, for clap.
pub fn parse_address(text: &str) -> Result<Address> {
    Address::from_str(text).map_err(|_| anyhow!("`{text}` is not an address"))
}

/// Expands `~`, which is for shells, but people write it into files too.
fn expanded(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_of_solanas_tools_is_read() {
        let text = "---\n\
            json_rpc_url: \"https://rpc.example\"\n\
            websocket_url: ''\n\
            keypair_path: /keys/id.json\n\
            address_labels:\n\x20 1111: System\n\
            commitment: confirmed\n";
        let settings = Settings::parse(text);
        assert_eq!(settings.url.as_deref(), Some("https://rpc.example"));
        assert_eq!(settings.keypair, Some("/keys/id.json".into()));
        assert_eq!(Settings::parse("json_rpc_url: ''\n"), Settings::default());
    }

    #[test]
    fn the_option_goes_before_the_configuration() {
        let settings = Settings { url: Some("devnet".into()), keypair: Some("a.json".into()) };
        assert_eq!(chosen_url(Some("https://x"), &settings).unwrap(), "https://x");
        assert_eq!(chosen_url(None, &settings).unwrap(), "https://api.devnet.solana.com");
        assert_eq!(chosen_url(None, &Settings::default()).unwrap(), LOCALHOST);
        assert_eq!(chosen_keypair(None, &settings).unwrap(), PathBuf::from("a.json"));
    }

    #[test]
    fn monikers_and_urls_are_clusters_and_nothing_else_is() {
        assert_eq!(cluster_url("l").unwrap(), LOCALHOST);
        assert_eq!(cluster_url("mainnet-beta").unwrap(), "https://api.mainnet-beta.solana.com");
        assert!(cluster_url("ftp://x").unwrap_err().to_string().contains("is no cluster"));
    }

    #[test]
    fn a_missing_key_file_is_named() {
        let error = read_key(Path::new("no/such.json")).unwrap_err().to_string();
        assert!(error.contains("no key file no/such.json"), "{error}");
        let error = read_key(Path::new("usb://ledger?key=0")).unwrap_err().to_string();
        assert!(error.contains("is a hardware wallet"), "{error}");
    }
}
