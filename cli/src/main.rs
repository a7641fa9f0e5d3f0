//! `bulkhead`: looks at a fund and checks its deployment.

#[allow(dead_code)] // parsing waits for the actions
mod amount;
mod doctor;
#[allow(dead_code)] // waits for the actions
mod idl;
mod session;
#[allow(dead_code)] // keys wait for the actions
mod settings;
#[allow(dead_code)] // lines wait for the actions
mod text;
mod views;

use {
    anyhow::Result,
    clap::{CommandFactory, Parser, Subcommand},
    session::{load, Options},
    std::{
        io::{stdout, Write},
        process::ExitCode,
    },
};

/// A clearing fund on Solana: what it holds, and whether it is as it should be.
#[derive(Parser)]
#[command(name = "bulkhead", version)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The fund: authorities and buckets
    Fund,
    /// Its markets: marks, rates in force, open interest
    Markets,
    /// Checks the deployment; exits with 0 (all is well), 1 (worth a look) or 2 (wrong, or the check could not be made)
    Doctor,
    /// Completions for a shell, to be sourced
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            // For a doctor, 1 is a warning.
            ExitCode::from(if matches!(cli.command, Command::Doctor) { 2 } else { 1 })
        }
    }
}

async fn run(cli: &Cli) -> Result<u8> {
    let ((text, json), code) = match cli.command {
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "bulkhead", &mut stdout());
            return Ok(0);
        }
        Command::Fund => (views::fund(&load(&cli.options).await?), 0),
        Command::Markets => (views::markets(&load(&cli.options).await?), 0),
        Command::Doctor => doctor::doctor(&load(&cli.options).await?),
    };
    let mut out = stdout().lock();
    if cli.options.json {
        serde_json::to_writer_pretty(&mut out, &json)?;
        writeln!(out)?;
    } else {
        out.write_all(text.render().as_bytes())?;
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}
