//! The place of a deployment: the cluster, the keys that can sign here, the wanted state, and the
//! fund's addresses.

use {
    crate::{
        cluster::Cluster,
        profile::{address, Network, Party, Profile},
    },
    anyhow::{ensure, Context, Result},
    bulkhead_client::{
        account::decode,
        claims::cover_program_id,
        instruction::FundKeys,
        program_id,
        state::{Fund, Mandate, Market},
        Address, Instruction,
    },
    bulkhead_inspect::{migration::Parameters, settings::read_key},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::path::{Path, PathBuf},
};

/// The seed that, with the payer, gives the address of a created mint.
pub const MINT_SEED: &str = "bulkhead-mint";

/// Genesis hashes of the public clusters, by name.
const PUBLIC: [(&str, &str); 3] = [
    ("mainnet", "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"),
    ("devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
    ("testnet", "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"),
];

/// A built program, and what its deployment needs.
pub struct Build {
    /// The address that it is built for.
    pub address: Address,
    /// Its section of the profile.
    pub section: &'static str,
    /// Its bytes; none if programs are skipped.
    pub bytes: Vec<u8>,
    /// The hash that its release has named.
    pub sha256: Option<String>,
    /// Its own key, if it is here.
    pub key: Option<Keypair>,
    /// Room for later builds, in bytes.
    pub max_bytes: usize,
}

/// A deployment.
pub struct Site {
    pub cluster: Cluster,
    pub profile: Profile,
    /// Parameters of fund and markets.
    pub parameters: Parameters,
    /// The fund's program.
    pub program: Build,
    /// The program of claims, if the profile wants it.
    pub claims: Option<Build>,
    /// Whether the programs stay as they are, whatever they are.
    pub skip_program: bool,
    /// The keys that can sign here; the first pays.
    keys: Vec<Keypair>,
    /// The key that upgrades the programs.
    pub upgrade_authority: Address,
    /// The key that governs the fund.
    pub authority: Address,
    /// The key that can make it safer.
    pub guardian: Address,
    /// The key that creates the fund.
    pub creator: Address,
    /// The fund and its money.
    pub fund: FundKeys,
}

/// The sources of a [`Site`].
pub struct Plan {
    pub profile: Profile,
    /// URL of the cluster.
    pub url: String,
    /// Key file that pays.
    pub payer: PathBuf,
    /// Parameters of fund and markets.
    pub parameters: Parameters,
    /// The built program's file.
    pub program: PathBuf,
    /// That of the program of claims.
    pub claims: PathBuf,
    /// Whether the programs stay as they are, whatever they are.
    pub skip_program: bool,
}

impl Site {
    /// Reads the keys and connects.
    pub fn open(plan: Plan) -> Result<Self> {
        let Plan { profile, url, payer, parameters, program, claims, skip_program } = plan;
        let mut keys = vec![read_key(&payer).context("the payer")?];
        let mut known = |key: &str, party: &Party| -> Result<Address> {
            match party {
                Party::Address(address) => Ok(*address),
                Party::Key(file) => {
                    keys.push(read_key(file).with_context(|| key.to_owned())?);
                    Ok(keys[keys.len() - 1].pubkey())
                }
                Party::Payer | Party::Unknown => Ok(keys[0].pubkey()),
            }
        };
        let upgrade_authority = known("[program] upgrade_authority", &profile.program.upgrade_authority)?;
        let authority = known("[governance] authority", &profile.governance.authority)?;
        let guardian = known("[governance] guardian", &profile.governance.guardian)?;
        let creator = profile.governance.creator.as_ref();
        let creator = creator.map_or(Ok(authority), |party| known("[governance] creator", party))?;
        let bytes = |file: &Path| if skip_program { Ok(vec![]) } else { built(file) };
        let program = Build {
            address: program_id(),
            section: "[program]",
            bytes: bytes(&program)?,
            sha256: profile.program.sha256.clone(),
            key: own_key("[program] key", profile.program.key.as_deref())?,
            max_bytes: profile.program.max_bytes,
        };
        let claims = match &profile.claims {
            None => None,
            Some(wanted) => Some(Build {
                address: cover_program_id(),
                section: "[claims]",
                bytes: bytes(&claims)?,
                sha256: wanted.sha256.clone(),
                key: own_key("[claims] key", wanted.key.as_deref())?,
                max_bytes: wanted.max_bytes,
            }),
        };
        let (cluster, genesis) = Cluster::connect(&url, profile.priority_micro_lamports)?;
        check_genesis(&genesis, profile.network, &url)?;
        let (mint, token_program) = mint(&cluster, &profile, &keys[0].pubkey())?;
        let fund = FundKeys::new(&creator, mint, token_program, parameters.fund_id);
        Ok(Self {
            cluster,
            profile,
            parameters,
            program,
            claims,
            skip_program,
            keys,
            upgrade_authority,
            authority,
            guardian,
            creator,
            fund,
        })
    }

    /// The key that pays.
    pub fn payer(&self) -> &Keypair {
        &self.keys[0]
    }

    /// The key of an address, if it can sign here.
    pub fn key(&self, address: &Address) -> Option<&Keypair> {
        let builds = [Some(&self.program), self.claims.as_ref()];
        let own = builds.into_iter().flatten().filter_map(|build| build.key.as_ref());
        self.keys.iter().chain(own).find(|key| key.pubkey() == *address)
    }

    /// The keys that these instructions need, the payer's first; `None` if one of them is
    /// elsewhere.
    pub fn signers(&self, instructions: &[Instruction]) -> Option<Vec<&Keypair>> {
        let mut signers = vec![self.payer()];
        for meta in
            instructions.iter().flat_map(|instruction| &instruction.accounts).filter(|meta| meta.is_signer)
        {
            let key = self.key(&meta.pubkey)?;
            if !signers.iter().any(|signer| signer.pubkey() == key.pubkey()) {
                signers.push(key);
            }
        }
        Some(signers)
    }

    /// The keys that must sign these instructions: those that are here, and those that are elsewhere.
    pub fn wanted(&self, instructions: &[Instruction]) -> (Vec<Address>, Vec<Address>) {
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut keys: Vec<Address> = Vec::new();
        for meta in metas.filter(|meta| meta.is_signer) {
            if !keys.contains(&meta.pubkey) {
                keys.push(meta.pubkey);
            }
        }
        keys.into_iter().partition(|key| self.key(key).is_some())
    }

    /// The key that pays the rent of governance's accounts. A multisig executes its proposals
    /// alone, so it pays itself.
    pub fn rent_payer(&self) -> Address {
        match self.key(&self.authority) {
            Some(_) => self.payer().pubkey(),
            None => self.authority,
        }
    }

    /// Reads the fund, if there is one.
    pub fn fund(&self) -> Result<Option<Fund>> {
        let data = self.cluster.own(&self.fund.fund)?;
        let decoded = data.map(|data| decode(&data).with_context(|| format!("fund {}", self.fund.fund)));
        decoded.transpose()
    }

    /// Reads a market, if there is one.
    pub fn market(&self, index: u16) -> Result<Option<Market>> {
        let data = self.cluster.own(&self.fund.market(index))?;
        data.map(|data| decode(&data).with_context(|| format!("market {index}"))).transpose()
    }

    /// The mandate of the `ahead`-th governance instruction from now.
    pub fn mandate(&self, fund: &Fund, ahead: usize) -> Result<Mandate> {
        let last_valid_slot = self.cluster.clock()?.0 + self.profile.governance.valid_slots;
        Ok(Mandate { nonce: fund.governance_nonce + ahead as u64, last_valid_slot })
    }
}

/// Reads a built program.
///
/// # Errors
/// When there is no such file.
pub fn built(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| {
        format!("the program is not built: run `cargo xtask build` (looked for {})", file.display())
    })
}

/// Reads a program's own key, if the profile names it.
fn own_key(name: &str, file: Option<&Path>) -> Result<Option<Keypair>> {
    file.map(|file| read_key(file).with_context(|| name.to_owned())).transpose()
}

/// A profile is for one kind of cluster. An unknown cluster belongs to one person: a place to
/// rehearse.
fn check_genesis(genesis: &str, network: Network, url: &str) -> Result<()> {
    let public = PUBLIC.iter().find(|(_, hash)| *hash == genesis).map(|(name, _)| *name);
    ensure!(
        public.is_none_or(|name| name == network.name()),
        "{url} is {}, the profile is for {}: choose the other profile or another --url",
        public.unwrap_or_default(),
        network.name()
    );
    Ok(())
}

/// The settlement mint and its program: one that exists, or the one that the payer will make.
fn mint(cluster: &Cluster, profile: &Profile, payer: &Address) -> Result<(Address, Address)> {
    let token = spl_token_interface::id();
    let Some(text) = &profile.mint.address else {
        return Ok((Address::create_with_seed(payer, MINT_SEED, &token)?, token));
    };
    let mint = address("[mint] address", text)?;
    let account = cluster.account(&mint)?;
    let account = account.with_context(|| {
        format!(
            "[mint] address: {mint} does not exist on {}: is it the mint of another cluster?",
            cluster.url
        )
    })?;
    Ok((mint, account.owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_does_not_meet_another_public_cluster() {
        let check = |index: usize, network| check_genesis(PUBLIC[index].1, network, "u");
        assert!(check(0, Network::Mainnet).is_ok() && check(1, Network::Devnet).is_ok());
        for (index, network) in [(0, Network::Localnet), (0, Network::Devnet), (2, Network::Mainnet)] {
            assert!(check(index, network).is_err(), "{index} {network:?}");
        }
        assert!(check_genesis("another", Network::Mainnet, "u").is_ok());
    }
}
