//! `bulkhead-verify` compares deployed programs with those that were built from this source.

use {
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        claims::cover_program_id,
        program::{self, choose_from_environment},
        program_id, Address,
    },
    bulkhead_inspect::settings::{cluster_url, parse_address},
    bulkhead_migrate::{
        cluster::{place, told, Cluster},
        loader::{carries, Deployed},
        site::built,
        step::say,
        verify::{compare, lines, Verdict},
    },
    clap::Parser,
    std::{
        env,
        path::{Path, PathBuf},
        process::ExitCode,
    },
};

/// Exit code when a program is not this build.
const DIFFERENT: u8 = 3;

/// Compares the bytes of deployed programs with those that this source gives. `cargo xtask verify`
/// builds them first. Exits with 0 (the same), 1 (it cannot be compared), 2 (wrong usage) or 3
/// (different).
#[derive(Parser)]
#[command(name = "bulkhead-verify", version)]
struct Cli {
    /// A program; without it, both of BULKHEAD_PROGRAM_ID and BULKHEAD_COVER_PROGRAM_ID
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    program: Option<Address>,
    /// Cluster: a moniker or a URL
    #[arg(long, short, value_name = "URL_OR_MONIKER")]
    url: String,
    /// Compare with this file instead of the build
    #[arg(long, value_name = "FILE", requires = "program")]
    build: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERENT),
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every program is the build.
fn run(cli: &Cli) -> Result<bool> {
    choose_from_environment()?;
    let url = cluster_url(&cli.url)?;
    verify(cli, &url).map_err(|error| anyhow!("{}", told(&error, &url)))
}

fn verify(cli: &Cli, url: &str) -> Result<bool> {
    let (cluster, _) = Cluster::connect(url, 0)?;
    let known = [("bulkhead", program_id()), ("bulkhead_cover", cover_program_id())];
    let wanted: Vec<(&str, Address)> = match cli.program {
        None => known.to_vec(),
        Some(address) => match known.iter().find(|(_, known)| *known == address) {
            Some(program) => vec![*program],
            None if cli.build.is_some() => vec![("the program", address)],
            None => bail!(
                "this build is for {} and {}, not for {address}: name both addresses in the environment, as \
                 `cargo xtask new-address` writes them",
                known[0].1,
                known[1].1
            ),
        },
    };
    let mut all_same = true;
    for (name, address) in wanted {
        let file = cli.build.clone().unwrap_or_else(|| folder().join(name).with_extension("so"));
        let build = built(&file)?;
        ensure!(carries(&build, &address), "{} was built for another address than {address}", file.display());
        let deployed = Deployed::read(&cluster, &address)?
            .with_context(|| format!("there is no program at {address} on {}", place(url)))?;
        lines(name, &address, &deployed, &build).iter().for_each(|line| say(line));
        all_same &= compare(&deployed, &build) == Verdict::Same;
    }
    Ok(all_same)
}

/// The place where `cargo xtask build` puts programs.
fn folder() -> PathBuf {
    let folder = env::var_os("SBF_OUT_DIR").map(PathBuf::from);
    folder.unwrap_or_else(|| program::builds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sbf")))
}
