//! `cargo xtask calibrate` and `cargo xtask replay`: programs that compute off chain from prices, and need no validator.

use anyhow::Result;

use crate::support::{process, target::Target};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds a program and hands over to it.
pub fn run(binary: &str, args: Args) -> Result<()> {
    let target = Target::host()?;
    let mut program = target.lone_binary(binary)?;
    drop(target);
    process::hand_over(program.args(&args.arguments))
}
