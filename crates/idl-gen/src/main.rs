//! `idl-gen <program folder>` prints the program's IDL. A crate of its own so that xtask stays small.

use std::path::PathBuf;

use anchor_lang_idl::build::IdlBuilder;
use anyhow::{Context, Result};

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("usage: idl-gen <program folder>")?;
    let folder = PathBuf::from(folder).canonicalize()?;
    // The builder runs `cargo`. It reads this variable too, but passes the words "+{toolchain}" on as they stand.
    std::env::remove_var("RUSTUP_TOOLCHAIN");
    let idl = IdlBuilder::new().program_path(folder).cargo_args(vec!["--lib".into()]).build()?;
    println!("{}", serde_json::to_string_pretty(&idl)?);
    Ok(())
}
