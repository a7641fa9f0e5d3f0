//! A local fund that lives until Ctrl-C: prices go there and back, members trade, the standing
//! keeper works.

mod history;
mod life;
mod news;
mod pace;

use {
    crate::{
        chain::{Chain, Cluster},
        demo,
        localnet::{decimals, Common, Network},
        progress::Progress,
        publisher::Publisher,
        standing::{start_keeper, Standing, Teller},
        swing::Swing,
        validator::Validator,
        world::payer,
    },
    anyhow::{ensure, Result},
    bulkhead_format::print,
    bulkhead_keeper::{engine::SendOutcome, plan::Action},
    history::History,
    life::Life,
    news::News,
    std::{
        path::PathBuf,
        sync::mpsc::Receiver,
        time::{Duration, Instant},
    },
};

/// Time between two publications of prices, and between two acts of members.
const BEAT: Duration = Duration::from_secs(1);
/// Beats between two lines of prices.
const PRICES_EVERY: u64 = 5;
/// Most beats in a row that may fail.
const MOST_FAILURES: u32 = 10;
/// Time that the keeper's last transactions get to land.
const LAST_FLIGHT: Duration = Duration::from_millis(1_500);

/// The options of the living fund.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Members besides the keeper's own (at least 2)
    #[arg(long, default_value_t = 12)]
    pub members: usize,
    /// Seed of wallets, sizes and trades
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The crash that prices go through and back: 2020-03-12 [default], 2021-05-19, 2022-11-ftx,
    /// 2025-10-10, or a .toml file of that format. With --prices, the window in the folder
    #[arg(long)]
    pub scenario: Option<String>,
    /// Full CSV series from this folder instead (timestamp_utc,open,high,low,close; assets by file
    /// name)
    #[arg(long, value_name = "FOLDER")]
    pub prices: Option<PathBuf>,
    /// Speed, as a multiple of the real one; the markets' windows and half-lives are shortened with
    /// it
    #[arg(long, default_value_t = 60)]
    pub speed: u32,
    /// Read the parameters of fund and markets from this folder instead of the repo's migrations
    #[arg(long, value_name = "FOLDER")]
    pub migrations: Option<PathBuf>,
    /// Run this ledger beside it: the program `bulkhead-history`
    #[arg(long, value_name = "PROGRAM")]
    pub ledger: Option<PathBuf>,
    /// For programs: print one line of JSON with addresses and key files, then one for each event
    #[arg(long)]
    pub json: bool,
    /// What is the same for every network that runs on
    #[command(flatten)]
    pub common: Common,
}

/// Runs until Ctrl-C.
pub fn run(options: &Options) -> Result<()> {
    let demo = demo::Options {
        scenario: options.scenario.clone(),
        prices: options.prices.clone(),
        migrations: options.migrations.clone(),
        ..demo::Options::of(options.members, options.seed)
    };
    let progress = Progress::new(options.json);
    let (parameters, scenario) = demo.load()?;
    let parameters = pace::quickened(parameters, options.speed);
    let swing = Swing::new(&scenario, decimals(&parameters), options.speed)?;
    let validator = Validator::boot(&payer(options.seed))?;
    let oracles = Publisher::new(&validator, &parameters.markets);
    let network =
        Network::open(&validator, &oracles, parameters, &scenario, &demo, &options.common, &progress)?;
    let keeper = (!options.common.no_keeper).then(|| start_keeper(&network.world)).transpose()?;
    let history = options.ledger.as_deref().map(|program| History::start(program, &network)).transpose()?;
    print(&(introduction(&network, history.as_ref(), options.json).join("\n") + "\n"))?;

    let ended = live(&network, &oracles, swing.restarted(), keeper.as_ref(), options);
    if let Some((keeper, done)) = keeper {
        keeper.stop.send_replace(true);
        let since = Instant::now();
        while done.recv_timeout(LAST_FLIGHT.saturating_sub(since.elapsed())).is_ok() {}
    }
    drop(history);
    network.close()?;
    ended?;
    progress.line("stopped");
    Ok(())
}

/// All addresses, a line each; the last line names the next command.
fn introduction(network: &Network, history: Option<&History>, json: bool) -> Vec<String> {
    if json {
        let mut addresses = network.json();
        if let Some(history) = history {
            addresses["ledger"] = history.url.as_str().into();
        }
        return vec![addresses.to_string()];
    }
    let mut lines: Vec<String> =
        history.iter().map(|history| format!("ledger     {}", history.url)).collect();
    lines.extend(network.lines());
    let (url, fund) = (network.doors.rpc_url(), network.world.keys.fund);
    lines.push(format!("next: cargo xtask cli -- --url {url} --fund {fund} doctor   (Ctrl-C stops this)"));
    lines
}

fn live(
    network: &Network,
    oracles: &Publisher,
    swing: Swing,
    keeper: Option<&(Standing, Receiver<(Action, SendOutcome)>)>,
    options: &Options,
) -> Result<()> {
    let world = &network.world;
    let chain = Chain::new(world.validator.rpc_url(), &Cluster);
    let quiet = Progress::new(true);
    let teller = Teller { world, progress: &quiet };
    let mut news = News::new(&teller, options.json);
    let mut life = Life::new(network, &chain, options.seed);
    let mut failures = 0;
    for beat in 0u64.. {
        if network.stop.is_set() {
            break;
        }
        if let Some((keeper, done)) = keeper {
            done.try_iter().for_each(|(action, outcome)| news.keeper(&action, &outcome));
            ensure!(!keeper.thread.is_finished(), "the keeper has stopped: see its log with RUST_LOG=info");
        }
        let mut act = || -> Result<()> {
            let place = swing.place();
            oracles.publish_at(&swing.quotes(place), chain.unix_ts()?)?;
            if beat % PRICES_EVERY == 0 {
                news.prices(&world.parameters, &oracles.quotes());
            }
            let book = chain.book(&world.keys, &world.oracle_accounts)?;
            news.defaults(&book);
            if place.index == 0 {
                life.begin_again(&book)?;
            }
            if let Some(trade) = life.trade(&book)? {
                news.trade(&trade);
            }
            Ok(())
        };
        // The fund runs for hours: one failing beat is reported, many end it.
        failures = match act() {
            Ok(()) => 0,
            Err(error) if failures < MOST_FAILURES => {
                news.trouble(&error);
                failures + 1
            }
            Err(error) => return Err(error),
        };
        network.stop.wait(BEAT);
    }
    Ok(())
}
