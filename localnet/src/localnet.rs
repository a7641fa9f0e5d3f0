//! The local network: a validator with a seeded fund, until it is stopped. Prices move, a keeper works, and wallets are
//! there to use.

use {
    crate::{
        chain::{Chain, Cluster},
        demo,
        format::{money, thousands},
        keeper::{Keeper, Watch},
        plan::{Action, Policy},
        population::Kind,
        progress::Progress,
        publisher::Publisher,
        pyth,
        validator::{Time, Validator},
        world::{payer, World},
    },
    anyhow::{ensure, Context, Result},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{
        env, fs,
        path::{Path, PathBuf},
        sync::atomic::{AtomicBool, Ordering},
        sync::Arc,
        thread::sleep,
        time::{Duration, SystemTime, UNIX_EPOCH},
    },
};

/// Prices are published, and the keeper looks, this often.
const BEAT: Duration = Duration::from_secs(2);

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
    };
    let progress = Progress::new(false);
    let (parameters, scenario) = demo.load()?;
    let validator = Validator::boot(&payer(options.seed))?;
    let now = now_ms()?;
    validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now })?;
    let oracles = Publisher::new(&validator, &parameters.markets);
    let (world, _) = demo::set_up(&validator, &oracles, parameters, &scenario, &demo, &progress)?;
    let folder = write_wallets(&world)?;
    validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms()?.max(validator.time().unix_ms) })?;
    validator.run_freely()?;
    print_world(&world, &folder);

    let stopped = on_ctrl_c()?;
    let chain = Chain::new(validator.rpc_url(), &Cluster);
    let keeper = Keeper { chain: &chain, ..world.keeper(Policy::default()) };
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
        if let Err(error) = keeper.round(&mut Teller { world: &world, progress: &progress }) {
            progress.alert(&format!("the keeper failed, and tries again: {error:#}"));
        }
        sleep(BEAT);
    }
    progress.line("stopped");
    Ok(())
}

/// The tick that is current `elapsed_ms` after the first start; after the last one it begins again.
fn tick_at(ticks: &[crate::scenario::Tick], elapsed_ms: i64) -> usize {
    let length = ticks.last().map_or(1, |tick| tick.at_ms.max(1));
    let at = elapsed_ms.rem_euclid(length);
    ticks.partition_point(|tick| tick.at_ms <= at).max(1) - 1
}

/// Tells what the keeper does.
struct Teller<'a> {
    world: &'a World<'a>,
    progress: &'a Progress,
}

impl Watch for Teller<'_> {
    fn before_allocation(&mut self) -> Result<()> {
        Ok(())
    }

    fn done(&mut self, action: &Action, outcome: &crate::chain::Outcome) -> Result<()> {
        let result = outcome.failure.as_deref().unwrap_or("done");
        let slot = self.world.keys.fund;
        self.progress.line(&format!("keeper, fund {slot}: {} {result}", action.name()));
        Ok(())
    }
}

/// Key files as Solana's tools read them, in a new folder.
fn write_wallets(world: &World) -> Result<PathBuf> {
    let folder = env::temp_dir().join(format!("bulkhead-localnet-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    write_key(&folder.join("payer.json"), &world.payer)?;
    write_key(&folder.join("authority.json"), &world.authority)?;
    for (number, wallet) in world.wallets.iter().enumerate() {
        write_key(&folder.join(format!("{}-{number}.json", wallet.kind.name())), &wallet.key)?;
    }
    Ok(folder)
}

fn write_key(path: &Path, key: &Keypair) -> Result<()> {
    let bytes: Vec<String> = key.to_bytes().iter().map(ToString::to_string).collect();
    fs::write(path, format!("[{}]", bytes.join(","))).with_context(|| format!("cannot write {}", path.display()))
}

fn print_world(world: &World, folder: &Path) {
    println!("RPC        {}", world.validator.rpc_url());
    println!("websocket  {}", world.validator.ws_url());
    println!("program    {}", bulkhead_client::PROGRAM_ID);
    println!("fund       {}", world.keys.fund);
    println!("mint       {}", world.keys.mint);
    for (index, (market, oracle)) in world.parameters.markets.iter().zip(&world.oracle_accounts).enumerate() {
        println!("market {index}   {} {} (oracle {oracle})", market.symbol, world.keys.market(index as u16));
    }
    println!("wallets    {} key files in {}", thousands(world.wallets.len() as u64 + 2), folder.display());
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
