//! A fund on an embedded validator, wallets, and the binary run as a user would run it.

use {
    bulkhead_book::Book,
    bulkhead_client::Address,
    bulkhead_localnet::{
        demo::{self, Options},
        progress::Progress,
        publisher::Publisher,
        validator::{Time, Validator},
        world::{payer, World},
    },
    bulkhead_math::interval::CELL_SECS,
    serde_json::Value,
    solana_commitment_config::CommitmentConfig,
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_signer::Signer,
    std::{
        cell::Cell,
        env, fs,
        path::{Path, PathBuf},
        process::{Command, Output, Stdio},
        sync::atomic::{AtomicU32, Ordering},
        time::{SystemTime, UNIX_EPOCH},
    },
};

/// One SOL.
const SOL: u64 = 1_000_000_000;
/// One token.
pub const TOKEN: u64 = 1_000_000;

/// A fund for the command line.
pub struct Rig<'v> {
    pub world: World<'v>,
    /// The cluster, for acts that no user does.
    pub rpc: RpcClient,
    pub fund: String,
    /// Whether prices stay unpublished before a command.
    pub is_silent: Cell<bool>,
    folder: PathBuf,
}

/// Runs a test on a fund with a few members, whose blocks come by themselves. `id.json` is the key
/// file of a wallet with 5,000 tokens that is not a member yet.
pub fn with_rig(test: impl FnOnce(&Rig)) {
    with_rig_of(&Options::of(4, 1), test);
}

/// The same on a fund with these options.
pub fn with_rig_of(options: &Options, test: impl FnOnce(&Rig)) {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let (parameters, scenario) = options.load().unwrap();
    let validator = Validator::boot(&payer(options.seed)).unwrap();
    validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms() }).unwrap();
    let oracles = Publisher::new(&validator, &parameters.markets);
    let quiet = Progress::new(true);
    let world = demo::set_up(&validator, &oracles, parameters, &scenario, options, &quiet).unwrap().world;
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("bulkhead-cli-{}-{run}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    validator
        .set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms().max(validator.time().unix_ms) })
        .unwrap();
    validator.run_freely().unwrap();
    let (fund, rpc) = (
        world.keys.fund.to_string(),
        RpcClient::new_with_commitment(validator.rpc_url(), CommitmentConfig::processed()),
    );
    let rig = Rig { world, rpc, fund, is_silent: Cell::new(false), folder };
    rig.wallet("id", 5_000 * TOKEN);
    test(&rig);
}

impl Rig<'_> {
    /// Makes a new wallet with SOL and tokens, and its key file.
    pub fn wallet(&self, name: &str, tokens: u64) -> (String, Address) {
        let key = Keypair::new();
        self.world.validator.set_sol(&key.pubkey(), SOL).unwrap();
        if tokens > 0 {
            self.world.validator.set_tokens(&key.pubkey(), &self.world.keys.mint, tokens).unwrap();
        }
        (self.key_file(name, &key), key.pubkey())
    }

    /// Writes a key file in the form of Solana's tools.
    pub fn key_file(&self, name: &str, key: &Keypair) -> String {
        let file = self.folder.join(format!("{name}.json"));
        fs::write(&file, format!("{:?}", key.to_bytes())).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// The key file of the authority, with SOL and tokens.
    pub fn authority(&self, tokens: u64) -> String {
        let key = &self.world.authority;
        self.world.validator.set_sol(&key.pubkey(), SOL).unwrap();
        self.world.validator.set_tokens(&key.pubkey(), &self.world.keys.mint, tokens).unwrap();
        self.key_file("authority", key)
    }

    /// A folder for files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The chain's unix time.
    pub fn now(&self) -> i64 {
        self.world.chain.unix_ts().unwrap()
    }

    /// The chain's slot.
    pub fn slot(&self) -> u64 {
        self.rpc.get_slot().unwrap()
    }

    /// Lets time pass.
    pub fn pass(&self, secs: i64) {
        let unix_ms = (self.now() + secs) * 1_000;
        let slot = self.slot() + secs as u64 * 10 / 4 + 1;
        self.world.validator.set_time(Time { slot, unix_ms }).unwrap();
    }

    /// Publishes every price at this many thousandths of its first value.
    pub fn quote(&self, first: &[(i64, u64)], thousandths: i64) {
        let quotes: Vec<_> = first.iter().map(|(price, conf)| (price * thousandths / 1_000, *conf)).collect();
        self.world.oracles.publish_at(&quotes, self.now()).unwrap();
    }

    /// The same, until the price has lasted for two cells: members are judged by it alone.
    pub fn lasting_quote(&self, first: &[(i64, u64)], thousandths: i64) {
        self.quote(first, thousandths);
        self.json(&["crank"], 0);
        self.pass(2 * i64::from(CELL_SECS));
        self.quote(first, thousandths);
    }

    /// The fund at the oracles' prices.
    pub fn book(&self) -> Book {
        self.world.book().unwrap().cranked()
    }

    /// The command as a user types it, without an option or a variable that the user has not set.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead"));
        for variable in ["BULKHEAD_FUND", "BULKHEAD_URL", "BULKHEAD_KEYPAIR", "BULKHEAD_CONFIG"] {
            command.env_remove(variable);
        }
        command.args(arguments).env("HOME", &self.folder).stdin(Stdio::null());
        command
    }

    /// Publishes the prices again, because they get old while others compile.
    pub fn refresh(&self) {
        if !self.is_silent.get() {
            self.world.oracles.publish_at(&self.world.oracles.quotes(), self.now()).unwrap();
        }
    }

    /// Runs the binary. Prices get old while others compile, so they are published again first.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.refresh();
        let (url, key) = (self.world.validator.rpc_url(), self.folder.join("id.json"));
        let mut options = Vec::new();
        // A later option takes the place of an earlier one, because clap takes each once.
        for (option, value) in [("--url", url), ("--keypair", key.to_str().unwrap()), ("--fund", &self.fund)]
        {
            let is_said = arguments.contains(&option) || option == "--fund" && arguments.contains(&"--mint");
            if !is_said {
                options.extend([option, value]);
            }
        }
        options.extend(arguments);
        self.bare(&options).output().expect("the binary of this crate starts")
    }

    /// The failure, with `--json`, of a command that ends with 1.
    pub fn failure(&self, arguments: &[&str]) -> Value {
        let failed = self.json(arguments, 1);
        assert!(failed["error"]["message"].is_string(), "{failed}");
        failed["error"].clone()
    }

    /// The output with `--json` of a command that ends with `code`.
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
    }

    /// Sends a transaction whose last event is this one. Returns the event's fields.
    pub fn does(&self, arguments: &[&str], event: &str) -> Value {
        let sent = self.json(arguments, 0);
        assert!(sent["signature"].is_string(), "{sent}");
        let last = sent["events"].as_array().unwrap().last().cloned().unwrap_or_default();
        assert_eq!(last["name"], event, "{arguments:?}: {sent}");
        last["fields"].clone()
    }

    /// Runs a command that fails with `code` and says this, on standard error alone.
    pub fn fails(&self, arguments: &[&str], code: i32, says: &str) {
        let output = self.run(arguments);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(says), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty());
    }

    /// The output for people.
    pub fn text(&self, arguments: &[&str]) -> String {
        self.text_of(arguments, 0)
    }

    /// The output for people of a command that ends with `code`.
    pub fn text_of(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Rig<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}
