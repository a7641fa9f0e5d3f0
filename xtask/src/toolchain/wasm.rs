//! The math crate as a WebAssembly module, for the TypeScript client: with the compiler of the on-chain programs, which has its
//! library's source, and the linker of the tool chain that runs xtask.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::compiler;
use crate::support::{apt, process};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "bulkhead-wasm";

/// Compiles the module in `target` and returns the built file.
pub fn build(target: &Path) -> Result<PathBuf> {
    let compiler = compiler::prepare()?;
    let flags = [
        "-Zunstable-options".into(),
        // No panic machinery: a panic traps.
        "-Cpanic=immediate-abort".into(),
        format!("-Clinker={}", linker()?.display()),
        "-Cstrip=symbols".into(),
    ];
    let mut build = process::command(&compiler.cargo);
    build
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", &compiler.rustc)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC_WRAPPER")
        .args([
            "build",
            "--locked",
            "--release",
            "--package",
            PACKAGE,
            "-Z",
            "build-std=core",
            "--target",
            TARGET,
        ]);
    process::run(&mut build)?;
    Ok(target.join(TARGET).join("release").join(PACKAGE.replace('-', "_")).with_extension("wasm"))
}

/// Rust's own copy of LLD, or the system's.
fn linker() -> Result<PathBuf> {
    if let Some(own) = own_linker().filter(|linker| linker.exists()) {
        return Ok(own);
    }
    let system = || process::probe("wasm-ld", &["--version"]).map(|_| PathBuf::from("wasm-ld"));
    if system().is_none() {
        apt::install(&["lld"], "linking WebAssembly")?;
    }
    system().context("there is no wasm-ld: install LLD and repeat")
}

fn own_linker() -> Option<PathBuf> {
    let text = process::probe("rustc", &["-vV"])?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "))?;
    let sysroot = process::probe("rustc", &["--print", "sysroot"])?;
    Some(Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld"))
}
