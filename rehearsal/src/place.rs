//! What devnet has before a team comes: a cluster, Circle's mint with its faucet, Pyth. And a folder for
//! what the team makes.

use {
    crate::pyth,
    anyhow::{Context, Result},
    bulkhead_client::Address,
    bulkhead_inspect::migration::Parameters,
    bulkhead_localnet::{doors::Doors, stop::Stop, validator::Validator},
    bulkhead_migrate::cluster::Cluster,
    bulkhead_squads::{program_config, ProgramConfig, PROGRAM},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{
        env, fs,
        io::Write,
        os::unix::fs::{DirBuilderExt, OpenOptionsExt},
        path::{Path, PathBuf},
        str::FromStr,
    },
};

/// Circle's USDC on devnet, as the profile names it.
const MINT: &str = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU";
const TOKEN: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

/// The file of Squads' program.
const SQUADS: &str = "squads_program.so";
/// What Squads' treasury holds, so that it exists.
const TREASURY_LAMPORTS: u64 = 1_000_000_000;

/// A fresh cluster, and a folder.
pub struct Place {
    pub validator: Validator,
    pub cluster: Cluster,
    pub doors: Doors,
    /// The genesis hash, which the app is told.
    pub genesis: String,
    /// Keys, configurations and logs.
    pub folder: PathBuf,
    /// The address of Hermes.
    pub hermes: String,
    pub mint: Address,
    /// Whether Squads is on it.
    pub has_squads: bool,
    /// The symbols of the markets, in their order.
    pub symbols: Vec<String>,
    /// Ends the prices.
    pub stop: Stop,
}

impl Place {
    /// Boots a validator, and puts on it what a team finds on devnet.
    ///
    /// # Errors
    /// When the validator does not start, the stand-in of the receiver is not built, or the folder is
    /// there already.
    pub fn open(folder: PathBuf, port: Option<u16>) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700).create(&folder).with_context(|| {
            format!("cannot create {}: remove it, or name another --folder", folder.display())
        })?;
        let folder = folder.canonicalize()?;
        // Nobody's: the team begins with an empty wallet.
        let validator = Validator::boot(&Keypair::new())?;
        validator.run_freely()?;
        let doors = Doors::open(port, validator.rpc_url(), validator.ws_url())?;
        let (cluster, genesis) = Cluster::connect(&doors.rpc_url(), 0)?;
        let parameters = Parameters::bundled()?;
        let (mint, token) = (address(MINT)?, address(TOKEN)?);
        validator.set_account(&mint, &token, &mint_account(parameters.quote_decimals))?;
        let guardians = pyth::guardians();
        pyth::install(&validator, &guardians)?;
        let has_squads = squads(&validator)?;
        let stop = Stop::on_signals()?;
        let hermes = pyth::publish(&doors.rpc_url(), &parameters.markets, guardians, stop.clone())?;
        let symbols = parameters.symbols().iter().map(ToString::to_string).collect();
        Ok(Self { validator, cluster, doors, genesis, folder, hermes, mint, has_squads, symbols, stop })
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Writes a file of the folder that nobody else may read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        let mut new = fs::OpenOptions::new();
        let file = new.write(true).create(true).truncate(true).mode(0o600).open(&path);
        let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(file.write_all(text.as_bytes())?)
    }

    /// Makes a wallet, as `solana-keygen new` does. Returns its key.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn wallet(&self, name: &str) -> Result<Keypair> {
        let key = Keypair::new();
        self.keep(name, &key)?;
        Ok(key)
    }

    /// Writes a key in the form of Solana's tools.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, name: &str, key: &Keypair) -> Result<()> {
        self.write(name, &format!("{:?}", key.to_bytes()))
    }

    /// What Circle's faucet gives on devnet.
    ///
    /// # Errors
    /// When the validator refuses.
    pub fn give_tokens(&self, wallet: &Keypair, tokens: u64) -> Result<()> {
        let unit = 10u64.pow(Parameters::bundled()?.quote_decimals.into());
        self.validator.set_tokens(&wallet.pubkey(), &self.mint, tokens * unit)
    }
}

/// The folder of a rehearsal that names none.
pub fn usual_folder() -> PathBuf {
    env::temp_dir().join(format!("bulkhead-rehearsal-{}", std::process::id()))
}

/// The repository that this was compiled in.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Puts Squads' program in place, if it is built, with the settings that only a key of Squads' own can
/// write on a public cluster. Returns whether it is there.
fn squads(validator: &Validator) -> Result<bool> {
    if !repository().join("target/sbf").join(SQUADS).is_file() {
        return Ok(false);
    }
    validator.deploy_at(PROGRAM, SQUADS)?;
    let (authority, treasury) = (Keypair::new().pubkey(), Keypair::new().pubkey());
    validator.set_sol(&treasury, TREASURY_LAMPORTS)?;
    let settings = ProgramConfig { authority, creation_fee: 0, treasury };
    validator.set_account(&program_config(&PROGRAM), &PROGRAM, &settings.encode())?;
    Ok(true)
}

/// A mint's account, whose authority is nobody.
fn mint_account(decimals: u8) -> Vec<u8> {
    const LEN: usize = 82;
    const DECIMALS: usize = 44;
    const INITIALIZED: usize = 45;
    let mut data = vec![0; LEN];
    data[DECIMALS] = decimals;
    data[INITIALIZED] = 1;
    data
}

fn address(text: &str) -> Result<Address> {
    Address::from_str(text).map_err(|_| anyhow::anyhow!("`{text}` is no address"))
}
