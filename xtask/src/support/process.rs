//! Running other programs: the environment that `cargo run` adds is taken out, a failure names the command, and nothing is
//! silent for long.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::{
        mpsc::{self, RecvTimeoutError},
        Mutex,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{bail, Context, Result};

use super::ui;

/// The longest time without a sign of life.
const SILENCE: Duration = Duration::from_secs(9);

/// A command in the root of the repository.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(super::paths::root());
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        // They describe xtask, not what it starts; some build scripts rerun when they change.
        let of_xtask = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if of_xtask.iter().any(|prefix| name.starts_with(prefix))
            || ["CARGO", "LD_LIBRARY_PATH"].contains(&name)
        {
            command.env_remove(name);
        }
    }
    command
}

/// Cargo, of the tool chain that runs xtask.
pub fn cargo() -> Command {
    command("cargo")
}

/// Runs to the end, with its output shown; fails if it does.
pub fn run(command: &mut Command) -> Result<()> {
    let status = match ui::log() {
        Some(log) => {
            command.stdout(log.try_clone()?).stderr(log).status().with_context(|| cannot_start(command))?
        }
        // On a terminal Cargo and npm show by themselves that they are alive, if nothing is between.
        None if ui::is_terminal() => command.status().with_context(|| cannot_start(command))?,
        None => follow(command, |_| {})?,
    };
    check(status, command)
}

/// Runs to the end like [`run`], and hands over each line of its output.
pub fn run_and_read(command: &mut Command, each: impl FnMut(&str)) -> Result<()> {
    let status = follow(command, each)?;
    check(status, command)
}

fn check(status: ExitStatus, command: &Command) -> Result<()> {
    if !status.success() {
        bail!("failed ({status}): {}", line(command));
    }
    Ok(())
}

/// Passes the output of a command through, line by line, and says that it still runs when it is silent.
fn follow(command: &mut Command, mut each: impl FnMut(&str)) -> Result<ExitStatus> {
    let started = Instant::now();
    let heard = Mutex::new(started);
    let hear = || *heard.lock().expect("no thread panics with it") = Instant::now();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let errors = BufReader::new(child.stderr.take().expect("it is piped"));
    let name = command.get_program().to_string_lossy().into_owned();
    thread::scope(|scope| {
        scope.spawn(|| {
            for line in errors.split(b'\n').map_while(std::io::Result::ok) {
                hear();
                eprintln!("{}", String::from_utf8_lossy(&line));
            }
        });
        let (running, over) = mpsc::channel::<()>();
        let (heard, name) = (&heard, &name);
        scope.spawn(move || {
            // Until the other end of the channel is dropped.
            while over.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let mut heard = heard.lock().expect("no thread panics with it");
                if heard.elapsed() >= SILENCE {
                    ui::note(format!("{name} still runs, {}", ui::seconds(started.elapsed())));
                    *heard = Instant::now();
                }
            }
        });
        for line in output.split(b'\n').map_while(std::io::Result::ok) {
            hear();
            let line = String::from_utf8_lossy(&line);
            // Whoever reads this may be gone; the command is run to its end all the same.
            let _ = writeln!(std::io::stdout(), "{line}");
            each(&line);
        }
        let status = child.wait();
        drop(running);
        status.with_context(|| format!("waiting for {name}"))
    })
}

/// Becomes the command: its exit code and the signals it gets are its own affair. Paths in its arguments are those of
/// whoever calls, not of the repository.
pub fn hand_over(command: &mut Command) -> Result<()> {
    let error = command.current_dir(std::env::current_dir()?).exec();
    Err(error).with_context(|| cannot_start(command))
}

/// Runs to the end and returns what it printed; shows its errors.
pub fn output(command: &mut Command) -> Result<String> {
    let errors = ui::log().map_or_else(Stdio::inherit, Stdio::from);
    let output = command.stderr(errors).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("failed ({}): {}", output.status, line(command));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What it printed, if it is there and succeeds.
pub fn probe(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = command(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// `PATH` with a folder in front.
pub fn path_with(folder: &Path) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(folders)?)
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`: is it installed?", command.get_program().to_string_lossy())
}
