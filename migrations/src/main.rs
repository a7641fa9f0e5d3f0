//! `bulkhead-migrate` brings a deployment to the state in the files.

use {
    anyhow::{anyhow, Result},
    bulkhead_client::program::{self, choose_from_environment},
    bulkhead_inspect::{
        migration::Parameters,
        settings::{chosen_keypair, cluster_url, Settings},
    },
    bulkhead_migrate::{
        cluster::{place, told},
        guard,
        profile::{Network, Profile},
        site::{Plan, Site},
        step::{self, End},
        steps::COUNT,
    },
    clap::Parser,
    std::{
        env,
        path::{Path, PathBuf},
        process::ExitCode,
    },
};

/// Exit code for a run that leaves work, which is no failure.
const OPEN: u8 = 3;

/// Deploys the programs and a fund in numbered steps, and brings a deployment to the state in the
/// files. Running it again changes nothing, or goes on where it could not before. Exits with 0 (all
/// steps are done), 1 (failed or refused), 2 (wrong usage) or 3 (something waits: for a timelock,
/// for a multisig, or because of --dry-run or --until).
#[derive(Parser)]
#[command(name = "bulkhead-migrate", version)]
struct Cli {
    /// localnet, devnet, mainnet, or a .toml file of that format
    #[arg(long)]
    profile: String,
    /// Only compare the chain with the files, and show the work
    #[arg(long)]
    dry_run: bool,
    /// The network's name once more, to change a public one
    #[arg(long, value_name = "NETWORK")]
    confirm: Option<String>,
    /// Stop after this step
    #[arg(long, value_name = "NUMBER", default_value_t = COUNT, value_parser = step_number)]
    until: usize,
    /// Cluster instead of the profile's: a moniker or a URL
    #[arg(long, short, value_name = "URL_OR_MONIKER")]
    url: Option<String>,
    /// Key file that pays, instead of the profile's
    #[arg(long, short, value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// Solana's configuration file, if not the usual one
    #[arg(long, value_name = "FILE")]
    solana_config: Option<PathBuf>,
    /// Parameters and profiles from this folder instead of the repository's migrations
    #[arg(long, value_name = "FOLDER")]
    migrations: Option<PathBuf>,
    /// The built program, if not that of `cargo xtask build`
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Leave the programs as they are, and set up or change the fund
    #[arg(long, conflicts_with = "program")]
    skip_program: bool,
}

fn step_number(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=COUNT).contains(number));
    number.ok_or_else(|| format!("steps are 1 to {COUNT}"))
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Open) => ExitCode::from(OPEN),
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<End> {
    choose_from_environment()?;
    let folder = cli.migrations.clone().unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let parameters = Parameters::from_folder(&folder)?;
    let profile = Profile::read(&cli.profile, &folder.join("profiles"))?;
    let network = profile.network;
    if !cli.dry_run {
        guard::confirm(network, cli.confirm.as_deref())?;
    }
    let settings = Settings::read(cli.solana_config.as_deref())?;
    let url = cluster_url(cli.url.as_deref().unwrap_or(&profile.cluster))?;
    let payer = chosen_keypair(cli.keypair.as_deref().or(profile.payer.as_deref()), &settings)?;
    let program = cli.program.clone().unwrap_or_else(|| built("bulkhead.so"));
    let claims = built("bulkhead_cover.so");
    let plan = Plan {
        profile,
        url: url.clone(),
        payer,
        parameters,
        program,
        claims,
        skip_program: cli.skip_program,
    };
    deploy(cli, network, plan).map_err(|error| anyhow!("{}", told(&error, &url)))
}

fn deploy(cli: &Cli, network: Network, plan: Plan) -> Result<End> {
    let site = Site::open(plan)?;
    let governors = guard::authorities(&site)?;
    guard::released(&site)?;
    step::say(&format!("{} at {}", network.name(), place(&site.cluster.url)));
    governors.iter().for_each(|line| step::say(line));
    let end = step::run(&site, cli.until, cli.dry_run)?;
    step::say(&closing(end, cli));
    Ok(if cli.until < COUNT { End::Open } else { end })
}

fn closing(end: End, cli: &Cli) -> String {
    match end {
        End::Open if cli.dry_run => "dry run: nothing was sent".into(),
        End::Open => "not all steps are done: run this again when its wait is over".into(),
        End::Done if cli.until < COUNT => {
            format!("stopped after step {}: run this again for the others", cli.until)
        }
        End::Done => "all steps are done".into(),
    }
}

/// The place where `cargo xtask build` puts a program.
fn built(name: &str) -> PathBuf {
    let folder = env::var_os("SBF_OUT_DIR").map(PathBuf::from);
    let usual = || program::builds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sbf"));
    folder.unwrap_or_else(usual).join(name)
}
