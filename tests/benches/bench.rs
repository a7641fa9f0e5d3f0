//! `cargo xtask bench`: compute units of every instruction and the program's size, measured in LiteSVM on fixed addresses.
//!
//! `--profile FOLDER`: where they go, of a program built with debug information (`cargo xtask profile`). Otherwise it
//! writes `cu.md` and `cu.json` beside this file and the README's table; with `--check` it writes nothing and fails when a
//! figure has risen by more than 1% or is missing. A figure that has fallen is no failure: write it down with the next change.

mod binary;
mod cases;
mod figures;
mod profile;
mod replay;
mod table;

use {
    crate::{cases::Sheet, figures::Figures, profile::Profile},
    bulkhead_tests::{trace, world::artifact},
    serde_json::Value,
    std::{fs, path::PathBuf, process::ExitCode},
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, folder] = arguments.as_slice() {
        assert_eq!(flag, "--profile");
        trace::enable();
        Sheet::profiled(Profile::new(&artifact(), folder.as_ref()));
        return ExitCode::SUCCESS;
    }
    let check = arguments.iter().any(|argument| argument == "--check");
    let Sheet { cases, crowds, .. } = Sheet::measured();
    let bytes = fs::metadata(artifact()).map_or(0, |file| file.len());
    let figures = Figures { cases, crowds, members: &cases::MEMBERS, bytes };
    let before = figures::flat(&read("benches/cu.json"));

    let page = table::page(&figures, &binary::parts(&artifact()), &before);
    println!("{page}");
    let document = figures.document();
    let mut problems = figures.problems(&instructions());
    if check {
        problems.extend(figures::risen(&figures::flat(&document), &before));
    }
    if !problems.is_empty() {
        eprintln!("{}", problems.join("\n"));
        return ExitCode::FAILURE;
    }
    if check {
        println!("{} figures, none more than 1% above the committed ones", figures::flat(&document).len());
        return ExitCode::SUCCESS;
    }
    let pretty = serde_json::to_string_pretty(&document).expect("numbers are JSON");
    write("benches/cu.json", &(pretty + "\n"));
    write("benches/cu.md", &page);
    write("../README.md", &in_readme(&table::summary(&figures)));
    ExitCode::SUCCESS
}

/// The instructions of the program, by its IDL.
fn instructions() -> Vec<String> {
    let idl = read("../idl/bulkhead.json");
    let all = idl["instructions"].as_array().into_iter().flatten();
    all.filter_map(|instruction| Some(instruction["name"].as_str()?.to_owned())).collect()
}

/// The README with its table of targets replaced.
fn in_readme(table: &str) -> String {
    const MARKS: [&str; 2] = ["<!-- cu -->", "<!-- /cu -->"];
    let text = fs::read_to_string(path("../README.md")).expect("README.md is there");
    let (before, rest) = text.split_once(MARKS[0]).expect("README.md has the mark <!-- cu -->");
    let (_, after) = rest.split_once(MARKS[1]).expect("README.md has the mark <!-- /cu -->");
    format!("{before}{}\n{table}{}{after}", MARKS[0], MARKS[1])
}

/// A JSON file, from the tests' folder; nothing if there is none.
fn read(file: &str) -> Value {
    let text = fs::read_to_string(path(file)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn write(file: &str, text: &str) {
    let path = path(file);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}
