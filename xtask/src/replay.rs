//! `cargo xtask replay`: crashes and a bounded adversary on the reference model.

use anyhow::Result;

use crate::support::{process, target::Target};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask replay --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    let mut replay = target.lone_binary("bulkhead-replay")?;
    drop(target);
    process::hand_over(replay.args(&args.arguments))
}
