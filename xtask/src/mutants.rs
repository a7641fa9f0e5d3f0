//! `cargo xtask mutants`: mistakes that cargo-mutants puts into the mathematics, one at a time, in a copy. A test must
//! fail for each, or `docs/assurance/survivors.csv` says why none can.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{bail, ensure, Context, Result};

use crate::{
    support::{crates_io, paths, process, target::Target, ui},
    versions::{MUTANTS, MUTANTS_SHA256},
};

#[derive(clap::Args)]
pub struct Args {
    /// Only mutants of these files, such as `crates/math/src/waterfall.rs`; else of the whole crate
    #[arg(long)]
    file: Vec<String>,
    /// One part of so many, such as `0/8`
    #[arg(long)]
    shard: Option<String>,
}

/// The crate whose tests run in a second.
const CRATE: &str = "bulkhead-math";
/// Mutants that no test can tell from the code, with the reason.
const SURVIVORS: &str = "docs/assurance/survivors.csv";
/// Exit codes of cargo-mutants with which it has tried all: every mutant was caught, some were not, some ran too long.
const TRIED: [i32; 3] = [0, 2, 3];

pub fn run(args: Args) -> Result<()> {
    let explained = explained(&fs::read_to_string(paths::root().join(SURVIVORS))?)?;
    let tool = crates_io::tool("cargo-mutants", MUTANTS, MUTANTS_SHA256, "cargo-mutants")?;
    let folder = Target::host()?.folder.join("mutants");
    fs::create_dir_all(&folder)?;
    let mut mutants = process::command(tool);
    mutants.env("CARGO_TARGET_DIR", folder.join("target"));
    mutants.args(["mutants", "--package", CRATE, "--jobs", "1", "--cap-lints=true", "--output"]).arg(&folder);
    args.file.iter().for_each(|file| {
        mutants.args(["--file", file]);
    });
    if let Some(shard) = &args.shard {
        mutants.args(["--shard", shard]);
    }
    let code = mutants.status().with_context(|| process::line(&mutants))?.code();
    ensure!(code.is_some_and(|code| TRIED.contains(&code)), "cargo-mutants could not try them");

    let results = folder.join("mutants.out");
    let (missed, caught) = (names(&results.join("missed.txt"))?, names(&results.join("caught.txt"))?);
    ui::good(format!("{} kinds of mutants were caught, {} were not", caught.len(), missed.len()));
    let open: Vec<&String> = missed.iter().filter(|name| !explained.contains_key(*name)).collect();
    if !open.is_empty() {
        bail!("no test fails with these, and {SURVIVORS} does not say why:\n  {}", join(&open));
    }
    Ok(())
}

fn join(names: &[&String]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("\n  ")
}

/// The mutants of a list that cargo-mutants wrote, by file and change. Lines move.
fn names(list: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(list).with_context(|| format!("reading {}", list.display()))?;
    text.lines().map(|line| name(line).with_context(|| format!("{line} names no mutant"))).collect()
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
