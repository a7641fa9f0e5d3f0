//! `cargo xtask stress`: simulates a fund on many days, and says what it survives.

use std::{fs, path::PathBuf};

use anyhow::{ensure, Context, Result};

use crate::{
    off_chain,
    support::{paths, process, pypi, target::Target},
    versions::{NUMPY, NUMPY_PACKAGE},
};

const PROGRAM: &str = "bulkhead-stress";
/// The committed table of speeds.
const SPEED: &str = "crates/stress/benches/speed.md";
const BENCH: &str = "--bench";

/// Hands over to the stress test, after what needs the network: a fund on a cluster is read into a file, and NumPy is
/// installed for the comparison of speeds.
pub fn run(mut args: off_chain::Args) -> Result<()> {
    let arguments = &mut args.arguments;
    let fund = value(arguments, "--fund")?;
    let url = value(arguments, "--url")?;
    if let Some(fund) = fund {
        let file = snapshot(&fund, url.as_deref())?;
        arguments.extend(["--snapshot".to_owned(), file.display().to_string()]);
    }
    if arguments.iter().any(|argument| argument == BENCH) {
        arguments.retain(|argument| argument != BENCH);
        return bench(&args.arguments);
    }
    off_chain::run(PROGRAM, args)
}

/// Takes an option with its value out of the arguments.
fn value(arguments: &mut Vec<String>, name: &str) -> Result<Option<String>> {
    let joined = format!("{name}=");
    let is_it = |argument: &String| *argument == name || argument.starts_with(&joined);
    let Some(place) = arguments.iter().position(is_it) else { return Ok(None) };
    let argument = arguments.remove(place);
    if let Some(value) = argument.strip_prefix(&joined) {
        return Ok(Some(value.to_owned()));
    }
    ensure!(place < arguments.len(), "{name} needs a value");
    Ok(Some(arguments.remove(place)))
}

/// Reads a fund with the command line, into a file.
fn snapshot(fund: &str, url: Option<&str>) -> Result<PathBuf> {
    let mut cli = Target::host()?.binary("bulkhead-cli", "bulkhead")?;
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
fn bench(arguments: &[String]) -> Result<()> {
    let numpy = pypi::packages("numpy", &[NUMPY_PACKAGE], NUMPY, "NumPy, to compare with")?;
    let target = Target::host()?;
    let mut stress = target.lone_binary(PROGRAM)?;
    drop(target);
    let table = paths::root().join(SPEED);
    stress.env("PYTHONPATH", numpy).arg(BENCH).arg(table).args(["--python", pypi::python()?]);
    process::hand_over(stress.args(arguments))
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
        assert_eq!(value(&mut words(&["--url=u"]), "--url").unwrap(), Some("u".into()));
        assert!(value(&mut words(&["--fund"]), "--fund").is_err());
    }
}
