//! The speed of the simulation and of the attribution, and of the same in NumPy, in one run.

use {
    crate::{
        attribution::{attribute, Tail},
        behaviour::Behaviour,
        day::Simulator,
        files::Files,
        fit::Fitted,
        paths::JumpDiffusion,
        random::Random,
        synthetic::{self, Shape},
        workers,
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

/// What NumPy took, in seconds, and what it computed.
#[derive(Debug, Deserialize)]
struct Same {
    numpy: String,
    simulation_secs: f64,
    attribution_secs: f64,
    shortfall: f64,
}

/// Measures, compares, and writes the table.
///
/// # Errors
/// When Python has no NumPy, or when both sides attribute different amounts.
pub fn run(files: &Files, python: &Path, file: &Path, progress: &Progress) -> Result<()> {
    let fitted = Fitted::bundled(files)?;
    let markets = fitted.markets(files, 0.0005);
    let fund =
        |members: usize| synthetic::fund(&markets, &files.terms(), &Shape { members, ..Shape::default() }, 1);
    let small = fund(MEMBERS);
    let started = Instant::now();
    let paths = JumpDiffusion::new(&fitted.processes(), &fitted.copula, 1, PATHS.0)?;
    let outcomes = Simulator::new(&small, &Behaviour::default()).run(&paths, "days", progress);
    let simulation_secs = started.elapsed().as_secs_f64();
    ensure!(outcomes.iter().any(|outcome| outcome.defaults > 0), "the simulation did nothing");

    let mut random = Random::new(1, 7);
    let mut moves = || markets.iter().map(|market| 2.0 * market.deviation * random.normal()).collect();
    let scenarios: Vec<Vec<f64>> = (0..SCENARIOS).map(|_| moves()).collect();
    let attributed = |members: usize| {
        let large = fund(members);
        let started = Instant::now();
        let found = attribute(&large, &Tail::new(&large, &scenarios, 0.0));
        (started.elapsed().as_secs_f64(), found.shortfall, large)
    };
    let (attribution_secs, ..) = attributed(ATTRIBUTED.0);
    let (_, shortfall, large) = attributed(ATTRIBUTED.1);

    let input = serde_json::json!({
        "processes": fitted.processes(), "copula": fitted.copula, "fund": small, "paths": PATHS.1,
        "attributed": large, "scenarios": scenarios,
    });
    progress.line("the same in NumPy");
    let same = numpy(python, &input.to_string())?;
    let distance = (same.shortfall / shortfall - 1.0).abs();
    ensure!(distance < 1e-9, "NumPy attributes {} where this attributes {shortfall}", same.shortfall);
    let text = table(simulation_secs, attribution_secs, &same);
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

fn table(simulation_secs: f64, attribution_secs: f64, same: &Same) -> String {
    let simulated = (PATHS.0 * MEMBERS) as f64 / simulation_secs;
    let simulated_there = (PATHS.1 * MEMBERS) as f64 / same.simulation_secs;
    let attributed = (ATTRIBUTED.0 * SCENARIOS) as f64 / attribution_secs;
    let attributed_there = (ATTRIBUTED.1 * SCENARIOS) as f64 / same.attribution_secs;
    let number = |amount: usize| thousands(amount as u64);
    format!(
        "# Speed of the stress test\n\n\
         Written by `cargo xtask stress --bench`, in one run on {} processors against NumPy {}. NumPy \
         does\nthe same work on fewer paths and members, one thread as it comes; the ratio is by the \
         rate.\n\n\
         | work | here | rate here, a second | in NumPy | rate there, a second | ratio |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n\
         | {} days of {} members, three markets | {simulation_secs:.1} s | {:.1} M member-days | {} days: \
         {:.1} s | {:.2} M member-days | {:.0} |\n\
         | attribution of {} members over {} scenarios | {attribution_secs:.1} s | {:.0} M losses | {} \
         members: {:.1} s | {:.0} M losses | {:.1} |\n",
        workers::count(),
        same.numpy,
        number(PATHS.0),
        number(MEMBERS),
        simulated / 1e6,
        number(PATHS.1),
        same.simulation_secs,
        simulated_there / 1e6,
        simulated / simulated_there,
        number(ATTRIBUTED.0),
        number(SCENARIOS),
        attributed / 1e6,
        number(ATTRIBUTED.1),
        same.attribution_secs,
        attributed_there / 1e6,
        attributed / attributed_there,
    )
}
