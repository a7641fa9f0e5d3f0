//! `cargo xtask rehearse`: plays a deployment on devnet on a local validator, from an empty wallet to a stolen key.

use std::{path::PathBuf, process::Command};

use anyhow::{ensure, Result};

use crate::{
    build, elsewhere,
    off_chain::Args,
    support::{
        addresses::{Addresses, VARIABLES},
        job::Job,
        process,
        target::{selection, Target},
    },
};

/// The rehearsal, and the programs that it runs.
const BINARIES: [&str; 7] = [
    "bulkhead-rehearse",
    "bulkhead",
    "bulkhead-history",
    "bulkhead-keeper",
    "bulkhead-migrate",
    "bulkhead-new-address",
    "bulkhead-verify",
];
/// What stands in for Pyth's receiver, and Squads' own program.
const OF_OTHERS: [&str; 2] = ["sbf-receiver", "squads-program"];

pub fn run(args: Args) -> Result<()> {
    ensure!(
        Addresses::chosen()?.is_none(),
        "a rehearsal makes addresses of its own: unset {}",
        VARIABLES.join(" and ")
    );
    let asks_for = |name: &str| args.arguments.iter().any(|argument| argument == name);
    let target = Target::host()?;
    if !asks_for("--help") && !asks_for("-h") {
        let short = asks_for("--short");
        Job::start("programs", move || programs(short))?.join()?;
    }
    let mut rehearse = binaries(&target)?;
    // It builds by itself, and may be kept for hours.
    drop(target);
    process::hand_over(rehearse.args(args.arguments))
}

/// The programs of others; for the short form those that are deployed too, as the tests build them.
fn programs(short: bool) -> Result<()> {
    OF_OTHERS.iter().try_for_each(|package| build::ensure_one(package))?;
    if short {
        build::ensure_deployed()?;
        elsewhere::ensure()?;
    }
    Ok(())
}

/// The short form, in which everything is built.
pub fn short(target: &Target) -> Result<()> {
    process::run(binaries(target)?.arg("--short"))
}

/// Compiles the programs, and returns the rehearsal of them.
fn binaries(target: &Target) -> Result<Command> {
    let names = BINARIES.iter().flat_map(|name| ["--bin", name]);
    process::run(target.cargo().args(selection("build")).args(names))?;
    let folder: PathBuf = target.folder.join("debug");
    Ok(process::command(folder.join(BINARIES[0])))
}
