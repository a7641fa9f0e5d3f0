//! `cargo xtask codegen`: the IDL, and from it the Rust interface crate and the TypeScript client. All are committed;
//! `--check` compares.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

use crate::{
    idl, interface,
    support::{paths, process, target::Target, ui},
    versions,
};

#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail if what is committed is not what would be written
    #[arg(long)]
    check: bool,
}

/// The TypeScript client.
pub const PACKAGE: &str = "clients/ts";
const GENERATED: &str = "src/generated";

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    if args.check {
        check(&target)
    } else {
        write(&target)
    }
}

fn write(target: &Target) -> Result<()> {
    let root = paths::root();
    idl::write(&idl::generate(target)?, &idl::file(&root))?;
    install_packages()?;
    generate(&root)?;
    type_check()?;
    let idl = idl::file(Path::new(""));
    ui::good(format!("{}, {} and {PACKAGE}/{GENERATED}", idl.display(), interface::FILE));
    Ok(())
}

pub fn check(target: &Target) -> Result<()> {
    let (root, fresh) = (paths::root(), target.folder.join("codegen-check"));
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    idl::write(&idl::generate(target)?, &idl::file(&fresh))?;
    install_packages()?;
    generate(&fresh)?;
    let different = differences(&root, &fresh)?;
    if !different.is_empty() {
        bail!(
            "these are not what the program gives now:\n  {}\n`cargo xtask codegen` writes them; look at the difference and commit it",
            different.join("\n  ")
        );
    }
    type_check()?;
    ui::good("the IDL and both clients are up to date");
    Ok(())
}

/// Writes the clients from the IDL below `root`, below it too.
fn generate(root: &Path) -> Result<()> {
    interface::write(root, &idl::file(root))?;
    ui::doing("generating the TypeScript client");
    let package = root.join(PACKAGE);
    fs::create_dir_all(&package)?;
    let mut generator = process::command("node");
    generator.current_dir(paths::root().join(PACKAGE)).arg("generate.mjs").arg(idl::file(root)).arg(package);
    process::run(&mut generator)
}

pub fn type_check() -> Result<()> {
    let mut check = process::command("node");
    check.current_dir(paths::root().join(PACKAGE)).args(["node_modules/typescript/bin/tsc", "--noEmit"]);
    process::run(&mut check).context("the TypeScript client does not type-check")
}

/// What the lockfile names, into `node_modules`.
pub fn install_packages() -> Result<()> {
    let version = process::probe("node", &["--version"]).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < versions::NODE) {
        bail!(
            "the TypeScript client needs Node {} or newer, and there is {version:?}: install it and repeat",
            versions::NODE
        );
    }
    let package = paths::root().join(PACKAGE);
    let lockfile = fs::read(package.join("package-lock.json"))?;
    // Written last, so that an interrupted install is made again.
    let stamp = package.join("node_modules/.installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == lockfile) {
        return Ok(());
    }
    ui::doing("installing the packages of the TypeScript client");
    let mut install = process::command("npm");
    install.current_dir(&package).args(["ci", "--loglevel=error"]);
    process::run(&mut install)?;
    fs::write(stamp, lockfile)?;
    Ok(())
}

/// Every generated file that is missing, different or superfluous.
fn differences(committed: &Path, fresh: &Path) -> Result<Vec<String>> {
    let mut names: BTreeSet<PathBuf> = [idl::file(Path::new("")), interface::FILE.into()].into();
    for root in [committed, fresh] {
        files(root, &Path::new(PACKAGE).join(GENERATED), &mut names)?;
    }
    let read = |root: &Path, name: &Path| fs::read(root.join(name)).ok();
    let different = names.iter().filter(|name| read(committed, name) != read(fresh, name));
    Ok(different.map(|name| name.display().to_string()).collect())
}

/// All files below a folder, named from the root.
fn files(root: &Path, folder: &Path, into: &mut BTreeSet<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(()); // missing altogether: every file of the other side differs
    };
    for entry in entries {
        let entry = entry?;
        let name = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files(root, &name, into)?;
        } else {
            into.insert(name);
        }
    }
    Ok(())
}
