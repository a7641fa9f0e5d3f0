//! `cargo xtask build`: the on-chain programs, into `target/sbf`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, ensure, Context, Result};

use crate::{
    elsewhere,
    support::{addresses::Addresses, checksum, paths, target::Target, ui},
    toolchain::{Program, Source, Toolchain, PROGRAMS},
    versions,
};

mod reach;

#[derive(clap::Args)]
pub struct Args {
    /// Say which tool chain would be used and why, and build nothing
    #[arg(long)]
    check_toolchain: bool,
    /// Only this program
    #[arg(long, short, value_parser = PROGRAMS.map(|program| program.package))]
    package: Option<String>,
    /// Build a changed copy of the source into this folder: the next release of a rehearsal
    #[arg(long, value_name = "FOLDER", hide = true)]
    changed: Option<PathBuf>,
}

/// What a copy of the source is changed in: words that the programs carry and do not read.
const CHANGE: [&str; 2] = ["see README.md of the release", "see README.md of the next release"];

pub fn run(args: Args) -> Result<()> {
    if args.check_toolchain {
        return Toolchain::choose()?.report();
    }
    if let Some(folder) = args.changed {
        return changed(&folder);
    }
    // Who builds for addresses of their own deploys: the programs of tests are for local networks.
    let deploys = Addresses::chosen()?.is_some();
    let wanted = |program: &&Program| match &args.package {
        Some(package) => *package == program.package,
        None => !deploys || is_deployed(program),
    };
    build(PROGRAMS.iter().filter(wanted))
}

/// Every program, up to date.
pub fn ensure() -> Result<()> {
    build(PROGRAMS.iter())
}

/// The programs that run on a network, up to date. Those of `crates/` are for tests and measurements, and nobody who
/// looks at a fund should wait for them.
pub fn ensure_deployed() -> Result<()> {
    build(PROGRAMS.iter().filter(is_deployed))
}

/// One program, up to date.
pub fn ensure_one(package: &str) -> Result<()> {
    build(PROGRAMS.iter().filter(|program| program.package == package))
}

/// Whether a program runs on a network.
pub fn is_deployed(program: &&Program) -> bool {
    program.folder.starts_with("programs/")
}

/// The programs that run on a network, from a copy of the source that differs, for the same addresses.
fn changed(folder: &Path) -> Result<()> {
    let (ready, target) = (Toolchain::choose()?.prepare()?, Target::sbf()?);
    let root = target.folder.join("changed");
    elsewhere::synchronize(&paths::root(), &root, &elsewhere::LEFT_OUT)?;
    let source = Source { root, ..Source::here()? };
    for program in PROGRAMS.iter().filter(is_deployed) {
        let path = source.root.join(program.folder).join("src/lib.rs");
        let text = fs::read_to_string(&path)?;
        ensure!(text.contains(CHANGE[0]), "{} does not say `{}`", path.display(), CHANGE[0]);
        fs::write(&path, text.replacen(CHANGE[0], CHANGE[1], 1))?;
        ui::doing(format!("building {} with a change", program.package));
        let built = ready.build(program, &source, &target.folder)?;
        let path = publish(&built, folder, &program.file())?;
        ui::good(format!("{} {} bytes", path.display(), check(&path)?));
    }
    Ok(())
}

fn build<'a>(programs: impl Iterator<Item = &'a Program>) -> Result<()> {
    let (ready, source) = (Toolchain::choose()?.prepare()?, Source::here()?);
    let target = Target::sbf()?;
    if let Some(Addresses([fund, claims])) = &source.addresses {
        ui::note(format!("for the addresses {fund} and {claims}"));
    }
    for program in programs {
        ui::doing(format!("building {} for SBPF v{}", program.package, versions::SBPF));
        ready.announce();
        let built = ready
            .build(program, &source, &target.folder)
            .with_context(|| format!("{} did not build", program.package))?;
        let path = publish(&built, &paths::sbf_out(), &program.file())?;
        let size = check(&path)?;
        let file = fs::read(&path)?;
        if !program.is_foreign() {
            reach::check(&file).with_context(|| format!("{} cannot grow", path.display()))?;
        }
        let hash = executable_hash(&file);
        ui::good(format!("{} {size} bytes, {hash}", path.display()));
    }
    Ok(())
}

/// The hash by which builds are compared: SHA-256 of all bytes but the zeros at the end, of which a deployed program has more.
pub fn executable_hash(program: &[u8]) -> String {
    let used = program.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    checksum::sha256(&program[..used])
}

/// Copies a built program to where tests and validators look for it.
pub fn publish(built: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name).with_extension("so");
    // Beside and over it: whoever reads it meanwhile sees the old or the new one, whole.
    let making = folder.join(format!(".{name}.so"));
    fs::copy(built, &making).with_context(|| format!("{} was not built", built.display()))?;
    fs::rename(&making, &path)?;
    Ok(path)
}

/// That it is a program of the right version; its size.
pub fn check(path: &Path) -> Result<usize> {
    const CLASS_64_LITTLE_ENDIAN: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];
    const MACHINE: std::ops::Range<usize> = 18..20;
    const MACHINES: [u16; 2] = [247, 263]; // BPF, SBPF
    const FLAGS: std::ops::Range<usize> = 48..52;

    let file = fs::read(path)?;
    if file.len() < 64 || !file.starts_with(&CLASS_64_LITTLE_ENDIAN) {
        bail!("{} is not a 64-bit ELF file", path.display());
    }
    let machine = u16::from_le_bytes(file[MACHINE].try_into()?);
    let version = u32::from_le_bytes(file[FLAGS].try_into()?);
    if !MACHINES.contains(&machine) || version != versions::SBPF {
        bail!("{} is for machine {machine} version {version}, not SBPF v{}", path.display(), versions::SBPF);
    }
    Ok(file.len())
}
