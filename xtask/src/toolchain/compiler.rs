//! The upstream compiler: any rustc on a new enough LLVM that has its library's source beside it. The system's own one
//! first (it is what was tested), then rustup's.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{
    support::{apt, process, ui},
    versions,
};

pub struct Compiler {
    pub rustc: PathBuf,
    pub cargo: PathBuf,
    pub release: String,
    pub llvm: String,
}

/// What keeps a rustc from being used, or nothing.
type Candidate = (PathBuf, std::result::Result<Compiler, String>);

/// The compiler, installed if none is there.
pub fn prepare() -> Result<Compiler> {
    if let Some(compiler) = find() {
        return Ok(compiler);
    }
    apt::install(&versions::RUSTC_PACKAGES, "the compiler for SBF programs")?;
    find().context(
        "the packages were installed, but there is still no usable compiler: see `cargo xtask build --check-toolchain`",
    )
}

pub fn find() -> Option<Compiler> {
    candidates().into_iter().find_map(|(_, compiler)| compiler.ok())
}

/// Every rustc that is installed, and whether it will do.
pub fn candidates() -> Vec<Candidate> {
    let mut folders = vec![PathBuf::from("/usr/bin")];
    if let Some(list) = process::probe("rustup", &["toolchain", "list", "--verbose"]) {
        // "stable-x86_64-unknown-linux-gnu (active, default) /path/of/it"
        let paths = list.lines().filter_map(|line| Some(line.split_whitespace().last()?.into()));
        folders.extend(paths.map(|path: PathBuf| path.join("bin")).filter(|path| path.is_absolute()));
    }
    folders
        .into_iter()
        .map(|folder| folder.join("rustc"))
        .filter(|rustc| rustc.exists())
        .map(|rustc| (rustc.clone(), inspect(&rustc)))
        .collect()
}

fn inspect(rustc: &Path) -> std::result::Result<Compiler, String> {
    let text = process::probe(rustc, &["-vV"]).ok_or("does not run")?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::trim).unwrap_or("unknown").to_owned()
    };
    let (release, llvm) = (field("release:"), field("LLVM version:"));
    let major = llvm.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < versions::RUSTC_LLVM) {
        return Err(format!("{release} with LLVM {llvm}: needs LLVM {} or newer", versions::RUSTC_LLVM));
    }
    let sysroot = process::probe(rustc, &["--print", "sysroot"]).ok_or("has no sysroot")?;
    if !Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").is_dir() {
        return Err(format!("{release} with LLVM {llvm}: has no library source (rust-src)"));
    }
    let cargo = rustc.with_file_name("cargo");
    if !cargo.exists() {
        return Err(format!("{release} with LLVM {llvm}: has no cargo beside it"));
    }
    Ok(Compiler { rustc: rustc.to_owned(), cargo, release, llvm })
}

impl Compiler {
    pub fn warn_if_untested(&self) {
        if !self.release.starts_with(versions::RUSTC_TESTED) {
            ui::note(format!(
                "rustc {} was not tested here ({} was): the conformance test decides",
                self.release,
                versions::RUSTC_TESTED
            ));
        }
    }
}
