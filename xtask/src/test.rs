//! `cargo xtask test`: everything that must hold, cheapest first. It stops at the first step that fails.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{bail, Context, Result};
use clap::ValueEnum;
use serde::Deserialize;

use crate::{
    bench, build, client, codegen, static_checks,
    support::{
        process,
        target::{selection, Target},
        ui,
    },
};

#[derive(clap::Args)]
pub struct Args {
    /// Only these steps, in their usual order (may be repeated)
    #[arg(long, value_enum)]
    only: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Step {
    /// rustfmt has nothing to change
    Format,
    /// clippy has nothing to say
    Lint,
    /// Licences, dependencies, spelling, unsafe
    Static,
    /// Tests of the crates that compile in a minute
    Light,
    /// The on-chain programs
    Build,
    /// The tool chain computes as the host does
    Conformance,
    /// Every other test: programs in the SVM and on a validator
    Programs,
    /// The TypeScript client, on a local validator
    Client,
    /// IDL and TypeScript client are up to date
    Codegen,
    /// Compute units and size are the committed ones
    Bench,
}

/// Tested on their own, first. Leaving them out of the rest does not change the features of its dependencies.
const LIGHT: [&str; 3] = ["bulkhead-math", "sbf-builtins", "xtask"];
const CONFORMANCE: &str = "conformance";

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    let mut tally = Tally::default();
    let mut times = vec![];
    let start = Instant::now();
    let chosen = |step: &Step| args.only.is_empty() || args.only.contains(step);
    let outcome = Step::value_variants().iter().filter(|step| chosen(step)).try_for_each(|step| {
        ui::doing(format!("step {}", step.name()));
        let started = Instant::now();
        let outcome = step.run(&target, &mut tally);
        times.push((step.name(), started.elapsed(), outcome.is_ok()));
        outcome.with_context(|| format!("step {0} failed: `cargo xtask test --only {0}` repeats it", step.name()))
    });
    summary(&tally, &times, start.elapsed());
    outcome
}

fn summary(tally: &Tally, times: &[(String, Duration, bool)], total: Duration) {
    println!();
    for (name, time, good) in times {
        println!("{:12} {:>12}  {}", name, ui::seconds(*time), if *good { "ok" } else { "FAILED" });
    }
    let Tally { passed, failed, ignored } = tally;
    println!("{passed} passed, {failed} failed, {ignored} ignored in {}", ui::seconds(total));
}

impl Step {
    fn name(self) -> String {
        let value = self.to_possible_value().expect("no step is hidden");
        value.get_name().to_owned()
    }

    fn run(self, target: &Target, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Format => process::run(target.cargo().args(["fmt", "--all", "--check"]))
                .context("`cargo fmt --all` puts it right"),
            Self::Lint => {
                let mut lint = target.cargo();
                lint.args(selection("clippy")).args(["--all-targets", "--", "--deny", "warnings"]);
                process::run(&mut lint)
            }
            Self::Static => static_checks::run(),
            Self::Light => {
                let packages = LIGHT.iter().flat_map(|package| ["--package", package]);
                tally.count(target.cargo().arg("test").args(packages))
            }
            Self::Build => build::ensure(),
            Self::Conformance => {
                // Its seed and its counts are worth seeing.
                tally.count(heavy(target).args(["--test", CONFORMANCE, "--", "--nocapture"]))
            }
            Self::Programs => {
                let tests = test_targets()?;
                let others = tests.iter().filter(|name| *name != CONFORMANCE);
                let others = others.flat_map(|name| ["--test", name.as_str()]);
                tally.count(heavy(target).args(["--lib", "--bins"]).args(others))?;
                tally.count(heavy(target).arg("--doc"))
            }
            Self::Client => {
                client::build()?;
                codegen::type_check()?;
                tally.count(&mut client::tests(target)?)
            }
            Self::Codegen => codegen::check(target),
            Self::Bench => bench::measure(target, true),
        }
    }
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
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        targets: Vec<Target>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    let text = process::output(process::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_str(&text)?;
    let packages = metadata.packages.into_iter().filter(|package| !LIGHT.contains(&package.name.as_str()));
    let targets = packages.flat_map(|package| package.targets);
    let tests = targets.filter(|target| target.kind.iter().any(|kind| kind == "test"));
    Ok(tests.map(|target| target.name).collect())
}

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Runs `cargo test` or Vitest, passing its output through, and adds up its results.
    fn count(&mut self, command: &mut Command) -> Result<()> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {program}"))?;
        let output = child.stdout.take().expect("it is piped");
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            self.add(&line);
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("failed ({status}): {}", process::line(command));
        }
        Ok(())
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
        tally.add("test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.07s");
        tally.add("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s");
        tally.add("test result_of_something ... ok");
        tally.add("      Tests  1 failed | 30 passed | 2 skipped (33)");
        tally.add(" Test Files  3 passed (3)");
        assert_eq!((tally.passed, tally.failed, tally.ignored), (44, 3, 3));
    }
}
