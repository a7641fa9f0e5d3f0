//! Tools that are crates: compiled into the cache, at a version of `versions.rs`.

use std::{fs, path::PathBuf};

use anyhow::Result;

use super::{checksum, install, paths, process, ui};

/// The binary of the crate `name`, installed if it is not there.
pub fn tool(name: &str, version: &str, sha256: &str, binary: &str) -> Result<PathBuf> {
    let versioned = format!("{name}-{version}");
    let folder = install::tool(&versioned, name, |folder| {
        // Kept until the tool is there, so that an interrupted compilation goes on where it was.
        let building = paths::cache()?.join(format!("{versioned}.build"));
        ui::doing(format!("compiling {name} {version} (once; one to four minutes on two cores)"));
        let mut install = process::cargo();
        install
            .env("CARGO_TARGET_DIR", &building)
            .env_remove("RUSTFLAGS")
            .args(["install", name, "--locked", "--version", version, "--root"])
            .arg(folder);
        process::run(&mut install)?;
        checksum::of_crate(name, version, sha256)?;
        fs::remove_dir_all(building)?;
        Ok(())
    })?;
    Ok(folder.join("bin").join(binary))
}
