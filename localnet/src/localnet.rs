//! The local network: a validator with a seeded fund that runs until it is stopped. Prices move, a
//! keeper works, and the user has wallets.

use {
    crate::{
        chain::{Chain, Cluster},
        demo,
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
    bulkhead_format::{money, thousands},
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
    /// For programs: when ready, print addresses and key files as one line of JSON. Also stop when
    /// standard input ends, as it does when the program that started this one ends
    #[arg(long)]
    pub json: bool,
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
    let network = Network::open(&validator, &oracles, parameters, &scenario, &demo, &progress)?;
    if options.json {
        network.stop.on_end_of_input()?;
        println!("{}", network.json());
    } else {
        network.print();
        println!("running: stop with Ctrl-C");
    }

    let (chain, swing) = (Chain::new(validator.rpc_url(), &Cluster), swing.restarted());
    let (keeper, done) = start_keeper(&network.world)?;
    let teller = Teller { world: &network.world, progress: &progress };
    while !network.stop.is_set() {
        let moved = options.scenario.is_some().then(|| swing.quotes(swing.place()));
        oracles.publish_at(&moved.unwrap_or_else(|| swing.first_quotes()), chain.unix_ts()?)?;
        done.try_iter().for_each(|(action, outcome)| teller.tell(&action, &outcome));
        ensure!(!keeper.thread.is_finished(), "the keeper failed: {}", keeper.end());
        network.stop.wait(BEAT);
    }
    keeper.stop.send_replace(true);
    done.iter().for_each(|(action, outcome)| teller.tell(&action, &outcome));
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
}

impl<'v> Network<'v> {
    /// Sets everything up and lets it run.
    pub fn open(
        validator: &'v Validator,
        oracles: &'v Publisher<'v>,
        parameters: Parameters,
        scenario: &Scenario,
        demo: &demo::Options,
        progress: &Progress,
    ) -> Result<Self> {
        validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms()? })?;
        let (world, population) = demo::set_up(validator, oracles, parameters, scenario, demo, progress)?;
        let newcomer = Keypair::new();
        hand_out_money(&world, &newcomer)?;
        // From here on the network must end by itself, because there are keys to remove.
        let stop = Stop::on_signals()?;
        let folder = write_wallets(&world, &newcomer)?;
        validator.set_time(Time {
            slot: validator.time().slot + 1,
            unix_ms: now_ms()?.max(validator.time().unix_ms),
        })?;
        validator.run_freely()?;
        Ok(Self { world, population, newcomer, folder, stop })
    }

    /// Removes the keys, which are worth nothing without this validator.
    pub fn close(&self) -> Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    /// The JSON form of [`Network::print`], for programs.
    pub fn json(&self) -> Value {
        let world = &self.world;
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
                "folder": self.folder,
                "payer": "payer.json",
                "authority": "authority.json",
                "newcomer": "newcomer.json",
                "members": wallets.collect::<Vec<_>>(),
            },
        })
    }

    /// Prints addresses and wallets.
    pub fn print(&self) {
        let world = &self.world;
        println!("RPC        {}", world.validator.rpc_url());
        println!("websocket  {}", world.validator.ws_url());
        println!("program    {}", bulkhead_client::PROGRAM_ID);
        println!("fund       {}", world.keys.fund);
        println!("mint       {}", world.keys.mint);
        for (index, (market, oracle)) in
            world.parameters.markets.iter().zip(&world.oracle_accounts).enumerate()
        {
            println!(
                "market {index}   {} {} (oracle {oracle})",
                market.symbol,
                world.keys.market(index as u16)
            );
        }
        println!(
            "wallets    {} key files in {}",
            thousands(world.wallets.len() as u64 + 3),
            self.folder.display()
        );
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
        println!("  {:>10} {}  has no member account yet", "newcomer", self.newcomer.pubkey());
    }
}
