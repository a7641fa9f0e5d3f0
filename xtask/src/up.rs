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

impl Args {
    /// Takes the options of this command out of those that are passed on, wherever they stand among them.
    fn find_own(&mut self) {
        let mut take = |own: &str| {
            let before = self.arguments.len();
            self.arguments.retain(|argument| argument != own);
            self.arguments.len() < before
        };
        let (no_app, no_ledger) = (take("--no-app"), take("--no-ledger"));
        self.no_app |= no_app;
        self.no_ledger |= no_ledger;
    }
}

pub fn run(mut args: Args) -> Result<()> {
    args.find_own();
    let asks_for_help = args.arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    if asks_for_help || args.no_app && args.no_ledger {
        return localnet::start("up", &args.arguments);
    }
    let target = Target::host()?;
    build::ensure_deployed()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_options_may_follow_those_that_are_passed_on() {
        let words = ["--port", "18899", "--no-app", "--seed", "2", "--no-ledger"];
        let arguments = words.map(str::to_owned).to_vec();
        let mut args = Args { no_app: false, no_ledger: false, arguments };
        args.find_own();
        assert!(args.no_app && args.no_ledger);
        assert_eq!(args.arguments, ["--port", "18899", "--seed", "2"]);
    }
}
