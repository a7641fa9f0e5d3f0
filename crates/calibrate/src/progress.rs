//! Progress on standard error, in colour on a terminal only.

use std::{
    env,
    io::{stderr, stdout, IsTerminal, Write},
};

/// Whether standard output is in colour: on a terminal, unless `NO_COLOR` is set.
pub fn colour_on_stdout() -> bool {
    stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
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

    /// Shows `done` of `all`: one changing line on a terminal, the last one elsewhere.
    pub fn count(&self, what: &str, done: usize, all: usize) {
        if done == all {
            self.line(&format!("{what}: {all}"));
        } else if self.live && !self.quiet {
            self.clear();
            eprint!("{what}: {done} of {all}");
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
