//! Tools in the cache. One is made in a folder beside its place and moved there when it is whole: whatever is at its place
//! is complete, and an interrupted install is simply made again.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{paths, ui};

/// The tool `name` (with its version in the name) in the cache, made by `make` if it is not there yet.
pub fn tool(name: &str, what: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let place = place(name)?;
    if place.exists() {
        return Ok(place);
    }
    let cache = paths::cache()?;
    let _lock = lock(&cache.join(format!("{name}.lock")), what)?;
    if place.exists() {
        return Ok(place); // another run made it while this one waited
    }
    let making = cache.join(format!("{name}.partial"));
    if making.exists() {
        ui::note(format!("an earlier install of {what} was interrupted: taking it up again"));
        fs::remove_dir_all(&making)?;
    }
    fs::create_dir_all(&making)?;
    ui::doing(format!("installing {what}"));
    make(&making).with_context(|| format!("installing {what} into {}", cache.display()))?;
    fs::rename(&making, &place)?;
    Ok(place)
}

/// Where a tool is, or would be.
pub fn place(name: &str) -> Result<PathBuf> {
    Ok(paths::cache()?.join(name))
}

/// The same, or nothing if somebody else holds it.
pub fn try_lock(path: &Path) -> Result<Option<File>> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Held until dropped; a process that ends by any means lets go of it.
pub fn lock(path: &Path, what: &str) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            ui::note(format!("waiting for another xtask that is using {what}"));
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A running test suite holds the lock of the shared folder; whoever only runs a command sees that and goes on.
    #[test]
    fn a_lock_that_is_held_is_seen_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("owner.lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
    }
}
