//! `cargo xtask keeper-bench` measures the index of the standing keeper.

use anyhow::Result;

use crate::support::{
    process,
    target::{selection, Target},
};

#[derive(clap::Args)]
pub struct BenchArgs {
    /// Passed on: `cargo xtask keeper-bench -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Workspace members optimised, as they are not in a test: ratios of unoptimised code say little.
pub fn bench(args: BenchArgs) -> Result<()> {
    let target = Target::host()?;
    let mut build = target.cargo();
    build.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    process::run(build.args(selection("build")).args(["--bin", "keeper-bench"]))?;
    process::run(process::command(target.folder.join("debug").join("keeper-bench")).args(args.arguments))
}
