//! `cargo xtask fuzz`: random histories, the built program against the reference model (`tests/random`); with `--target`, libFuzzer
//! on a target of the crate `fuzz`. What that tries is kept beside the build; the committed corpus changes only with `--keep`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{bail, Context, Result};

use crate::{
    build,
    support::{crates_io, paths, process, target::Target, ui},
    versions::{FUZZ, FUZZ_SHA256, FUZZ_TOOLCHAIN},
};

#[derive(clap::Args)]
pub struct Args {
    /// A libFuzzer target instead of histories: `trading`, `waterfall`, ..., or `all` of them, one after the other
    #[arg(long)]
    target: Option<String>,
    /// Minutes, for each target
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// The first seed of the histories; the time, if none is given
    #[arg(long, conflicts_with = "target")]
    seed: Option<u64>,
    /// Replaces the committed corpus of a target by a small one that covers as much
    #[arg(long, requires = "target")]
    keep: bool,
}

/// Bytes of an input: a few actions suffice, and long ones are slow. A legacy price account is extended by its target.
const MAX_LEN: u32 = 1_024;
/// Inputs of a target that are kept.
const KEPT: usize = 20;

/// All targets.
const ALL: &str = "all";

pub fn run(args: Args) -> Result<()> {
    match &args.target {
        Some(target) => targets(&args, target),
        None => histories(&args),
    }
}

/// Random histories with new seeds. A finding is shrunk and written to `tests/random/sequences`.
fn histories(args: &Args) -> Result<()> {
    let target = Target::host()?;
    build::ensure()?;
    let mut histories = target.binary("bulkhead-tests", "histories")?;
    histories.args(["--minutes", &args.minutes.to_string()]);
    if let Some(seed) = args.seed {
        histories.args(["--seed", &seed.to_string()]);
    }
    process::run(&mut histories).context("a property does not hold, or the program and the model differ")
}

fn targets(args: &Args, target: &str) -> Result<()> {
    let names = names()?;
    let chosen: Vec<_> = names.iter().filter(|name| target == ALL || target == *name).collect();
    if chosen.is_empty() {
        bail!("there is no target {target}: choose one of {}, or {ALL}", names.join(", "));
    }
    if process::probe("cargo", &[&format!("+{FUZZ_TOOLCHAIN}"), "--version"]).is_none() {
        bail!("fuzzing needs a {FUZZ_TOOLCHAIN} tool chain: `rustup toolchain install {FUZZ_TOOLCHAIN}` and repeat");
    }
    let fuzzer = Fuzzer {
        cargo_fuzz: crates_io::tool("cargo-fuzz", FUZZ, FUZZ_SHA256, "cargo-fuzz")?,
        target: Target::host()?,
    };
    for name in chosen {
        ui::doing(format!("fuzzing {name} for {} minutes", args.minutes));
        fuzzer
            .fuzz(name, args.minutes)
            .with_context(|| format!("{name}: the input is in fuzz/artifacts/{name}"))?;
        if args.keep {
            fuzzer.keep(name)?;
        }
    }
    Ok(())
}

/// The targets: each has a binary.
fn names() -> Result<Vec<String>> {
    let mut names = vec![];
    for entry in fs::read_dir(paths::root().join("fuzz/targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

struct Fuzzer {
    cargo_fuzz: PathBuf,
    target: Target,
}

impl Fuzzer {
    fn folder(&self) -> PathBuf {
        self.target.folder.join("fuzz")
    }

    /// What earlier runs here have found worth keeping.
    fn found(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder().join("found").join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// `cargo fuzz run` of a target over folders of inputs: new ones go to the first.
    fn command(&self, name: &str, inputs: &[&Path]) -> Command {
        let mut fuzz = process::command(&self.cargo_fuzz);
        fuzz.env("RUSTUP_TOOLCHAIN", FUZZ_TOOLCHAIN)
            // The release profile is made for the chain: one unit of code and a slow link.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .args(["run", "--fuzz-dir", "fuzz", "--features", "libfuzzer"])
            // There is no unsafe code for it to watch, and without it four times as many inputs are tried.
            .args(["--sanitizer", "none", "--target-dir"])
            .arg(self.folder())
            .arg(name)
            .args(inputs)
            .args(["--".to_owned(), format!("-max_len={MAX_LEN}")]);
        fuzz
    }

    fn fuzz(&self, name: &str, minutes: f64) -> Result<()> {
        let mut fuzz = self.command(name, &[&self.found(name)?, &committed(name)]);
        fuzz.arg(format!("-max_total_time={}", (minutes * 60.0).ceil()))
            .args(["-print_final_stats=1", "-timeout=10"]);
        process::run(&mut fuzz)
    }

    /// Few inputs that reach as many branches as all of them.
    fn keep(&self, name: &str) -> Result<()> {
        let small = self.folder().join("kept").join(name);
        if small.exists() {
            fs::remove_dir_all(&small)?;
        }
        fs::create_dir_all(&small)?;
        let mut merge = self.command(name, &[&small, &self.found(name)?, &committed(name)]);
        // Branches, not how often each is taken: that would keep hundreds.
        process::run(merge.args(["-set_cover_merge=1", "-use_counters=0"]))?;
        let place = committed(name);
        fs::remove_dir_all(&place)?;
        fs::create_dir_all(&place)?;
        // The shortest ones, if there are too many: they can be read.
        let mut inputs: Vec<_> = fs::read_dir(small)?.collect::<std::io::Result<_>>()?;
        inputs.sort_by_key(|input| (input.metadata().map(|data| data.len()).unwrap_or(0), input.file_name()));
        for input in inputs.iter().take(KEPT) {
            fs::copy(input.path(), place.join(input.file_name()))?;
        }
        ui::good(format!("{name}: {} of {} inputs kept", inputs.len().min(KEPT), inputs.len()));
        Ok(())
    }
}

/// The corpus of the repository.
fn committed(name: &str) -> PathBuf {
    let folder = paths::root().join("fuzz/corpus").join(name);
    // Missing before the first input is kept.
    let _ = fs::create_dir_all(&folder);
    folder
}
