//! Upstream rustc and LLVM.
//!
//! Rust has no Solana port, so the target is made up: LLVM's BPF, with an operating system (`zkvm`) whose layer in `std`
//! is all stubs. The program's bitcode is linked and compiled by `sbpf-linker` on a newer LLVM than the compiler's.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{ensure, Context, Result};
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

/// A change of the compiler's library, for programs of others.
struct Change {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// What keeps a program from being compiled with the library as it is. Programs of the workspace use neither.
const CHANGES: [Change; 2] = [
    // The stable sort of a slice keeps 4 KiB on the stack, which is the whole frame of a function in SBF. With
    // less there, it takes from the heap what does not fit.
    Change {
        file: "core/src/slice/sort/stable/mod.rs",
        from: "AlignedStorage::<T, 4096>::new()",
        to: "AlignedStorage::<T, 1024>::new()",
    },
    // A hash map starts from keys that differ in each run and are kept in a writable static. On chain there is
    // no chance, and no place for such a static.
    Change {
        file: "std/src/hash/random.rs",
        from: RANDOM_KEYS,
        to: "        RandomState { k0: 0, k1: 0 }\n",
    },
];
const RANDOM_KEYS: &str = "        thread_local!(static KEYS: Cell<(u64, u64)> = {
            Cell::new(hashmap_random_keys())
        });

        KEYS.with(|keys| {
            let (k0, k1) = keys.get();
            keys.set((k0.wrapping_add(1), k1));
            RandomState { k0, k1 }
        })
";

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
        // What is compiled with another library lies apart.
        let apart = target.join("foreign");
        let target = if program.is_foreign() { &apart } else { target };
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
        if program.is_foreign() {
            build
                .current_dir(source.root.join(program.folder))
                // Cargo's own variable, and the only one, for a library elsewhere than with the compiler.
                .env("__CARGO_TESTS_ONLY_SRC_ROOT", self.changed_library(target)?)
                // With `memcpy` and its like: the dependency is linked on its own too, without our builtins.
                .args(["-Z", "build-std-features=compiler-builtins-mem"]);
        }
        process::run(&mut build)?;
        let out = target.join(TARGET).join("release");
        Ok(out.join(format!("lib{}.so", program.file())))
    }

    /// The compiler's library with [`CHANGES`], as a folder of links.
    fn changed_library(&self, target: &Path) -> Result<PathBuf> {
        let sysroot =
            process::probe(&self.compiler.rustc, &["--print", "sysroot"]).context("rustc has no sysroot")?;
        let original = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
        let place = target.join(format!("library-{}", self.compiler.release));
        let mut texts = vec![];
        for Change { file, from, to } in &CHANGES {
            let text = fs::read_to_string(original.join(file)).with_context(|| format!("reading {file}"))?;
            ensure!(text.contains(from), "the library is not as expected: {file} has no `{}`", from.trim());
            texts.push((place.join(file), text.replace(from, to)));
        }
        // Written once: Cargo compiles again what is newer than its last build.
        let is_written =
            |(path, text): &(PathBuf, String)| fs::read_to_string(path).is_ok_and(|written| written == *text);
        if texts.iter().all(is_written) {
            return Ok(place);
        }
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        link_around_changes(&original, &place, Path::new(""))?;
        for (path, text) in texts {
            fs::write(path, text)?;
        }
        Ok(place)
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

/// Links everything below a folder of the library, but for the files that are changed.
fn link_around_changes(original: &Path, place: &Path, below: &Path) -> Result<()> {
    fs::create_dir_all(place.join(below))?;
    for entry in fs::read_dir(original.join(below))? {
        let path = below.join(entry?.file_name());
        let leads_to_change = CHANGES.iter().any(|change| Path::new(change.file).starts_with(&path));
        match (leads_to_change, original.join(&path).is_dir()) {
            (true, true) => link_around_changes(original, place, &path)?,
            (true, false) => {}
            (false, _) => symlink(original.join(&path), place.join(&path))?,
        }
    }
    Ok(())
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
        // Copies beyond eight words call `memcpy`: by default LLVM writes up to 128 loads and stores, which is more bytes, and
        // from about there more compute units than the system call.
        "-Clink-arg=--llvm-args=-bpf-max-stores-per-memfunc=8",
        // Jumps at less and at less or equal, which every SBPF has and the generic BPF lacks: it first loads constants.
        "-Ctarget-cpu=v2",
        // Behind the compiler's own `-O2`: the linker takes the last. It hands words over where functions take references
        // to them, which is fewer bytes and fewer compute units.
        "-Clink-arg=-O3",
        // With that level's own threshold, 250, the program is 1.4% longer.
        "-Clink-arg=--llvm-args=-inline-threshold=160",
    ]
    .map(str::to_owned)
    .to_vec()
}
