//! `bulkhead`: looks at a fund, checks its deployment, acts for its members and as anybody may.

mod actions;
mod amount;
mod context;
mod doctor;
mod idl;
mod order;
mod parameters;
mod print;
mod refusal;
mod send;
mod session;
mod text;
mod views;

use {
    actions::Action,
    anyhow::Result,
    bulkhead_client::Address,
    bulkhead_inspect::settings::{self, parse_address},
    clap::{error::ErrorKind, CommandFactory, Parser, Subcommand},
    session::{Options, Session},
    std::{
        io::{stdout, Write},
        process::ExitCode,
    },
};

/// Command line of a clearing fund on Solana: views, checks and actions
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
    /// The fund: authorities, buckets, parameters
    Fund,
    /// Its markets: marks, rates in force, open interest
    Markets,
    /// One market: price and oracle, rates, the house and its auction, parameters
    Market {
        /// Number of the market
        index: u16,
    },
    /// A member: margin, contribution, positions
    Member {
        /// Wallet or member account; by default the wallet of --keypair
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// All members
    Members,
    /// Defaults: their losses and the layers that paid
    Defaults,
    /// One default: its audit trail
    Default {
        /// Number of the default
        seq: u64,
    },
    /// Changes of parameters that governance has announced
    Changes,
    /// The whole fund in one document, which `cargo xtask stress` tests: use it with --json
    Snapshot,
    #[command(flatten)]
    Act(Action),
    /// Checks the deployment; exits with 0 (all is well), 1 (worth a look) or 2 (wrong, or the
    /// check could not be made)
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
    if let Err(why) = cli.options.check() {
        Cli::command().error(ErrorKind::ArgumentConflict, why).exit();
    }
    match run(&cli).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            // Of the doctor, 1 would be a warning.
            ExitCode::from(if matches!(cli.command, Command::Doctor) { 2 } else { 1 })
        }
    }
}

async fn page(cli: &Cli, session: &Session) -> Result<(views::Page, u8)> {
    let page = match &cli.command {
        Command::Member { owner } => views::people::member(session, *owner).await?,
        Command::Members => views::people::members(&session.load().await?.0)?,
        Command::Defaults => views::defaults::defaults(&session.load().await?.0),
        Command::Default { seq } => views::defaults::default(session, *seq).await?,
        Command::Changes => views::changes::changes(session).await?,
        Command::Snapshot => views::snapshot::snapshot(&session.load().await?.0)?,
        Command::Fund => views::fund::fund(&session.load().await?.0),
        Command::Markets => views::fund::markets(&session.load().await?.0),
        Command::Market { index } => views::market::market(session, *index).await?,
        Command::Doctor => return doctor::doctor(session).await,
        Command::Completions { .. } => unreachable!("answered without a cluster"),
        Command::Act(action) => {
            let (order, decimals) = action.order(session).await?;
            send::carry_out(session, &order, decimals).await?
        }
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

    /// The program's name for an instruction is that of a command, or an alias of one, so that a
    /// reader of the IDL finds it.
    #[test]
    fn every_instruction_has_a_command() {
        fn names(command: &clap::Command) -> Vec<String> {
            let all = command.get_subcommands().flat_map(|command| {
                let own =
                    std::iter::once(command.get_name()).chain(command.get_all_aliases()).map(str::to_owned);
                own.chain(names(command)).collect::<Vec<_>>()
            });
            all.collect()
        }
        let known = names(&Cli::command());
        for instruction in idl::instructions() {
            let name = instruction.name.replace('_', "-");
            assert!(known.contains(&name), "no command {name}");
        }
    }
}
