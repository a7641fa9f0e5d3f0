//! `cargo xtask idl`: the programs' interfaces, into `idl`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};
use serde_json::Value;

use crate::support::{paths, process, target::Target, ui};

#[derive(clap::Args)]
pub struct Args {}

/// A program with an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The fund.
    Bulkhead,
    /// Claims on covers.
    Cover,
}

impl Program {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bulkhead, Self::Cover];

    fn folder(self) -> &'static str {
        match self {
            Self::Bulkhead => "programs/bulkhead",
            Self::Cover => "programs/cover",
        }
    }

    /// Where the committed IDL is below a root.
    pub fn file(self, root: &Path) -> PathBuf {
        root.join(match self {
            Self::Bulkhead => "idl/bulkhead.json",
            Self::Cover => "idl/bulkhead_cover.json",
        })
    }
}

pub fn run(_: Args) -> Result<()> {
    let target = Target::host()?;
    for program in Program::ALL {
        let path = program.file(&paths::root());
        write(&generate(&target, program)?, &path)?;
        ui::good(format!("{}", path.display()));
    }
    Ok(())
}

pub fn write(idl: &str, path: &Path) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    fs::write(path, idl).with_context(|| format!("writing {}", path.display()))
}

/// Compiles the program for the host and asks it for its IDL.
pub fn generate(target: &Target, program: Program) -> Result<String> {
    ui::doing(format!("reading the IDL out of {}", program.folder()));
    let mut generator = target.binary("idl-gen", "idl-gen")?;
    generator
        .arg(program.folder())
        .env("CARGO_TARGET_DIR", &target.folder)
        // The builder would set other flags, and compile everything once more; this variable goes before that one.
        .env("CARGO_ENCODED_RUSTFLAGS", "");
    if let Some(bin) = env::var_os("CARGO").as_deref().map(Path::new).and_then(Path::parent) {
        // The tool chain that runs xtask, whatever the default one is.
        generator.env("PATH", process::path_with(bin)?);
    }
    generator.env("RUST_BACKTRACE", "0"); // of the generator, not of the program
    let text = process::output(&mut generator).context(
        "the IDL could not be built: does the program compile for the host, and has it the feature `idl-build`?",
    )?;
    check_address(&serde_json::from_str(&text)?)?;
    Ok(text + "\n")
}

/// Anchor.toml repeats the programs' addresses.
fn check_address(idl: &Value) -> Result<()> {
    let address = idl["address"].as_str().context("the IDL has no address")?;
    let anchor = fs::read_to_string(paths::root().join("Anchor.toml"))?;
    if !anchor.contains(&format!("= \"{address}\"")) {
        bail!(
            "the program declares the address {address}, and Anchor.toml has another one: put this one there"
        );
    }
    Ok(())
}
