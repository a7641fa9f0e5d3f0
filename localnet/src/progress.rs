//! Progress on standard error, in colour on a terminal only.

use std::{
    env,
    io::{stderr, stdout, IsTerminal, Write},
};

/// Whether standard output is in colour: on a terminal, unless `NO_COLOR` is set.
pub fn colour_on_stdout() -> bool {
    stdout().is_terminal() && wants_colour()
}

fn wants_colour() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Shows progress while a run lasts.
pub struct Progress {
    live: bool,
    quiet: bool,
}

impl Progress {
    /// Progress for a person, or none.
    pub fn new(quiet: bool) -> Self {
        Self { live: stderr().is_terminal(), quiet }
    }

    /// Prints a line that stays.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            self.clear();
            eprintln!("{text}");
        }
    }

    /// Prints a line that matters.
    pub fn alert(&self, text: &str) {
        if self.live && wants_colour() {
            self.line(&format!("\x1b[31m{text}\x1b[0m"));
        } else {
            self.line(text);
        }
    }

    /// Shows `done` of `all`: one changing line on a terminal, a line now and then elsewhere.
    pub fn count(&self, what: &str, done: usize, all: usize) {
        if self.live {
            self.status(&format!("{what}: {done} of {all}"));
        }
        if done == all {
            self.line(&format!("{what}: {all}"));
        }
    }

    /// Shows a line that the next one replaces, on a terminal only.
    pub fn status(&self, text: &str) {
        if self.live && !self.quiet {
            self.clear();
            eprint!("{text}");
            // A terminal that is gone is no reason to stop.
            let _ = stderr().flush();
        }
    }

    fn clear(&self) {
        if self.live {
            eprint!("\r\x1b[2K");
        }
    }
}
