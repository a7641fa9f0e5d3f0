//! `cargo xtask cli`: the command line, built and run.

use anyhow::Result;

use crate::support::{process, target::Target};

#[derive(clap::Args)]
pub struct Args {
    /// Passed on: `cargo xtask cli -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    let mut cli = target.binary("bulkhead-cli", "bulkhead")?;
    // It may wait for a cluster: let others build meanwhile.
    drop(target);
    // Paths are those of whoever calls, not of the repository.
    cli.current_dir(std::env::current_dir()?);
    process::hand_over(cli.args(args.arguments))
}
