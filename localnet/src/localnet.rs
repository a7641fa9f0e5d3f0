//! The local network: a validator with a seeded fund that runs until it is stopped. Prices move, a
//! keeper works, and the user has wallets.

use {
    crate::{
        chain::{Chain, Cluster},
        demo::{self, SetUp},
        doors::Doors,
        migration::Parameters,
        population::{Kind, Population},
        progress::Progress,
        publisher::Publisher,
        scenario::Scenario,
        standing::{start_keeper, Teller},
        stop::Stop,
        swing::{now_ms, Swing},
        validator::{Time, Validator},
        wallets::{hand_out_money, key_file, write_wallets},
        world::{payer, World},
    },
    anyhow::{ensure, Context, Result},
    bulkhead_format::{money, print, thousands},
    serde_json::{json, Value},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{fs, path::PathBuf, time::Duration},
};

/// Time between two publications of prices.
const BEAT: Duration = Duration::from_secs(2);

/// The options of the local network.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Members besides the keeper's own (at least 2)
    #[arg(long, default_value_t = 10)]
    pub members: usize,
    /// Seed of wallets, sizes and trades
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Replay this crash, there and back again; without it prices do not move
    #[arg(long)]
    pub scenario: Option<String>,
    /// With --scenario: speed, as a multiple of the real one
    #[arg(long, default_value_t = 60)]
    pub speed: u32,
    /// Read the parameters of fund and markets from this folder instead of the repo's migrations
    #[arg(long, value_name = "FOLDER")]
    pub migrations: Option<PathBuf>,
    /// For programs: when ready, print addresses and key files as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// What is the same for every network that runs on
    #[command(flatten)]
    pub common: Common,
}

/// Options of every network that runs until it is stopped.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Common {
    /// Port of the RPC node; the websocket's is the next one, as Solana's clients assume. By default
    /// 8899, or the next pair that is free
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=65_534))]
    pub port: Option<u16>,
    /// Start no keeper: run your own with `cargo xtask keeper`
    #[arg(long)]
    pub no_keeper: bool,
    /// Also stop when standard input ends, as it does when the program that started this one ends
    #[arg(long)]
    pub stop_with_input: bool,
}

/// Runs until Ctrl-C.
pub fn run(options: &Options) -> Result<()> {
    let demo = demo::Options {
        scenario: options.scenario.clone(),
        migrations: options.migrations.clone(),
        ..demo::Options::of(options.members, options.seed)
    };
    // A program that has ended reads no progress.
    let progress = Progress::new(options.json);
    let (parameters, scenario) = demo.load()?;
    let swing = Swing::new(&scenario, decimals(&parameters), options.speed)?;
    let validator = Validator::boot(&payer(options.seed))?;
    let oracles = Publisher::new(&validator, &parameters.markets);
    let network =
        Network::open(&validator, &oracles, parameters, &scenario, &demo, &options.common, &progress)?;
    let mut lines = if options.json { vec![network.json().to_string()] } else { network.lines() };
    if !options.json {
        lines.push("running: stop with Ctrl-C".into());
    }
    print(&(lines.join("\n") + "\n"))?;

    let (chain, swing) = (Chain::new(validator.rpc_url(), &Cluster), swing.restarted());
    let keeper = (!options.common.no_keeper).then(|| start_keeper(&network.world)).transpose()?;
    let teller = Teller { world: &network.world, progress: &progress };
    while !network.stop.is_set() {
        let moved = options.scenario.is_some().then(|| swing.quotes(swing.place()));
        oracles.publish_at(&moved.unwrap_or_else(|| swing.first_quotes()), chain.unix_ts()?)?;
        if let Some((keeper, done)) = &keeper {
            done.try_iter().for_each(|(action, outcome)| teller.tell(&action, &outcome));
            ensure!(!keeper.thread.is_finished(), "the keeper failed: see its log with RUST_LOG=info");
        }
        network.stop.wait(BEAT);
    }
    if let Some((keeper, done)) = keeper {
        keeper.stop.send_replace(true);
        done.iter().for_each(|(action, outcome)| teller.tell(&action, &outcome));
    }
    network.close()?;
    progress.line("stopped");
    Ok(())
}

/// Decimals of the markets' prices.
pub fn decimals(parameters: &Parameters) -> Vec<u8> {
    parameters.markets.iter().map(|market| market.params.price_decimals).collect()
}

/// A seeded network on which blocks come by themselves, and its keys.
pub struct Network<'v> {
    /// Fund and members.
    pub world: World<'v>,
    /// The population that the members were drawn from.
    pub population: Population,
    /// The wallet of a person without a member account.
    pub newcomer: Keypair,
    /// Folder of the key files.
    pub folder: PathBuf,
    pub stop: Stop,
    /// The ports that the network is reached at.
    pub doors: Doors,
}

impl<'v> Network<'v> {
    /// Sets everything up and lets it run.
    pub fn open(
        validator: &'v Validator,
        oracles: &'v Publisher<'v>,
        parameters: Parameters,
        scenario: &Scenario,
        demo: &demo::Options,
        common: &Common,
        progress: &Progress,
    ) -> Result<Self> {
        // First, because a port that is taken is told before anything else is done.
        let doors = Doors::open(common.port, validator.rpc_url(), validator.ws_url())?;
        validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms()? })?;
        let SetUp { world, population, .. } =
            demo::set_up(validator, oracles, parameters, scenario, demo, progress)?;
        let newcomer = Keypair::new();
        hand_out_money(&world, &newcomer)?;
        // From here on the network must end by itself, because there are keys to remove.
        let stop = Stop::on_signals()?;
        if common.stop_with_input {
            stop.on_end_of_input()?;
        }
        let folder = write_wallets(&world, &newcomer)?;
        validator.set_time(Time {
            slot: validator.time().slot + 1,
            unix_ms: now_ms()?.max(validator.time().unix_ms),
        })?;
        validator.run_freely()?;
        Ok(Self { world, population, newcomer, folder, stop, doors })
    }

    /// Removes the keys, which are worth nothing without this validator.
    pub fn close(&self) -> Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    /// The JSON form of [`Network::lines`], for programs.
    pub fn json(&self) -> Value {
        let world = &self.world;
        let markets = world.parameters.markets.iter().zip(&world.oracle_accounts).enumerate();
        let markets = markets.map(|(index, (market, oracle))| {
            let address = world.keys.market(index as u16);
            json!({ "symbol": market.symbol, "address": address.to_string(), "oracle": oracle.to_string() })
        });
        let wallets = world.wallets.iter().enumerate().map(|(number, wallet)| key_file(number, wallet));
        json!({
            "rpc": self.doors.rpc_url(),
            "websocket": self.doors.ws_url(),
            "program": bulkhead_client::program_id().to_string(),
            "fund": world.keys.fund.to_string(),
            "mint": world.keys.mint.to_string(),
            "tokenProgram": world.keys.token_program.to_string(),
            "markets": markets.collect::<Vec<_>>(),
            "keys": {
                "folder": self.folder,
                "payer": "payer.json",
                "authority": "authority.json",
                "newcomer": "newcomer.json",
                "members": wallets.collect::<Vec<_>>(),
            },
        })
    }

    /// Addresses and wallets, a line each.
    pub fn lines(&self) -> Vec<String> {
        let world = &self.world;
        let mut lines = Vec::new();
        let mut line = |text: String| lines.push(text);
        line(format!("RPC        {}", self.doors.rpc_url()));
        line(format!("websocket  {}", self.doors.ws_url()));
        line(format!("program    {}", bulkhead_client::program_id()));
        line(format!("fund       {}", world.keys.fund));
        line(format!("mint       {}", world.keys.mint));
        for (index, (market, oracle)) in
            world.parameters.markets.iter().zip(&world.oracle_accounts).enumerate()
        {
            line(format!(
                "market {index}   {} {} (oracle {oracle})",
                market.symbol,
                world.keys.market(index as u16)
            ));
        }
        line(format!(
            "wallets    {} key files in {}",
            thousands(world.wallets.len() as u64 + 3),
            self.folder.display()
        ));
        for (number, wallet) in
            world.wallets.iter().enumerate().filter(|(number, w)| *number < 20 || w.kind == Kind::Keeper)
        {
            line(format!(
                "  {:>10} {}  brought {}",
                format!("{} {number}", wallet.kind.name()),
                wallet.key.pubkey(),
                money(wallet.stake)
            ));
        }
        line(format!("  {:>10} {}  has no member account yet", "newcomer", self.newcomer.pubkey()));
        line(format!("  {:>10} {}  governs the fund", "authority", world.authority.pubkey()));
        line("for a newcomer, to copy into another terminal:".to_owned());
        lines.extend(self.lines_to_copy().iter().map(|copied| format!("  {copied}")));
        lines
    }

    /// Commands with which a newcomer becomes a member of this fund.
    fn lines_to_copy(&self) -> Vec<String> {
        let key = self.folder.join("newcomer.json");
        let mut lines = vec![
            format!("export BULKHEAD_URL={}", self.doors.rpc_url()),
            format!("export BULKHEAD_FUND={}", self.world.keys.fund),
            format!("export BULKHEAD_KEYPAIR={}", key.display()),
        ];
        let commands = ["doctor", "open", "deposit 1,000", "contribute 2,000", "member"];
        lines.extend(commands.map(|command| format!("cargo xtask cli -- {command}")));
        let first = self.world.parameters.markets.first();
        lines.extend(first.map(|market| format!("cargo xtask cli -- quote buy {} all", market.symbol)));
        lines
    }
}
