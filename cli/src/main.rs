//! `bulkhead`: looks at a fund, checks its deployment, acts for its members and as anybody may.

mod actions;
mod amount;
mod doctor;
mod idl;
mod people;
mod send;
mod session;
mod text;
mod views;

use {
    anyhow::Result,
    bulkhead_client::Address,
    bulkhead_inspect::settings::{self, parse_address},
    clap::{CommandFactory, Parser, Subcommand},
    session::{Options, Session},
    std::{
        io::{stdout, Write},
        process::ExitCode,
    },
};

/// A clearing fund on Solana: what it holds, whether it is as it should be, and acting in it.
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
    /// A member: margin, contribution, positions
    Member {
        /// Its wallet or its member account; by default the wallet of --keypair
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// All members
    Members,
    /// Defaults: what they cost and who paid
    Defaults,
    #[command(flatten)]
    Act(actions::Action),
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

async fn page(cli: &Cli, session: &Session) -> Result<(views::Page, u8)> {
    let page = match &cli.command {
        Command::Act(action) => actions::run(session, action, cli.options.dry_run).await?,
        Command::Member { owner } => people::member(session, *owner).await?,
        Command::Members => people::members(&session.load().await?.0)?,
        Command::Defaults => people::defaults(&session.load().await?.0),
        Command::Fund => views::fund(&session.load().await?.0),
        Command::Markets => views::markets(&session.load().await?.0),
        Command::Doctor => {
            let (book, oracles) = session.load().await?;
            return Ok(doctor::doctor(&book, &oracles));
        }
        Command::Completions { .. } => unreachable!("answered without a cluster"),
    };
    Ok((page, 0))
}

async fn run(cli: &Cli) -> Result<u8> {
    let ((text, json), code) = match cli.command {
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "bulkhead", &mut stdout());
            return Ok(0);
        }
        _ => page(cli, &Session::open(&cli.options).await?).await?,
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
