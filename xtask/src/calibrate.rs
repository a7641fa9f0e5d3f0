//! `cargo xtask calibrate`: proposes the rates of markets from a folder of real prices, and replays history against them.
//! `cargo xtask calibrate --attribution` proposes contributions and premiums by who causes the losses of a fund.

use anyhow::Result;

use crate::{
    stress,
    support::{process, target::Target},
};

/// With it the rates are proposed by who causes the losses: the stress test's part.
const ATTRIBUTION: &str = "--attribution";

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask calibrate --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    if args.arguments.iter().any(|argument| argument == ATTRIBUTION) {
        return stress::hand_over(args.arguments);
    }
    let target = Target::host()?;
    let mut calibrate = target.lone_binary("bulkhead-calibrate")?;
    drop(target);
    process::hand_over(calibrate.args(&args.arguments))
}
