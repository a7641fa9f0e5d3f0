//! `cargo xtask calibrate`: proposes the rates of markets from a folder of real prices, and replays history against them.

use anyhow::Result;

use crate::support::{process, target::Target};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask calibrate --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    let mut calibrate = target.lone_binary("bulkhead-calibrate")?;
    drop(target);
    process::hand_over(calibrate.args(&args.arguments))
}
