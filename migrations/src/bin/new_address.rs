//! `bulkhead-new-address` makes the keys of the two programs, outside the repository.

use {
    anyhow::Result,
    bulkhead_migrate::{
        keys::{make, next, usual_folder},
        step::say,
    },
    clap::Parser,
    std::{
        path::{Path, PathBuf},
        process::ExitCode,
    },
};

/// Makes a key for each of the two programs, whose addresses are then yours, and says what comes next.
/// It never writes over a file, and never into the repository.
#[derive(Parser)]
#[command(name = "bulkhead-new-address", version)]
struct Cli {
    /// Name of the deployment: its keys go into the folder bulkhead/programs/NAME of your configuration
    #[arg(long, default_value = "own")]
    name: String,
    /// Another folder for them
    #[arg(long, conflicts_with = "name")]
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let folder = cli.folder.map_or_else(|| usual_folder(&cli.name), Ok)?;
    let made = make(&folder, &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))?;
    next(&made).iter().for_each(|line| say(line));
    Ok(())
}
