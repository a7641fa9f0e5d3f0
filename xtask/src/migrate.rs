//! `cargo xtask migrate`: deploys the program and a fund, or brings what is deployed to what the files say.

use anyhow::Result;

use crate::{
    build,
    support::{process, target::Target},
};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Passed on: `cargo xtask migrate --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    if !args.arguments.iter().any(|argument| argument == "--skip-program") {
        build::ensure_deployed()?;
    }
    let mut migrate = Target::operator("bulkhead-migrate", "bulkhead-migrate")?;
    process::hand_over(migrate.args(args.arguments))
}
