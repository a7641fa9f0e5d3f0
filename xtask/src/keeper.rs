//! `cargo xtask keeper` runs the standing keeper; `cargo xtask keeper-bench` measures its index.

use anyhow::Result;

use crate::support::{
    process,
    target::{selection, Target},
};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask keeper --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

#[derive(clap::Args)]
pub struct BenchArgs {
    /// Passed on: `cargo xtask keeper-bench -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let mut keeper = Target::operator("bulkhead-keeper", "bulkhead-keeper")?;
    process::hand_over(keeper.args(args.arguments))
}

/// Workspace members optimised, as they are not in a test: ratios of unoptimised code say little.
pub fn bench(args: BenchArgs) -> Result<()> {
    let target = Target::host()?;
    let mut build = target.cargo();
    build.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    process::run(build.args(selection("build")).args(["--bin", "keeper-bench"]))?;
    process::run(process::command(target.folder.join("debug").join("keeper-bench")).args(args.arguments))
}
