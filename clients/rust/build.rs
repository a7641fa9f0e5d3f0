//! Writes the tables of instruction names from the IDLs of both programs.

use std::{env, fmt::Write as _, fs, path::Path};

/// The IDL of a program, and the file that its table is written to.
const TABLES: [(&str, &str); 2] = [
    ("../../idl/bulkhead.json", "instruction_names.rs"),
    ("../../idl/bulkhead_cover.json", "claims_instruction_names.rs"),
];

fn main() {
    let folder = env::var("OUT_DIR").expect("cargo names a folder");
    for (idl, file) in TABLES {
        println!("cargo::rerun-if-changed={idl}");
        let text = fs::read_to_string(idl).expect("the IDL is in the repository");
        let table = table(&serde_json::from_str(&text).expect("the IDL is JSON"));
        fs::write(Path::new(&folder).join(file), table).expect("cargo's folder takes files");
    }
}

fn table(idl: &serde_json::Value) -> String {
    let mut table = String::from("&[\n");
    for instruction in idl["instructions"].as_array().expect("an IDL lists instructions") {
        let (name, discriminator) = (&instruction["name"], &instruction["discriminator"]);
        writeln!(table, "    (&{discriminator}, {name}),").expect("a string takes everything");
    }
    table.push_str("]\n");
    table
}
