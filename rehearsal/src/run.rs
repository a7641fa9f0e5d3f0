//! Runs the commands of the page: the same programs that `cargo xtask` starts, as processes of their own.

use {
    crate::report::Teller,
    anyhow::{bail, ensure, Context, Result},
    bulkhead_localnet::stop::Stop,
    std::{
        cell::{Cell, RefCell},
        collections::{BTreeMap, BTreeSet},
        fs::{self, File},
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        thread::sleep,
        time::{Duration, Instant},
    },
};

/// Longest time that a command may take. A build from nothing takes half of it.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Time that a program gets to stop when it is told to.
const STOPPING: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// The programs behind `cargo xtask NAME`.
const PROGRAMS: [(&str, &str); 6] = [
    ("cli", "bulkhead"),
    ("history", "bulkhead-history"),
    ("keeper", "bulkhead-keeper"),
    ("migrate", "bulkhead-migrate"),
    ("new-address", "bulkhead-new-address"),
    ("verify", "bulkhead-verify"),
];

/// What a command has done.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The command as it can be copied.
    pub line: String,
    /// None if a signal has ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Everything that it has printed.
    pub fn told(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Fails unless it has ended with this exit code.
    ///
    /// # Errors
    /// The end of what it has printed.
    pub fn expect(self, code: i32) -> Result<Self> {
        ensure!(
            self.code == Some(code),
            "`{}` ended with {}, not {code}: {}",
            self.line,
            self.code.map_or("a signal".into(), |code| code.to_string()),
            last_lines(&self.told(), 12)
        );
        Ok(self)
    }

    /// Fails unless it has printed this.
    ///
    /// # Errors
    /// The end of what it has printed.
    pub fn says(self, expected: &str) -> Result<Self> {
        let told = self.told();
        ensure!(
            told.contains(expected),
            "`{}` does not say `{expected}`: {}",
            self.line,
            last_lines(&told, 12)
        );
        Ok(self)
    }
}

/// The last lines of a text, on one line each.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n    ")
}

/// Starts programs with the environment of one shell.
pub struct Runner {
    /// The folder of the compiled programs.
    binaries: PathBuf,
    /// The repository.
    root: PathBuf,
    /// The folder of this rehearsal: keys, configurations, logs.
    folder: PathBuf,
    /// What the shell has exported.
    exported: RefCell<BTreeMap<String, String>>,
    /// The commands of the page that were run.
    done: RefCell<BTreeSet<&'static str>>,
    count: Cell<usize>,
    /// Ends whatever runs.
    stop: Stop,
}

impl Runner {
    /// A shell in which nothing is exported yet.
    pub fn new(binaries: PathBuf, root: PathBuf, folder: PathBuf, stop: Stop) -> Self {
        let (exported, done, count) = (RefCell::default(), RefCell::default(), Cell::default());
        Self { binaries, root, folder, exported, done, count, stop }
    }

    /// Exports a variable to everything that is started from now on.
    pub fn export(&self, name: &str, value: impl Into<String>) {
        self.exported.borrow_mut().insert(name.to_owned(), value.into());
    }

    /// What is exported.
    pub fn exported(&self) -> BTreeMap<String, String> {
        self.exported.borrow().clone()
    }

    /// Notes that a command of the page was run in another way.
    pub fn note(&self, command: &'static str) {
        self.done.borrow_mut().insert(command);
    }

    /// The commands of the page that were not run, of those in this list.
    pub fn missing(&self, of: &[&'static str]) -> Vec<&'static str> {
        of.iter().filter(|command| !self.done.borrow().contains(*command)).copied().collect()
    }

    /// Runs a command to its end. `fills` says what stands in the place of parts of it, `more` what is
    /// added for this program to read, which nobody needs to type.
    ///
    /// # Errors
    /// When it cannot be started, takes an hour, or the rehearsal is stopped.
    pub fn run(
        &self,
        teller: &mut Teller,
        command: &'static str,
        fills: &[(&str, &str)],
        more: &[&str],
    ) -> Result<Ran> {
        let line = filled(command, fills)?;
        teller.command(&line);
        let (mut starting, log) = self.command(&line, more)?;
        let [out, err] = ["out", "err"].map(|end| log.with_extension(end));
        starting.stdout(File::create(&out)?).stderr(File::create(&err)?);
        let started = Instant::now();
        let mut child = start(&mut starting)?;
        let status = loop {
            match child.try_wait()? {
                Some(status) => break status,
                None if self.stop.is_set() || started.elapsed() > LONGEST => {
                    let _ = child.kill();
                    let _ = child.wait();
                    bail!("`{line}` was ended after {} s", started.elapsed().as_secs())
                }
                None => teller.alive(started.elapsed()),
            }
            sleep(POLL);
        };
        self.note(command);
        let read = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let ran = Ran { line, code: status.code(), out: read(&out)?, err: read(&err)? };
        teller.ended(ran.code, started.elapsed());
        Ok(ran)
    }

    /// Starts a program that stands until it is stopped.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn stand(
        &self,
        teller: &mut Teller,
        command: &'static str,
        fills: &[(&str, &str)],
    ) -> Result<Standing> {
        let line = filled(command, fills)?;
        teller.command(&line);
        let (mut starting, log) = self.command(&line, &[])?;
        let log = log.with_extension("log");
        starting.stdout(File::create(log.with_extension("out"))?).stderr(File::create(&log)?);
        let child = start(&mut starting)?;
        self.note(command);
        Ok(Standing { line, child, log, stop: self.stop.clone() })
    }

    /// The process of a line, and the file that its output goes to, without an ending.
    fn command(&self, line: &str, more: &[&str]) -> Result<(Command, PathBuf)> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let known = |name: &str| PROGRAMS.iter().find(|(known, _)| *known == name).map(|(_, binary)| *binary);
        let (name, mut command) = match words.as_slice() {
            ["cargo", "xtask", name, rest @ ..] => match known(name) {
                Some(binary) => {
                    let mut command = Command::new(self.binaries.join(binary));
                    let rest = rest.strip_prefix(&["--"]).unwrap_or(rest);
                    // Nothing of the person's own settings is read or written.
                    command.args(rest).env("HOME", &self.folder);
                    (binary, command)
                }
                None => {
                    let mut command = Command::new("cargo");
                    command.args(&words[1..]);
                    (*name, command)
                }
            },
            ["node", rest @ ..] => {
                let mut command = Command::new("node");
                command.args(rest);
                ("node", command)
            }
            _ => bail!("`{line}` is no command that a rehearsal knows"),
        };
        let number = self.count.get() + 1;
        self.count.set(number);
        let logs = self.folder.join("logs");
        fs::create_dir_all(&logs)?;
        command
            .env_remove("SBF_OUT_DIR")
            .args(more)
            .envs(&*self.exported.borrow())
            .current_dir(&self.root)
            .stdin(Stdio::null());
        Ok((command, logs.join(format!("{number:03}-{name}"))))
    }
}

/// A command with parts of it replaced.
///
/// # Errors
/// When a part is not in it.
pub fn filled(command: &str, fills: &[(&str, &str)]) -> Result<String> {
    let mut line = command.to_owned();
    for (from, to) in fills {
        ensure!(line.contains(from), "`{command}` has no {from}");
        line = line.replacen(from, to, 1);
    }
    Ok(line)
}

fn start(command: &mut Command) -> Result<Child> {
    let child = command.spawn();
    child.with_context(|| format!("cannot start `{}`", command.get_program().to_string_lossy()))
}

/// A program that runs until it is stopped, or until this value is dropped.
pub struct Standing {
    line: String,
    child: Child,
    log: PathBuf,
    stop: Stop,
}

impl Standing {
    /// Waits until something holds.
    ///
    /// # Errors
    /// When the program ends before, the time is over, or the rehearsal is stopped: with the end of the log.
    pub fn until(
        &mut self,
        teller: &mut Teller,
        what: &str,
        longest: Duration,
        mut holds: impl FnMut() -> bool,
    ) -> Result<()> {
        let started = Instant::now();
        while !holds() {
            if let Some(status) = self.child.try_wait()? {
                bail!("`{}` has ended ({status}): {}", self.line, self.last_words())
            }
            ensure!(!self.stop.is_set(), "stopped while waiting: {what}");
            ensure!(
                started.elapsed() < longest,
                "not after {} s: {what}. The log of `{}` ends with: {}",
                longest.as_secs(),
                self.line,
                self.last_words()
            );
            teller.alive(started.elapsed());
            sleep(POLL);
        }
        Ok(())
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// What it has printed beside its log.
    pub fn out(&self) -> String {
        fs::read_to_string(self.log.with_extension("out")).unwrap_or_default()
    }

    fn last_words(&self) -> String {
        last_lines(&self.log(), 8)
    }

    /// Tells it to stop, as a service manager does, and waits for its end.
    ///
    /// # Errors
    /// When it does not stop, or ends with a failure.
    pub fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        told.context("cannot start `kill`")?;
        let started = Instant::now();
        while started.elapsed() < STOPPING {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "`{}` ended badly: {}", self.line, self.last_words());
                return Ok(());
            }
            sleep(POLL);
        }
        bail!("`{}` does not stop within {} s of SIGTERM", self.line, STOPPING.as_secs())
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
