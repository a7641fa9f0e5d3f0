//! `cargo xtask mutants --rules`: the mistakes of [`switches`] in the rules of the program, all in one build, one in force
//! at a time. For each the histories of `tests/random` look for a difference to the reference model; what they do not
//! notice goes through the tests of the instructions and the threats.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        Mutex,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;

use super::{
    switches::{self, Mutant},
    LEFT_OUT,
};
use crate::{
    build, elsewhere,
    support::{
        paths, process,
        target::{selection, Target},
        ui,
    },
    toolchain::{Source, Toolchain, PROGRAMS},
};

/// Where the rules are, and what else can be tried in the same way.
const PROGRAM: &str = "programs/bulkhead/src";
const RULES: &str = "programs/bulkhead/src/rules";
/// The tests for what the histories do not notice, the quicker ones first.
const TESTS: [&str; 2] = ["instructions", "threats"];
/// Builds until all that compile are found.
const ROUNDS: usize = 30;
/// A run that takes longer does not end: the mutant is caught.
const LIMIT: Duration = Duration::from_secs(900);
/// By which the switch is found in the built program.
const MAGIC: u64 = 0x5e1f_b01d_0b51_1e55;

/// The switch: which mutant is in force, in a word of the program's own data that is written into the built file.
fn switch() -> String {
    include_str!("switch.txt").replace("MAGIC", &format!("{MAGIC:#x}"))
}

/// A mutant and the file it is in, from the root of the repository.
struct Placed {
    /// Its place among all that are tried, from 1: the switch that puts it in force.
    number: usize,
    file: String,
    mutant: Mutant,
    compiles: bool,
}

impl Placed {
    fn name(&self) -> String {
        format!("{}: {}", self.file, self.mutant.change)
    }

    /// Its number, line and name, for whoever looks for it in the copy.
    fn line(&self) -> String {
        let unviable = if self.compiles { "" } else { "\tdoes not compile" };
        format!("{}\t{}\t{}{unviable}", self.number, self.mutant.line, self.name())
    }
}

/// What is tried, and with what.
struct Trial {
    mutants: Vec<Placed>,
    folder: PathBuf,
    program: Vec<u8>,
    driver: PathBuf,
    /// Random histories for each mutant, beside the committed sequences.
    histories: u64,
    tests: Vec<PathBuf>,
    /// Tests that fail without a mutant: they say how large the program is, or what it costs.
    failing: Vec<BTreeSet<String>>,
}

/// Tries them and returns the names of those that nothing notices.
pub fn run(files: &[String], jobs: usize, histories: u64) -> Result<BTreeSet<String>> {
    let target = Target::host()?;
    let folder = target.folder.join("mutants/rules");
    let root = folder.join("source");
    elsewhere::synchronize(&paths::root(), &root, &LEFT_OUT)?;
    fs::write(root.join(PROGRAM).join("mutant.rs"), switch())?;
    let library = root.join(PROGRAM).join("lib.rs");
    let text = fs::read_to_string(&library)?;
    fs::write(&library, text.replacen("pub mod arithmetic;", "pub mod arithmetic; pub mod mutant;", 1))?;
    let mut mutants = find(files)?;
    leave_out_what_does_not_compile(&mut mutants, &root, &folder)?;
    let lines: Vec<String> = mutants.iter().map(Placed::line).collect();
    fs::write(folder.join("mutants.tsv"), lines.join("\n") + "\n")?;
    let program = built(&root, &folder)?;

    process::run(target.cargo().args(selection("build")).args(["--bin", "histories"]))?;
    let driver = target.folder.join("debug/histories");
    let tests = TESTS.iter().map(|test| executable(&target, test)).collect::<Result<_>>()?;
    let mut trial = Trial { mutants, folder, program, driver, histories, tests, failing: vec![] };
    if let Some(finding) = trial.by_histories(&trial.programs(0, 0)?)? {
        bail!("the histories find something without a mutant: {finding}");
    }
    trial.measure_tests()?;
    trial.all(jobs)
}

/// The mutants of these files, or of all rules.
fn find(files: &[String]) -> Result<Vec<Placed>> {
    let mut chosen = files.to_vec();
    if chosen.is_empty() {
        for entry in fs::read_dir(paths::root().join(RULES))? {
            chosen.push(format!("{RULES}/{}", entry?.file_name().to_string_lossy()));
        }
        chosen.sort();
    }
    let mut mutants = vec![];
    for file in chosen {
        ensure!(file.starts_with(PROGRAM), "{file} is not in {PROGRAM}");
        let text =
            fs::read_to_string(paths::root().join(&file)).with_context(|| format!("reading {file}"))?;
        let found = switches::mutants(&text).with_context(|| file.clone())?;
        for mutant in found {
            let number = mutants.len() + 1;
            mutants.push(Placed { number, file: file.clone(), mutant, compiles: true });
        }
    }
    Ok(mutants)
}

/// Writes the files of the copy with all mutants that compile.
fn write(mutants: &[Placed], root: &Path) -> Result<()> {
    for of_file in mutants.chunk_by(|one, other| one.file == other.file) {
        let file = &of_file[0].file;
        let text = fs::read_to_string(paths::root().join(file))?;
        let number = |at: usize| of_file[at].compiles.then_some(of_file[at].number);
        fs::write(root.join(file), switches::with_switches(&text, number)?)?;
    }
    Ok(())
}

fn leave_out_what_does_not_compile(mutants: &mut [Placed], root: &Path, folder: &Path) -> Result<()> {
    for _ in 0..ROUNDS {
        write(mutants, root)?;
        let mut check = process::cargo();
        check.current_dir(root).env("CARGO_TARGET_DIR", folder.join("check"));
        check.args(["check", "--locked", "--package", "bulkhead", "--lib", "--message-format", "json"]);
        let output = check.stderr(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        let mut left_out = 0;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            for number in blamed(&serde_json::from_str(line)?, root)? {
                left_out += usize::from(std::mem::take(&mut mutants[number - 1].compiles));
            }
        }
        ensure!(
            left_out > 0,
            "the copy in {} does not compile: `cargo check` there says why",
            root.display()
        );
        ui::note(format!("{left_out} mutants do not compile"));
    }
    bail!("after {ROUNDS} rounds there are still mutants that do not compile")
}

/// The mutants that stand where the compiler reports an error: the last before it, or all of the line.
fn blamed(message: &Value, root: &Path) -> Result<Vec<usize>> {
    let mut numbers = vec![];
    if message["message"]["level"] != "error" {
        return Ok(numbers);
    }
    for span in message["message"]["spans"].as_array().into_iter().flatten() {
        let (Some(file), Some(line)) = (span["file_name"].as_str(), span["line_start"].as_u64()) else {
            continue;
        };
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        let Some(text) = text.lines().nth(line as usize - 1) else { continue };
        let column = span["column_start"].as_u64().unwrap_or(1) as usize - 1;
        let here: Vec<(usize, usize)> = text
            .match_indices("mutant::is(")
            .filter_map(|(at, head)| {
                let digits = text[at + head.len()..].split(')').next()?;
                Some((at, digits.parse().ok()?))
            })
            .collect();
        match here.iter().rev().find(|(at, _)| *at < column) {
            Some((_, number)) => numbers.push(*number),
            None => numbers.extend(here.iter().map(|(_, number)| number)),
        }
    }
    Ok(numbers)
}

/// The program with all mutants, none of them in force.
fn built(root: &Path, folder: &Path) -> Result<Vec<u8>> {
    ui::doing("building the program with all mutants");
    let source = Source { root: root.to_path_buf(), ..Source::here()? };
    let program = PROGRAMS.iter().find(|program| program.package == "bulkhead").context("it is one")?;
    let built = Toolchain::choose()?.prepare()?.build(program, &source, &folder.join("sbf"))?;
    build::check(&built)?;
    Ok(fs::read(built)?)
}

/// A test binary, compiled.
fn executable(target: &Target, test: &str) -> Result<PathBuf> {
    let mut cargo = target.cargo();
    cargo.args(selection("test")).args(["--test", test, "--no-run", "--message-format", "json"]);
    let messages = process::output(&mut cargo)?;
    let mut artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = artifacts.find_map(|artifact| {
        let is_it = artifact["target"]["name"] == test && artifact["target"]["kind"][0] == "test";
        is_it.then(|| artifact["executable"].as_str().map(PathBuf::from)).flatten()
    });
    path.with_context(|| format!("cargo compiled no test {test}"))
}

/// The program with a mutant in force.
fn with_mutant(program: &[u8], number: usize) -> Result<Vec<u8>> {
    let magic = MAGIC.to_le_bytes();
    let at: Vec<usize> =
        program.windows(8).enumerate().filter(|(_, word)| *word == magic).map(|(at, _)| at).collect();
    let [at] = at[..] else { bail!("the switch is {} times in the program", at.len()) };
    let mut program = program.to_vec();
    program[at + 8..at + 16].copy_from_slice(&(number as u64).to_le_bytes());
    Ok(program)
}

impl Trial {
    /// A folder of programs in which the tests find this mutant.
    fn programs(&self, worker: usize, number: usize) -> Result<PathBuf> {
        let folder = self.folder.join(format!("programs-{worker}"));
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(paths::sbf_out())? {
            let path = entry?.path();
            let link = folder.join(path.file_name().context("it has a name")?);
            if !link.exists() && path.extension().is_some_and(|ending| ending == "so") {
                symlink(path, link)?;
            }
        }
        let place = folder.join("bulkhead.so");
        let _ = fs::remove_file(&place);
        fs::write(&place, with_mutant(&self.program, number)?)?;
        Ok(folder)
    }

    fn command(&self, binary: &Path, programs: &Path) -> Command {
        let mut command = process::command(binary);
        command.env("SBF_OUT_DIR", programs).env_remove("BULKHEAD_SBF_DIR");
        command.current_dir(paths::root().join("tests")).stderr(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// What the histories say of the program in this folder.
    fn by_histories(&self, programs: &Path) -> Result<Option<String>> {
        let mut command = self.command(&self.driver, programs);
        let lines = Lines::of(command.args(["--first-finding", &self.histories.to_string()]))?;
        let (said, passed) = lines.read(|_| false)?;
        Ok((!passed).then(|| said.last().cloned().unwrap_or_else(|| "it does not end".into())))
    }

    /// The tests of a binary that fail, all or the first one.
    fn by_tests(&self, at: usize, programs: &Path, all: bool) -> Result<Vec<String>> {
        let mut command = self.command(&self.tests[at], programs);
        if let Some(failing) = self.failing.get(at).filter(|failing| !failing.is_empty()) {
            command.arg("--exact");
            failing.iter().for_each(|test| {
                command.args(["--skip", test]);
            });
        }
        let failed = |line: &str| {
            let test = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
            Some(test.to_owned())
        };
        let (said, passed) = Lines::of(&mut command)?.read(|line| !all && failed(line).is_some())?;
        let found: Vec<String> = said.iter().filter_map(|line| failed(line)).collect();
        Ok(if found.is_empty() && !passed { vec!["a test that does not end".into()] } else { found })
    }

    /// Tests to leave out: a build with the mutants, none in force, is larger and costs more.
    fn measure_tests(&mut self) -> Result<()> {
        let programs = self.programs(0, 0)?;
        for (at, test) in TESTS.iter().enumerate() {
            let failing = self.by_tests(at, &programs, true)?;
            let (count, names) = (failing.len(), failing.join(", "));
            ui::note(format!("{count} tests of {test} are left out, they fail without a mutant: {names}"));
            self.failing.push(failing.into_iter().collect());
        }
        Ok(())
    }

    /// How this mutant is noticed, if it is.
    fn notice(&self, worker: usize, number: usize) -> Result<Option<String>> {
        let programs = self.programs(worker, number)?;
        if let Some(finding) = self.by_histories(&programs)? {
            return Ok(Some(format!("histories: {finding}")));
        }
        for (at, test) in TESTS.iter().enumerate() {
            if let Some(failed) = self.by_tests(at, &programs, false)?.first() {
                return Ok(Some(format!("{test}: {failed}")));
            }
        }
        Ok(None)
    }

    /// Tries all, several at once. Each outcome is a line of `outcomes.tsv` as soon as it is known.
    fn all(&self, jobs: usize) -> Result<BTreeSet<String>> {
        let log = Mutex::new(File::create(self.folder.join("outcomes.tsv"))?);
        let (next, survivors) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
        let work = |worker: usize| -> Result<()> {
            while let Some(placed) = self.mutants.get(next.fetch_add(1, Relaxed)) {
                if !placed.compiles {
                    continue;
                }
                let noticed = self.notice(worker, placed.number)?;
                let how = noticed.as_deref().unwrap_or("survived");
                writeln!(log.lock().expect("no panic"), "{}\t{how}", placed.line())?;
                if noticed.is_none() {
                    ui::note(format!("survived: {}", placed.line()));
                    survivors.lock().expect("no panic").insert(placed.name());
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let work = &work;
            let workers: Vec<_> = (0..jobs).map(|worker| scope.spawn(move || work(worker))).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("no panic"))
        })?;
        let unviable = self.mutants.iter().filter(|placed| !placed.compiles).count();
        ui::good(format!("{} mutants, {unviable} of them do not compile", self.mutants.len()));
        Ok(survivors.into_inner().expect("no panic"))
    }
}

/// A child whose lines are read, within [`LIMIT`].
struct Lines {
    child: Child,
    started: Instant,
}

impl Lines {
    fn of(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| process::line(command))?;
        Ok(Self { child, started: Instant::now() })
    }

    /// All lines until one for which `enough` holds, and whether the child ended well by itself.
    fn read(mut self, enough: impl Fn(&str) -> bool) -> Result<(Vec<String>, bool)> {
        let output = BufReader::new(self.child.stdout.take().context("it is piped")?);
        let (sender, lines) = std::sync::mpsc::channel();
        thread::spawn(move || {
            output.lines().map_while(std::io::Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut said = vec![];
        let ended = loop {
            let left = LIMIT.saturating_sub(self.started.elapsed());
            match lines.recv_timeout(left) {
                Ok(line) => {
                    let stop = enough(&line);
                    said.push(line);
                    if stop {
                        break false;
                    }
                }
                Err(error) => break error == std::sync::mpsc::RecvTimeoutError::Disconnected,
            }
        };
        if !ended {
            let _ = self.child.kill(); // or it has just ended by itself
        }
        let status = self.child.wait()?;
        Ok((said, ended && status.success()))
    }
}
