//! The local network: a validator with a seeded fund, until it is stopped. Prices move, a keeper works, and wallets are
//! there to use.

use {
    crate::{
        chain::{Chain, Cluster},
        demo,
        format::{money, thousands},
        plan::Action,
        population::Kind,
        progress::Progress,
        publisher::Publisher,
        pyth,
        validator::{Time, Validator},
        world::{payer, Wallet, World},
    },
    anyhow::{ensure, Context, Result},
    bulkhead_client::Address,
    bulkhead_keeper::{
        config::{Commitment, Config},
        engine::Fate,
        service::Service,
        start::start_with,
    },
    serde_json::{json, Value},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{
        env, fs,
        path::{Path, PathBuf},
        sync::atomic::{AtomicBool, Ordering},
        sync::mpsc::{channel, Receiver},
        sync::Arc,
        thread::{sleep, JoinHandle},
        time::{Duration, SystemTime, UNIX_EPOCH},
    },
    tokio::sync::watch,
};

/// Prices are published this often.
const BEAT: Duration = Duration::from_secs(2);

/// Marks older than this are cranked, for whoever looks at them.
const CRANK_AFTER_SLOTS: u64 = 5;

/// What every wallet has to spend; the newcomer ten times as much.
const POCKET_TOKENS: u64 = 10_000;
/// SOL of the newcomer.
const LAMPORTS: u64 = 10_000_000_000;

/// What runs.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Members besides the keeper's own (at least 2)
    #[arg(long, default_value_t = 10)]
    pub members: usize,
    /// What wallets, sizes and trades are drawn from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Replay this crash in a loop; without it prices stay where they are
    #[arg(long)]
    pub scenario: Option<String>,
    /// With --scenario: how many times faster than it happened
    #[arg(long, default_value_t = 60)]
    pub speed: u32,
    /// Read the parameters of fund and markets from this folder instead of the repo's migrations
    #[arg(long, value_name = "FOLDER")]
    pub migrations: Option<PathBuf>,
    /// For programs: when it is ready, print addresses and key files as one line of JSON; stop, too, when standard input ends,
    /// as it does when the program that has started this ends by whatever means
    #[arg(long)]
    pub json: bool,
}

/// Runs until Ctrl-C.
pub fn run(options: &Options) -> Result<()> {
    ensure!(options.speed > 0, "--speed 0: at least 1, real time");
    let demo = demo::Options {
        members: options.members,
        seed: options.seed,
        scenario: options.scenario.clone(),
        prices: None,
        sample: None,
        migrations: options.migrations.clone(),
        no_comparison: true,
    };
    // A program that has ended reads no progress.
    let progress = Progress::new(options.json);
    let (parameters, scenario) = demo.load()?;
    let validator = Validator::boot(&payer(options.seed))?;
    let now = now_ms()?;
    validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now })?;
    let oracles = Publisher::new(&validator, &parameters.markets);
    let (world, _) = demo::set_up(&validator, &oracles, parameters, &scenario, &demo, &progress)?;
    let newcomer = Keypair::new();
    hand_out_money(&world, &newcomer)?;
    // From here on it ends by itself, for there are keys to remove.
    let stopped = on_ctrl_c()?;
    if options.json {
        on_end_of_input(stopped.clone())?;
    }
    let folder = write_wallets(&world, &newcomer)?;
    validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms()?.max(validator.time().unix_ms) })?;
    validator.run_freely()?;
    if options.json {
        println!("{}", world_json(&world, &folder));
    } else {
        print_world(&world, &newcomer, &folder);
    }

    let chain = Chain::new(validator.rpc_url(), &Cluster);
    let (keeper, done) = start_keeper(&world)?;
    let teller = Teller { world: &world, progress: &progress };
    let ticks = scenario.ticks();
    let decimals: Vec<u8> = world.parameters.markets.iter().map(|market| market.params.price_decimals).collect();
    let (mut index, started) = (0, now_ms()?);
    while !stopped.load(Ordering::Relaxed) {
        if options.scenario.is_some() {
            index = tick_at(&ticks, (now_ms()? - started) * i64::from(options.speed));
        }
        let before = &ticks[index.saturating_sub(1)];
        let quotes = pyth::quotes(&before.usd, &ticks[index], &decimals);
        oracles.publish_at(&quotes, chain.unix_ts()?)?;
        done.try_iter().for_each(|(action, fate)| teller.tell(&action, &fate));
        ensure!(!keeper.thread.is_finished(), "the keeper failed: {}", keeper.end());
        sleep(BEAT);
    }
    keeper.stop.send_replace(true);
    done.iter().for_each(|(action, fate)| teller.tell(&action, &fate));
    progress.line("stopped");
    // The keys are worth nothing without this validator.
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// The tick that is current `elapsed_ms` after the first start; after the last one it begins again.
fn tick_at(ticks: &[crate::scenario::Tick], elapsed_ms: i64) -> usize {
    let length = ticks.last().map_or(1, |tick| tick.at_ms.max(1));
    let at = elapsed_ms.rem_euclid(length);
    ticks.partition_point(|tick| tick.at_ms <= at).max(1) - 1
}

/// The standing keeper, in a thread of its own.
struct Standing {
    stop: watch::Sender<bool>,
    thread: JoinHandle<Result<()>>,
}

impl Standing {
    /// Why it has ended.
    fn end(self) -> String {
        match self.thread.join() {
            Ok(Err(error)) => format!("{error:#}"),
            _ => "it has stopped".into(),
        }
    }
}

/// Starts the keeper of a world, with the accounts that are there for it.
fn start_keeper(world: &World) -> Result<(Standing, Receiver<(Action, Fate)>)> {
    let mut config = Config::of(world.validator.rpc_url(), world.validator.ws_url(), &world.keys.fund.to_string());
    config.cluster.commitment = Commitment::Processed;
    config.policy.crank_after_slots = CRANK_AFTER_SLOTS;
    let bounty = world.wallets.iter().find(|wallet| wallet.kind == Kind::Bounty);
    config.keys.bounty = bounty.map(|wallet| wallet.member.to_string()).unwrap_or_default();
    let keepers = world.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper);
    let members: Vec<Keypair> = keepers.map(|wallet| wallet.key.insecure_clone()).collect();
    let payer = world.payer.insecure_clone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (tell, told) = channel();
    let service = runtime.block_on(async {
        let setup = start_with(config, payer, members, false).await?;
        anyhow::Ok(Service::new(setup).await?.tell(tell))
    })?;
    let (stop, stopped) = watch::channel(false);
    let thread =
        std::thread::Builder::new().name("keeper".into()).spawn(move || runtime.block_on(service.run(stopped)))?;
    Ok((Standing { stop, thread }, told))
}

/// Tells what the keeper does.
struct Teller<'a> {
    world: &'a World<'a>,
    progress: &'a Progress,
}

impl Teller<'_> {
    /// What was refused before it was sent is not worth a line: somebody was faster.
    fn tell(&self, action: &Action, fate: &Fate) {
        let told = self.describe(action);
        match fate {
            Fate::Landed { .. } => self.progress.line(&format!("keeper: {told}")),
            Fate::Failed { error } => self.progress.alert(&format!("keeper: {told}: failed, {error}")),
            _ => {}
        }
    }

    fn describe(&self, action: &Action) -> String {
        let symbol = |market: &u16| &self.world.parameters.markets[usize::from(*market)].symbol;
        match action {
            Action::Crank { market } => format!("marks {}", symbol(market)),
            Action::Allocate { seq, .. } => format!("allocates the loss of default {seq}"),
            Action::AllocateResidual => "allocates what no default owns".into(),
            Action::SettleEpoch { member, .. } => format!("takes {} out of an ended epoch", self.name(member)),
            Action::Declare { member, .. } => {
                format!("moves {} into, out of or beyond its grace period", self.name(member))
            }
            Action::Liquidate { market, target, lots, .. } => {
                format!("takes {lots} lots of {} from {}", symbol(market), self.name(target))
            }
            Action::TakeOver { market, lots, .. } => format!("buys {lots} lots of {} from the house", symbol(market)),
            Action::Enforce { member, .. } => format!("collects what {} is called for", self.name(member)),
            Action::Haircut { .. } => "cuts gains, or begins the wind-down".into(),
            Action::CollectPremium { market } => format!("collects the premiums of {}", symbol(market)),
            Action::FixFinalMark { market } => format!("fixes the final mark of {}", symbol(market)),
            Action::CloseOut { member, .. } => format!("closes {} out", self.name(member)),
            Action::PayOut { member } => format!("pays the claim of {}", self.name(member)),
            Action::Settle { market, members } => format!("settles {} positions in {}", members.len(), symbol(market)),
        }
    }

    /// The keeper serves everybody: also who opened an account after the set-up.
    fn name(&self, member: &Address) -> String {
        match self.world.numbers.get(member) {
            Some(number) => format!("{} {number}", self.world.wallets[*number].kind.name()),
            None => member.to_string(),
        }
    }
}

/// Money for whoever tries things out: in every wallet, and in a new one without a member account.
fn hand_out_money(world: &World, newcomer: &Keypair) -> Result<()> {
    let unit = 10u64.pow(world.parameters.quote_decimals.into());
    world.validator.set_sol(&newcomer.pubkey(), LAMPORTS)?;
    world.validator.set_tokens(&newcomer.pubkey(), &world.keys.mint, 10 * POCKET_TOKENS * unit)?;
    for wallet in &world.wallets {
        world.validator.set_tokens(&wallet.key.pubkey(), &world.keys.mint, POCKET_TOKENS * unit)?;
    }
    Ok(())
}

/// Key files as Solana's tools read them, in a new folder.
fn write_wallets(world: &World, newcomer: &Keypair) -> Result<PathBuf> {
    let folder = env::temp_dir().join(format!("bulkhead-localnet-{}", std::process::id()));
    fs::create_dir(&folder)
        .with_context(|| format!("cannot create {}: remove it, or set TMPDIR to another folder", folder.display()))?;
    write_key(&folder.join("newcomer.json"), newcomer)?;
    write_key(&folder.join("payer.json"), &world.payer)?;
    write_key(&folder.join("authority.json"), &world.authority)?;
    for (number, wallet) in world.wallets.iter().enumerate() {
        write_key(&folder.join(key_file(number, wallet)), &wallet.key)?;
    }
    Ok(folder)
}

fn key_file(number: usize, wallet: &Wallet) -> String {
    format!("{}-{number}.json", wallet.kind.name())
}

fn write_key(path: &Path, key: &Keypair) -> Result<()> {
    let bytes: Vec<String> = key.to_bytes().iter().map(ToString::to_string).collect();
    fs::write(path, format!("[{}]", bytes.join(","))).with_context(|| format!("cannot write {}", path.display()))
}

/// What [`print_world`] prints, for programs.
fn world_json(world: &World, folder: &Path) -> Value {
    let markets = world.parameters.markets.iter().zip(&world.oracle_accounts).enumerate();
    let markets = markets.map(|(index, (market, oracle))| {
        let address = world.keys.market(index as u16);
        json!({ "symbol": market.symbol, "address": address.to_string(), "oracle": oracle.to_string() })
    });
    let wallets = world.wallets.iter().enumerate().map(|(number, wallet)| key_file(number, wallet));
    json!({
        "rpc": world.validator.rpc_url(),
        "websocket": world.validator.ws_url(),
        "program": bulkhead_client::PROGRAM_ID.to_string(),
        "fund": world.keys.fund.to_string(),
        "mint": world.keys.mint.to_string(),
        "tokenProgram": world.keys.token_program.to_string(),
        "markets": markets.collect::<Vec<_>>(),
        "keys": {
            "folder": folder,
            "payer": "payer.json",
            "authority": "authority.json",
            "newcomer": "newcomer.json",
            "members": wallets.collect::<Vec<_>>(),
        },
    })
}

fn print_world(world: &World, newcomer: &Keypair, folder: &Path) {
    println!("RPC        {}", world.validator.rpc_url());
    println!("websocket  {}", world.validator.ws_url());
    println!("program    {}", bulkhead_client::PROGRAM_ID);
    println!("fund       {}", world.keys.fund);
    println!("mint       {}", world.keys.mint);
    for (index, (market, oracle)) in world.parameters.markets.iter().zip(&world.oracle_accounts).enumerate() {
        println!("market {index}   {} {} (oracle {oracle})", market.symbol, world.keys.market(index as u16));
    }
    println!("wallets    {} key files in {}", thousands(world.wallets.len() as u64 + 3), folder.display());
    for (number, wallet) in
        world.wallets.iter().enumerate().filter(|(number, w)| *number < 20 || w.kind == Kind::Keeper)
    {
        println!(
            "  {:>10} {}  brought {}",
            format!("{} {number}", wallet.kind.name()),
            wallet.key.pubkey(),
            money(wallet.stake)
        );
    }
    println!("  {:>10} {}  has no member account yet", "newcomer", newcomer.pubkey());
    println!("running: stop with Ctrl-C");
}

fn on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let seen = stopped.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("ctrl-c".into()).spawn(move || {
        let waited = runtime.block_on(tokio::signal::ctrl_c());
        seen.store(waited.is_ok(), Ordering::Relaxed);
    })?;
    Ok(stopped)
}

fn on_end_of_input(stopped: Arc<AtomicBool>) -> Result<()> {
    std::thread::Builder::new().name("input".into()).spawn(move || {
        // What is read does not matter, nor why it ends.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        stopped.store(true, Ordering::Relaxed);
    })?;
    Ok(())
}

fn now_ms() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Tick;

    #[test]
    fn a_replay_begins_again_after_its_end() {
        let ticks = [0, 1_000, 5_000].map(|at_ms| Tick { at_ms, usd: vec![1.0] });
        let at: Vec<usize> = [0, 999, 1_000, 4_999, 5_000, 6_500].map(|elapsed| tick_at(&ticks, elapsed)).to_vec();
        assert_eq!(at, [0, 0, 1, 1, 0, 1]);
    }
}
