//! `cargo xtask history-bench` measures the ledger on both databases, which its tests need too.

use anyhow::Result;

use crate::support::{
    apt, process,
    target::{selection, Target},
};

#[derive(clap::Args)]
pub struct BenchArgs {
    /// Passed on: `cargo xtask history-bench -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Crates in which the benchmark spends its time: they are optimised for it, as they are not in a test.
const OPTIMISED: [&str; 5] =
    ["bulkhead-history", "libsqlite3-sys", "sqlx-core", "sqlx-postgres", "sqlx-sqlite"];

pub fn bench(args: BenchArgs) -> Result<()> {
    postgres()?;
    let target = Target::host()?;
    let mut build = target.cargo();
    for package in OPTIMISED {
        build.args(["--config", &format!("profile.dev.package.{package}.opt-level = 3")]);
    }
    process::run(build.args(selection("build")).args(["--bin", "history-bench"]))?;
    process::run(process::command(target.folder.join("debug").join("history-bench")).args(args.arguments))
}

/// Installs Debian's PostgreSQL, which the tests start for themselves, where it is missing.
pub fn postgres() -> Result<()> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    if installed.into_iter().any(|version| version.path().join("bin/initdb").exists()) {
        return Ok(());
    }
    apt::install(&["postgresql"], "testing the ledger on PostgreSQL")
}
