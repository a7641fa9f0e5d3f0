//! `cargo xtask migrate`: deploys the program and a fund, or brings what is deployed to what the files say.

use anyhow::Result;

use crate::{
    build,
    support::{process, target::Target},
};

#[derive(clap::Args)]
pub struct Args {
    /// Passed on: `cargo xtask migrate -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    build::ensure()?;
    let mut migrate = target.binary("bulkhead-migrate", "bulkhead-migrate")?;
    // It may wait for a cluster: let others build meanwhile.
    drop(target);
    // Paths are those of whoever calls, not of the repository.
    migrate.current_dir(std::env::current_dir()?);
    process::hand_over(migrate.args(args.arguments))
}
