//! `cargo xtask localnet`: a local validator with a seeded fund, until it is stopped.

use anyhow::Result;

use crate::{
    build,
    support::{job::Job, process, target::Target, times},
};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask localnet --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    start("localnet", &args.arguments)
}

/// Builds the programs and the validator, and runs one of its commands.
pub fn start(command: &str, arguments: &[String]) -> Result<()> {
    let target = Target::host()?;
    let programs = Job::start("programs", build::ensure_deployed)?;
    let mut localnet = times::step("validator", || target.binary("bulkhead-localnet", "bulkhead-localnet"))?;
    programs.join()?;
    // It may run for hours: let others build meanwhile.
    drop(target);
    process::hand_over(localnet.arg(command).args(arguments))
}
