//! `bulkhead`: looks at a fund, checks its deployment, acts for its members and as anybody may.

mod actions;
mod amount;
mod bounds;
mod claims_file;
mod config;
mod context;
mod doctor;
mod failure;
mod idl;
mod key;
mod market_name;
mod multisig;
mod nonce;
mod order;
mod parameters;
mod partial;
mod print;
mod priority;
mod refusal;
mod sandbox;
mod scales;
mod send;
mod session;
mod standing;
mod text;
mod views;

use {
    actions::Action,
    anyhow::Result,
    bulkhead_client::{program::choose_from_environment, Address},
    bulkhead_format::unless_closed,
    bulkhead_inspect::settings::{self, parse_address},
    clap::{error::ErrorKind, CommandFactory, FromArgMatches, Parser, Subcommand},
    failure::{Failure, Kind},
    market_name::MarketName,
    partial::Encoded,
    serde_json::Value,
    session::{Options, Session, Subject},
    std::{
        env,
        io::{self, stdout, IsTerminal, Write},
        process::ExitCode,
    },
    views::Page,
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
        /// Symbol or number of the market
        market: MarketName,
    },
    /// A member: margin and equity, contribution, what it may do, positions with profit and liquidation
    /// price
    Member {
        /// Wallet or member account; by default the wallet of --keypair
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// All members
    Members,
    /// What a trade, a withdrawal or a contribution would leave a member with, and how much of it the
    /// program would admit; nothing is sent
    Quote {
        /// The action
        #[command(subcommand)]
        quote: views::quote::Quote,
    },
    /// What has happened to a member, from the transactions that name its account
    History {
        /// Wallet or member account; by default the wallet of --keypair
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
        /// Most transactions to look at
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1_000))]
        limit: u16,
        /// Only transactions before this one
        #[arg(long, value_name = "SIGNATURE")]
        before: Option<String>,
    },
    /// Defaults: their losses and the layers that paid
    Defaults,
    /// One default: its audit trail
    Default {
        /// Number of the default
        seq: u64,
    },
    /// Offers of members, which `offer take` takes
    Offers,
    /// Covers of other protocols, and how much of the fund they pledge; or one of them, with its losses
    Covers {
        /// Number of the cover
        cover: Option<u16>,
    },
    /// Changes of parameters that governance has announced
    Changes,
    /// The whole fund in one document, which `cargo xtask stress` tests: use it with --json
    Snapshot,
    #[command(flatten)]
    Act(Action),
    /// Adds the signature of --keypair to a transaction that --sign-only has printed
    Sign {
        /// The transaction in base64, or `-` for standard input
        transaction: Encoded,
    },
    /// Sends a transaction that everybody has signed
    Submit {
        /// The transaction in base64, or `-` for standard input
        transaction: Encoded,
    },
    /// Nonce accounts, with which a transaction may be signed for longer than a minute
    Nonce {
        /// The act
        #[command(subcommand)]
        act: nonce::Act,
    },
    /// Multisigs of Squads v4: proposals of a vault, votes on them, their execution
    Multisig {
        #[command(flatten)]
        asked: multisig::Asked,
    },
    /// Gives the wallet of --keypair play money, on a local network
    Airdrop(sandbox::Airdrop),
    /// Lets time pass on the local network of this repository, to try a timelock or a notice period
    TimeTravel {
        /// How long: 90s, 15min, 36h or 7d
        #[arg(value_name = "SPAN", value_parser = sandbox::parse_span)]
        span: u64,
    },
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
    let cli = command().try_get_matches().and_then(|found| Cli::from_arg_matches(&found));
    let cli = cli.and_then(|cli| match cli.options.check() {
        Ok(()) => Ok(cli),
        Err(why) => Err(Cli::command().error(ErrorKind::ArgumentConflict, why)),
    });
    let cli = match cli {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    match run(&cli).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            if cli.options.json {
                let _ = write_json(&failure::json(&error));
            }
            let _ = writeln!(io::stderr(), "error: {}", failure::text(&error));
            // Of the doctor, 1 would be a warning.
            ExitCode::from(if matches!(cli.command, Command::Doctor) { 2 } else { 1 })
        }
    }
}

/// Says what is wrong with the command line, or shows the help that was asked for.
fn misused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if env::args().any(|argument| argument == "--json") {
        let _ = write_json(&failure::json(&Failure::new(Kind::Usage, why(error)).into()));
    }
    let rendered = error.render();
    let is_plain = !io::stderr().is_terminal() || env::var_os("NO_COLOR").is_some();
    let text = if is_plain { rendered.to_string() } else { rendered.ansi().to_string() };
    let _ = write!(io::stderr(), "{}", failure::in_words(&text));
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What is wrong with the command line, on one line, without the usage that people are shown below it.
fn why(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing: --help lists those that there are".into();
    }
    let text = error.to_string();
    let above = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    let lines: Vec<&str> = above.lines().map(str::trim).collect();
    failure::in_words(&lines.join(" "))
}

/// The command line. A number below zero is read as a value, so that it is refused for what it is, and
/// not as an option that there is not.
fn command() -> clap::Command {
    fn with_negative_numbers(command: clap::Command) -> clap::Command {
        let takes_text = |arg: &clap::Arg| arg.get_action().takes_values();
        command
            .mut_args(|arg| if takes_text(&arg) { arg.allow_negative_numbers(true) } else { arg })
            .mut_subcommands(with_negative_numbers)
    }
    with_negative_numbers(Cli::command())
}

/// The fund that a command is about.
fn subject(command: &Command) -> Subject {
    match command {
        Command::Sign { transaction } | Command::Submit { transaction } => {
            transaction.fund().map_or(Subject::Named, Subject::Fund)
        }
        Command::Airdrop(asked) if !asked.needs_fund() => Subject::Any,
        Command::TimeTravel { .. } | Command::Nonce { .. } | Command::Multisig { .. } => Subject::Any,
        _ => Subject::Named,
    }
}

async fn page(cli: &Cli, session: &Session) -> Result<(Page, u8)> {
    let page = match &cli.command {
        Command::Member { owner } => views::people::member(session, *owner).await?,
        Command::Members => views::people::members(&session.load().await?.0)?,
        Command::Quote { quote } => views::quote::quote(session, quote).await?,
        Command::History { owner, limit, before } => {
            views::history::history(session, *owner, usize::from(*limit), before.as_deref()).await?
        }
        Command::Defaults => views::defaults::defaults(&session.load().await?.0),
        Command::Default { seq } => views::defaults::default(session, *seq).await?,
        Command::Offers => views::offers::offers(session).await?,
        Command::Covers { cover: None } => views::covers::covers(session).await?,
        Command::Covers { cover: Some(cover) } => views::covers::cover(session, *cover).await?,
        Command::Changes => views::changes::changes(session).await?,
        Command::Snapshot => views::snapshot::snapshot(&session.load().await?.0)?,
        Command::Fund => views::fund::fund(&session.load().await?.0),
        Command::Markets => views::fund::markets(&session.load().await?.0),
        Command::Market { market } => views::market::market(session, market).await?,
        Command::Doctor => return doctor::doctor(session).await,
        Command::Completions { .. } => unreachable!("answered without a cluster"),
        Command::Sign { transaction } => partial::sign(session, transaction, cli.options.is_agreed()).await?,
        Command::Submit { transaction } => partial::submit(session, transaction).await?,
        Command::Nonce { act } => nonce::act(session, act).await?,
        Command::Multisig { asked } => multisig::act(session, asked).await?,
        Command::Airdrop(asked) => sandbox::airdrop(session, asked).await?,
        Command::TimeTravel { span } => sandbox::time_travel(session, *span).await?,
        Command::Act(action) => {
            let (order, scales) = action.order(session).await?;
            send::carry_out(session, &order, &scales).await?
        }
    };
    Ok((page, 0))
}

async fn run(cli: &Cli) -> Result<u8> {
    choose_from_environment()?;
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "bulkhead", &mut script);
        write_out(&script)?;
        return Ok(0);
    }
    let session = Session::open(&cli.options, subject(&cli.command)).await?;
    let ((text, json), code) = page(cli, &session).await?;
    if cli.options.json {
        write_json(&json)?;
    } else {
        write_out(text.render().as_bytes())?;
    }
    Ok(code)
}

fn write_json(json: &Value) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(json)?;
    text.push(b'\n');
    write_out(&text)
}

/// Writes to standard output. A reader that has seen enough, such as `head`, ends nothing.
fn write_out(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    Ok(unless_closed(out.write_all(bytes).and_then(|()| out.flush()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_do_not_contradict_each_other() {
        command().debug_assert();
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
