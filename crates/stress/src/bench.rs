//! The speed of the simulation and of the attribution, and of the same in NumPy, in one run.

use {
    crate::{
        attribution::{attribute, Tail},
        behaviour::Behaviour,
        day::Simulator,
        fit::Fitted,
        fund::Fund,
        parameters,
        paths::JumpDiffusion,
        random::Random,
        synthetic::{self, Shape},
        workers, Shipped,
    },
    anyhow::{ensure, Context, Result},
    bulkhead_calibrate::progress::Progress,
    bulkhead_format::thousands,
    serde::Deserialize,
    std::{fs, path::Path, process::Command, time::Instant},
};

/// The program that does the same in NumPy.
const PROGRAM: &str = include_str!("bench/same.py");
/// Days of the simulation, here and in NumPy.
const PATHS: (usize, usize) = (100_000, 1_000);
/// Members of the simulated fund.
const MEMBERS: usize = 1_000;
/// Members of the attribution, here and in NumPy.
const ATTRIBUTED: (usize, usize) = (1_000_000, 100_000);
/// Scenarios of the attribution's tail.
const SCENARIOS: usize = 1_000;

/// Time and result of the work in NumPy.
#[derive(Debug, Deserialize)]
struct Same {
    numpy: String,
    simulation: Took,
    attribution: Took,
    shortfall: f64,
}

/// Seconds of one piece of work.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Took {
    /// On the clock.
    wall: f64,
    /// Of all processors together.
    cpu: f64,
}

impl Took {
    /// Does the work, and measures it.
    fn by<T>(work: impl FnOnce() -> Result<T>) -> Result<(Self, T)> {
        let (started, before) = (Instant::now(), cpu_secs()?);
        let result = work()?;
        Ok((Self { wall: started.elapsed().as_secs_f64(), cpu: cpu_secs()? - before }, result))
    }
}

/// Processor seconds of this process, in hundredths, as Linux counts them.
fn cpu_secs() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat").context("the speed is measured on Linux alone")?;
    // The name, in brackets, may contain spaces. User and system time are the fields 14 and 15.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>();
    Ok(ticks.context("/proc/self/stat is not as expected")? / 100.0)
}

/// Measures, compares, and writes the table.
///
/// # Errors
/// When Python has no NumPy, or when both sides attribute different amounts.
pub fn run(parameters: &Shipped, python: &Path, file: &Path, progress: &Progress) -> Result<()> {
    let fitted = Fitted::bundled(parameters)?;
    let markets = fitted.markets(parameters, 0.0005);
    let terms = parameters::terms(&parameters.fund);
    let fund = |members: usize| synthetic::fund(&markets, &terms, &Shape { members, ..Shape::default() }, 1);
    let small = fund(MEMBERS);
    let paths = JumpDiffusion::new(&fitted.processes(), &fitted.copula, 1, PATHS.0)?;
    let (simulation, outcomes) =
        Took::by(|| Ok(Simulator::new(&small, &Behaviour::default()).run(&paths, "days", progress)))?;
    ensure!(outcomes.iter().any(|outcome| outcome.defaults > 0), "the simulation did nothing");

    let mut random = Random::new(1, 7);
    let mut moves = || markets.iter().map(|market| 2.0 * market.deviation * random.normal()).collect();
    let scenarios: Vec<Vec<f64>> = (0..SCENARIOS).map(|_| moves()).collect();
    let attributed = |fund: &Fund| Took::by(|| Ok(attribute(fund, &Tail::new(fund, &scenarios, 0.0))));
    let (attribution, _) = attributed(&fund(ATTRIBUTED.0))?;
    let large = fund(ATTRIBUTED.1);
    let shortfall = attributed(&large)?.1.shortfall;

    let input = serde_json::json!({
        "processes": fitted.processes(), "copula": fitted.copula, "fund": small, "paths": PATHS.1,
        "attributed": large, "scenarios": scenarios,
    });
    progress.line("the same in NumPy");
    let same = numpy(python, &input.to_string())?;
    let distance = (same.shortfall / shortfall - 1.0).abs();
    ensure!(distance < 1e-9, "NumPy attributes {} where this attributes {shortfall}", same.shortfall);
    let text = table((simulation, attribution), &same);
    fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    progress.line(&text);
    Ok(())
}

/// Runs the program with the input in a file beside it.
fn numpy(python: &Path, input: &str) -> Result<Same> {
    let folder = std::env::temp_dir().join(format!("bulkhead-stress-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (program, data) = (folder.join("same.py"), folder.join("input.json"));
    fs::write(&program, PROGRAM)?;
    fs::write(&data, input)?;
    let output = Command::new(python)
        .arg(&program)
        .arg(&data)
        .output()
        .with_context(|| format!("cannot start {}", python.display()))?;
    fs::remove_dir_all(&folder)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "NumPy did not run: {}", errors.lines().last().unwrap_or("no message"));
    serde_json::from_slice(&output.stdout).context("NumPy's result is not as expected")
}

fn table((simulation, attribution): (Took, Took), same: &Same) -> String {
    let number = |amount: usize| thousands(amount as u64);
    let row =
        |name: &str, unit: &str, here: Took, there: Took, (size, size_there): (usize, usize), on: &str| {
            let (rate, rate_there) = (size as f64 / here.cpu, size_there as f64 / there.cpu);
            format!(
                "| {name} | {:.1} s | {:.1} s | {:.2} M {unit} | {on}: {:.1} s | {:.2} M | {:.1} |\n",
                here.wall,
                here.cpu,
                rate / 1e6,
                there.cpu,
                rate_there / 1e6,
                rate / rate_there
            )
        };
    let simulated = row(
        &format!("{} days of {} members, three markets", number(PATHS.0), number(MEMBERS)),
        "member-days",
        simulation,
        same.simulation,
        (PATHS.0 * MEMBERS, PATHS.1 * MEMBERS),
        &format!("{} days", number(PATHS.1)),
    );
    let attributed = row(
        &format!("attribution of {} members over {} scenarios", number(ATTRIBUTED.0), number(SCENARIOS)),
        "losses",
        attribution,
        same.attribution,
        (ATTRIBUTED.0 * SCENARIOS, ATTRIBUTED.1 * SCENARIOS),
        &format!("{} members", number(ATTRIBUTED.1)),
    );
    format!(
        "# Speed of the stress test\n\n\
         Written by `cargo xtask stress --bench`, in one run on {} processors against NumPy {}. NumPy does\n\
         the same work on fewer days and members. The ratio is that of the rates in a second of one\n\
         processor, which other programs on the machine disturb least.\n\n\
         | work | clock | processors | a processor's second | NumPy, processors | a second | ratio |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n\
         {simulated}{attributed}",
        workers::count(),
        same.numpy,
    )
}
