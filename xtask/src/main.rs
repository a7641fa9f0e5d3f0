//! `cargo xtask <command>`: the one entry to everything that is done with this repository. One file per command.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod app;
mod bench;
mod build;
mod builds;
mod client;
mod codegen;
mod elsewhere;
mod from_nothing;
mod fuzz;
mod history;
mod idl;
mod interface;
mod keeper;
mod localnet;
mod migrate;
mod mutants;
mod new_address;
mod off_chain;
mod profile;
mod proofs;
mod rehearse;
mod static_checks;
mod stress;
mod support;
mod test;
mod toolchain;
mod up;
mod verify;
mod versions;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and runs Bulkhead", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the on-chain programs for SBPF v3 into target/sbf, installing the tool chain where it is missing
    Build(build::Args),
    /// Writes the IDLs from the programs
    Idl(idl::Args),
    /// Writes the IDLs and the TypeScript client, or checks that the committed ones are up to date
    Codegen(codegen::Args),
    /// Builds the TypeScript package
    Client(client::Args),
    /// Builds the browser app into app/dist
    App(app::Args),
    /// Runs everything that CI runs
    Test(test::Args),
    /// Measures compute units per instruction and the programs' sizes
    Bench(bench::Args),
    /// Says where compute units go, by function
    Profile(profile::Args),
    /// Looks for what breaks a property: random histories against the reference model, or a libFuzzer target
    Fuzz(fuzz::Args),
    /// Puts mistakes into the mathematics, one at a time, and looks whether a test fails
    Mutants(mutants::Args),
    /// Writes docs/unsafe.md: every unsafe with its reason
    UnsafeInventory(static_checks::unsafe_inventory::Args),
    /// Replays a crash on an embedded local validator
    Demo(off_chain::Args),
    /// Proposes market rates from real prices, with a report of how they would have done
    Calibrate(off_chain::Args),
    /// Replays crashes and searches for attacks on the reference model
    Replay(off_chain::Args),
    /// Simulates a fund, real or synthetic, on many days, with a report of what it survives
    Stress(off_chain::Args),
    /// Keeps a local validator with a seeded fund running
    Localnet(off_chain::Args),
    /// A local fund that lives: prices in a loop, members that trade, a keeper
    Up(up::Args),
    /// Makes keys for both programs, outside the repository, and says what comes next
    NewAddress(off_chain::Args),
    /// Compares deployed programs with what this source builds: `cargo xtask verify --url URL`
    Verify(off_chain::Args),
    /// Deploys the program and a fund, or brings them to what the files say: `cargo xtask migrate --profile localnet`
    Migrate(off_chain::Args),
    /// Plays a deployment on devnet on a local validator, from an empty wallet to a stolen key
    Rehearse(off_chain::Args),
    /// Runs the command line: `cargo xtask cli --help`
    Cli(off_chain::Args),
    /// Runs the standing keeper: `cargo xtask keeper --config FILE`
    Keeper(off_chain::Args),
    /// Measures the keeper's index against a full scan, into keeper/benches/keeper.md
    KeeperBench(keeper::BenchArgs),
    /// Runs the ledger: `cargo xtask history --config FILE run`
    History(off_chain::Args),
    /// Measures the ledger on both databases, into history/benches/ledger.md
    HistoryBench(history::BenchArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What was attempted, and below it why it failed. A backtrace of xtask helps nobody.
            error.chain().for_each(|cause| support::ui::bad(cause.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Build(args) => build::run(args),
        Command::Idl(args) => idl::run(args),
        Command::Codegen(args) => codegen::run(args),
        Command::Client(args) => client::run(args),
        Command::App(args) => app::run(args),
        Command::Test(args) => test::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Profile(args) => profile::run(args),
        Command::Fuzz(args) => fuzz::run(args),
        Command::Mutants(args) => mutants::run(args),
        Command::UnsafeInventory(args) => static_checks::unsafe_inventory::run(args),
        Command::Demo(args) => localnet::start("demo", &args.arguments),
        Command::Calibrate(args) => off_chain::calibrate(args),
        Command::Replay(args) => off_chain::run("bulkhead-replay", args),
        Command::Stress(args) => stress::run(args),
        Command::Localnet(args) => localnet::start("localnet", &args.arguments),
        Command::Up(args) => up::run(args),
        Command::NewAddress(args) => new_address::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Migrate(args) => migrate::run(args),
        Command::Rehearse(args) => rehearse::run(args),
        Command::Cli(args) => off_chain::operate("bulkhead-cli", "bulkhead", args),
        Command::Keeper(args) => off_chain::operate("bulkhead-keeper", "bulkhead-keeper", args),
        Command::KeeperBench(args) => keeper::bench(args),
        Command::History(args) => off_chain::operate("bulkhead-history", "bulkhead-history", args),
        Command::HistoryBench(args) => history::bench(args),
    }
}
