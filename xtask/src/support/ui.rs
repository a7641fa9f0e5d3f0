//! What a person sees. Progress goes to the error stream, so that a command's output can be piped.

use std::{
    cell::RefCell,
    fs::File,
    io::{stderr, IsTerminal, Write},
    time::Duration,
};

thread_local! {
    /// Where a thread in the background writes to, instead of the error stream.
    static LOG: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Sends everything that this thread says, and the output of what it runs, to a file from now on.
pub fn log_to(file: File) {
    LOG.set(Some(file));
}

/// The file that this thread logs to, if it works in the background.
pub fn log() -> Option<File> {
    LOG.with_borrow(|log| log.as_ref().map(|file| file.try_clone().expect("an open file can be cloned")))
}

fn say(line: String) {
    match log() {
        // A log that cannot be written must not stop the work that it is about.
        Some(mut file) => drop(writeln!(file, "{line}")),
        None => eprintln!("{line}"),
    }
}

/// A line on what is being done, before it is done.
pub fn doing(what: impl AsRef<str>) {
    say(format!("{} {}", paint("==>", 36), what.as_ref()));
}

/// A detail under it.
pub fn note(what: impl AsRef<str>) {
    say(format!("    {}", what.as_ref()));
}

pub fn good(what: impl AsRef<str>) {
    say(format!("{} {}", paint("ok ", 32), what.as_ref()));
}

pub fn bad(what: impl AsRef<str>) {
    say(format!("{} {}", paint("no ", 31), what.as_ref()));
}

pub fn seconds(time: Duration) -> String {
    let total = time.as_secs();
    if total < 100 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", total / 60, total % 60)
    }
}

pub fn is_terminal() -> bool {
    log().is_none() && stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn paint(text: &str, colour: u8) -> String {
    if is_terminal() {
        format!("\x1b[1;{colour}m{text}\x1b[0m")
    } else {
        text.into()
    }
}
