//! `cargo xtask stress`: simulates a fund on many days, and says what it survives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{ensure, Context, Result};

use crate::{
    support::{paths, process, pypi, target::Target},
    versions::NUMPY,
};

/// The committed table of speeds.
const SPEED: &str = "crates/stress/benches/speed.md";

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// `--fund ADDRESS [--url URL]` reads a real fund from a cluster, `--bench` measures the speed; everything else is
    /// passed on: `cargo xtask stress --help` lists it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(args: Args) -> Result<()> {
    let mut arguments = args.arguments;
    if let Some(place) = arguments.iter().position(|argument| argument == "--bench") {
        arguments.remove(place);
        return bench(arguments);
    }
    hand_over(arguments)
}

/// Builds the stress test and becomes it. A fund on a cluster is read into a file first.
pub fn hand_over(mut arguments: Vec<String>) -> Result<()> {
    let fund = value(&mut arguments, "--fund")?;
    let url = value(&mut arguments, "--url")?;
    let target = Target::host()?;
    if let Some(fund) = fund {
        let file = snapshot(&target, &fund, url.as_deref())?;
        arguments.extend(["--snapshot".to_owned(), file.display().to_string()]);
    }
    let mut stress = target.lone_binary("bulkhead-stress")?;
    drop(target);
    process::hand_over(stress.args(&arguments))
}

/// Takes an option with its value out of the arguments.
fn value(arguments: &mut Vec<String>, name: &str) -> Result<Option<String>> {
    let Some(place) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    ensure!(place + 1 < arguments.len(), "{name} needs a value");
    let value = arguments.remove(place + 1);
    arguments.remove(place);
    Ok(Some(value))
}

/// Reads a fund with the command line, into a file.
fn snapshot(target: &Target, fund: &str, url: Option<&str>) -> Result<PathBuf> {
    let mut cli = target.binary("bulkhead-cli", "bulkhead")?;
    cli.args(["snapshot", "--json", "--fund", fund]);
    if let Some(url) = url {
        cli.args(["--url", url]);
    }
    let text = process::output(&mut cli).context("reading the fund")?;
    let folder = paths::root().join("target/stress");
    fs::create_dir_all(&folder)?;
    let file = folder.join("snapshot.json");
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}

/// Measures the speed, beside NumPy's in the same run, into the committed table.
fn bench(arguments: Vec<String>) -> Result<()> {
    let numpy = pypi::package("numpy", "numpy", NUMPY, "NumPy, to compare with")?;
    let target = Target::host()?;
    let mut stress = target.lone_binary("bulkhead-stress")?;
    drop(target);
    stress.env("PYTHONPATH", numpy).arg("--bench").arg(Path::new(SPEED));
    process::hand_over(stress.args(["--python", pypi::python()?]).args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_taken_with_its_value() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut arguments = words(&["--seed", "2", "--fund", "A", "--json"]);
        assert_eq!(value(&mut arguments, "--fund").unwrap(), Some("A".into()));
        assert_eq!(arguments, words(&["--seed", "2", "--json"]));
        assert_eq!(value(&mut arguments, "--url").unwrap(), None);
        assert!(value(&mut words(&["--fund"]), "--fund").is_err());
    }
}
