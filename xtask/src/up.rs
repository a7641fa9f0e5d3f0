//! `cargo xtask up`: a local fund that lives: prices in a loop, members that trade, a keeper, and the app for it, until
//! Ctrl-C.

use anyhow::Result;

use crate::{
    app, build, localnet,
    support::{process, target::Target},
};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Do not build and serve the app
    #[arg(long)]
    no_app: bool,
    /// Passed on: `cargo xtask up --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let asks_for_help = args.arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    if args.no_app || asks_for_help {
        return localnet::start("up", &args.arguments);
    }
    let target = Target::host()?;
    build::ensure()?;
    let mut network = target.binary("bulkhead-localnet", "bulkhead-localnet")?;
    // It may run for hours: let others build meanwhile.
    drop(target);
    app::build()?;
    let mut serving = app::serving(network.arg("up").args(args.arguments));
    process::hand_over(&mut serving)
}
