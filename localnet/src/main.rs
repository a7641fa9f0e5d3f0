use {
    anyhow::Result,
    bulkhead_client::program::choose_from_environment,
    bulkhead_format::print,
    bulkhead_localnet::{
        demo, localnet,
        progress::{colour_on_stdout, Progress},
        render::{render, Style},
        up,
    },
    clap::{Parser, Subcommand},
    std::process::ExitCode,
};

/// A clearing fund on an embedded local validator.
#[derive(Parser)]
#[command(name = "bulkhead-localnet")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replays a crash: members trade, prices fall, a keeper liquidates, declares defaults and
    /// allocates the losses, survivors withdraw. Exits with an error if a property of the protocol
    /// does not hold.
    Demo {
        #[command(flatten)]
        options: demo::Options,
        /// Print one JSON document instead of tables; progress goes to standard error
        #[arg(long)]
        json: bool,
        /// Show no progress
        #[arg(long)]
        quiet: bool,
    },
    /// Keeps a local network with a seeded fund running until Ctrl-C.
    Localnet {
        #[command(flatten)]
        options: localnet::Options,
    },
    /// A local fund that lives until Ctrl-C: prices go through a crash and back, members trade, a
    /// keeper works.
    #[command(
        after_help = "cargo xtask up also takes --no-app, to build and serve no app, and --no-ledger, to \
                            build and run no ledger"
    )]
    Up {
        #[command(flatten)]
        options: up::Options,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", describe(&error));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command. Returns whether what it looked at was as it should be.
fn run(command: Command) -> Result<bool> {
    choose_from_environment()?;
    match command {
        Command::Demo { options, json, quiet } => run_demo(&options, json, quiet),
        Command::Localnet { options } => localnet::run(&options).map(|()| true),
        Command::Up { options } => up::run(&options).map(|()| true),
    }
}

/// Runs the demo. Returns whether every property held.
fn run_demo(options: &demo::Options, json: bool, quiet: bool) -> Result<bool> {
    let report = demo::run(options, &Progress::new(quiet))?;
    print(&match json {
        true => format!("{}\n", serde_json::to_string_pretty(&report)?),
        false => render(&report, Style { colour: colour_on_stdout() }),
    })?;
    Ok(report.ok)
}

/// Writes an error with its causes on one line.
fn describe(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}
