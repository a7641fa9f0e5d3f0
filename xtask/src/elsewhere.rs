//! The deployed programs once more, as another machine would build them for another deployment: from a copy of the source in
//! another folder, with Cargo's folder and the linker in other places, and for other addresses. Put the addresses of local
//! networks back into what comes out, and it must be the build that is here, byte for byte.
//!
//! So one more build shows two things: that nobody's bytes depend on where they are built, which is what a comparison with a
//! deployed program needs; and that a build for an address of one's own differs in nothing else. Tests then run a fund at
//! those addresses.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{bail, ensure, Context, Result};

use crate::{
    build,
    idl::Program as Interface,
    support::{addresses, addresses::Addresses, checksum, paths, target::Target, ui},
    toolchain::{Source, Toolchain, PROGRAMS},
    versions,
};

/// The addresses of the keys with the seeds `[0x42; 32]` and `[0x43; 32]`, which everybody knows: for tests only.
const TESTED: [&str; 2] =
    ["3F5qRPtKg8GhGNnbd3qCj6nVJxWsGxq7pvH84okYLAqf", "3MZskhKUdNRkeMQ6zyNVSJcCx38o79ohwmSgZ2d5a4cu"];

/// Half of the 64-bit constant of an instruction, in bytes.
const WORD: usize = 4;

/// What the build of a program does not read, or what is no source.
pub const LEFT_OUT: [&str; 8] =
    [".git", "target", "node_modules", "dist", "app", "docs", "proofs", "artifacts"];

/// Builds them, and compares. The local ones must be built.
pub fn ensure() -> Result<()> {
    let place = Target::sbf()?.folder.join("elsewhere");
    let source = source(&place)?;
    let ready = Toolchain::choose()?.prepare()?.moved(&place.join("tools"))?;
    for program in PROGRAMS.iter().filter(build::is_deployed) {
        ui::doing(format!("building {} elsewhere, for other addresses", program.package));
        let built = ready.build(program, &source, &place.join("target"))?;
        let path = build::publish(&built, &paths::sbf_out().join(TESTED[0]), &program.file())?;
        build::check(&path)?;
        let here = fs::read(paths::sbf_out().join(program.file()).with_extension("so"))?;
        compare(&here, &fs::read(&path)?)
            .with_context(|| format!("{} depends on where it is built", program.package))?;
        ui::good(format!("{} is the same bytes elsewhere, but for the addresses", program.package));
    }
    Ok(())
}

/// A copy of this repository, and a folder of Cargo's with another name.
fn source(place: &Path) -> Result<Source> {
    let root = place.join("source");
    synchronize(&paths::root(), &root, &LEFT_OUT)?;
    let cargo_home = place.join("cargo");
    fs::create_dir_all(&cargo_home)?;
    let registry = cargo_home.join("registry");
    if !registry.exists() {
        symlink(checksum::cargo_home()?.join("registry").canonicalize()?, registry)?;
    }
    let config = checksum::cargo_home()?.join("config.toml");
    if config.exists() {
        fs::copy(config, cargo_home.join("config.toml"))?;
    }
    let addresses = Some(Addresses(TESTED.map(str::to_owned)));
    Ok(Source { root, addresses, cargo_home: Some(cargo_home) })
}

/// Makes the folder `to` what `from` is, but for what has one of the names that are left out. A file that is the same already is left alone, so that Cargo builds nothing again.
pub fn synchronize(from: &Path, to: &Path, left_out: &[&str]) -> Result<()> {
    fs::create_dir_all(to)?;
    let names = |folder: &Path| -> Result<Vec<std::ffi::OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let wanted: Vec<_> =
        names(from)?.into_iter().filter(|name| !left_out.iter().any(|left_out| name == left_out)).collect();
    for name in names(to)?.iter().filter(|name| !wanted.contains(name)) {
        let path = to.join(name);
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    for name in wanted {
        let (here, there): (PathBuf, PathBuf) = (from.join(&name), to.join(&name));
        if here.is_dir() {
            synchronize(&here, &there, left_out)?;
        } else if fs::read(&there).ok().as_deref() != Some(&fs::read(&here)?) {
            fs::copy(&here, &there)?;
        }
    }
    Ok(())
}

/// That the build with other addresses is the local one, once the local addresses are put in their place: as a whole in the
/// data, and in the code as 64-bit constants, whose halves stand apart.
fn compare(here: &[u8], elsewhere: &[u8]) -> Result<()> {
    let mut restored = elsewhere.to_vec();
    let mut pairs = Vec::new();
    for (interface, tested) in Interface::ALL.into_iter().zip(TESTED) {
        let local = interface.local_address()?;
        let known = |text: &str| addresses::bytes(text).with_context(|| format!("{text} is no address"));
        let (local, tested) = (known(&local)?, known(tested)?);
        let places = replace(&mut restored, &tested, &local);
        ensure!(places == count(here, &local), "an address is not where it is in the other build");
        pairs.push((local, tested));
    }
    // The same word of the same address, in place of that word.
    let is_address = |one: &[u8], other: &[u8]| {
        let mut words = pairs.iter().flat_map(|(local, tested)| local.chunks(WORD).zip(tested.chunks(WORD)));
        words.any(|(local, tested)| one == local && other == tested)
    };
    let words = here.chunks(WORD).zip(restored.chunks(WORD));
    let different = words.enumerate().find(|(_, (one, other))| one != other && !is_address(one, other));
    if here.len() == restored.len() && different.is_none() {
        return Ok(());
    }
    bail!(
        "{} bytes here and {} elsewhere, the first difference at {}: is a path, or an order that depends on one, in what \
         SBPF v{} is made of?",
        here.len(),
        elsewhere.len(),
        different.map_or(here.len().min(elsewhere.len()), |(index, _)| index * WORD),
        versions::SBPF
    )
}

fn count(bytes: &[u8], what: &[u8; 32]) -> usize {
    bytes.windows(32).filter(|window| window == what).count()
}

/// Replaces an address wherever it is, and says how often.
fn replace(bytes: &mut [u8], from: &[u8; 32], to: &[u8; 32]) -> usize {
    let mut places = 0;
    for at in 0..bytes.len().saturating_sub(31) {
        if bytes[at..at + 32] == *from {
            bytes[at..at + 32].copy_from_slice(to);
            places += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(addresses: [&str; 2], code: u8) -> Vec<u8> {
        let [fund, claims] = addresses.map(|text| addresses::bytes(text).unwrap());
        [&[code; 40], &fund[..], &[1, 2, 3], &claims[..]].concat()
    }

    #[test]
    fn builds_may_differ_in_their_addresses_and_in_nothing_else() {
        let local = Interface::ALL.map(|interface| interface.local_address().unwrap());
        let local = local.each_ref().map(String::as_str);
        assert!(compare(&build(local, 7), &build(TESTED, 7)).is_ok());
        let refused = compare(&build(local, 7), &build(TESTED, 8)).unwrap_err().to_string();
        assert!(refused.contains("the first difference at 0"), "{refused}");
        let longer = [build(TESTED, 7), vec![0]].concat();
        assert!(compare(&build(local, 7), &longer).is_err());
        // An address in the code, in halves: the third word of the first address, and another one.
        let half = |addresses: [&str; 2], at: usize| {
            let word = addresses::bytes(addresses[0]).unwrap()[at..at + WORD].to_vec();
            [build(addresses, 7), vec![9; 1], word].concat()
        };
        assert!(compare(&half(local, 8), &half(TESTED, 8)).is_ok());
        assert!(compare(&half(local, 8), &half(TESTED, 4)).is_err());
        let forgotten = compare(&build(local, 7), &build(local, 7)).unwrap_err().to_string();
        assert!(forgotten.contains("not where it is"), "{forgotten}");
    }

    #[test]
    fn a_copy_follows_its_source_and_leaves_alone_what_is_the_same() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |path: &Path, text: &str| fs::write(path, text).unwrap();
        fs::create_dir_all(from.path().join("sub/target")).unwrap();
        write(&from.path().join("sub/one.rs"), "one");
        write(&from.path().join("sub/target/built"), "built");
        write(&to.path().join("gone.rs"), "gone");
        synchronize(from.path(), to.path(), &LEFT_OUT).unwrap();
        let copied = to.path().join("sub/one.rs");
        let time = fs::metadata(&copied).unwrap().modified().unwrap();
        assert!(!to.path().join("gone.rs").exists() && !to.path().join("sub/target").exists());
        synchronize(from.path(), to.path(), &LEFT_OUT).unwrap();
        assert_eq!(fs::metadata(&copied).unwrap().modified().unwrap(), time);
        write(&from.path().join("sub/one.rs"), "two");
        synchronize(from.path(), to.path(), &LEFT_OUT).unwrap();
        assert_eq!(fs::read_to_string(copied).unwrap(), "two");
    }
}
