use {
    anyhow::{Context, Result},
    bulkhead_calibrate::{
        base::{Base, FUND_FILE},
        calibrate,
        markets::{self, MARKETS_FILE},
        progress::{colour_on_stdout, Progress},
        report,
        settings::{Settings, DAY_SECS},
        summary::{self, Style},
    },
    bulkhead_format::print,
    clap::Parser,
    std::{
        fs,
        path::{Path, PathBuf},
        process::ExitCode,
    },
};

/// Proposes the rates of markets from real prices, and replays history against them.
///
/// Writes a folder that `cargo xtask demo --migrations` takes, with a report beside it.
/// docs/calibration.md has the formulas.
#[derive(Parser)]
#[command(
    name = "calibrate",
    bin_name = "cargo xtask calibrate",
    version,
    after_help = "With --attribution it proposes contributions and premiums by who causes the losses of a \
                  fund, and takes the options of `cargo xtask stress`: docs/stress.md."
)]
struct Cli {
    /// Folder of prices: CSV files timestamp_utc,open,high,low,close[,volume], plain or .gz, in it
    /// or in folders in it, named like BTCUSDT_1h_spot.csv.gz (history) or
    /// 2025-10-10_BTC_5m_spot.csv (a crash)
    #[arg(long)]
    prices: PathBuf,
    /// Markets to propose rates for, with 0001_fund.toml beside it; by default the repository's
    /// migrations
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// Folder for the proposal and the report
    #[arg(long, default_value = "target/calibration")]
    out: PathBuf,
    /// Print one JSON document instead of a summary; progress goes to standard error
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    choices: Choices,
}

/// The choices that people make.
#[derive(clap::Args)]
#[command(next_help_heading = "Choices")]
struct Choices {
    /// Time until a position below maintenance margin is liquidated; at least the time between two
    /// prices
    #[arg(long, default_value_t = 60)]
    horizon_minutes: u32,
    /// Time until a defaulter's position is sold
    #[arg(long, default_value_t = 240)]
    stress_horizon_minutes: u32,
    /// Beginning of a history that is not counted
    #[arg(long, default_value_t = 30)]
    warm_up_days: u32,
    /// Part of moves that initial margin covers
    #[arg(long, default_value_t = 0.999)]
    initial_quantile: f64,
    /// Part of moves that maintenance margin covers
    #[arg(long, default_value_t = 0.995)]
    maintenance_quantile: f64,
    /// Part of breaker windows, in crashes, that do not trip
    #[arg(long, default_value_t = 0.995)]
    breaker_quantile: f64,
    /// Half-life of the volatility
    #[arg(long, default_value_t = 86_400)]
    half_life_secs: u32,
    /// Least multiplier
    #[arg(long, default_value_t = 8_000)]
    multiplier_min_bps: u16,
    /// Largest multiplier
    #[arg(long, default_value_t = 30_000)]
    multiplier_max_bps: u16,
    /// Speed of maintenance margin
    #[arg(long, default_value_t = 50)]
    ramp_bps_per_hour: u16,
    /// Length of the breaker's windows
    #[arg(long, default_value_t = 900)]
    breaker_window_secs: u32,
    /// Time for which the breaker stays tripped
    #[arg(long, default_value_t = 1_800)]
    breaker_cooloff_secs: u32,
    /// Premium that open positions pay
    #[arg(long, default_value_t = 100)]
    premium_bps_per_year: u16,
    /// Part of the usual volume that a liquidation can be
    #[arg(long, default_value_t = 0.1)]
    participation: f64,
    /// Part of all notional that the largest member holds
    #[arg(long, default_value_t = 0.025)]
    largest_member: f64,
}

impl From<&Choices> for Settings {
    fn from(choices: &Choices) -> Self {
        Self {
            horizon_secs: i64::from(choices.horizon_minutes) * 60,
            stress_horizon_secs: i64::from(choices.stress_horizon_minutes) * 60,
            warm_up_secs: i64::from(choices.warm_up_days) * DAY_SECS,
            initial_quantile: choices.initial_quantile,
            maintenance_quantile: choices.maintenance_quantile,
            breaker_quantile: choices.breaker_quantile,
            volatility_half_life_secs: choices.half_life_secs,
            multiplier_min_bps: choices.multiplier_min_bps,
            multiplier_max_bps: choices.multiplier_max_bps,
            maintenance_ramp_bps_per_hour: choices.ramp_bps_per_hour,
            breaker_window_secs: choices.breaker_window_secs,
            breaker_cooloff_secs: choices.breaker_cooloff_secs,
            premium_bps_per_year: choices.premium_bps_per_year,
            participation: choices.participation,
            largest_member: choices.largest_member,
        }
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

fn run(cli: &Cli) -> Result<()> {
    let progress = Progress::new(cli.quiet);
    let base = cli.base.as_deref().map_or_else(Base::bundled, Base::read)?;
    let calibration = calibrate(&cli.prices, &base, &Settings::from(&cli.choices), &progress)?;
    fs::create_dir_all(&cli.out)
        .with_context(|| format!("cannot create {}: give --out another folder", cli.out.display()))?;
    for (name, text) in [
        (MARKETS_FILE, markets::toml(&calibration, &base)),
        (FUND_FILE, base.fund_text.clone()),
        (report::REPORT_FILE, report::html(&calibration)),
    ] {
        write(&cli.out.join(name), &text)?;
    }
    progress.line(&format!("written: {}", cli.out.display()));
    print(&match cli.json {
        true => format!("{}\n", serde_json::to_string_pretty(&calibration)?),
        false => summary::text(&calibration, Style { colour: colour_on_stdout() }),
    })?;
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
