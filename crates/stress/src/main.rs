use {
    anyhow::{ensure, Context, Result},
    bulkhead_calibrate::{folder, progress::Progress},
    bulkhead_format::print,
    bulkhead_stress::{
        behaviour::Behaviour,
        bench,
        day::Simulator,
        fit::Fitted,
        fund::Fund,
        history::{Filtered, History},
        parameters,
        paths::{JumpDiffusion, Paths},
        report,
        snapshot::Snapshot,
        study::{self, Input, Settings},
        summary,
        synthetic::{self, Shape},
        Shipped,
    },
    clap::Parser,
    std::{
        fs,
        path::{Path, PathBuf},
        process::ExitCode,
    },
};

/// The oracle's usual confidence, a part of the price: 5 bps.
const CONFIDENCE: f64 = 0.0005;
/// Members times paths that are simulated by default.
const DEFAULT_WORK: usize = 100_000_000;
/// Least and most paths by default.
const DEFAULT_PATHS: (usize, usize) = (1_000, 100_000);

/// Simulates a fund on many days: how likely each layer is reached, what would break it, and what
/// each member should pay.
///
/// Writes a report and the same as JSON into a folder. docs/stress.md has the definitions.
#[derive(Parser)]
#[command(name = "stress", bin_name = "cargo xtask stress", version)]
struct Cli {
    /// A real fund: the file that `bulkhead snapshot --json` wrote. `cargo xtask stress --fund ADDRESS`
    /// writes and passes it
    #[arg(long, conflicts_with = "synthetic")]
    snapshot: Option<PathBuf>,
    /// A synthetic fund with so many members, as full as the protocol's limits allow
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    synthetic: usize,
    /// Folder of prices, as `cargo xtask calibrate` takes it; without one, only the jump diffusion is
    /// simulated, with the committed estimates
    #[arg(long)]
    prices: Option<PathBuf>,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Days of each simulation; by default 100,000 for 1,000 members, fewer for more
    #[arg(long)]
    paths: Option<usize>,
    /// Days of each case of the sensitivity; by default a tenth of --paths
    #[arg(long)]
    sensitivity_paths: Option<usize>,
    /// Markets with 0001_fund.toml beside it; by default the repository's migrations
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// Folder for the report
    #[arg(long, default_value = "target/stress")]
    out: PathBuf,
    /// Print the study as JSON instead of a summary; progress goes to standard error
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// Only attribute expected shortfall, and propose contributions and premiums
    #[arg(long)]
    attribution: bool,
    /// Only estimate the processes from --prices, into this file
    #[arg(long, value_name = "FILE", requires = "prices")]
    save_fit: Option<PathBuf>,
    /// Only measure the speed, into this file, against the same in NumPy with this Python
    #[arg(long, value_name = "FILE")]
    bench: Option<PathBuf>,
    /// With --bench: a Python that has NumPy
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    #[command(flatten)]
    choices: Choices,
}

/// The assumptions.
#[derive(clap::Args)]
#[command(next_help_heading = "Assumptions")]
struct Choices {
    /// Minutes from the moment at which a member can be liquidated to the first attempt
    #[arg(long, default_value_t = 0)]
    delay_minutes: usize,
    /// Minutes without keepers, from the first moment of need
    #[arg(long, default_value_t = 0)]
    outage_minutes: usize,
    /// Part of the usual volume that takers absorb
    #[arg(long, default_value_t = 0.1)]
    participation: f64,
    /// Factor of the oracle's usual confidence
    #[arg(long, default_value_t = 1.0)]
    confidence_factor: f64,
    /// Part of contributions that leaves in the course of a day, at most the outflow cap
    #[arg(long, default_value_t = 0.0)]
    exits: f64,
    /// Y of the square root law
    #[arg(long, default_value_t = 1.0)]
    impact: f64,
    /// Open interest of each synthetic market, of its daily volume
    #[arg(long, default_value_t = 0.05)]
    interest: f64,
    /// Mean margin of synthetic members above initial margin, of it
    #[arg(long, default_value_t = 0.5)]
    excess_margin: f64,
    /// Part of synthetic members that hold all positions on one side
    #[arg(long, default_value_t = 0.5)]
    herding: f64,
    /// Part of the fund that is pledged to covers, and drawn in a second run
    #[arg(long, default_value_t = 0.25)]
    pledged: f64,
    /// Level of the attribution's tail
    #[arg(long, default_value_t = 0.99)]
    level: f64,
    /// What contributors ask for their capital a year
    #[arg(long, default_value_t = 0.1)]
    cost_of_capital: f64,
}

impl Choices {
    fn behaviour(&self) -> Behaviour {
        Behaviour {
            delay_steps: self.delay_minutes.div_ceil(5),
            outage_steps: self.outage_minutes.div_ceil(5),
            participation: self.participation,
            confidence_factor: self.confidence_factor,
            exits: self.exits,
            impact: self.impact,
        }
    }

    fn shape(&self, members: usize) -> Shape {
        Shape {
            members,
            interest: self.interest,
            excess_margin: self.excess_margin,
            herding: self.herding,
            ..Shape::default()
        }
    }

    fn check(&self) -> Result<()> {
        let part = |name: &str, value: f64| {
            ensure!((0.0..=1.0).contains(&value), "--{name} must be between 0 and 1");
            Ok(())
        };
        part("participation", self.participation)?;
        part("exits", self.exits)?;
        part("herding", self.herding)?;
        part("pledged", self.pledged)?;
        ensure!(self.level > 0.0 && self.level < 1.0, "--level must be above 0 and below 1");
        ensure!(self.confidence_factor >= 0.0 && self.impact >= 0.0, "a factor is negative");
        ensure!(self.interest > 0.0 && self.excess_margin >= 0.0, "--interest must be above 0");
        Ok(())
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

/// A fund with everything that was read for it.
struct Subject {
    source: String,
    fund: Fund,
    fitted: Fitted,
    history: Option<History>,
    shape: Option<Shape>,
}

fn run(cli: &Cli) -> Result<()> {
    cli.choices.check()?;
    let progress = Progress::new(cli.quiet);
    let parameters = cli.base.as_deref().map_or_else(Shipped::bundled, Shipped::read)?;
    if let Some(file) = &cli.bench {
        return bench::run(&parameters, &cli.python, file, &progress);
    }
    let subject = subject(cli, parameters, &progress)?;
    if let Some(file) = &cli.save_fit {
        return save_fit(&subject.fitted, file, &progress);
    }
    let settings = settings(cli, &subject);
    let cap = subject.fund.terms.outflow_cap;
    ensure!(cli.choices.exits <= cap, "--exits: the fund lets {cap} of contributions leave in a day");
    progress.line(&format!("{}: {} days each", subject.source, settings.paths));
    if cli.attribution {
        return attribution(cli, subject, &settings, &progress);
    }
    let Subject { source, fund, fitted, history, .. } = subject;
    let input = Input { source, fund, fitted, history: history.as_ref(), settings };
    let study = study::run(input, &progress)?;
    let json = serde_json::to_string_pretty(&study)?;
    fs::create_dir_all(&cli.out)
        .with_context(|| format!("cannot create {}: give --out another folder", cli.out.display()))?;
    write(&cli.out.join(report::REPORT_FILE), &report::html(&study))?;
    write(&cli.out.join("study.json"), &json)?;
    progress.line(&format!("written: {}", cli.out.display()));
    print(&if cli.json { format!("{json}\n") } else { summary::text(&study) })?;
    Ok(())
}

/// Reads or makes the fund, and reads the prices if there are some.
fn subject(cli: &Cli, parameters: Shipped, progress: &Progress) -> Result<Subject> {
    let snapshot = cli.snapshot.as_ref().map(|file| {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Snapshot::parse(&text).with_context(|| format!("in {}", file.display()))
    });
    let snapshot = snapshot.transpose()?;
    let parameters = match &snapshot {
        Some(snapshot) => snapshot.order(&parameters)?,
        None => parameters,
    };
    let (mut history, fitted) = match &cli.prices {
        Some(folder) => {
            let series = folder::load(folder, &parameters.symbols(), progress)?;
            let history = History::new(&series, &parameters)?;
            let fitted = Fitted::new(&series, &parameters, &history, progress)?;
            (Some(history), fitted)
        }
        None => (None, Fitted::bundled(&parameters)?),
    };
    if let Some(snapshot) = snapshot {
        let fund = snapshot.fund(&fitted, CONFIDENCE)?;
        if let Some(history) = &mut history {
            history.relative_to(&fund.markets, &parameters);
        }
        let source = format!("Fund {} at slot {}", snapshot.fund, snapshot.slot);
        return Ok(Subject { source, fund, fitted, history, shape: None });
    }
    let shape = cli.choices.shape(cli.synthetic);
    let markets = fitted.markets(&parameters, CONFIDENCE);
    let fund = synthetic::fund(&markets, &parameters::terms(&parameters.fund), &shape, cli.seed);
    let source = format!("Synthetic fund, seed {}", cli.seed);
    Ok(Subject { source, fund, fitted, history, shape: Some(shape) })
}

fn settings(cli: &Cli, subject: &Subject) -> Settings {
    let (least, most) = DEFAULT_PATHS;
    let usual = (DEFAULT_WORK / subject.fund.members.len()).clamp(least, most);
    let paths = cli.paths.unwrap_or(usual).max(1);
    Settings {
        seed: cli.seed,
        paths,
        sensitivity_paths: cli.sensitivity_paths.unwrap_or(paths / 10).max(1),
        level: cli.choices.level,
        pledged: cli.choices.pledged,
        cost_of_capital: cli.choices.cost_of_capital,
        behaviour: cli.choices.behaviour(),
        shape: subject.shape.clone(),
        half_life: 24.0,
    }
}

fn attribution(cli: &Cli, subject: Subject, settings: &Settings, progress: &Progress) -> Result<()> {
    let Subject { fund, fitted, history, .. } = subject;
    let filtered = history
        .as_ref()
        .map(|history| Filtered::new(history, None, settings.half_life, settings.seed, settings.paths))
        .transpose()?;
    let diffusion = JumpDiffusion::new(&fitted.processes(), &fitted.copula, settings.seed, settings.paths)?;
    let (paths, name): (&dyn Paths, &str) = match &filtered {
        Some(filtered) => (filtered, "filtered history"),
        None => (&diffusion, "jump diffusion"),
    };
    let outcomes = Simulator::new(&fund, &settings.behaviour).run(paths, name, progress);
    let expected = outcomes.iter().map(|outcome| outcome.mutual()).sum::<f64>() / outcomes.len() as f64;
    let shares = study::shares(&fund, settings, paths, name, expected, progress);
    let mut text = String::new();
    if cli.json {
        text = format!("{}\n", serde_json::to_string_pretty(&shares)?);
    } else {
        summary::shares(&mut text, &shares)?;
    }
    print(&text)?;
    Ok(())
}

fn save_fit(fitted: &Fitted, file: &Path, progress: &Progress) -> Result<()> {
    write(file, &format!("{}\n", serde_json::to_string_pretty(fitted)?))?;
    progress.line(&format!("written: {}", file.display()));
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
