//! Checks of the repository that run none of it: lints, architecture, shape, `unsafe`, spelling,
//! dependencies, licences.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

use crate::{
    proofs,
    support::{paths, process, pypi, ui},
    versions::{TYPOS, TYPOS_PACKAGE},
};

mod architecture;
mod commands;
mod dependencies;
pub mod documents;
mod shape;
pub mod unsafe_inventory;

/// Runs them all. `steps` are the names of the steps of `cargo xtask test`.
pub fn run(steps: &[String]) -> Result<()> {
    lints()?;
    architecture::check()?;
    shape::check()?;
    unsafe_inventory::check()?;
    documents::check()?;
    commands::check(steps)?;
    proofs::check_names()?;
    spelling()?;
    dependencies::check()?;
    advisories()
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target" && name != "node_modules") {
                files.extend(sources(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// Attributes that make clippy and the compiler strict about the crates that compute with money.
const LINTS: [(&str, &[&str]); 4] = [
    ("programs/bulkhead/src/lib.rs", &["#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]"]),
    ("programs/cover/src/lib.rs", &["#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]"]),
    (
        "crates/math/src/lib.rs",
        &[
            "#![forbid(unsafe_code)]",
            "#![deny(missing_docs)]",
            "#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]",
        ],
    ),
    (
        "crates/sum-tree/src/lib.rs",
        &[
            "#![forbid(unsafe_code)]",
            "#![deny(missing_docs)]",
            "#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]",
        ],
    ),
];

fn lints() -> Result<()> {
    for (file, attributes) in LINTS {
        let text = fs::read_to_string(paths::root().join(file)).with_context(|| format!("reading {file}"))?;
        for attribute in attributes {
            if !text.lines().any(|line| line == *attribute) {
                bail!("{file} must say {attribute}");
            }
        }
    }
    ui::good("the programs and their math deny what they have to");
    Ok(())
}

fn spelling() -> Result<()> {
    let package = pypi::packages("typos", &[TYPOS_PACKAGE], TYPOS, "the spelling checker")?;
    process::run(process::command(package.join("bin/typos")).args(["--format", "brief"]))
        .context("a word is misspelt, or is a name that typos.toml does not know")?;
    ui::good("spelling");
    Ok(())
}

/// Advisories are in a git repository, which not every machine reaches, and the tool that reads them
/// takes minutes to compile. Where one of the two is missing, the step says that it was skipped.
fn advisories() -> Result<()> {
    if process::probe("cargo", &["deny", "--version"]).is_none() {
        ui::note("SKIPPED: advisories were not checked, for there is no cargo-deny");
        return Ok(());
    }
    ui::doing("loading the database of advisories");
    let loaded = deny().args(["fetch", "db"]).output().context("cannot start cargo-deny")?;
    if !loaded.status.success() {
        ui::note("SKIPPED: advisories were not checked, for their database cannot be loaded from here");
        return Ok(());
    }
    process::run(deny().args(["check", "--hide-inclusion-graph", "--disable-fetch", "advisories"]))
        .context("an advisory concerns a dependency: update it, or say in deny.toml why it does not matter")
}

fn deny() -> std::process::Command {
    let mut deny = process::cargo();
    deny.args(["deny", "--locked", "--log-level", "error"]);
    deny
}
