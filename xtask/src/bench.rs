//! `cargo xtask bench`: compute units per instruction and the programs' sizes, into `tests/benches/cu.md` and `cu.json`, and
//! those of claims into `tests/cover/cu.md`; and the hashes of the built programs into `tests/benches/builds.json`.

use anyhow::{Context, Result};

use crate::{
    build, builds,
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
    for (package, name) in [("bulkhead-tests", "bench"), ("bulkhead-cover-tests", "cover-bench")] {
        let mut bench = target.binary(package, name)?;
        if check {
            bench.arg("--check");
        }
        process::run(&mut bench).context(if check {
            "measurements differ from the committed ones: `cargo xtask bench` writes them; look at the difference and commit it"
        } else {
            "measuring"
        })?;
    }
    if check {
        builds::check()
    } else {
        builds::write()
    }
}
