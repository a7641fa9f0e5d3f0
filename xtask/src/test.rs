//! `cargo xtask test`: everything that must hold. All steps run, tests before lints, and a summary ends it.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use clap::ValueEnum;

use crate::{
    app, bench, build, client, codegen, elsewhere, from_nothing, history, proofs, rehearse, static_checks,
    support::{
        addresses::{Addresses, VARIABLES},
        job::Job,
        metadata, process,
        target::{selection, Target},
        times, ui,
    },
};

#[derive(clap::Args)]
pub struct Args {
    /// Only these steps, in their usual order (may be repeated)
    #[arg(long, value_enum)]
    only: Vec<Step>,
    /// Runs the README's commands in a clean clone with empty caches, and writes how long they took into README.md
    #[arg(long, conflicts_with = "only")]
    from_nothing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Step {
    /// Tests of the crates that compile in a minute
    Light,
    /// Coq checks the proofs, and that the functions are what was proved
    Proofs,
    /// All other tests compile
    Compile,
    /// The on-chain programs, built beside the two steps above; and in another folder, for other addresses, as the same bytes
    Build,
    /// The tool chain computes as the host does
    Conformance,
    /// Every other test: programs in the SVM and on a validator
    Programs,
    /// A deployment on devnet is rehearsed, in its short form
    Rehearse,
    /// The TypeScript client, on a local validator
    Client,
    /// The app, built and used in a browser
    App,
    /// IDL and TypeScript client are up to date
    Codegen,
    /// Compute units and size are the committed ones
    Bench,
    /// rustfmt has nothing to change
    Format,
    /// clippy has nothing to say
    Lint,
    /// The command line, installed as the README says, works
    Install,
    /// Licences, dependencies, spelling, unsafe
    Static,
}

/// Tested on their own, first. Leaving them out of the rest does not change the features of its dependencies.
const LIGHT: [&str; 3] = ["bulkhead-math", "bulkhead-sum-tree", "sbf-builtins"];
const CONFORMANCE: &str = "conformance";

pub fn run(args: Args) -> Result<()> {
    if args.from_nothing {
        return from_nothing::run();
    }
    ensure!(
        Addresses::chosen()?.is_none(),
        "the tests are for the addresses of local networks: unset {}",
        VARIABLES.join(" and ")
    );
    let chosen = |step: &Step| args.only.is_empty() || args.only.contains(step);
    let steps: Vec<Step> = Step::value_variants().iter().copied().filter(chosen).collect();
    let mut run = Run { target: Target::host()?, programs: None, tally: Tally::default(), done: vec![] };
    if steps.contains(&Step::Build) && steps.len() > 1 {
        run.programs = Some(Job::start("programs", build_all)?);
    }
    let start = Instant::now();
    for step in steps {
        run.step(step);
    }
    run.summary(start.elapsed());
    let failed: Vec<String> =
        run.done.iter().filter(|done| done.outcome != Outcome::Good).map(|done| done.step.name()).collect();
    ensure!(
        failed.is_empty(),
        "failed or not run: {}. `cargo xtask test --only {}` repeats the first",
        failed.join(", "),
        failed[0]
    );
    Ok(())
}

/// A run of the steps: what they share, and how each ended.
struct Run {
    target: Target,
    /// The programs, while they are built in the background.
    programs: Option<Job<()>>,
    tally: Tally,
    done: Vec<Done>,
}

struct Done {
    step: Step,
    time: Duration,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Good,
    Failed,
    /// Not run, for a step that it needs has failed.
    NotRun,
}

impl Run {
    /// Runs a step unless one that it needs has failed; a failure is told and does not stop the others.
    fn step(&mut self, step: Step) {
        ui::doing(format!("step {}", step.name()));
        let started = Instant::now();
        let failed = |needed: &&Step| {
            self.done.iter().any(|done| done.step == **needed && done.outcome != Outcome::Good)
        };
        let outcome = if let Some(needed) = step.needs().iter().find(failed) {
            ui::bad(format!("step {} was not run: it needs step {}", step.name(), needed.name()));
            Outcome::NotRun
        } else {
            match times::step(&step.name(), || step.run(self)) {
                Ok(()) => Outcome::Good,
                Err(error) => {
                    error.chain().for_each(|cause| ui::bad(cause.to_string()));
                    Outcome::Failed
                }
            }
        };
        self.done.push(Done { step, time: started.elapsed(), outcome });
    }

    fn summary(&self, total: Duration) {
        println!();
        for Done { step, time, outcome } in &self.done {
            let word = match outcome {
                Outcome::Good => "ok",
                Outcome::Failed => "FAILED",
                Outcome::NotRun => "not run",
            };
            println!("{:12} {:>12}  {word}", step.name(), ui::seconds(*time));
        }
        let Tally { passed, failed, ignored } = self.tally;
        println!("{passed} passed, {failed} failed, {ignored} ignored in {}", ui::seconds(total));
    }
}

impl Step {
    fn name(self) -> String {
        let value = self.to_possible_value().expect("no step is hidden");
        value.get_name().to_owned()
    }

    /// The steps without which this one says nothing.
    fn needs(self) -> &'static [Self] {
        match self {
            Self::Conformance | Self::Programs | Self::Rehearse | Self::Client | Self::App => {
                &[Self::Compile, Self::Build]
            }
            Self::Bench => &[Self::Build],
            _ => &[],
        }
    }

    fn run(self, run: &mut Run) -> Result<()> {
        let (target, tally) = (&run.target, &mut run.tally);
        match self {
            Self::Light => {
                let packages = LIGHT.iter().flat_map(|package| ["--package", package]);
                tally.count(target.cargo().args(["test", "--locked"]).args(packages))
            }
            Self::Proofs => proofs::check(target, |tests| tally.count(tests)),
            Self::Compile => process::run(heavy(target).args(["--all-targets", "--no-run"])),
            Self::Build => run.programs.take().map_or_else(build_all, Job::join),
            Self::Conformance => {
                // Its seed and its counts are worth seeing.
                tally.count(heavy(target).args(["--test", CONFORMANCE, "--", "--nocapture"]))
            }
            Self::Programs => {
                history::postgres()?;
                let tests = test_targets()?;
                let others = tests.iter().filter(|name| *name != CONFORMANCE);
                let others = others.flat_map(|name| ["--test", name.as_str()]);
                let tests =
                    tally.count(heavy(target).args(["--no-fail-fast", "--lib", "--bins"]).args(others));
                let documented = tally.count(heavy(target).arg("--doc"));
                let apart = ["test", "--locked", "--manifest-path", "tests/pyth-pro/Cargo.toml"];
                tests.and(documented).and(tally.count(target.cargo().args(apart)))
            }
            Self::Rehearse => rehearse::short(target),
            Self::Client => {
                client::build()?;
                codegen::type_check()?;
                tally.count(&mut client::tests(target)?)
            }
            Self::App => {
                app::build()?;
                app::check()?;
                tally.count(&mut app::tests(target)?)
            }
            Self::Codegen => codegen::check(target),
            Self::Bench => bench::measure(target, true),
            Self::Format => process::run(target.cargo().args(["fmt", "--all", "--check"]))
                .context("`cargo fmt --all` puts it right"),
            Self::Lint => lint(target),
            Self::Static => {
                let steps: Vec<String> = Self::value_variants().iter().map(|step| step.name()).collect();
                static_checks::run(&steps)
            }
            Self::Install => install(target),
        }
    }
}

/// All programs, and the deployed ones once more as another machine would build them.
fn build_all() -> Result<()> {
    build::ensure()?;
    elsewhere::ensure()
}

/// Clippy over the workspace, every warning an error.
///
/// `cargo clippy` would check every dependency once more, for ten minutes, since what a check makes and what a build makes
/// are two things to Cargo. So the workspace is built with Clippy's compiler in the place of rustc: dependencies are those
/// of the tests, and only our own crates are compiled again.
fn lint(target: &Target) -> Result<()> {
    // How `cargo clippy` hands its arguments to the compiler.
    const DENY_WARNINGS: &str = "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";
    let sysroot = process::probe("rustc", &["--print", "sysroot"]).context("rustc has no sysroot")?;
    let driver = PathBuf::from(sysroot).join("bin/clippy-driver");
    ensure!(driver.exists(), "there is no Clippy: `rustup component add clippy` and repeat");
    let mut lint = target.cargo();
    lint.env("RUSTC_WORKSPACE_WRAPPER", driver).env("CLIPPY_ARGS", DENY_WARNINGS);
    process::run(lint.args(selection("build")).args(["--all-targets", "--keep-going"]))
}

/// Installs the command line as a stranger would, and asks it for its version. The profile is that of tests, so that most
/// of it is there already.
fn install(target: &Target) -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut install = target.cargo();
    install
        .args(["install", "--path", "cli", "--locked", "--debug", "--no-track", "--root"])
        .arg(root.path());
    process::run(&mut install)?;
    let binary = root.path().join("bin/bulkhead");
    let version =
        process::probe(&binary, &["--version"]).context("the installed command line does not start")?;
    ensure!(version.starts_with("bulkhead "), "the installed command line says: {version}");
    ui::good(format!("installed: {version}"));
    Ok(())
}

/// `cargo test` of all but the light crates.
fn heavy(target: &Target) -> Command {
    let mut test = target.cargo();
    test.args(selection("test"));
    test.args(LIGHT.iter().flat_map(|package| ["--exclude", package]));
    test
}

/// The names of all integration tests outside the light crates.
fn test_targets() -> Result<Vec<String>> {
    let members = metadata::members()?.into_iter().filter(|member| !LIGHT.contains(&member.name.as_str()));
    let targets = members.flat_map(|member| member.targets);
    let tests = targets.filter(|target| target.kind.iter().any(|kind| kind == "test"));
    Ok(tests.map(|target| target.name).collect())
}

#[derive(Clone, Copy, Default)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Runs `cargo test` or Vitest, passing its output through, and adds up its results.
    fn count(&mut self, command: &mut Command) -> Result<()> {
        process::run_and_read(command, |line| self.add(line))
    }

    /// Cargo: "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.07s".
    /// Vitest: "      Tests  1 failed | 30 passed | 2 skipped (33)".
    fn add(&mut self, line: &str) {
        let cargo = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "));
        let counts: Vec<&str> = match (cargo, line.trim_start().strip_prefix("Tests  ")) {
            (Some((_, counts)), _) => counts.split("; ").collect(),
            (_, Some(counts)) => counts.split(" | ").collect(),
            _ => return,
        };
        for count in counts {
            let mut words = count.split(' ');
            let number = words.next().and_then(|number| number.parse().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                Some("ignored" | "skipped") => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn results_are_added_up() {
        let mut tally = Tally::default();
        tally.add(
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.07s",
        );
        tally.add("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s");
        tally.add("test result_of_something ... ok");
        tally.add("      Tests  1 failed | 30 passed | 2 skipped (33)");
        tally.add(" Test Files  3 passed (3)");
        assert_eq!((tally.passed, tally.failed, tally.ignored), (44, 3, 3));
    }
}
