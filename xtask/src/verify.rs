//! `cargo xtask verify`: builds the programs, and compares deployed ones with them.

use anyhow::Result;

use crate::{
    build,
    off_chain::Args,
    support::{process, target::Target},
};

/// With it, a file is compared, and nothing is built.
const BUILD: &str = "--build";

pub fn run(args: Args) -> Result<()> {
    let asks = |name: &str| args.arguments.iter().any(|argument| argument == name);
    if !asks(BUILD) && !asks("--help") {
        build::ensure_deployed()?;
    }
    let mut verify = Target::operator("bulkhead-migrate", "bulkhead-verify")?;
    process::hand_over(verify.args(args.arguments))
}
