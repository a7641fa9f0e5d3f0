//! `cargo xtask idl`: the programs' interfaces, into `idl`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};
use serde_json::Value;

use crate::support::{addresses::Addresses, paths, process, target::Target, ui};

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

    /// The address on local networks, as the committed IDL has it.
    pub fn local_address(self) -> Result<String> {
        let file = self.file(&paths::root());
        let idl: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        let address =
            idl["address"].as_str().with_context(|| format!("{} has no address", file.display()))?;
        Ok(address.to_owned())
    }

    /// Where the committed IDL is below a root.
    pub fn file(self, root: &Path) -> PathBuf {
        root.join(match self {
            Self::Bulkhead => "idl/bulkhead.json",
            Self::Cover => "idl/bulkhead_cover.json",
        })
    }
}

/// The committed interfaces are those of local networks. With addresses in the environment they go into a folder of that name,
/// with these addresses in them, to be published with the programs.
pub fn run(_: Args) -> Result<()> {
    let target = Target::host()?;
    let own = Addresses::chosen()?;
    for program in Program::ALL {
        let text = generate(&target, program)?;
        let (text, path) = match &own {
            None => (text, program.file(&paths::root())),
            Some(own) => {
                (of_addresses(&text, own)?, program.file(&paths::root().join("target").join(&own.0[0])))
            }
        };
        write(&text, &path)?;
        ui::good(format!("{}", path.display()));
    }
    Ok(())
}

/// An interface with these addresses in place of those of local networks.
fn of_addresses(text: &str, own: &Addresses) -> Result<String> {
    let mut text = text.to_owned();
    for (program, address) in Program::ALL.into_iter().zip(&own.0) {
        text = text.replace(&format!("\"{}\"", program.local_address()?), &format!("\"{address}\""));
    }
    Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_of_ones_own_names_no_local_address() {
        let one = "BPFLoaderUpgradeab1e11111111111111111111111";
        let other = "SysvarC1ock11111111111111111111111111111111";
        let own = Addresses([one.to_owned(), other.to_owned()]);
        for (program, address) in Program::ALL.into_iter().zip([one, other]) {
            let committed = fs::read_to_string(program.file(&paths::root())).unwrap();
            let text = of_addresses(&committed, &own).unwrap();
            let idl: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(idl["address"], address);
            for local in Program::ALL {
                assert!(!text.contains(&local.local_address().unwrap()));
            }
        }
    }
}
