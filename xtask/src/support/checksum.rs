//! SHA-256 of files, and of sources that Cargo has loaded.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{ensure, Context, Result};
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// That the source of a crate, as Cargo keeps it since it was installed, is the one that was chosen. Cargo itself compares it
/// with the registry's index only, which the registry can change.
pub fn of_crate(name: &str, version: &str, wanted: &str) -> Result<()> {
    let file = format!("{name}-{version}.crate");
    let found = kept(&cargo_home()?.join("registry/cache"), &file)?;
    ensure!(!found.is_empty(), "Cargo has installed {name} {version}, and kept no {file} to compare");
    for path in found {
        let found = sha256(&fs::read(&path)?);
        ensure!(
            found == wanted,
            "{} has the SHA-256 {found}, and {name} {version} was chosen with {wanted}: do not use it, and find out why",
            path.display()
        );
    }
    Ok(())
}

/// The files of this name, one for each registry.
fn kept(cache: &Path, file: &str) -> Result<Vec<PathBuf>> {
    let registries = fs::read_dir(cache).with_context(|| format!("reading {}", cache.display()))?;
    let paths = registries.map(|registry| Ok(registry?.path().join(file))).collect::<Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

/// Where Cargo keeps what it loads.
pub fn cargo_home() -> Result<PathBuf> {
    let own = env::var_os("CARGO_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let usual = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    own.or_else(usual).context("no folder of Cargo's: set CARGO_HOME")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_with_another_checksum_is_refused_by_name() {
        // Of no bytes: a constant of the algorithm.
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let folder = tempfile::tempdir().unwrap();
        let registry = folder.path().join("some-registry");
        fs::create_dir(&registry).unwrap();
        fs::write(registry.join("tool-1.0.0.crate"), b"source").unwrap();
        assert_eq!(kept(folder.path(), "tool-1.0.0.crate").unwrap(), [registry.join("tool-1.0.0.crate")]);
        assert!(kept(folder.path(), "tool-1.0.1.crate").unwrap().is_empty());
    }
}
