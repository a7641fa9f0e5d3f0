//! `cargo xtask new-address`: keys of the two programs, outside the repository.

use anyhow::Result;

use crate::{
    off_chain::Args,
    support::{process, target::Target},
};

pub fn run(args: Args) -> Result<()> {
    let mut maker = Target::operator("bulkhead-migrate", "bulkhead-new-address")?;
    process::hand_over(maker.args(args.arguments))
}
