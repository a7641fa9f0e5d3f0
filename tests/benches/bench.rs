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
mod throughput;

use {
    crate::{cases::Sheet, figures::Figures, profile::Profile, throughput::Names},
    bulkhead_tests::{trace, world::artifact},
    serde_json::Value,
    std::{fs, path::PathBuf, process::ExitCode},
};

const IDL: &str = "../idl/bulkhead.json";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, folder] = arguments.as_slice() {
        assert_eq!(flag, "--profile");
        trace::enable();
        Sheet::profiled(Profile::new(&artifact(), folder.as_ref()));
        return ExitCode::SUCCESS;
    }
    let check = arguments.iter().any(|argument| argument == "--check");
    let Sheet { cases, crowds, blocks, .. } = Sheet::measured(Names::of(&read(IDL)));
    let bytes = fs::metadata(artifact()).map_or(0, |file| file.len());
    let figures = Figures { cases, crowds, blocks, members: &cases::MEMBERS, bytes };
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
    let readme = in_readme(&readme(), "cu", &table::summary(&figures));
    write("../README.md", &in_readme(&readme, "blocks", &table::blocks_summary(&figures)));
    ExitCode::SUCCESS
}

/// The instructions of the program, by its IDL.
fn instructions() -> Vec<String> {
    let idl = read(IDL);
    let all = idl["instructions"].as_array().into_iter().flatten();
    all.filter_map(|instruction| Some(instruction["name"].as_str()?.to_owned())).collect()
}

fn readme() -> String {
    fs::read_to_string(path("../README.md")).expect("README.md is there")
}

/// The README with the table of this name replaced.
fn in_readme(text: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("README.md has no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    format!("{before}{begin}\n{table}{end}{after}")
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
