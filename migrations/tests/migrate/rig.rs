//! An empty validator, a folder of migrations to edit, and the binary.

use {
    bulkhead_client::{
        account::decode,
        instruction::FundKeys,
        program_id,
        state::{Fund, Market},
        Address,
    },
    bulkhead_localnet::validator::{program_file, Time, Validator},
    bulkhead_migrate::{cluster::Cluster, site::MINT_SEED},
    serde_json::{json, Value},
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_rpc_client_api::request::RpcRequest,
    solana_signer::Signer,
    std::{
        env, fs,
        path::{Path, PathBuf},
        process::{Command, Output, Stdio},
        sync::atomic::{AtomicUsize, Ordering},
    },
};

pub const BINARY: &str = env!("CARGO_BIN_EXE_bulkhead-migrate");
/// Everything is done.
pub const DONE: i32 = 0;
/// Failed or refused.
pub const FAILED: i32 = 1;
/// Something waits.
pub const OPEN: i32 = 3;

static RIGS: AtomicUsize = AtomicUsize::new(0);

pub struct Rig {
    pub validator: Validator,
    pub cluster: Cluster,
    pub payer: Keypair,
    pub folder: PathBuf,
}

impl Rig {
    /// An empty cluster on which blocks come by themselves.
    pub fn new() -> Self {
        let payer = Keypair::new();
        let validator = Validator::boot(&payer).expect("a validator");
        validator.run_freely().expect("blocks");
        let (cluster, _) = Cluster::connect(validator.rpc_url(), 0).expect("it answers");
        let number = RIGS.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("bulkhead-migrate-{}-{number}", std::process::id()));
        let rig = Self { validator, cluster, payer, folder };
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir_all(rig.folder.join("profiles")).expect("a folder");
        for file in ["0001_fund.toml", "0002_markets.toml", "profiles/localnet.toml", "profiles/devnet.toml"]
        {
            fs::copy(own.join(file), rig.folder.join(file)).expect("the repository's files");
        }
        rig.write_key("payer.json", &rig.payer);
        rig
    }

    /// The command with the options of every run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(["--url", self.validator.rpc_url(), "--migrations"]).arg(&self.folder);
        // A later option takes the place of an earlier one, because clap takes each once.
        if !arguments.contains(&"--keypair") {
            command.arg("--keypair").arg(self.folder.join("payer.json"));
        }
        if !arguments.contains(&"--program") && !arguments.contains(&"--skip-program") {
            command.arg("--program").arg(program_file().expect("the program is built"));
        }
        command.args(arguments).env("HOME", &self.folder).stdin(Stdio::null());
        command
    }

    /// Runs the binary. Returns its output.
    pub fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().expect("the binary of this crate starts");
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        told
    }

    /// Runs it with the local profile.
    pub fn local(&self, arguments: &[&str], code: i32) -> String {
        self.run(&[&["--profile", "localnet"], arguments].concat(), code)
    }

    /// Changes a file of the folder.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).expect("a file of the rig");
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).expect("a file of the rig");
    }

    pub fn write_key(&self, name: &str, key: &Keypair) -> String {
        let path = self.folder.join(name);
        fs::write(&path, format!("{:?}", key.to_bytes())).expect("a key file");
        path.to_str().expect("a path of letters").to_owned()
    }

    /// Another build: bytes behind the sections change nothing that runs.
    pub fn another_build(&self) -> String {
        let mut program = fs::read(program_file().expect("the program is built")).expect("it can be read");
        program.extend(b"another build");
        let path = self.folder.join("another.so");
        fs::write(&path, program).expect("a file of the rig");
        path.to_str().expect("a path of letters").to_owned()
    }

    pub fn mint(&self) -> Address {
        let token = spl_token_interface::id();
        Address::create_with_seed(&self.payer.pubkey(), MINT_SEED, &token).expect("a short seed")
    }

    pub fn keys(&self) -> FundKeys {
        self.keys_of(self.payer.pubkey())
    }

    /// The addresses of the fund that somebody has created.
    pub fn keys_of(&self, creator: Address) -> FundKeys {
        FundKeys::new(&creator, self.mint(), spl_token_interface::id(), 0)
    }

    pub fn fund(&self) -> Option<Fund> {
        let data = self.cluster.own(&self.keys().fund).expect("it answers")?;
        Some(decode(&data).expect("a fund"))
    }

    /// The fund that somebody has created.
    pub fn fund_of(&self, creator: Address) -> Fund {
        let data = self.cluster.own(&self.keys_of(creator).fund).expect("it answers").expect("a fund");
        decode(&data).expect("a fund")
    }

    pub fn market(&self, index: u16) -> Market {
        let data = self.cluster.own(&self.keys().market(index)).expect("it answers").expect("a market");
        decode(&data).expect("a market")
    }

    pub fn is_deployed(&self) -> bool {
        self.cluster.account(&program_id()).expect("it answers").is_some()
    }

    /// Lets time pass, and the slots that belong to it: the exit clock counts no more than they allow.
    pub fn wait(&self, secs: i64) {
        let (slot, unix_ts) = self.cluster.clock().expect("it answers");
        let time = Time { slot: slot + secs.unsigned_abs() * 10 / 4 + 1, unix_ms: (unix_ts + secs) * 1_000 };
        self.validator.set_time(time).expect("time travel");
    }

    /// Calls a method that only a test validator has.
    pub fn cheat(&self, method: &'static str, parameters: Value) {
        let rpc = RpcClient::new(self.validator.rpc_url());
        rpc.send::<Value>(RpcRequest::Custom { method }, parameters).expect(method);
    }

    /// Puts an account in place.
    pub fn put(&self, address: &Address, owner: &Address, data: &[u8]) {
        let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        let account = json!({ "lamports": 1_000_000_000u64, "data": hex, "owner": owner.to_string() });
        self.cheat("surfnet_setAccount", json!([address.to_string(), account]));
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// Number of transactions that a run has sent, buffers aside.
pub fn sent(told: &str) -> usize {
    told.lines().filter(|line| line.trim_start().starts_with("sent ")).count()
}
