//! A copy of the source with all mutants in it, each of which a variable of the environment switches on: one build tries
//! them all.
//!
//! The body `{ B }` of a function becomes `{ match mutant::on() { 17 => { return { B with mutant 17 }; } _ => {} } B }`.
//! Borrows, `?` and `return` stay what they are, for it is the same function.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{ensure, Context, Result};
use serde::Deserialize;

use crate::support::{process, ui};

/// The variable that switches a mutant on.
pub const VARIABLE: &str = "BULKHEAD_MUTANT";

/// What becomes a module of the mutated crate.
const SWITCH: &str = r#"
/// The mutant that is on.
#[doc(hidden)]
pub mod mutant {
    extern crate std;

    /// Returns its number, or one that no mutant has.
    pub fn on() -> usize {
        static ON: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        *ON.get_or_init(|| std::env::var("BULKHEAD_MUTANT").ok().and_then(|it| it.parse().ok()).unwrap_or(usize::MAX))
    }
}
"#;

/// A mistake, as cargo-mutants lists it.
#[derive(Clone, Deserialize)]
pub struct Mutant {
    /// Place and change.
    pub name: String,
    file: PathBuf,
    function: Option<Function>,
    span: Span,
    replacement: String,
}

#[derive(Clone, Deserialize)]
struct Function {
    function_name: String,
    span: Span,
}

#[derive(Clone, Copy, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// Of one character; both count from one.
#[derive(Clone, Copy, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

/// Lines of a file that a mutant takes.
struct Written {
    file: PathBuf,
    first: usize,
    last: usize,
    mutant: usize,
}

/// A crate with mutants.
pub struct Schema<'a> {
    /// The copy of the repository.
    pub root: &'a Path,
    /// The file of the crate that holds its modules.
    pub library: &'a str,
    /// All that were listed.
    pub mutants: &'a [Mutant],
}

impl Schema<'_> {
    /// Writes all mutants that compile, and returns their numbers. `cargo` checks the crate.
    pub fn write(&self, cargo: impl Fn() -> Command) -> Result<Vec<usize>> {
        let mut left: Vec<usize> = (0..self.mutants.len()).collect();
        let originals = self.originals()?;
        loop {
            let written = self.write_these(&originals, &left)?;
            left.retain(|mutant| written.iter().any(|place| place.mutant == *mutant));
            let broken = self.broken(cargo(), &written)?;
            if broken.is_empty() {
                return Ok(left);
            }
            ui::note(format!("{} mutants do not compile", broken.len()));
            left.retain(|mutant| !broken.contains(mutant));
        }
    }

    fn originals(&self) -> Result<BTreeMap<PathBuf, String>> {
        let read = |file: PathBuf| {
            let text = fs::read_to_string(self.root.join(&file))?;
            Ok((file, text))
        };
        let files = self.mutants.iter().map(|mutant| mutant.file.clone());
        files.chain([PathBuf::from(self.library)]).map(read).collect()
    }

    fn write_these(&self, originals: &BTreeMap<PathBuf, String>, numbers: &[usize]) -> Result<Vec<Written>> {
        let mut written = vec![];
        for (file, original) in originals {
            let mut text = original.clone();
            // From the end, so that places before it stay what they are.
            let mut functions: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
            for &number in numbers.iter().filter(|number| self.mutants[**number].file == *file) {
                if let Some(function) = &self.mutants[number].function {
                    let start = function.span.start;
                    functions.entry((start.line, start.column)).or_default().push(number);
                }
            }
            for mutants in functions.values().rev() {
                self.write_function(original, &mut text, mutants)?;
            }
            if file == Path::new(self.library) {
                text.push_str(SWITCH);
            }
            let marks = text.lines().enumerate();
            let mut first = None;
            for (index, line) in marks {
                if let Some(number) = line.strip_prefix(MARK).and_then(|rest| rest.trim().parse().ok()) {
                    first = Some((index + 1, number));
                } else if let (Some((line_before, mutant)), true) = (first, line == END) {
                    let (file, last) = (file.clone(), index + 1);
                    written.push(Written { file, first: line_before, last, mutant });
                    first = None;
                }
            }
            // A constant function asks nobody which mutant is on, and calls none that does.
            fs::write(self.root.join(file), text.replace("const fn ", "fn "))?;
        }
        Ok(written)
    }

    /// Puts the mutants of one function into `text`, which is `original` before it.
    fn write_function(&self, original: &str, text: &mut String, numbers: &[usize]) -> Result<()> {
        let Some(function) = &self.mutants[numbers[0]].function else { return Ok(()) };
        let (start, end) = (offset(original, function.span.start)?, offset(original, function.span.end)?);
        let Some(open) = body(&original[start..end], &function.function_name) else { return Ok(()) };
        let (open, close) = (start + open + 1, end - 1);
        let mut cases = String::from("\nmatch crate::mutant::on() {\n");
        for &number in numbers {
            let mutant = &self.mutants[number];
            let (from, to) = (offset(original, mutant.span.start)?, offset(original, mutant.span.end)?);
            if from < open || to > close {
                continue; // in the head of the function
            }
            let (before, after) = (&original[open..from], &original[to..close]);
            let replacement = &mutant.replacement;
            cases.push_str(&format!(
                "{MARK} {number}\n{number} => {{ return {{ {before}{replacement}{after} }}; }}\n{END}\n"
            ));
        }
        cases.push_str("_ => {}\n}\n");
        text.insert_str(open, &cases);
        Ok(())
    }

    /// The mutants that the compiler complains about.
    fn broken(&self, mut cargo: Command, written: &[Written]) -> Result<Vec<usize>> {
        let output = cargo.stderr(Stdio::inherit()).output().with_context(|| process::line(&cargo))?;
        let mut broken = vec![];
        let mut elsewhere = String::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<Message>(line) else { continue };
            let Some(message) = message.message.filter(|message| message.level == "error") else { continue };
            let mut found = false;
            for span in &message.spans {
                let is_here = |place: &&Written| {
                    self.root.join(&place.file).ends_with(&span.file_name)
                        && (place.first..=place.last).contains(&span.line_start)
                };
                for place in written.iter().filter(is_here) {
                    broken.push(place.mutant);
                    found = true;
                }
            }
            if !found && !message.spans.is_empty() {
                elsewhere.push_str(&message.rendered.unwrap_or(message.message));
            }
        }
        ensure!(output.status.success() || !broken.is_empty(), "it does not compile:\n{elsewhere}");
        broken.sort_unstable();
        broken.dedup();
        Ok(broken)
    }
}

const MARK: &str = "// mutant";
const END: &str = "// end of the mutant";

/// What Cargo says of a compiler's message.
#[derive(Deserialize)]
struct Message {
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    level: String,
    spans: Vec<At>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct At {
    file_name: PathBuf,
    line_start: usize,
}

/// The byte of a place.
fn offset(text: &str, place: Place) -> Result<usize> {
    let line = text.split_inclusive('\n').nth(place.line - 1).context("no such line")?;
    let before: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let column = line.char_indices().nth(place.column - 1).map_or(line.len(), |(at, _)| at);
    Ok(before + column)
}

/// The byte of the brace that opens a function's body: the first after its parameters.
fn body(function: &str, name: &str) -> Option<usize> {
    let name = name.rsplit("::").next()?;
    let named = function.find(&format!("fn {name}"))? + "fn ".len() + name.len();
    let (mut depth, mut parameters) = (0usize, false);
    let mut before = ' ';
    for (at, letter) in function[named..].char_indices() {
        match letter {
            '(' | '[' | '<' => depth += 1,
            '>' if before == '-' || before == '=' => {}
            ')' | ']' | '>' => {
                depth = depth.checked_sub(1)?;
                parameters |= letter == ')' && depth == 0;
            }
            '{' if depth == 0 && parameters => return Some(named + at),
            _ => {}
        }
        before = letter;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_follows_parameters_generics_and_the_result() {
        for head in [
            "pub fn a(b: u64) -> u64 ",
            "fn a<F: Fn(u64) -> u64>(f: F) -> [u8; 3] ",
            "const fn a<const N: usize>(b: [u64; N]) -> Result<(u64, u64), E>\nwhere\n    E: From<u8>,\n",
        ] {
            assert_eq!(body(&format!("{head}{{ b }}"), "Some::a"), Some(head.len()), "{head}");
        }
        assert_eq!(body("fn a(b: u64);", "a"), None, "without a body");
    }

    #[test]
    fn a_place_counts_characters() {
        let text = "ä b\nc\n";
        assert_eq!(offset(text, Place { line: 1, column: 3 }).unwrap(), 3);
        assert_eq!(offset(text, Place { line: 2, column: 2 }).unwrap(), 6);
    }

    #[test]
    fn each_mutant_of_a_function_is_a_case_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let source = "pub const fn least(a: u64, b: u64) -> u64 {\n    if a < b { a } else { b }\n}\n";
        fs::write(folder.path().join("lib.rs"), source).unwrap();
        let span = |from: (usize, usize), to: (usize, usize)| Span {
            start: Place { line: from.0, column: from.1 },
            end: Place { line: to.0, column: to.1 },
        };
        let function = Function { function_name: "least".into(), span: span((1, 1), (3, 2)) };
        let mutant = |span, replacement: &str| Mutant {
            name: "lib.rs:2:10: a change".into(),
            file: "lib.rs".into(),
            function: Some(function.clone()),
            span,
            replacement: replacement.into(),
        };
        let mutants = [mutant(span((2, 10), (2, 11)), ">"), mutant(span((2, 5), (2, 30)), "no_such_name")];
        let schema = Schema { root: folder.path(), library: "lib.rs", mutants: &mutants };
        let check = || {
            let mut rustc = Command::new("rustc");
            rustc.current_dir(folder.path()).args([
                "--crate-type=lib",
                "--edition=2021",
                "--error-format=json",
                "lib.rs",
            ]);
            // As Cargo wraps them.
            let mut shell = Command::new("sh");
            shell
                .arg("-c")
                .arg(format!("{} 2>&1 | sed 's/^/{{\"message\":/; s/$/}}/'", process::line(&rustc)));
            shell.current_dir(folder.path());
            shell
        };
        assert_eq!(schema.write(check).unwrap(), [0], "the other does not compile");
        let text = fs::read_to_string(folder.path().join("lib.rs")).unwrap();
        assert!(text.contains("if a > b { a } else { b }") && text.contains("if a < b { a } else { b }"));
        assert!(text.starts_with("pub fn least"));
    }
}
