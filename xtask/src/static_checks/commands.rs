//! Checks that every command which the README shows is run: by a test, by a step of `cargo xtask test`,
//! or by the run from nothing. What is not run automatically is here with its reason.

use std::{collections::BTreeSet, fs};

use anyhow::{bail, Context, Result};

use super::documents;
use crate::support::{paths, ui};

const README: &str = "README.md";

/// What runs a command.
enum By {
    /// The test with this name runs the same.
    Test(&'static str),
    /// A step of `cargo xtask test` does the same.
    Step(&'static str),
    /// `cargo xtask test --from-nothing` runs it, word for word.
    FromNothing,
    /// Nothing does, for this reason.
    Nobody(&'static str),
}

use By::{FromNothing, Nobody, Step, Test};

/// The test of the command line that runs the README's own lines.
const LINES: &str = "the_readmes_commands_do_what_it_says";
/// The tool chain of others.
const ANCHOR: &str =
    "it needs Solana's tools, which no registry has; the README says that it has not been run";

/// Every command of the README.
const SHOWN: [(&str, By); 40] = [
    ("cargo xtask demo", FromNothing),
    ("cargo xtask test", FromNothing),
    ("export BULKHEAD_URL=http://127.0.0.1:8899 BULKHEAD_FUND=ADDRESS BULKHEAD_KEYPAIR=FILE", Test(LINES)),
    ("cargo xtask cli -- doctor", Test(LINES)),
    ("cargo xtask cli -- deposit 12.5", Test(LINES)),
    ("cargo xtask cli -- quote buy SOL 100", Test(LINES)),
    ("cargo xtask cli -- governance queue-change fund notice_secs=86400", Test(LINES)),
    (
        "cargo xtask migrate --profile localnet --dry-run",
        Test("an_empty_cluster_gets_a_fund_and_a_second_run_changes_nothing"),
    ),
    ("cargo xtask demo --help", Test("every_command_of_the_readme_is_known_to_xtask")),
    ("cargo xtask up", Test("up_lives_until_it_is_interrupted")),
    ("cargo xtask app", Step("app")),
    ("cargo xtask localnet", Test("a_network_has_the_port_that_was_asked_for_and_no_keeper")),
    ("cargo xtask build [--check-toolchain]", Step("build")),
    (
        "cargo xtask new-address --name NAME",
        Test("keys_are_private_and_their_addresses_are_named_for_a_shell"),
    ),
    (
        "cargo xtask verify --url URL",
        Test("the_loader_deploys_at_addresses_of_ones_own_and_the_bytes_are_verified"),
    ),
    ("cargo xtask rehearse [--short]", Step("rehearse")),
    ("cargo xtask calibrate --prices FOLDER", Test("paths_of_calibrate_are_those_of_the_callers_folder")),
    ("cargo xtask replay crashes --prices FOLDER", Test("paths_of_replay_are_those_of_the_callers_folder")),
    ("cargo xtask replay adversary", Test("p7_no_state_lets_a_pair_gain_from_a_price_it_knows")),
    ("cargo xtask stress --synthetic N", Test("paths_of_stress_are_those_of_the_callers_folder")),
    (
        "cargo xtask migrate --profile NAME",
        Test("an_empty_cluster_gets_a_fund_and_a_second_run_changes_nothing"),
    ),
    ("cargo xtask keeper --config FILE", Test("an_operator_starts_two_funds_in_one_process")),
    ("cargo xtask keeper-bench", Nobody("it measures a million members for minutes; its table is committed")),
    (
        "cargo xtask history --config FILE run",
        Test("a_ledger_that_is_killed_at_any_moment_goes_on_where_it_was"),
    ),
    (
        "cargo xtask history-bench",
        Nobody("it writes millions of events for minutes; its table is committed once it has run"),
    ),
    ("cargo xtask cli -- ARGS", Test(LINES)),
    ("cargo xtask client", Step("client")),
    ("cargo xtask fuzz [--minutes N]", Test("random_histories_keep_every_property_and_agree_with_the_model")),
    (
        "cargo xtask fuzz --target NAME",
        Nobody("it needs the nightly tool chain, and looks for as long as it is told to"),
    ),
    ("cargo xtask codegen [--check]", Step("codegen")),
    ("cargo xtask bench [--check]", Step("bench")),
    ("cargo xtask profile", Nobody("it builds the programs once more, with debug information")),
    ("cargo xtask unsafe-inventory", Step("static")),
    ("cargo install --path cli --locked", Step("install")),
    ("cargo build-sbf", Nobody(ANCHOR)),
    ("cargo xtask build", Step("build")),
    ("cargo build-sbf --arch v3", Nobody(ANCHOR)),
    ("anchor build -- --arch v3", Nobody(ANCHOR)),
    ("anchor test -- --arch v3", Nobody(ANCHOR)),
    ("anchor build", Nobody(ANCHOR)),
];

/// Checks the list above against the README and the tests.
pub fn check(steps: &[String]) -> Result<()> {
    let root = paths::root();
    let readme = fs::read_to_string(root.join(README)).with_context(|| format!("reading {README}"))?;
    let faults = faults(&commands(&readme), &documents::all_functions(&root)?, steps);
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    ui::good("every command of the README is run, or its absence has a reason");
    Ok(())
}

fn faults(commands: &BTreeSet<String>, functions: &BTreeSet<String>, steps: &[String]) -> Vec<String> {
    let mut faults = vec![];
    let listed = |command: &str| SHOWN.iter().any(|(shown, _)| *shown == command);
    faults.extend(
        commands
            .iter()
            .filter(|command| !listed(command))
            .map(|command| format!("{README}: nothing is said to run `{command}`; see {}", file!())),
    );
    for (command, by) in &SHOWN {
        if !commands.contains(*command) {
            faults.push(format!("{}: {README} does not show `{command}`", file!()));
        }
        match by {
            Test(name) if !functions.contains(*name) => {
                faults.push(format!("{}: `{command}` has no test `{name}`", file!()));
            }
            Step(name) if !steps.iter().any(|step| step == name) => {
                faults.push(format!("{}: `{command}` has no step `{name}`", file!()));
            }
            Nobody("") => faults.push(format!("{}: `{command}` has no reason", file!())),
            _ => {}
        }
    }
    faults
}

/// The commands of a page: lines of its blocks for a shell, and code in its text that begins with a
/// program's name.
fn commands(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (number, part) in page.split("```").enumerate() {
        match (number % 2 == 1, part.strip_prefix("sh\n")) {
            (true, Some(block)) => {
                let lines = block.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
                found.extend(
                    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned),
                );
            }
            (true, None) => {}
            (false, _) => {
                let code = part
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .map(|code| code.split_whitespace().collect::<Vec<_>>());
                let is_command = |words: &Vec<&str>| {
                    words.len() > 1
                        && ["cargo", "anchor", "bulkhead"].iter().any(|program| words[0] == *program)
                };
                found.extend(code.filter(is_command).map(|words| words.join(" ")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn commands_are_lines_of_blocks_and_code_in_the_text() {
        let page = "Run `cargo xtask up` or\n`cargo xtask\ncli -- x`, not `--json`.\n```sh\nexport A=B\n\
                    cargo test  # all\n\
                    # no command\n```\n```toml\ncargo = 1\n```\n`cargo` alone";
        let found: Vec<String> = commands(page).into_iter().collect();
        assert_eq!(found, ["cargo test", "cargo xtask cli -- x", "cargo xtask up", "export A=B"]);
    }

    #[test]
    fn a_command_that_nothing_runs_is_told() {
        let shown: BTreeSet<String> = SHOWN.iter().map(|(command, _)| (*command).to_owned()).collect();
        let (tests, steps) =
            SHOWN.iter().fold((BTreeSet::new(), vec![]), |(mut tests, mut steps), (_, by)| {
                match by {
                    Test(name) => drop(tests.insert((*name).to_owned())),
                    Step(name) => steps.push((*name).to_owned()),
                    _ => {}
                }
                (tests, steps)
            });
        assert_eq!(faults(&shown, &tests, &steps), Vec::<String>::new());
        let mut more = shown.clone();
        more.insert("cargo xtask fly".into());
        assert!(faults(&more, &tests, &steps)[0].contains("`cargo xtask fly`"));
        assert!(!faults(&shown, &BTreeSet::new(), &steps).is_empty());
        assert!(!faults(&shown, &tests, &[]).is_empty());
        assert!(!faults(&BTreeSet::new(), &tests, &steps).is_empty());
    }

    /// xtask understands each of its commands as the README writes it, with an example for each word in
    /// capitals.
    #[test]
    fn every_command_of_the_readme_is_known_to_xtask() {
        let readme = fs::read_to_string(paths::root().join(README)).unwrap();
        let mut count = 0;
        for command in commands(&readme) {
            let Some(arguments) = command.strip_prefix("cargo xtask ") else { continue };
            let words = arguments.replace(['[', ']'], "").replace("NAME", "trading").replace(" N", " 1");
            let words = std::iter::once("xtask").chain(words.split(' '));
            if let Err(error) = crate::Cli::try_parse_from(words) {
                panic!("{command}: {error}");
            }
            count += 1;
        }
        assert!(count > 20, "{count}");
    }
}
