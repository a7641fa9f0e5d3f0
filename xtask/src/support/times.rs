//! How long each step took, for whoever asks with a variable: `cargo xtask test --from-nothing` makes its table of it.

use std::{
    fs::OpenOptions,
    io::Write,
    time::{Duration, Instant},
};

use anyhow::Result;

/// Names the file that times are added to.
pub const VARIABLE: &str = "BULKHEAD_TIMES";

/// Does a step and notes its time.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let outcome = work();
    note(name, started.elapsed())?;
    outcome
}

fn note(name: &str, time: Duration) -> Result<()> {
    let Some(path) = std::env::var_os(VARIABLE) else { return Ok(()) };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    writeln!(file, "{}\t{name}", time.as_secs_f64())?;
    Ok(())
}
