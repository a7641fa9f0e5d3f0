//! `cargo xtask migrate`: deploys the program and a fund, or brings what is deployed to what the files say.

use anyhow::Result;

use crate::{
    build,
    off_chain::Args,
    support::{process, target::Target},
};

pub fn run(args: Args) -> Result<()> {
    if !args.arguments.iter().any(|argument| argument == "--skip-program") {
        build::ensure_deployed()?;
    }
    let mut migrate = Target::operator("bulkhead-migrate", "bulkhead-migrate")?;
    process::hand_over(migrate.args(args.arguments))
}
