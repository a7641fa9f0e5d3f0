//! Tools that are Python packages: loaded into the cache, at a version of `versions.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{apt, install, process};
use crate::versions::Wheel;

/// The folder of some packages of one version, installed if it is not there. Nothing else is installed with them.
pub fn packages(name: &str, packages: &[Wheel], version: &str, what: &str) -> Result<PathBuf> {
    let python = python()?;
    install::tool(&format!("{name}-{version}"), what, |folder| load(python, packages, version, folder))
}

fn load(python: &str, packages: &[Wheel], version: &str, into: &Path) -> Result<()> {
    let list = into.join("requirements.txt");
    fs::write(&list, requirements(packages, version))?;
    let mut pip = process::command(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--root-user-action=ignore"]);
    pip.args(["--no-compile", "--no-deps", "--only-binary=:all:", "--target"]).arg(into);
    process::run(pip.arg("--requirement").arg(&list))
}

/// What pip is told: with a checksum for one package it wants one for all of them, and refuses whatever has another one.
fn requirements(packages: &[Wheel], version: &str) -> String {
    let line = |Wheel { name, sha256 }: &Wheel| {
        let hashes: String = sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
        format!("{name}=={version}{hashes}\n")
    };
    packages.iter().map(line).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{LLVM, LLVM_PACKAGES, TYPOS, TYPOS_PACKAGE};

    /// A package that is run, or linked into the linker of the programs, is what it was when it was chosen.
    #[test]
    fn packages_that_build_or_check_are_pinned_by_checksum() {
        for (packages, version) in [(&LLVM_PACKAGES[..], LLVM), (&[TYPOS_PACKAGE][..], TYPOS)] {
            let text = requirements(packages, version);
            assert_eq!(text.lines().count(), packages.len());
            for line in text.lines() {
                let (package, hashes) = line.split_once(" --hash=sha256:").expect("a checksum");
                assert!(package.ends_with(&format!("=={version}")), "{line}");
                assert!(hashes.split(" --hash=sha256:").all(|hash| hash.len() == 64), "{line}");
            }
        }
    }
}
