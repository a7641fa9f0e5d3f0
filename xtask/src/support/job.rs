//! Work beside other work: on a thread of its own, with its output in a file.

use std::{
    fs::{self, File},
    path::PathBuf,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{anyhow, Context, Result};

use super::{paths, times, ui};

/// Lines of a log that a failure shows.
const SHOWN: usize = 40;
/// How often a wait says that it goes on.
const PATIENCE: Duration = Duration::from_secs(9);

pub struct Job<T> {
    name: &'static str,
    log: PathBuf,
    thread: JoinHandle<Result<T>>,
}

impl<T: Send + 'static> Job<T> {
    /// Starts it.
    pub fn start(name: &'static str, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<Self> {
        let folder = paths::root().join("target/logs");
        fs::create_dir_all(&folder)?;
        let log = folder.join(name).with_extension("log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        ui::doing(format!("{name}, beside other work; its output goes to {}", log.display()));
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            ui::log_to(file);
            times::step(&format!("{name}, beside other work"), work)
        })?;
        Ok(Self { name, log, thread })
    }

    /// Waits for it; a failure shows the end of its log.
    pub fn join(self) -> Result<T> {
        let mut said = Instant::now();
        while !self.thread.is_finished() {
            if said.elapsed() >= PATIENCE {
                ui::note(format!("waiting for {}: {}", self.name, self.tail(1)));
                said = Instant::now();
            }
            thread::sleep(Duration::from_millis(100));
        }
        let outcome = self.thread.join().unwrap_or_else(|_| Err(anyhow!("{} panicked", self.name)));
        if outcome.is_err() {
            ui::bad(format!("the end of {}:\n{}", self.log.display(), tail(&self.log, SHOWN)));
        }
        outcome.with_context(|| format!("{} failed", self.name))
    }

    fn tail(&self, lines: usize) -> String {
        tail(&self.log, lines)
    }
}

fn tail(log: &std::path::Path, lines: usize) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
