//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::addresses;

/// The root of the repository.
pub fn root() -> PathBuf {
    // Asked at run time: a cached xtask may have been compiled in another clone.
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).parent().expect("xtask lies in a folder of the repository").to_path_buf()
}

/// The programs, as built: those for a deployment's own address in a folder of that name.
pub fn sbf_out() -> PathBuf {
    let own = std::env::var(addresses::VARIABLES[0]).unwrap_or_default();
    root().join("target/sbf").join(own.trim())
}

/// Tools and builds that outlive a clone.
pub fn cache() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let path = variable("BULKHEAD_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("bulkhead")))
        .or_else(|| Some(variable("HOME")?.join(".cache/bulkhead")))
        .context("no place for the cache: set BULKHEAD_CACHE to a folder")?;
    std::fs::create_dir_all(&path)
        .with_context(|| format!("cannot create {}: set BULKHEAD_CACHE to another folder", path.display()))?;
    // Absolute: it ends up in settings of tools that run elsewhere.
    Ok(path.canonicalize()?)
}
