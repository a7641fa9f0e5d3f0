//! Writes the table of instruction names from the program's IDL.

use std::{env, fmt::Write as _, fs, path::Path};

const IDL: &str = "../../idl/bulkhead.json";

fn main() {
    println!("cargo::rerun-if-changed={IDL}");
    let idl: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(IDL).expect("the IDL is in the repository"))
            .expect("the IDL is JSON");
    let mut table = String::from("&[\n");
    for instruction in idl["instructions"].as_array().expect("an IDL lists instructions") {
        let (name, discriminator) = (&instruction["name"], &instruction["discriminator"]);
        writeln!(table, "    (&{discriminator}, {name}),").expect("a string takes everything");
    }
    table.push_str("]\n");
    let folder = env::var("OUT_DIR").expect("cargo names a folder");
    fs::write(Path::new(&folder).join("instruction_names.rs"), table).expect("cargo's folder takes files");
}
