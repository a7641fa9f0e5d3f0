//! Tells a rehearsal step by step: what is done, the command to copy, what was seen.

use {
    anyhow::Result,
    bulkhead_format::print,
    serde::Serialize,
    std::time::{Duration, Instant},
};

/// Time without a sign of life.
const SILENCE: Duration = Duration::from_secs(9);

/// A command that was run.
#[derive(Clone, Debug, Serialize)]
pub struct Command {
    /// As it can be copied.
    pub line: String,
    /// Its exit code; none if it goes on, or was ended by a signal.
    pub code: Option<i32>,
    pub secs: f64,
}

/// A step that was taken.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub number: usize,
    pub title: String,
    /// What is done, in words.
    pub does: String,
    pub commands: Vec<Command>,
    /// What was seen, a line each.
    pub seen: Vec<String>,
    /// What a real deployment has and this one has not.
    pub not_rehearsed: Vec<String>,
    pub secs: f64,
}

/// Why a rehearsal has ended early.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub step: usize,
    pub title: String,
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

/// The whole rehearsal.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether it is the short form.
    pub short: bool,
    pub ok: bool,
    pub steps: Vec<Step>,
    pub failure: Option<Failure>,
    pub secs: f64,
}

/// Tells what happens, as it happens, unless a program is to read it in the end.
pub struct Teller {
    quiet: bool,
    steps: Vec<Step>,
    /// When this step has begun.
    since: Instant,
    begun: Instant,
    said: Instant,
}

impl Teller {
    /// A teller that is quiet, for programs, or not.
    pub fn new(quiet: bool) -> Self {
        let now = Instant::now();
        Self { quiet, steps: Vec::new(), since: now, begun: now, said: now }
    }

    fn say(&mut self, line: &str) {
        self.said = Instant::now();
        if !self.quiet {
            // A reader that has seen enough ends nothing.
            let _ = print(&format!("{line}\n"));
        }
    }

    fn step(&mut self) -> &mut Step {
        self.steps.last_mut().expect("a step has begun")
    }

    /// Begins a step.
    pub fn begin(&mut self, title: &str, does: &str) {
        let number = self.steps.len() + 1;
        self.since = Instant::now();
        self.say(&format!("\n{number}. {title}\n   {does}"));
        self.steps.push(Step {
            number,
            title: title.to_owned(),
            does: does.to_owned(),
            commands: Vec::new(),
            seen: Vec::new(),
            not_rehearsed: Vec::new(),
            secs: 0.0,
        });
    }

    /// Tells a command before it is run.
    pub fn command(&mut self, line: &str) {
        self.say(&format!("   $ {line}"));
        self.step().commands.push(Command { line: line.to_owned(), code: None, secs: 0.0 });
    }

    /// Tells how the last command has ended.
    pub fn ended(&mut self, code: Option<i32>, took: Duration) {
        if let Some(command) = self.step().commands.last_mut() {
            (command.code, command.secs) = (code, took.as_secs_f64());
        }
        if let Some(code) = code.filter(|code| *code != 0) {
            self.say(&format!("     exit code {code}"));
        }
    }

    /// Says that something still runs, now and then.
    pub fn alive(&mut self, since: Duration) {
        if self.said.elapsed() >= SILENCE {
            self.say(&format!("     still runs, {} s", since.as_secs()));
        }
    }

    /// Tells what was seen.
    pub fn seen(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.say(&format!("   > {what}"));
        self.step().seen.push(what);
    }

    /// Tells what a real deployment has and this one has not.
    pub fn not_rehearsed(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.say(&format!("   not rehearsed: {what}"));
        self.step().not_rehearsed.push(what);
    }

    /// Ends the step.
    pub fn end(&mut self) {
        let secs = self.since.elapsed().as_secs_f64();
        self.step().secs = secs;
    }

    /// The report: good, or with the step at which it has ended.
    pub fn report(&self, short: bool, failed: Option<(String, &str)>) -> Report {
        let failure = failed.map(|(why, remedy)| {
            let last = self.steps.last();
            Failure {
                step: last.map_or(0, |step| step.number),
                title: last.map_or("before the first step".into(), |step| step.title.clone()),
                why,
                remedy: remedy.to_owned(),
            }
        });
        let secs = self.begun.elapsed().as_secs_f64();
        Report { short, ok: failure.is_none(), steps: self.steps.clone(), failure, secs }
    }
}

impl Report {
    /// The end of the report, for people who have read its steps.
    pub fn closing(&self) -> String {
        let mut lines = Vec::new();
        let missing = self.steps.iter().flat_map(|step| &step.not_rehearsed);
        let missing: Vec<String> = missing.map(|what| format!("  - {what}")).collect();
        if !missing.is_empty() {
            lines.push("\nNot rehearsed, so try it on devnet:".to_owned());
            lines.extend(missing);
        }
        match &self.failure {
            None => lines.push(format!(
                "\nrehearsed: {} steps, {} commands, {:.0} s",
                self.steps.len(),
                self.steps.iter().map(|step| step.commands.len()).sum::<usize>(),
                self.secs
            )),
            Some(Failure { step, title, why, remedy }) => lines.push(format!(
                "\nFAILED in step {step}, {title}\n  why:        {why}\n  what to do: {remedy}"
            )),
        }
        lines.join("\n") + "\n"
    }

    /// The report for programs.
    ///
    /// # Errors
    /// Never, but for a lack of memory.
    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
