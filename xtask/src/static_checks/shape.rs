//! Long lines and long functions of our own code.

use std::fs;

use anyhow::{bail, Context, Result};

use crate::support::{paths, ui};

/// Longest line, in characters.
const COLUMNS: usize = 110;
/// Longest function, in lines, with its signature and its last brace.
const LINES: usize = 70;

/// Folders that keep to both limits. A folder joins the list once its long lines are broken.
const FOLDERS: [&str; 17] = [
    "cli",
    "crates/audit",
    "crates/book",
    "crates/calibrate",
    "crates/fixture-gen",
    "crates/format",
    "crates/inspect",
    "crates/pyth",
    "crates/replay",
    "crates/stress",
    "crates/wasm",
    "history",
    "keeper",
    "localnet",
    "migrations",
    "rehearsal",
    "xtask/src/static_checks",
];

pub fn check() -> Result<()> {
    let root = paths::root();
    let mut found = Vec::new();
    for folder in FOLDERS {
        for file in super::sources(&root.join(folder))? {
            let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let name = file.strip_prefix(&root)?.display().to_string();
            found.extend(violations(&text).into_iter().map(|(line, what)| format!("{name}:{line}: {what}")));
        }
    }
    if !found.is_empty() {
        bail!("break long lines and split long functions:\n  {}", found.join("\n  "));
    }
    ui::good("no line over 110 columns and no function over 70 lines, where that is kept to");
    Ok(())
}

/// Line and kind of every violation in a file that `cargo fmt` has formatted.
fn violations(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let columns = line.chars().count();
        if columns > COLUMNS {
            found.push((index + 1, format!("{columns} columns")));
        }
        if let Some(name) = function(line) {
            let length = length(&lines[index..]);
            if length > LINES {
                found.push((index + 1, format!("{name} has {length} lines")));
            }
        }
    }
    found
}

/// The name of the function whose signature starts on this line.
fn function(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let is_before = |word: &str| {
        ["async", "const", "extern", "pub", "unsafe", "\"C\""].contains(&word) || word.starts_with("pub(")
    };
    let keyword = words.find(|word| !is_before(word))?;
    let name = words.next().filter(|_| keyword == "fn")?;
    name.split(['(', '<']).next()
}

/// Lines of the function that starts here: up to the brace, or the semicolon, at its own indent.
fn length(lines: &[&str]) -> usize {
    let indent = lines[0].len() - lines[0].trim_start().len();
    let is_end = |line: &&str| {
        let is_at_indent = line.len() - line.trim_start().len() == indent;
        is_at_indent && (line.trim_start() == "}" || line.ends_with(['}', ';']))
    };
    lines.iter().position(is_end).map_or(lines.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::violations;

    #[test]
    fn a_long_line_is_found() {
        assert_eq!(violations(&format!("a\n{}\n", "x".repeat(111))), [(2, "111 columns".to_owned())]);
        assert!(violations(&"é".repeat(110)).is_empty());
    }

    #[test]
    fn a_long_function_is_found() {
        let body = "    let x = 1;\n";
        let text = |lines: usize| {
            format!("trait T {{\n    fn short();\n}}\n\npub async fn long() {{\n{}}}\n", body.repeat(lines))
        };
        assert!(violations(&text(68)).is_empty());
        assert_eq!(violations(&text(69)), [(5, "long has 71 lines".to_owned())]);
    }
}
