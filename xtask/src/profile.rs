//! `cargo xtask profile`: where compute units go, by function, from a build with debug information.

use std::fs;

use anyhow::{bail, Result};

use crate::{
    support::{paths, process, target::Target, ui},
    toolchain::{Ready, Toolchain, PROGRAMS},
};

#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: Args) -> Result<()> {
    let Ready::Upstream(upstream) = Toolchain::choose()?.prepare()? else {
        bail!("a profile is made with upstream LLVM: set BULKHEAD_TOOLCHAIN=upstream");
    };
    let [program, ..] = &PROGRAMS;
    ui::doing(format!("building {} with debug information", program.package));
    let folder = paths::sbf_out().with_file_name("profile");
    fs::create_dir_all(&folder)?;
    let built = upstream.build_for_profile(program, &Target::sbf()?.folder.join("profile"))?;
    fs::copy(built, folder.join(program.file()).with_extension("so"))?;

    let mut bench = Target::host()?.binary("bulkhead-tests", "bench")?;
    bench.env("BULKHEAD_SBF_DIR", &folder).arg("--profile").arg(&folder);
    process::run(&mut bench)?;
    ui::good(format!("stacks for flame graphs, one file a case: {}", folder.display()));
    Ok(())
}
