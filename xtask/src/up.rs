//! `cargo xtask up`: a local fund that lives: prices in a loop, members that trade, a keeper, the ledger and the app for
//! it, until Ctrl-C.

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
    /// Do not build and run the ledger
    #[arg(long)]
    no_ledger: bool,
    /// Passed on: `cargo xtask up --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let asks_for_help = args.arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    if asks_for_help || args.no_app && args.no_ledger {
        return localnet::start("up", &args.arguments);
    }
    let target = Target::host()?;
    build::ensure()?;
    let mut network = target.binary("bulkhead-localnet", "bulkhead-localnet")?;
    network.arg("up");
    if !args.no_ledger {
        let ledger = target.binary("bulkhead-history", "bulkhead-history")?;
        network.arg("--ledger").arg(ledger.get_program());
    }
    network.args(args.arguments);
    // It may run for hours: let others build meanwhile.
    drop(target);
    if args.no_app {
        return process::hand_over(&mut network);
    }
    app::build()?;
    process::hand_over(&mut app::serving(&network))
}
