//! `cargo xtask app`: the browser app, built into static files.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{bail, Context, Result};

use crate::{
    build as programs, client,
    support::{apt, paths, process, target::Target, ui},
    versions,
};

#[derive(clap::Args)]
pub struct Args {
    /// Takes a picture of every page in calm, in a crash, in recovery and in a wind-down, wide and narrow, light and dark,
    /// and puts the three of the README into docs/img
    #[arg(long)]
    pictures: bool,
}

const FOLDER: &str = "app";
/// Debian's package, and the program in it.
const CHROMIUM: &str = "chromium";

/// The test that takes pictures, where it keeps them, and those that the README shows.
const LOOK: &str = "tests/e2e/look.test.ts";
const OUTPUT: &str = "tests/output";
const PICTURES: [&str; 3] = ["app-fund.png", "app-default.png", "app-membership.png"];

pub fn run(args: Args) -> Result<()> {
    build()?;
    if args.pictures {
        return pictures();
    }
    ui::good(format!(
        "{FOLDER}/dist: static files for any web server; `node {FOLDER}/serve.mjs` serves them here"
    ));
    Ok(())
}

/// Looks at every page, and keeps the pictures.
fn pictures() -> Result<()> {
    let mut tests = tests(&Target::host()?)?;
    process::run(tests.args(["--", LOOK]))?;
    let (from, to) = (folder().join(OUTPUT), paths::root().join("docs/img"));
    for picture in PICTURES {
        fs::copy(from.join(picture), to.join(picture)).with_context(|| format!("copying {picture}"))?;
    }
    ui::good(format!("{FOLDER}/{OUTPUT} has every page, and docs/img those of the README"));
    Ok(())
}

/// Builds the app, with the module of quotes that the TypeScript client takes.
pub fn build() -> Result<()> {
    client::build()?;
    install_packages()?;
    ui::doing("building the app");
    process::run(&mut npm(&["run", "--silent", "build", "--", "--logLevel", "warn"]))
}

/// Type check and lint.
pub fn check() -> Result<()> {
    install_packages()?;
    process::run(&mut npm(&["run", "--silent", "check"])).context("the app does not pass its checks")
}

/// Its tests: units, the build's size and sameness, and the built app in Chromium against a local validator. The app
/// must be built.
pub fn tests(target: &Target) -> Result<Command> {
    programs::ensure()?;
    let chromium = chromium()?;
    let localnet = target.binary("bulkhead-localnet", "bulkhead-localnet")?;
    let history = target.binary("bulkhead-history", "bulkhead-history")?;
    let mut tests = npm(&["test", "--silent"]);
    tests
        .env("BULKHEAD_LOCALNET", localnet.get_program())
        .env("BULKHEAD_HISTORY", history.get_program())
        .env("BULKHEAD_SBF_DIR", paths::sbf_out())
        .env("BULKHEAD_CHROMIUM", chromium)
        .env("NO_COLOR", "1");
    Ok(tests)
}

/// Runs a command of the local network with the app served for it. The app must be built.
pub fn serving(network: &Command) -> Command {
    let mut serving = process::command("node");
    serving.arg(folder().join("up.mjs")).arg(network.get_program()).args(network.get_args());
    for (name, value) in network.get_envs() {
        match value {
            Some(value) => serving.env(name, value),
            None => serving.env_remove(name),
        };
    }
    serving
}

/// The browser that the tests drive: Debian's, installed where it is missing.
pub fn chromium() -> Result<PathBuf> {
    if let Some(chosen) = std::env::var_os("BULKHEAD_CHROMIUM") {
        return Ok(chosen.into());
    }
    let program = Path::new("/usr/bin").join(CHROMIUM);
    if !program.exists() {
        apt::install(&[CHROMIUM], "testing the app in a browser")?;
    }
    Ok(program)
}

/// Installs the packages that the lockfile names.
fn install_packages() -> Result<()> {
    let version = process::probe("node", &["--version"]).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < versions::NODE) {
        bail!(
            "the app needs Node {} or newer, and there is {version:?}: install it and repeat",
            versions::NODE
        );
    }
    let lockfile = fs::read(folder().join("package-lock.json"))?;
    // Written last, so that an interrupted install is made again.
    let stamp = folder().join("node_modules/.installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == lockfile) {
        return Ok(());
    }
    ui::doing("installing the packages of the app");
    process::run(&mut npm(&["ci", "--loglevel=error"]))?;
    fs::write(stamp, lockfile)?;
    Ok(())
}

fn folder() -> PathBuf {
    paths::root().join(FOLDER)
}

fn npm(arguments: &[&str]) -> Command {
    let mut npm = process::command("npm");
    npm.current_dir(folder()).args(arguments);
    npm
}
