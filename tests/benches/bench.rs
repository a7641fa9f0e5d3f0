//! `cargo xtask bench`: compute units of every instruction and the program's size, measured in LiteSVM on fixed addresses.
//!
//! Writes `cu.md` and `cu.json` beside this file; with `--check` it writes nothing and fails when a figure has risen by
//! more than 1% or a case is missing. A figure that has fallen is no failure: write it down with the next change.

mod cases;

use {
    serde_json::{json, Value},
    std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf, process::ExitCode},
};

/// Largest program, in bytes (`protocol.md`, section 10).
const SIZE_TARGET: u64 = 150_000;

/// One measured call.
pub struct Row {
    /// Instruction and case.
    pub name: &'static str,
    /// Compute units of the instruction alone.
    pub cu: u64,
    /// What it should cost.
    pub target: Option<u64>,
}

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let size = fs::metadata(bulkhead_tests::world::artifact()).map_or(0, |file| file.len());
    let rows = cases::measure();
    let before = committed();

    let table = table(&rows, size, &before);
    println!("{table}");
    if check {
        return verdict(&rows, size, &before);
    }
    let document = json!({
        "program_bytes": size,
        "compute_units": rows.iter().map(|row| (row.name, row.cu)).collect::<BTreeMap<_, _>>(),
    });
    let pretty = serde_json::to_string_pretty(&document).expect("numbers are JSON");
    fs::write(path("cu.json"), pretty + "\n").expect("tests/benches is writable");
    fs::write(path("cu.md"), table).expect("tests/benches is writable");
    fs::write(readme_path(), in_readme(&targets(&rows, size))).expect("README.md is writable");
    ExitCode::SUCCESS
}

fn readme_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../README.md")
}

/// The README with its table of targets replaced.
fn in_readme(table: &str) -> String {
    const MARKS: [&str; 2] = ["<!-- cu -->", "<!-- /cu -->"];
    let text = fs::read_to_string(readme_path()).expect("README.md is there");
    let (before, rest) = text.split_once(MARKS[0]).expect("README.md has the mark <!-- cu -->");
    let (_, after) = rest.split_once(MARKS[1]).expect("README.md has the mark <!-- /cu -->");
    format!("{before}{}\n{table}{}{after}", MARKS[0], MARKS[1])
}

/// The figures that have a target.
fn targets(rows: &[Row], size: u64) -> String {
    let mut text = String::from("| instruction | CU | target |\n| --- | ---: | ---: |\n");
    for row in rows {
        if let Some(target) = row.target {
            let _ = writeln!(text, "| `{}` | {} | {} |", row.name, thousands(row.cu), thousands(target));
        }
    }
    let _ = writeln!(text, "| program, bytes | {} | {} |", thousands(size), thousands(SIZE_TARGET));
    text
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches").join(file)
}

/// The committed figures by case, the program's size under `program`.
fn committed() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(path("cu.json")).unwrap_or_default();
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let units = document["compute_units"].as_object().into_iter().flatten();
    let mut figures: BTreeMap<_, _> = units.filter_map(|(name, cu)| Some((name.clone(), cu.as_u64()?))).collect();
    figures.extend(document["program_bytes"].as_u64().map(|size| ("program".to_owned(), size)));
    figures
}

fn table(rows: &[Row], size: u64, before: &BTreeMap<String, u64>) -> String {
    let mut text = String::from(
        "# Compute units\n\nMeasured in LiteSVM on the built program, SBPF v3, p-token, fixed addresses; of the instruction \
         alone. Written by `cargo xtask bench`.\n\n| instruction | CU | target | change |\n| --- | ---: | ---: | ---: |\n",
    );
    for row in rows {
        let target = row.target.map_or(String::new(), thousands);
        let miss = if row.target.is_some_and(|target| row.cu > target) { " (missed)" } else { "" };
        let _ = writeln!(
            text,
            "| {} | {} | {target}{miss} | {} |",
            row.name,
            thousands(row.cu),
            change(before, row.name, row.cu)
        );
    }
    let miss = if size > SIZE_TARGET { " (missed)" } else { "" };
    let _ = writeln!(
        text,
        "\nProgram: {} bytes, target {}{miss}, {}.",
        thousands(size),
        thousands(SIZE_TARGET),
        match change(before, "program", size).as_str() {
            "" => "unchanged".to_owned(),
            change => change.to_owned(),
        }
    );
    text
}

fn change(before: &BTreeMap<String, u64>, name: &str, now: u64) -> String {
    match before.get(name) {
        None => "new".to_owned(),
        Some(was) if *was == now => String::new(),
        Some(was) => format!("{:+}", now as i64 - *was as i64),
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
    groups.join(",")
}

fn verdict(rows: &[Row], size: u64, before: &BTreeMap<String, u64>) -> ExitCode {
    let figures = rows.iter().map(|row| (row.name, row.cu)).chain([("program", size)]);
    let now: BTreeMap<_, _> = figures.collect();
    let mut problems = Vec::new();
    for (name, now) in &now {
        match before.get(*name) {
            None => problems.push(format!("{name} is not in cu.json")),
            Some(was) if *now * 100 > *was * 101 => problems.push(format!("{name}: {was} -> {now}")),
            Some(_) => {}
        }
    }
    problems
        .extend(before.keys().filter(|name| !now.contains_key(name.as_str())).map(|name| format!("{name} is gone")));
    if problems.is_empty() {
        println!("{} figures, none more than 1% above the committed ones", now.len());
        return ExitCode::SUCCESS;
    }
    eprintln!("{}", problems.join("\n"));
    ExitCode::FAILURE
}
