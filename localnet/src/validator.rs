//! The embedded validator: boot, clock, blocks, and the few powers that only a test validator has.
//!
//! In the demo blocks are produced on request and the clock is set by hand, so that a run does not
//! depend on the speed of the machine. Nothing here writes program state: cheat codes fill wallets
//! and oracle accounts, and deploy.

use {
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{claims::cover_program_id, program, program_id, Address},
    serde_json::{json, Value},
    solana_clock::Clock,
    solana_keypair::Keypair,
    solana_rpc_client::rpc_client::RpcClient,
    solana_rpc_client_api::request::RpcRequest,
    solana_signer::Signer,
    std::{
        cell::Cell,
        env,
        path::{Path, PathBuf},
        time::Duration,
    },
    surfpool_sdk::{cheatcodes::builders::DeployProgram, BlockProductionMode, SimnetCommand, Surfnet},
};

pub const SLOT_MS: i64 = 400;

/// The payer never runs out of SOL.
const PAYER_LAMPORTS: u64 = 1_000_000_000_000_000;

/// The name of the set-up that the validator is told to run.
const RUNBOOK: &str = "bulkhead";

/// Attempts to start.
const TRIES: u32 = 3;

/// Time that the validator gets to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A reading of the chain's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub slot: u64,
    /// Unix time in milliseconds.
    pub unix_ms: i64,
}

impl Time {
    /// Seconds, as the program sees them.
    pub fn unix_ts(&self) -> i64 {
        self.unix_ms.div_euclid(1_000)
    }
}

/// A running validator.
pub struct Validator {
    surfnet: Surfnet,
    rpc: RpcClient,
    time: Cell<Time>,
    // Dropped last: the validator's tasks run on it until the validator is gone.
    _runtime: tokio::runtime::Runtime,
}

impl Validator {
    /// Boots a validator without network. `payer` has SOL for a long time.
    pub fn boot(payer: &Keypair) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let surfnet = runtime.block_on(start(payer))?;
        let rpc = RpcClient::new(surfnet.rpc_url());
        let slot = rpc.get_slot().context("the embedded validator does not answer")?;
        let time = Time { slot, unix_ms: now_ms()? };
        let validator = Self { surfnet, rpc, time: Cell::new(time), _runtime: runtime };
        // Outside of a runbook the validator runs every instruction a second time, for profiles
        // that nobody reads here. This runbook therefore never ends.
        validator.command(SimnetCommand::StartRunbookExecution(RUNBOOK.into()))?;
        validator.set_sol(&payer.pubkey(), PAYER_LAMPORTS)?;
        Ok(validator)
    }

    /// The address for requests.
    pub fn rpc_url(&self) -> &str {
        self.surfnet.rpc_url()
    }

    /// The address for subscriptions.
    pub fn ws_url(&self) -> &str {
        self.surfnet.ws_url()
    }

    /// The chain's time.
    pub fn time(&self) -> Time {
        self.time.get()
    }

    /// Closes the block and opens the next one at `time`, which may be years after the last.
    pub fn set_time(&self, time: Time) -> Result<()> {
        let clock = Clock {
            slot: time.slot,
            unix_timestamp: time.unix_ts(),
            epoch: 0,
            epoch_start_timestamp: 0,
            leader_schedule_epoch: 0,
        };
        let (done, confirmed) = crossbeam_channel::bounded(1);
        self.command(SimnetCommand::UpdateInternalClockWithConfirmation(None, clock, done))?;
        let reached = confirmed.recv_timeout(PATIENCE).context("the validator's clock does not move")?;
        ensure!(
            reached.absolute_slot == time.slot,
            "the validator is at slot {}, not {}",
            reached.absolute_slot,
            time.slot
        );
        self.time.set(time);
        Ok(())
    }

    /// Moves on to `unix_ms`, by the slots of that time, or by one slot if `unix_ms` is already
    /// past.
    pub fn advance_to(&self, unix_ms: i64) -> Result<()> {
        let now = self.time();
        let slots = (unix_ms - now.unix_ms).div_euclid(SLOT_MS).max(1);
        self.set_time(Time { slot: now.slot + slots as u64, unix_ms: unix_ms.max(now.unix_ms + SLOT_MS) })
    }

    /// Moves on by `slots`.
    pub fn advance_slots(&self, slots: u64) -> Result<()> {
        let now = self.time();
        self.set_time(Time { slot: now.slot + slots, unix_ms: now.unix_ms + slots as i64 * SLOT_MS })
    }

    /// Lets blocks come by themselves from now on, one per slot, as on a public cluster.
    pub fn run_freely(&self) -> Result<()> {
        self.command(SimnetCommand::UpdateBlockProductionMode(BlockProductionMode::Clock))
    }

    /// Puts both programs, that of the fund and that of claims, at their addresses.
    pub fn deploy(&self) -> Result<()> {
        for (address, file) in [(program_id(), program_file()?), (cover_program_id(), cover_program_file()?)]
        {
            self.put_program(address, &file)?;
        }
        Ok(())
    }

    fn put_program(&self, address: Address, file: &Path) -> Result<()> {
        let deployed = self.surfnet.cheatcodes().deploy(DeployProgram::new(address).so_path(file));
        deployed.map_err(|error| anyhow!("cannot deploy {}: {error}", file.display()))?;
        Ok(())
    }

    /// Puts a program that `cargo xtask build` has built at any address.
    pub fn deploy_at(&self, address: Address, name: &str) -> Result<()> {
        self.put_program(address, &built(name)?)
    }

    /// Gives a wallet SOL.
    pub fn set_sol(&self, wallet: &Address, lamports: u64) -> Result<()> {
        self.cheat("surfnet_setAccount", json!([wallet.to_string(), { "lamports": lamports }]))
    }

    /// Gives a wallet tokens of the SPL Token program, in its associated account.
    pub fn set_tokens(&self, wallet: &Address, mint: &Address, amount: u64) -> Result<()> {
        self.cheat(
            "surfnet_setTokenAccount",
            json!([wallet.to_string(), mint.to_string(), { "amount": amount }]),
        )
    }

    /// Writes an account of another program: an oracle, or the example lending pool.
    pub fn set_account(&self, address: &Address, owner: &Address, data: &[u8]) -> Result<()> {
        ensure!(*owner != program_id(), "accounts of the program are written by its instructions only");
        let lamports = (data.len() as u64 + 128) * 6_960; // rent for good
        let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        let account = json!({ "lamports": lamports, "data": hex, "owner": owner.to_string() });
        self.cheat("surfnet_setAccount", json!([address.to_string(), account]))
    }

    fn cheat(&self, method: &'static str, params: Value) -> Result<()> {
        self.rpc
            .send::<Value>(RpcRequest::Custom { method }, params)
            .with_context(|| format!("{method} failed"))?;
        Ok(())
    }

    fn command(&self, command: SimnetCommand) -> Result<()> {
        self.surfnet.send_command(command).map_err(|error| anyhow!("the validator has stopped: {error}"))
    }
}

/// Starts the validator on free ports. Another process may open a port between its choice and its
/// use; then the start is tried again.
async fn start(payer: &Keypair) -> Result<Surfnet> {
    let mut tries = 0;
    loop {
        let builder = Surfnet::builder()
            .offline(true)
            .block_production_mode(BlockProductionMode::Manual)
            .slot_time_ms(SLOT_MS as u64)
            .payer(payer.insecure_clone());
        tries += 1;
        match builder.start().await {
            Ok(surfnet) => return Ok(surfnet),
            Err(_) if tries < TRIES => {}
            Err(error) => {
                bail!(
                    "the embedded validator did not start ({error}): check that ports on 127.0.0.1 can be \
                     opened"
                )
            }
        }
    }
}

fn now_ms() -> Result<i64> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// Finds the built program: in `BULKHEAD_SBF_DIR`, or where `cargo xtask build` puts it.
pub fn program_file() -> Result<PathBuf> {
    built("bulkhead.so")
}

/// Finds the built program of claims, in the same folder.
pub fn cover_program_file() -> Result<PathBuf> {
    built("bulkhead_cover.so")
}

fn built(name: &str) -> Result<PathBuf> {
    let folder = match env::var_os("BULKHEAD_SBF_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => program::builds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sbf")),
    };
    let file = folder.join(name);
    ensure!(
        file.is_file(),
        "the program is not built: run `cargo xtask build` (looked for {})",
        file.display()
    );
    Ok(file)
}
