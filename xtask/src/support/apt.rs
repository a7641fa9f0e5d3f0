//! Debian packages: installed where we may, otherwise the exact command is printed.

use std::sync::{Mutex, PoisonError};

use anyhow::{bail, Context, Result};

use super::{
    process::{command, line, probe, run},
    ui,
};

/// Installs packages. `purpose` completes "needed for".
pub fn install(packages: &[&str], purpose: &str) -> Result<()> {
    let list = packages.join(" ");
    if probe("apt-get", &["--version"]).is_none() {
        bail!("{purpose} needs what Debian packages as: {list}\nThis system has no apt-get: install its equivalents and repeat.");
    }
    if probe("id", &["-u"]).as_deref() != Some("0") {
        bail!(
            "{purpose} needs Debian packages. Install them and repeat:\n\n    sudo apt-get install {list}\n"
        );
    }
    // Two threads of this program need packages; dpkg itself does not wait.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    ui::doing(format!("apt-get install {list} (for {purpose})"));
    // A run that was interrupted may have left packages unpacked but not set up.
    run(&mut tool("dpkg", &["--configure", "-a"]))?;
    run(&mut tool("apt-get", &["update", "-q"]))?;
    let mut install = tool("apt-get", &["install", "-y", "-q", "--no-install-recommends"]);
    install.args(packages);
    run(&mut install).with_context(|| format!("{purpose} needs these packages; by hand: {}", line(&install)))
}

fn tool(name: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = command(name);
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    if name == "apt-get" {
        // Wait for another apt rather than fail.
        command.args(["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"]);
    }
    command
}
