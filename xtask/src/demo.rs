//! `cargo xtask demo`: replays a crash on an embedded local validator, with a fund, its members and a keeper.

use anyhow::Result;

use crate::localnet;

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask demo --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    localnet::start("demo", &args.arguments)
}
