//! `cargo xtask bench`: compute units per instruction and the program's size, into `tests/benches/cu.md` and `cu.json`.

use anyhow::{Context, Result};

use crate::{
    build,
    support::{process, target::Target},
};

#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail if what is committed is not what is measured now
    #[arg(long)]
    check: bool,
}

pub fn run(args: Args) -> Result<()> {
    let target = Target::host()?;
    build::ensure()?;
    measure(&target, args.check)
}

/// With the programs as they are built.
pub fn measure(target: &Target, check: bool) -> Result<()> {
    let mut bench = target.binary("bulkhead-tests", "bench")?;
    if check {
        bench.arg("--check");
    }
    process::run(&mut bench).context(if check {
        "measurements differ from the committed ones: `cargo xtask bench` writes them; look at the difference and commit it"
    } else {
        "measuring"
    })
}
