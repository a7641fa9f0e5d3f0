//! Where host crates and programs are compiled.
//!
//! By default in the cache, shared by all clones, since the validators that the tests run take ten minutes to compile.
//! Cargo was not made for that: it tells workspace members of two clones apart by nothing but file times, and would take
//! the other clone's for its own. So the folder has an owner, and at a change of owner the members are forgotten; what
//! comes from registries, which is nearly everything, stays.

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{apt, install, metadata, paths, process, ui};

pub struct Target {
    pub folder: PathBuf,
    /// Held as long as somebody compiles into the shared folder, or runs tests from it.
    _lock: Option<File>,
}

impl Target {
    /// For crates that run here.
    pub fn host() -> Result<Self> {
        system_libraries()?;
        match own() {
            Some(folder) => Ok(Self { folder, _lock: None }),
            None => Self::shared("host"),
        }
    }

    /// For on-chain programs. A folder of its own, so that a build does not wait for somebody's tests.
    pub fn sbf() -> Result<Self> {
        match own() {
            Some(folder) => Ok(Self { folder: folder.join("sbf-build"), _lock: None }),
            None => Self::shared("sbf"),
        }
    }

    /// A folder in the cache, for this clone alone until it is dropped.
    fn shared(name: &str) -> Result<Self> {
        let folder = paths::cache()?.join("target").join(name);
        fs::create_dir_all(&folder)?;
        let lock = install::lock(
            &folder.join("owner.lock"),
            &format!("{} (CARGO_TARGET_DIR avoids that)", folder.display()),
        )?;
        take_over(&folder)?;
        Ok(Self { folder, _lock: Some(lock) })
    }

    /// Cargo, compiling for the host.
    pub fn cargo(&self) -> Command {
        let mut cargo = process::cargo();
        cargo.env("CARGO_TARGET_DIR", &self.folder).env("SBF_OUT_DIR", paths::sbf_out());
        cargo
    }

    /// Compiles a binary of the workspace and returns it, ready to run.
    pub fn binary(&self, package: &str, name: &str) -> Result<Command> {
        process::run(self.cargo().args(selection("build")).args(["--bin", name]))
            .with_context(|| format!("compiling {name} of {package}"))?;
        let mut binary = process::command(self.folder.join("debug").join(name));
        binary.env("SBF_OUT_DIR", paths::sbf_out());
        Ok(binary)
    }

    /// The binary of an operator's command, ready to run. It never waits: while somebody else compiles or runs tests in
    /// the shared folder, it is the one that was compiled there last by this clone, or else one from a folder of its own.
    pub fn operator(package: &str, name: &str) -> Result<Command> {
        system_libraries()?;
        if let Some(folder) = own() {
            return Self { folder, _lock: None }.binary(package, name);
        }
        let folder = paths::cache()?.join("target/host");
        fs::create_dir_all(&folder)?;
        if let Some(lock) = install::try_lock(&folder.join("owner.lock"))? {
            take_over(&folder)?;
            let target = Self { folder, _lock: Some(lock) };
            return target.binary(package, name);
        }
        let (ours, binary) = (owner_of(&folder)? == Some(owner()?), folder.join("debug").join(name));
        if ours && binary.is_file() {
            ui::note(format!(
                "another xtask compiles or tests here: this is the {name} that was compiled last"
            ));
            let mut command = process::command(binary);
            command.env("SBF_OUT_DIR", paths::sbf_out());
            return Ok(command);
        }
        ui::note(format!("another xtask compiles or tests here: {name} is compiled in a folder of its own"));
        Self::shared("operator")?.binary(package, name)
    }

    /// Compiles the binary of a package that shares nothing heavy with the others, by itself: what [`selection`] is about, the
    /// validators' features, does not concern it, and nobody should wait for validators to read a folder of prices.
    pub fn lone_binary(&self, package: &str) -> Result<Command> {
        process::run(self.cargo().args(["build", "--locked", "--package", package, "--bin", package]))
            .with_context(|| format!("compiling {package}"))?;
        Ok(process::command(self.folder.join("debug").join(package)))
    }
}

/// What the validators link with, if the system has it: `.cargo/config.toml` says not to compile OpenSSL.
fn system_libraries() -> Result<()> {
    if process::probe("pkg-config", &["--exists", "openssl"]).is_none() {
        apt::install(&["libssl-dev", "pkg-config"], "the validators")?;
    }
    Ok(())
}

/// The folder that the user chose.
fn own() -> Option<PathBuf> {
    let folder = std::env::var_os("CARGO_TARGET_DIR")?;
    Some(paths::root().join(folder))
}

/// Always the whole workspace, even to build one binary: cargo chooses the features of dependencies for the packages that
/// are selected, and another selection would compile the validators once more.
/// With the committed lockfile, here and wherever else Cargo is called: what a command builds does not depend on the day.
pub fn selection(command: &str) -> [&str; 3] {
    [command, "--locked", "--workspace"]
}

/// The clone that has compiled in a shared folder last.
fn owner_of(folder: &Path) -> Result<Option<String>> {
    match fs::read_to_string(folder.join("owner")) {
        Ok(owner) => Ok(Some(owner)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn take_over(folder: &Path) -> Result<()> {
    let owner_file = folder.join("owner");
    let (owner, previous) = (owner()?, owner_of(folder)?);
    if previous.as_ref() == Some(&owner) {
        return Ok(());
    }
    if previous.is_some() {
        ui::note(format!("{} was last used by another clone: forgetting its crates", folder.display()));
    }
    let members = metadata::members()?;
    for fingerprints in fingerprints(folder) {
        for entry in fs::read_dir(fingerprints)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // "<package>-<hash>"
            if name
                .rsplit_once('-')
                .is_some_and(|(package, _)| members.iter().any(|member| member.name == package))
            {
                fs::remove_dir_all(entry.path())?;
            }
        }
    }
    fs::write(owner_file, owner)?;
    Ok(())
}

/// This clone: its place, and what a new clone at the same place does not share with an old one.
fn owner() -> Result<String> {
    let root = paths::root().canonicalize()?;
    let metadata = fs::metadata(&root)?;
    let born = metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    Ok(format!("{} {} {:?}\n", root.display(), metadata.ino(), born))
}

/// The folders `<profile>/.fingerprint` and `<target>/<profile>/.fingerprint`.
fn fingerprints(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut open = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let here = folder.join(".fingerprint");
        if here.is_dir() {
            found.push(here);
        } else if depth < 2 {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            open.extend(
                entries.map(|entry| entry.path()).filter(|path| path.is_dir()).map(|path| (path, depth + 1)),
            );
        }
    }
    found
}
