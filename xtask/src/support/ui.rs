//! What a person sees. Progress goes to the error stream, so that a command's output can be piped.

use std::{
    io::{stderr, IsTerminal},
    time::Duration,
};

/// A line on what is being done, before it is done.
pub fn doing(what: impl AsRef<str>) {
    eprintln!("{} {}", paint("==>", 36), what.as_ref());
}

/// A detail under it.
pub fn note(what: impl AsRef<str>) {
    eprintln!("    {}", what.as_ref());
}

pub fn good(what: impl AsRef<str>) {
    eprintln!("{} {}", paint("ok ", 32), what.as_ref());
}

pub fn bad(what: impl AsRef<str>) {
    eprintln!("{} {}", paint("no ", 31), what.as_ref());
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
    stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn paint(text: &str, colour: u8) -> String {
    if is_terminal() {
        format!("\x1b[1;{colour}m{text}\x1b[0m")
    } else {
        text.into()
    }
}
