use {
    anyhow::{bail, Result},
    bulkhead_format::print,
    bulkhead_rehearsal::{
        place::usual_folder,
        walk::{play, Options},
    },
    clap::Parser,
    std::{path::PathBuf, process::ExitCode, time::Duration},
};

/// Between two looks whether to stop.
const GLANCE: Duration = Duration::from_secs(1);

/// Plays a deployment on devnet on a fresh local validator, step by step as docs/going-live.md has it:
/// from an empty wallet to a stolen key. Prints for each step what is done, the command to copy, and what
/// was seen. Exits with 0 (all of it went well), 1 (a step failed) or 2 (wrong usage).
#[derive(Parser)]
#[command(name = "bulkhead-rehearse", version)]
struct Cli {
    /// Without what takes minutes: the programs are those that the tests have built, and there is no app
    #[arg(long)]
    short: bool,
    /// Leave validator, keeper, ledger and app running in the end, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Print one JSON document in the end instead of text
    #[arg(long)]
    json: bool,
    /// Folder for keys, configurations and logs, which must not be there yet. Without one it is a new one
    /// below the system's folder for such things, which goes when all went well
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Port of the RPC node; the websocket's is the next one. By default 8899, or the next pair that is
    /// free
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=65_534))]
    port: Option<u16>,
    /// Folder of the programs that are rehearsed; by default that of this one
    #[arg(long, value_name = "FOLDER", hide = true)]
    binaries: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all went well.
fn run(cli: Cli) -> Result<bool> {
    let binaries = match cli.binaries {
        Some(folder) => folder,
        None => match std::env::current_exe()?.parent() {
            Some(folder) => folder.to_owned(),
            None => bail!("this program is in no folder: give --binaries FOLDER"),
        },
    };
    let is_own = cli.folder.is_none();
    let folder = cli.folder.unwrap_or_else(usual_folder);
    let options = Options { short: cli.short, folder, port: cli.port, binaries };
    let (report, walk) = play(options, cli.json)?;
    print(&if cli.json { report.json()? } else { report.closing() })?;
    let folder = walk.place.folder.clone();
    if cli.keep {
        let lines = walk.exports().join("\n  ");
        eprintln!(
            "\nit goes on until Ctrl-C, with everything in {}. In another shell:\n  {lines}",
            folder.display()
        );
        while !walk.place.stop.is_set() {
            walk.place.stop.wait(GLANCE);
        }
    }
    if !report.ok {
        eprintln!("keys, configurations and logs are in {}", folder.display());
        return Ok(false);
    }
    walk.close()?;
    if is_own {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(true)
}
