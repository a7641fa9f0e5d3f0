//! `cargo xtask client`: the TypeScript package, ready to be used or packed.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{ensure, Result};

use crate::{
    app, build as programs, codegen,
    support::{paths, process, target::Target, ui},
    toolchain::wasm,
};

#[derive(clap::Args)]
pub struct Args {}

/// The quotes must not make an app slow to load.
const MOST_WASM_BYTES: u64 = 200_000;

pub fn run(_: Args) -> Result<()> {
    build()?;
    ui::good(format!("{}/dist: `npm pack` there makes the package", codegen::PACKAGE));
    Ok(())
}

/// The package: compiled, with its module of quotes.
pub fn build() -> Result<()> {
    codegen::install_packages()?;
    ui::doing("building the TypeScript package");
    let target = Target::sbf()?;
    let module = wasm::build(&target.folder)?;
    let size = fs::metadata(&module)?.len();
    ensure!(size <= MOST_WASM_BYTES, "{} has {size} bytes, more than {MOST_WASM_BYTES}", module.display());
    fs::copy(module, folder().join("quotes.wasm"))?;
    process::run(&mut npm(&["run", "--silent", "build"]))
}

/// Its tests, against a local validator and what the Rust client and the math crate compute.
pub fn tests(target: &Target) -> Result<Command> {
    programs::ensure()?;
    let fixtures = process::output(&mut target.binary("fixture-gen", "fixture-gen")?)?;
    fs::write(folder().join("tests/fixtures.json"), fixtures)?;
    let localnet = target.binary("bulkhead-localnet", "bulkhead-localnet")?;
    let mut tests = npm(&["test", "--silent"]);
    tests
        .env("BULKHEAD_LOCALNET", localnet.get_program())
        .env("BULKHEAD_SBF_DIR", paths::sbf_out())
        .env("BULKHEAD_CHROMIUM", app::chromium()?)
        .env("NO_COLOR", "1");
    Ok(tests)
}

fn folder() -> PathBuf {
    paths::root().join(codegen::PACKAGE)
}

fn npm(arguments: &[&str]) -> Command {
    let mut npm = process::command("npm");
    npm.current_dir(folder()).args(arguments);
    npm
}
