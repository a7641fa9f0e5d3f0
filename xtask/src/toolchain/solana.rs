//! Solana's own tools: `cargo build-sbf` and its platform tools.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Program, Source};
use crate::{support::process, versions};

pub struct Solana {
    pub version: String,
}

impl Solana {
    pub fn find() -> Option<Self> {
        let version = process::probe("cargo", &["build-sbf", "--version"])?;
        Some(Self { version: version.lines().collect::<Vec<_>>().join(", ") })
    }

    pub fn build(&self, program: &Program, source: &Source, target: &Path) -> Result<PathBuf> {
        let folder = source.root.join(program.folder);
        let out = target.join("solana");
        let mut build = process::cargo();
        source.give_to(&mut build);
        build
            .env("CARGO_TARGET_DIR", target)
            // Its cargo is the platform tools', not the one that runs xtask.
            .env_remove("RUSTUP_TOOLCHAIN")
            .args(["build-sbf", "--arch", &format!("v{}", versions::SBPF)])
            .arg("--manifest-path")
            .arg(folder.join("Cargo.toml"))
            .arg("--sbf-out-dir")
            .arg(&out)
            // The workspace states the Rust of its host crates, which is newer than that of the platform tools.
            .args(["--", "--locked", "--ignore-rust-version"]);
        process::run(&mut build)?;
        Ok(out.join(program.file()).with_extension("so"))
    }
}
