//! `cargo xtask cli`: the command line, built and run.

use anyhow::Result;

use crate::support::{process, target::Target};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask cli --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let mut cli = Target::operator("bulkhead-cli", "bulkhead")?;
    process::hand_over(cli.args(args.arguments))
}
