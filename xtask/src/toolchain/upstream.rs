//! Upstream rustc and LLVM.
//!
//! Rust has no Solana port, so the target is made up: LLVM's BPF, with an operating system (`zkvm`) whose layer in `std`
//! is all stubs. The program's bitcode is linked and compiled by `sbpf-linker` on a newer LLVM than the compiler's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::json;

use super::{
    compiler::{self, Compiler},
    linker, Program, Source,
};
use crate::{
    support::{process, ui},
    versions,
};

/// At least two dashes: the build script of `blake3` splits the name.
const TARGET: &str = "sbpf-solana-upstream";

pub struct Upstream {
    compiler: Compiler,
    linker: PathBuf,
}

pub fn prepare() -> Result<Upstream> {
    let compiler = compiler::prepare()?;
    compiler.warn_if_untested();
    Ok(Upstream { compiler, linker: linker::prepare()? })
}

/// What is there and what is not.
pub fn report() -> Result<()> {
    for (rustc, inspected) in compiler::candidates() {
        match inspected {
            Ok(compiler) => {
                ui::good(format!("{}: {} with LLVM {}", rustc.display(), compiler.release, compiler.llvm))
            }
            Err(why_not) => ui::note(format!("{}: {why_not}", rustc.display())),
        }
    }
    if compiler::find().is_none() {
        let packages = versions::RUSTC_PACKAGES.join(" ");
        ui::bad(format!("no usable compiler: `cargo xtask build` installs {packages} when run as root"));
    }
    match linker::find()? {
        Some(path) => ui::good(format!("linker: {}", path.display())),
        None => ui::bad(format!("no {}: `cargo xtask build` installs it", linker::name())),
    }
    Ok(())
}

impl Upstream {
    pub fn name(&self) -> String {
        format!("upstream rustc {} and {}", self.compiler.release, linker::name())
    }

    pub fn build(&self, program: &Program, source: &Source, target: &Path) -> Result<PathBuf> {
        self.compile(program, source, target, rustflags(), &[])
    }

    /// The same tool chain with its linker in another folder.
    pub fn moved(self, folder: &Path) -> Result<Self> {
        let linker = folder.join(self.linker.file_name().context("the linker is a file")?);
        if !linker.exists() {
            fs::create_dir_all(folder)?;
            fs::copy(&self.linker, &linker)?;
        }
        Ok(Self { linker, ..self })
    }

    /// With debug information: places in its text have the names of functions. The assembler's own optimisations would move them.
    pub fn build_for_profile(&self, program: &Program, target: &Path) -> Result<PathBuf> {
        let mut flags = rustflags();
        flags.extend(["-Clink-arg=--btf", "-Clink-arg=--sbpf-optimize=false"].map(str::to_owned));
        let profile =
            [("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"), ("CARGO_PROFILE_RELEASE_STRIP", "none")];
        self.compile(program, &Source::here()?, target, flags, &profile)
    }

    fn compile(
        &self,
        program: &Program,
        source: &Source,
        target: &Path,
        rustflags: Vec<String>,
        settings: &[(&str, &str)],
    ) -> Result<PathBuf> {
        let mut build = process::command(&self.compiler.cargo);
        source.give_to(&mut build);
        build
            // Target and `build-std` are unstable: this compiler is a release that is told to allow them.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1")
            .env("RUSTC", &self.compiler.rustc)
            .env("CARGO_ENCODED_RUSTFLAGS", rustflags.join("\x1f"))
            .envs(settings.iter().copied())
            .env("CARGO_TARGET_DIR", target)
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("RUSTC_WRAPPER")
            .args(["build", "--locked", "--release", "--package", program.package])
            .args(["-Z", "build-std=core,alloc,std,panic_abort", "--target", TARGET])
            // By its name: the path of a file would go into the names of all symbols, and with them into their order.
            .env("RUST_TARGET_PATH", self.write_target(target)?);
        process::run(&mut build)?;
        let out = target.join(TARGET).join("release");
        Ok(out.join(format!("lib{}.so", program.file())))
    }

    /// Describes the target, in a folder of its own. What was compiled for another description goes: Cargo knows its name only.
    fn write_target(&self, target: &Path) -> Result<PathBuf> {
        let specification = json!({
            "arch": "bpf",
            "os": "zkvm",
            "vendor": "solana",
            "env": "",
            "llvm-target": "bpfel",
            "data-layout": "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128",
            "target-endian": "little",
            "target-pointer-width": 64,
            "target-c-int-width": 32,
            "linker-flavor": "bpf",
            "linker": self.linker,
            "allow-asm": true,
            "atomic-cas": true,
            "max-atomic-width": 64,
            "no-builtins": false,
            "obj-is-bitcode": true,
            "panic-strategy": "abort",
            "dynamic-linking": true,
            "only-cdylib": true,
            "requires-lto": false,
            "singlethread": true,
            "has-thread-local": false,
            "features": "+allows-misaligned-mem-access",
        });
        let folder = target.join("target-spec");
        let path = folder.join(TARGET).with_extension("json");
        let text = format!("{specification:#}\n");
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            let compiled = target.join(TARGET);
            if compiled.exists() {
                fs::remove_dir_all(compiled)?;
            }
            fs::create_dir_all(&folder)?;
            fs::write(&path, text)?;
        }
        Ok(folder)
    }
}

fn rustflags() -> Vec<String> {
    let arch = format!("-Clink-arg=--arch=v{}", versions::SBPF);
    [
        "-Zunstable-options",
        // No panic machinery, hence no writable statics, for which SBPF has no place. A panic still ends the transaction.
        "-Cpanic=immediate-abort",
        // The Solana crates ask for this operating system; the architecture gives `std` an alignment that it lacks for
        // BPF (8 bytes). Both stand beside the real ones.
        "-Aexplicit_builtin_cfgs_in_flags",
        "--cfg",
        "target_os=\"solana\"",
        "--cfg",
        "target_arch=\"csky\"",
        // One thread: atomics are plain loads and stores.
        "-Cpasses=lower-atomic",
        // By aliases, the default, `memcmp` and `bcmp` would become one nameless function, which LLVM does not know for what it is:
        // every comparison of an address or a discriminator would be a call instead of four loads or one.
        "-Zmerge-functions=trampolines",
        &arch,
        "-Clink-arg=--allow-bpf-trap",
        "-Clink-arg=--llvm-args=-bpf-stack-size=4096",
    ]
    .map(str::to_owned)
    .to_vec()
}
