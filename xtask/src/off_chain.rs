//! Programs that a command builds and hands over to: those that compute off chain from prices, as
//! `cargo xtask calibrate`, `replay` and `stress` do, and those of operators.

use anyhow::Result;

use crate::{
    stress,
    support::{process, target::Target},
};

/// With it, `calibrate` is the stress test's part: it proposes rates by who causes the losses of a fund.
const ATTRIBUTION: &str = "--attribution";

/// Arguments that are passed on, help among them.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// Builds a program and hands over to it.
pub fn run(binary: &str, args: Args) -> Result<()> {
    let target = Target::host()?;
    let mut program = target.lone_binary(binary)?;
    drop(target);
    process::hand_over(program.args(&args.arguments))
}

/// Builds a program of an operator and hands over to it.
pub fn operate(package: &str, binary: &str, args: Args) -> Result<()> {
    process::hand_over(Target::operator(package, binary)?.args(args.arguments))
}

/// Proposes market rates: from prices, or by who causes the losses of a fund.
pub fn calibrate(args: Args) -> Result<()> {
    if args.arguments.iter().any(|argument| argument == ATTRIBUTION) {
        return stress::run(args);
    }
    run("bulkhead-calibrate", args)
}
