//! A profile: the file in `migrations/profiles/` that names the cluster of a deployment and its
//! governors.

use {
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::Address,
    serde::Deserialize,
    std::{
        fs,
        path::{Path, PathBuf},
        str::FromStr,
    },
};

/// Slots in which a governance transaction of a key must land.
const KEY_VALID_SLOTS: u64 = 150;

/// The kind of cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// A validator on this machine.
    Localnet,
    /// Public, without value.
    Devnet,
    /// Public, with real money.
    Mainnet,
}

impl Network {
    /// The name in the file, which a person confirms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Localnet => "localnet",
            Self::Devnet => "devnet",
            Self::Mainnet => "mainnet",
        }
    }

    /// Whether others use it too.
    pub fn is_public(self) -> bool {
        self != Self::Localnet
    }
}

/// The profile's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub network: Network,
    /// Moniker or URL.
    pub cluster: String,
    /// Key file that pays.
    pub payer: Option<PathBuf>,
    /// Fee per compute unit, in micro-lamports.
    #[serde(default)]
    pub priority_micro_lamports: u64,
    pub program: Program,
    /// Without it the program of claims is not deployed.
    pub claims: Option<Claims>,
    pub governance: Governance,
    pub mint: Mint,
    pub treasury: Treasury,
}

/// `[program]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The program's own key file, for its first deployment.
    pub key: Option<PathBuf>,
    /// The party that can upgrade it.
    pub upgrade_authority: Party,
    /// Room for later builds, in bytes.
    pub max_bytes: usize,
    /// The hash of the released build.
    pub sha256: Option<String>,
}

/// `[claims]`: the program of claims on covers, which the same party can upgrade
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The program's own key file, for its first deployment.
    pub key: Option<PathBuf>,
    /// Room for later builds, in bytes.
    pub max_bytes: usize,
    /// The hash of the released build.
    pub sha256: Option<String>,
}

/// `[governance]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Governance {
    /// The party that sets parameters.
    pub authority: Party,
    /// The party that can only make the fund safer.
    pub guardian: Party,
    /// The party that creates the fund, which is a part of its address; by default the authority.
    /// After the authority has moved it says which fund is meant.
    pub creator: Option<Party>,
    /// Multisigs whose vaults may be authorities.
    #[serde(default)]
    pub multisigs: Vec<String>,
    /// Programs that multisigs may belong to.
    #[serde(default)]
    pub multisig_programs: Vec<String>,
    /// Slots in which a governance instruction must run.
    #[serde(default = "key_valid_slots")]
    pub valid_slots: u64,
}

/// `[mint]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mint {
    /// A mint that exists.
    pub address: Option<String>,
    /// Or a mint to be made.
    #[serde(default)]
    pub create: bool,
}

/// `[treasury]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treasury {
    /// Least treasury, in whole tokens.
    pub tokens: u64,
}

/// A party that signs, here or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Party {
    /// No party was named.
    Unknown,
    /// The wallet that pays.
    Payer,
    /// A party without a key here.
    Address(Address),
    /// A key file.
    Key(PathBuf),
}

impl From<String> for Party {
    fn from(text: String) -> Self {
        match (text.as_str(), Address::from_str(&text)) {
            ("", _) => Self::Unknown,
            ("payer", _) => Self::Payer,
            (_, Ok(address)) => Self::Address(address),
            _ => Self::Key(text.into()),
        }
    }
}

fn key_valid_slots() -> u64 {
    KEY_VALID_SLOTS
}

impl Profile {
    /// Reads the profile of this name in `folder`, or the file of this name.
    pub fn read(name: &str, folder: &Path) -> Result<Self> {
        let is_file = Path::new(name).extension().is_some_and(|extension| extension == "toml");
        let path = if is_file { PathBuf::from(name) } else { folder.join(name).with_extension("toml") };
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read the profile {}: --profile is localnet, devnet, mainnet, or a .toml file",
                path.display()
            )
        })?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    /// Reads a profile from its text.
    pub fn parse(text: &str) -> Result<Self> {
        let profile: Self = toml::from_str(text)?;
        ensure!(
            profile.mint.create != profile.mint.address.is_some(),
            "[mint] needs either create = true or the address of a mint that exists"
        );
        ensure!(
            !(profile.mint.create && profile.network.is_public()),
            "[mint] create is for localnet only: on {} give the address of the settlement mint",
            profile.network.name()
        );
        ensure!(profile.governance.valid_slots > 0, "[governance] valid_slots must be at least 1");
        for (key, party) in [
            ("[program] upgrade_authority", &profile.program.upgrade_authority),
            ("[governance] authority", &profile.governance.authority),
            ("[governance] guardian", &profile.governance.guardian),
        ] {
            if *party == Party::Unknown {
                bail!("{key} is empty: fill it in");
            }
        }
        Ok(profile)
    }
}

/// Reads the addresses of a list in the profile.
pub fn addresses(key: &str, texts: &[String]) -> Result<Vec<Address>> {
    texts.iter().map(|text| address(key, text)).collect()
}

/// Reads an address in the profile.
pub fn address(key: &str, text: &str) -> Result<Address> {
    Address::from_str(text).map_err(|_| anyhow!("{key}: `{text}` is not an address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCALNET: &str = include_str!("../profiles/localnet.toml");
    const MAINNET: &str = include_str!("../profiles/mainnet.toml");

    fn refused(text: &str, from: &str, to: &str) -> String {
        assert!(text.contains(from), "{from}");
        format!("{:#}", Profile::parse(&text.replace(from, to)).unwrap_err())
    }

    #[test]
    fn the_local_profile_is_complete_and_the_public_ones_want_an_authority() {
        let profile = Profile::parse(LOCALNET).unwrap();
        assert_eq!((profile.network, &profile.governance.authority), (Network::Localnet, &Party::Payer));
        for text in [MAINNET, include_str!("../profiles/devnet.toml")] {
            let error = format!("{:#}", Profile::parse(text).unwrap_err());
            assert!(error.contains("upgrade_authority is empty"), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refused(LOCALNET, "max_bytes", "max_byte").contains("max_byte"));
        assert!(refused(LOCALNET, "max_bytes = 900_000", "max_bytes = \"much\"").contains("max_bytes"));
        assert!(refused(LOCALNET, "guardian = \"payer\"", "").contains("guardian"));
        assert!(refused(LOCALNET, "create = true", "").contains("[mint] needs"));
        assert!(refused(LOCALNET, "\"localnet\"", "\"testnet\"").contains("testnet"));
        assert!(refused(LOCALNET, "network = \"localnet\"", "network = \"mainnet\"")
            .contains("create is for localnet"));
    }

    #[test]
    fn a_party_is_a_role_a_key_file_or_an_address() {
        assert_eq!(Party::from("payer".to_owned()), Party::Payer);
        assert_eq!(Party::from("keys/a.json".to_owned()), Party::Key("keys/a.json".into()));
        let address = Address::new_from_array([7; 32]);
        assert_eq!(Party::from(address.to_string()), Party::Address(address));
    }
}
