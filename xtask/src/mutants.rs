//! `cargo xtask mutants`: mistakes of one operator or one result in the mathematics, one at a time, in a copy. A test must
//! fail for each, or `docs/assurance/survivors.csv` says why none can.
//!
//! cargo-mutants says which mistakes there are. One build holds all of them (see [`schema`]): a build for each would take
//! a minute a mutant. With `--rules` it is mistakes in the rules of the program, by another way (see [`rules`]).

mod rules;
mod schema;
mod switches;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context, Result};
use serde::Deserialize;

use crate::{
    elsewhere,
    support::{crates_io, paths, process, target::Target, ui},
    versions::{MUTANTS, MUTANTS_SHA256},
};
use schema::{Mutant, Schema, VARIABLE};

#[derive(clap::Args)]
pub struct Args {
    /// Only mutants of these files, such as `crates/math/src/waterfall.rs`; else of the whole crate
    #[arg(long)]
    file: Vec<String>,
    /// How many at once
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Mutants of the program's rules instead, such as `programs/bulkhead/src/rules/waterfall.rs`
    #[arg(long)]
    rules: bool,
    /// Random histories for each mutant of the rules, before the tests
    #[arg(long, default_value_t = 25, requires = "rules")]
    histories: u64,
}

/// The crate whose tests run in seconds.
const CRATE: &str = "bulkhead-math";
const LIBRARY: &str = "crates/math/src/lib.rs";
/// Mutants that no test can tell from the code, with the reason.
const SURVIVORS: &str = "docs/assurance/survivors.csv";
/// What a build of the crate does not read.
const LEFT_OUT: [&str; 4] = [".git", "target", "node_modules", "dist"];
/// A mutant whose tests take so many times as long as those of the code does not end.
const PATIENCE: u32 = 10;

pub fn run(args: Args) -> Result<()> {
    let explained = explained(&fs::read_to_string(paths::root().join(SURVIVORS))?)?;
    if args.rules {
        return judge(&rules::run(&args.file, args.jobs, args.histories)?, &explained);
    }
    let folder = Target::host()?.folder.join("mutants");
    let root = folder.join("source");
    elsewhere::synchronize(&paths::root(), &root, &LEFT_OUT)?;
    let mutants = listed(&root, &args.file)?;
    let cargo = |arguments: &[&str]| {
        let mut cargo = process::cargo();
        cargo.current_dir(&root).env("CARGO_TARGET_DIR", folder.join("target"));
        cargo.env("RUSTFLAGS", "--cap-lints=allow").args(arguments).args(["--package", CRATE]);
        cargo
    };
    let schema = Schema { root: &root, library: LIBRARY, mutants: &mutants };
    let tried = schema.write(|| cargo(&["check", "--message-format=json"]))?;
    ui::good(format!("{} of {} mutants compile", tried.len(), mutants.len()));

    let built = process::output(&mut cargo(&["test", "--no-run", "--message-format=json"]))?;
    let tests = Tests { binaries: binaries(&built), examples: &|| cargo(&["test", "--doc"]), patience: None };
    ensure!(!tests.binaries.is_empty(), "{CRATE} has no tests");
    let started = Instant::now();
    ensure!(!tests.fail(usize::MAX)?, "the tests fail without a mutant");
    let tests = Tests { patience: Some(started.elapsed() * PATIENCE), ..tests };

    let survivors = tests.survivors(&mutants, &tried, args.jobs)?;
    let missed: BTreeSet<String> = survivors.iter().filter_map(|mutant| name(&mutant.name)).collect();
    ui::good(format!("{} mutants were caught, {} were not", tried.len() - survivors.len(), survivors.len()));
    judge(&missed, &explained)
}

/// Fails if one that nothing noticed has no reason.
fn judge(missed: &BTreeSet<String>, explained: &BTreeMap<String, String>) -> Result<()> {
    let open: Vec<&String> = missed.iter().filter(|name| !explained.contains_key(*name)).collect();
    if !open.is_empty() {
        bail!("no test fails with these, and {SURVIVORS} does not say why:\n  {}", join(&open));
    }
    Ok(())
}

/// The mutants that there are in a copy of the source.
fn listed(root: &Path, files: &[String]) -> Result<Vec<Mutant>> {
    let tool = crates_io::tool("cargo-mutants", MUTANTS, MUTANTS_SHA256, "cargo-mutants")?;
    let mut list = process::command(tool);
    list.current_dir(root).args(["mutants", "--list", "--json", "--package", CRATE]);
    files.iter().for_each(|file| {
        list.args(["--file", file]);
    });
    serde_json::from_str(&process::output(&mut list)?).with_context(|| process::line(&list))
}

/// What tells a mutant from the code.
struct Tests<'a> {
    binaries: Vec<PathBuf>,
    /// Runs the examples of the documentation, which take longer.
    examples: &'a (dyn Fn() -> Command + Sync),
    patience: Option<Duration>,
}

impl Tests<'_> {
    /// The mutants with which no test fails.
    fn survivors<'m>(&self, mutants: &'m [Mutant], tried: &[usize], jobs: usize) -> Result<Vec<&'m Mutant>> {
        let jobs = jobs.max(1);
        thread::scope(|scope| {
            let part = |job: usize| {
                let mut survivors = vec![];
                for &number in tried.iter().skip(job).step_by(jobs) {
                    let mutant = &mutants[number];
                    if !self.fail(number)? {
                        ui::note(format!("survives: {}", mutant.name));
                        survivors.push(mutant);
                    }
                }
                Ok(survivors)
            };
            let running: Vec<_> = (0..jobs).map(|job| scope.spawn(move || part(job))).collect();
            let parts = running.into_iter().map(|job| job.join().expect("no panic"));
            Ok(parts.collect::<Result<Vec<_>>>()?.concat())
        })
    }

    /// Whether any test fails, or does not end.
    fn fail(&self, mutant: usize) -> Result<bool> {
        for binary in &self.binaries {
            if self.fails(process::command(binary), mutant)? {
                return Ok(true);
            }
        }
        self.fails((self.examples)(), mutant)
    }

    fn fails(&self, mut test: Command, mutant: usize) -> Result<bool> {
        test.env(VARIABLE, mutant.to_string()).env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        test.env("PROPTEST_MAX_SHRINK_ITERS", "0").env("RUST_BACKTRACE", "0");
        let mut running =
            test.stdout(Stdio::null()).stderr(Stdio::null()).spawn().with_context(|| process::line(&test))?;
        let started = Instant::now();
        loop {
            if let Some(status) = running.try_wait()? {
                return Ok(!status.success());
            }
            if self.patience.is_some_and(|patience| started.elapsed() > patience) {
                running.kill()?;
                running.wait()?;
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The test binaries of what Cargo says that it has built.
fn binaries(built: &str) -> Vec<PathBuf> {
    #[derive(Deserialize)]
    struct Artifact {
        executable: Option<PathBuf>,
    }
    built.lines().filter_map(|line| serde_json::from_str::<Artifact>(line).ok()?.executable).collect()
}

fn join(names: &[&String]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("\n  ")
}

/// `crates/math/src/units.rs: replace + with -` from `crates/math/src/units.rs:7:9: replace + with -`.
fn name(line: &str) -> Option<String> {
    let (place, change) = line.split_once(": ")?;
    Some(format!("{}: {change}", place.split(':').next()?))
}

/// Each mutant that the file explains, with the reason: quoted, then the rest of the line.
fn explained(text: &str) -> Result<BTreeMap<String, String>> {
    let row = |line: &str| {
        let (mutant, why) = line.strip_prefix('"')?.split_once("\",")?;
        let why = why.trim_matches('"');
        (!why.is_empty()).then(|| (mutant.to_owned(), why.to_owned()))
    };
    let rows = text.lines().skip(1);
    rows.map(|line| row(line).with_context(|| format!("{SURVIVORS}: {line} explains no mutant"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_is_known_wherever_its_line_has_moved() {
        let known = "crates/math/src/units.rs: replace + with - in elapsed";
        for line in [3, 77] {
            let found = format!("crates/math/src/units.rs:{line}:9: replace + with - in elapsed");
            assert_eq!(name(&found).as_deref(), Some(known));
        }
        assert_eq!(name("nothing"), None);
    }

    #[test]
    fn a_survivor_without_a_reason_is_refused() {
        let head = "mutant,why\n";
        let rows =
            explained(&format!("{head}\"a.rs: replace < with <= in b\",\"Equal, anyway.\"\n")).unwrap();
        assert_eq!(rows["a.rs: replace < with <= in b"], "Equal, anyway.");
        assert!(explained(&format!("{head}\"a.rs: replace < with <= in b\",\n")).is_err());
        assert!(explained(&format!("{head}a.rs,why\n")).is_err());
    }

    #[test]
    fn the_committed_survivors_are_explained() {
        let text = fs::read_to_string(paths::root().join(SURVIVORS)).unwrap();
        let rows = explained(&text).unwrap();
        assert_eq!(rows.len(), text.lines().count() - 1, "each once");
        for file in rows.keys().filter_map(|name| name.split_once(": ")).map(|(file, _)| file) {
            assert!(paths::root().join(file).is_file(), "{file}");
        }
    }
}
