//! `cargo xtask test --from-nothing`: what somebody sees who has just cloned the repository. The README's commands run in a
//! clean clone with an empty Cargo home and empty caches, and README.md gets the table of their times.

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::{bail, ensure, Context, Result};

use crate::support::{paths, process, times, ui};

const README: &str = "README.md";
/// What the table in the README stands between.
const MARKS: [&str; 2] = ["<!-- from-nothing -->\n", "<!-- /from-nothing -->"];

pub fn run() -> Result<()> {
    let root = paths::root();
    if !process::output(process::command("git").args(["status", "--porcelain"]))?.is_empty() {
        ui::note("what is not committed is not in the clone");
    }
    let readme = fs::read_to_string(root.join(README))?;
    let commands = commands(&readme)?;
    let nowhere = tempfile::tempdir_in(paths::cache()?)?;
    let clone = nowhere.path().join("bulkhead");
    process::run(
        process::command("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(&root).arg(&clone),
    )?;
    let home = empty_cargo_home(nowhere.path())?;

    let mut rows = vec![];
    for command in commands {
        ui::doing(format!("{command}, from nothing"));
        let log = nowhere.path().join("times");
        let mut shell = process::command("sh");
        shell.current_dir(&clone).args(["-c", command]);
        forget_caches(&mut shell, nowhere.path(), &home);
        shell.env(times::VARIABLE, &log);
        let started = Instant::now();
        let outcome = process::run_and_read(&mut shell, |_| {});
        rows.push((format!("`{command}`"), started.elapsed().as_secs_f64()));
        rows.extend(noted(&log)?);
        fs::remove_file(log)?;
        if outcome.is_err() {
            println!("\n{}", table(&rows)); // half an hour's figures are worth a look
        }
        outcome?;
    }
    let table = table(&rows);
    println!("\n{table}");
    fs::write(root.join(README), with_table(&readme, &table)?)?;
    ui::good(format!("{README} has these times now: look at the difference and commit it"));
    Ok(())
}

/// The commands of the README's first block for a shell, without their comments.
fn commands(readme: &str) -> Result<Vec<&str>> {
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let block = block.context("the README has no block of commands")?;
    let commands = block.lines().map(|line| line.split('#').next().unwrap_or(line).trim());
    let commands: Vec<&str> = commands.filter(|command| !command.is_empty()).collect();
    ensure!(!commands.is_empty(), "the README's first block has no command");
    Ok(commands)
}

/// A Cargo home that holds nothing but the settings of the real one, which may name a mirror.
fn empty_cargo_home(nowhere: &Path) -> Result<std::path::PathBuf> {
    let home = nowhere.join("cargo");
    fs::create_dir(&home)?;
    let real = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let real = real.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let settings = real.map(|real| real.join("config.toml")).filter(|settings| settings.exists());
    if let Some(settings) = settings {
        fs::copy(settings, home.join("config.toml"))?;
    }
    Ok(home)
}

fn forget_caches(command: &mut Command, nowhere: &Path, cargo_home: &Path) {
    command
        .env("CARGO_HOME", cargo_home)
        .env("BULKHEAD_CACHE", nowhere.join("cache"))
        .env("PIP_CACHE_DIR", nowhere.join("pip"))
        .env("npm_config_cache", nowhere.join("npm"));
    for variable in
        ["CARGO_TARGET_DIR", "SBF_OUT_DIR", "BULKHEAD_SBF_DIR", "RUSTC_WRAPPER", "CARGO_MANIFEST_DIR"]
    {
        command.env_remove(variable);
    }
}

/// The steps that a command noted, in the order in which they ended.
fn noted(log: &Path) -> Result<Vec<(String, f64)>> {
    let text = fs::read_to_string(log).context("the command noted no steps")?;
    let rows = text.lines().map(|line| {
        let (seconds, name) = line.split_once('\t').context("a step has a time and a name")?;
        Ok((format!("- {name}"), seconds.parse()?))
    });
    rows.collect()
}

fn table(rows: &[(String, f64)]) -> String {
    let mut table = "| from nothing | minutes |\n| --- | ---: |\n".to_owned();
    for (name, seconds) in rows {
        table += &format!("| {name} | {:.1} |\n", seconds / 60.0);
    }
    table
}

fn with_table(readme: &str, table: &str) -> Result<String> {
    let [begin, end] = MARKS;
    let (Some((before, rest)), true) = (readme.split_once(begin), readme.contains(end)) else {
        bail!("{README} has no place for the table: {} and {end}", begin.trim());
    };
    let (_, after) = rest.split_once(end).context("the marks are in the wrong order")?;
    Ok(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_of_the_readme_is_run_without_its_comments() {
        let readme =
            "Text\n```sh\ncargo xtask demo    # a crash\n\ncargo xtask test\n```\n```sh\nother\n```\n";
        assert_eq!(commands(readme).unwrap(), ["cargo xtask demo", "cargo xtask test"]);
        assert!(commands("no block").is_err());
    }

    #[test]
    fn the_table_replaces_what_stood_between_its_marks() {
        let readme = "before\n<!-- from-nothing -->\nold\n<!-- /from-nothing -->\nafter\n";
        let table = table(&[("`a`".into(), 90.0), ("- b".into(), 3.0)]);
        let expected =
            "before\n<!-- from-nothing -->\n| from nothing | minutes |\n| --- | ---: |\n| `a` | 1.5 |\n\
                        | - b | 0.1 |\n<!-- /from-nothing -->\nafter\n";
        assert_eq!(with_table(readme, &table).unwrap(), expected);
        assert!(with_table("no marks", &table).is_err());
    }
}
