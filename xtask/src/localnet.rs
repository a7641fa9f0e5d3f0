//! Commands of the local validator: `cargo xtask localnet` keeps one with a seeded fund until it is stopped,
//! `demo` replays a crash on one, with a fund, its members and a keeper.

use anyhow::Result;

use crate::{
    build,
    support::{job::Job, process, target::Target, times},
};

/// Builds the programs and the validator, and runs one of its commands.
pub fn start(command: &str, arguments: &[String]) -> Result<()> {
    let target = Target::host()?;
    let programs = Job::start("programs", build::ensure_deployed)?;
    let mut localnet = times::step("validator", || target.binary("bulkhead-localnet", "bulkhead-localnet"))?;
    programs.join()?;
    // It may run for hours: let others build meanwhile.
    drop(target);
    process::hand_over(localnet.arg(command).args(arguments))
}
