//! Which tool chain builds the on-chain programs, and how.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{bail, Result};

use crate::support::{
    addresses::{self, Addresses},
    paths, ui,
};

mod compiler;
mod linker;
mod solana;
mod upstream;
pub mod wasm;

/// A program, of the workspace or of others.
pub struct Program {
    pub package: &'static str,
    pub folder: &'static str,
}

const fn program(package: &'static str, folder: &'static str) -> Program {
    Program { package, folder }
}

pub const PROGRAMS: [Program; 9] = [
    program("bulkhead", "programs/bulkhead"),
    program("bulkhead-cover", "programs/cover"),
    program("sbf-conformance", "crates/sbf-conformance"),
    program("sbf-caller", "crates/sbf-caller"),
    program("sbf-venue", "crates/sbf-venue"),
    program("sbf-receiver", "crates/sbf-receiver"),
    program("sbf-pro", "crates/sbf-pro"),
    program("sbf-floor", "crates/sbf-floor"),
    program("squads-program", "third-party/squads"),
];

impl Program {
    /// The file name of the built program, without its ending.
    pub fn file(&self) -> String {
        self.package.replace('-', "_")
    }

    /// Whether it is the program of others, which tests call. Its dependencies are not ours, so that it has
    /// a workspace and a lockfile of its own.
    pub fn is_foreign(&self) -> bool {
        self.folder.starts_with("third-party/")
    }
}

/// What a program is built from.
pub struct Source {
    /// The root of the repository, or of a copy of it.
    pub root: PathBuf,
    /// The addresses that it is built for; none for those of local networks.
    pub addresses: Option<Addresses>,
    /// Cargo's own folder, if not the usual one.
    pub cargo_home: Option<PathBuf>,
}

impl Source {
    /// This repository, for the addresses that the environment names.
    pub fn here() -> Result<Self> {
        Ok(Self { root: paths::root(), addresses: Addresses::chosen()?, cargo_home: None })
    }

    /// Lets a command work with it.
    fn give_to(&self, command: &mut Command) {
        command.current_dir(&self.root);
        match &self.addresses {
            Some(addresses) => addresses.give_to(command),
            // An empty variable would be an address that is none.
            None => addresses::take_from(command),
        }
        if let Some(folder) = &self.cargo_home {
            command.env("CARGO_HOME", folder);
        }
    }
}

pub enum Toolchain {
    /// `cargo build-sbf`.
    Solana(solana::Solana),
    /// Upstream rustc and LLVM.
    Upstream,
}

impl Toolchain {
    /// Solana's own where they are installed; `BULKHEAD_TOOLCHAIN` (solana, upstream) decides otherwise.
    pub fn choose() -> Result<Self> {
        let wish = std::env::var("BULKHEAD_TOOLCHAIN").ok();
        match (wish.as_deref(), solana::Solana::find()) {
            (None | Some("solana"), Some(solana)) => Ok(Self::Solana(solana)),
            (None | Some("upstream"), _) => Ok(Self::Upstream),
            (Some("solana"), None) => bail!(
                "BULKHEAD_TOOLCHAIN=solana, but `cargo build-sbf` is not installed: install Solana's tools or unset it"
            ),
            (Some(other), _) => bail!("BULKHEAD_TOOLCHAIN={other} is neither `solana` nor `upstream`"),
        }
    }

    /// Says which one it is and why, and what is there of it. Installs nothing.
    pub fn report(&self) -> Result<()> {
        match self {
            Self::Solana(solana) => {
                println!("Solana's own tools: {}", solana.version);
                println!("Why: `cargo build-sbf` is installed, and it is what a release is built with.");
                println!("BULKHEAD_TOOLCHAIN=upstream builds with upstream LLVM instead.");
                Ok(())
            }
            Self::Upstream => {
                println!("Upstream rustc and LLVM");
                match std::env::var_os("BULKHEAD_TOOLCHAIN") {
                    Some(_) => println!("Why: BULKHEAD_TOOLCHAIN=upstream."),
                    None => println!("Why: `cargo build-sbf` is not installed."),
                }
                upstream::report()
            }
        }
    }

    /// Installs what is missing.
    pub fn prepare(self) -> Result<Ready> {
        Ok(match self {
            Self::Solana(solana) => Ready::Solana(solana),
            Self::Upstream => Ready::Upstream(upstream::prepare()?),
        })
    }
}

/// A tool chain that can build.
pub enum Ready {
    Solana(solana::Solana),
    Upstream(upstream::Upstream),
}

impl Ready {
    /// Compiles a program of a source in `target` and returns the built file.
    pub fn build(&self, program: &Program, source: &Source, target: &Path) -> Result<PathBuf> {
        match self {
            Self::Solana(solana) => solana.build(program, source, target),
            Self::Upstream(upstream) => upstream.build(program, source, target),
        }
    }

    /// The same with tools that are called from elsewhere: what is built must not depend on where they are.
    pub fn moved(self, folder: &Path) -> Result<Self> {
        match self {
            Self::Solana(solana) => Ok(Self::Solana(solana)),
            Self::Upstream(upstream) => Ok(Self::Upstream(upstream.moved(folder)?)),
        }
    }

    pub fn name(&self) -> String {
        match self {
            Self::Solana(solana) => solana.version.clone(),
            Self::Upstream(upstream) => upstream.name(),
        }
    }

    pub fn announce(&self) {
        ui::note(format!("with {}", self.name()));
    }
}
