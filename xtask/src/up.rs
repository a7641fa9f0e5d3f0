//! `cargo xtask up`: a local fund that lives: prices in a loop, members that trade, a keeper, until Ctrl-C.

use anyhow::Result;

use crate::localnet;

#[derive(clap::Args)]
pub struct Args {
    /// Passed on: `cargo xtask up -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    localnet::start("up", &args.arguments)
}
