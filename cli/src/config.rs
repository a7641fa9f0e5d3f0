//! The settings of this command line: a file, and the environment.
//!
//! An option goes before the environment, the environment before the file, and the file before
//! Solana's own configuration.

use {
    anyhow::{Context, Result},
    bulkhead_client::Address,
    serde::Deserialize,
    std::{
        env, fs,
        path::{Path, PathBuf},
        str::FromStr,
    },
};

/// The settings, each as it was written.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address of the fund.
    pub fund: Option<String>,
    /// Cluster.
    pub url: Option<String>,
    /// Key file.
    pub keypair: Option<PathBuf>,
    /// Key file that pays fees.
    pub fee_payer: Option<PathBuf>,
    /// Price of a compute unit, or `auto`.
    pub priority_fee: Option<String>,
}

impl Config {
    /// Reads `file`, which must exist, or the usual one, which need not, and then the environment.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let named = file.map(Path::to_owned).or_else(|| env::var_os("BULKHEAD_CONFIG").map(PathBuf::from));
        let path = match (&named, usual()) {
            (Some(path), _) => path.clone(),
            (None, Some(path)) if path.is_file() => path,
            _ => return Ok(Self::default().with_environment(|name| env::var(name).ok())),
        };
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let config = Self::parse(&text).with_context(|| path.display().to_string())?;
        Ok(config.with_environment(|name| env::var(name).ok()))
    }

    fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("it is not a configuration of this command line")
    }

    /// What the environment says instead of the file. An empty variable says nothing.
    fn with_environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        self.fund = set("BULKHEAD_FUND").or(self.fund);
        self.url = set("BULKHEAD_URL").or(self.url);
        self.keypair = set("BULKHEAD_KEYPAIR").map(PathBuf::from).or(self.keypair);
        self
    }

    /// The fund's address.
    pub fn fund(&self) -> Result<Option<Address>> {
        let parsed = self.fund.as_deref().map(|text| {
            Address::from_str(text).ok().with_context(|| {
                format!("`{text}` is not an address: see BULKHEAD_FUND and the configuration")
            })
        });
        parsed.transpose()
    }
}

/// The usual file.
pub fn usual() -> Option<PathBuf> {
    env::var_os("HOME").map(|home| PathBuf::from(home).join(".config/bulkhead/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_file() {
        let file = Config::parse("fund = 'a'\nurl = 'devnet'\nkeypair = 'k.json'\n").unwrap();
        let both = file.clone().with_environment(|name| match name {
            "BULKHEAD_FUND" => Some("b".into()),
            "BULKHEAD_URL" => Some(String::new()),
            _ => None,
        });
        assert_eq!((both.fund.as_deref(), both.url.as_deref()), (Some("b"), Some("devnet")));
        assert_eq!(both.keypair, file.keypair);
    }

    #[test]
    fn a_mistyped_key_is_refused() {
        let error = format!("{:#}", Config::parse("found = 'a'\n").unwrap_err());
        assert!(error.contains("unknown field `found`"), "{error}");
        let error = Config { fund: Some("x".into()), ..Config::default() }.fund().unwrap_err().to_string();
        assert!(error.contains("`x` is not an address"), "{error}");
    }
}
