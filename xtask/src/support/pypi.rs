//! Tools that are Python packages: loaded into the cache, at a version of `versions.rs`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{apt, install, process};

/// The folder of a package, installed if it is not there. `package` may name extras in brackets.
pub fn package(name: &str, package: &str, version: &str, what: &str) -> Result<PathBuf> {
    let python = python()?;
    install::tool(&format!("{name}-{version}"), what, |folder| load(python, package, version, folder))
}

fn load(python: &str, package: &str, version: &str, into: &Path) -> Result<()> {
    process::run(
        process::command(python)
            .args([
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--root-user-action=ignore",
                "--no-compile",
                "--target",
            ])
            .arg(into)
            .arg(format!("{package}=={version}")),
    )
}

/// A Python that has pip.
pub fn python() -> Result<&'static str> {
    let find = || {
        let candidates = ["python3", "/usr/bin/python3"];
        candidates.into_iter().find(|python| process::probe(python, &["-m", "pip", "--version"]).is_some())
    };
    if find().is_none() {
        apt::install(&["python3-pip"], "loading Python packages")?;
    }
    find().context("python3 has no pip: install it and repeat")
}
