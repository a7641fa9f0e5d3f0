//! `cargo xtask codegen`: the IDLs, and from them the Rust interface crate and the TypeScript client. All are committed;
//! `--check` compares.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

use crate::{
    idl::{self, Program},
    interface,
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

/// Where the TypeScript of a program is in the package.
fn generated(program: Program) -> &'static str {
    match program {
        Program::Bulkhead => "src/generated",
        Program::Cover => "src/generatedCover",
    }
}

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
    for program in Program::ALL {
        idl::write(&idl::generate(target, program)?, &program.file(&root))?;
    }
    install_packages()?;
    generate(&root)?;
    type_check()?;
    ui::good(format!("idl, {} and {PACKAGE}/{}", interface::FILE, Program::ALL.map(generated).join(" and ")));
    Ok(())
}

pub fn check(target: &Target) -> Result<()> {
    let (root, fresh) = (paths::root(), target.folder.join("codegen-check"));
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    for program in Program::ALL {
        idl::write(&idl::generate(target, program)?, &program.file(&fresh))?;
    }
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
    ui::good("the IDLs and both clients are up to date");
    Ok(())
}

/// Writes the clients from the IDLs below `root`, below it too.
fn generate(root: &Path) -> Result<()> {
    interface::write(root, &Program::Bulkhead.file(root))?;
    ui::doing("generating the TypeScript client");
    let package = root.join(PACKAGE);
    fs::create_dir_all(&package)?;
    for program in Program::ALL {
        let mut generator = process::command("node");
        generator.current_dir(paths::root().join(PACKAGE)).arg("generate.mjs");
        generator.arg(program.file(root)).arg(&package).arg(generated(program));
        process::run(&mut generator)?;
    }
    Ok(())
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
    let mut names: BTreeSet<PathBuf> = [interface::FILE.into()].into();
    for program in Program::ALL {
        names.insert(program.file(Path::new("")));
        for root in [committed, fresh] {
            files(root, &Path::new(PACKAGE).join(generated(program)), &mut names)?;
        }
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
