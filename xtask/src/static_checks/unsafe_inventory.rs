//! `cargo xtask unsafe-inventory`: every `unsafe` of our own code with its reason, into
//! `docs/unsafe.md`.

use std::{collections::BTreeMap, fs};

use anyhow::{bail, Context, Result};

use crate::support::{paths, ui};

#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail if what is committed is not what would be written
    #[arg(long)]
    check: bool,
}

const TABLE: &str = "docs/unsafe.md";
const FOLDERS: [&str; 10] = [
    "cli",
    "clients/interface",
    "clients/rust",
    "crates",
    "fuzz",
    "keeper",
    "localnet",
    "programs",
    "tests",
    "xtask",
];
const REASON: &str = "// SAFETY: ";

/// What stands above the rows.
const HEAD: &str = include_str!("unsafe_head.md");

/// An `unsafe`: its file and its line of code, with what argues for it.
type Found = BTreeMap<(String, String, String), usize>;

pub fn run(args: Args) -> Result<()> {
    if args.check {
        return check();
    }
    fs::write(paths::root().join(TABLE), table()?)?;
    ui::good(TABLE);
    Ok(())
}

pub fn check() -> Result<()> {
    if fs::read_to_string(paths::root().join(TABLE)).unwrap_or_default() != table()? {
        bail!(
            "{TABLE} is not what the code says: `cargo xtask unsafe-inventory` writes it; look at the \
             difference and commit it"
        );
    }
    ui::good("every unsafe has a reason");
    Ok(())
}

fn table() -> Result<String> {
    let root = paths::root();
    let mut found = Found::new();
    for folder in FOLDERS {
        for file in super::sources(&root.join(folder))? {
            let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let name = file.strip_prefix(&root)?.display().to_string();
            for (code, reason) in inventory(&text).with_context(|| name.clone())? {
                *found.entry((name.clone(), code, reason)).or_default() += 1;
            }
        }
    }
    let cell = |text: &str| text.replace('|', "\\|");
    let rows = found.iter().map(|((file, code, reason), times)| {
        format!("| `{file}` | `{}` | {times} | {} |\n", cell(code), cell(reason))
    });
    Ok(HEAD.to_owned() + &rows.collect::<String>())
}

/// Every line of code with the word `unsafe`, and its reason: the comment above it, or above the
/// item it is the body of.
fn inventory(text: &str) -> Result<Vec<(String, String)>> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut found: Vec<(String, String)> = vec![];
    for (number, line) in lines.iter().enumerate() {
        if !is_unsafe(line) {
            continue;
        }
        let reason = match reason(&lines[..number]) {
            Some(reason) => reason,
            // A method of an unsafe trait is as safe as its implementation says.
            None if line.starts_with("unsafe fn ") => {
                match found.iter().rfind(|(code, _)| code.starts_with("unsafe impl ")) {
                    Some((code, _)) => format!("see `{code}`"),
                    None => bail!("line {}: no {REASON:?} above `{line}`", number + 1),
                }
            }
            None => bail!("line {}: no {REASON:?} above `{line}`", number + 1),
        };
        found.push((line.trim_end_matches([' ', '{']).to_owned(), reason));
    }
    Ok(found)
}

/// Whether a line of code, without its comments and texts, has the word.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    // Every other part between quotes is text.
    let code = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == "unsafe")
}

/// The comment that ends right above, from `SAFETY` on.
fn reason(above: &[&str]) -> Option<String> {
    let comment: Vec<&str> = above.iter().rev().copied().take_while(|line| line.starts_with("//")).collect();
    let comment: Vec<&str> = comment.into_iter().rev().collect();
    let start = comment.iter().position(|line| line.starts_with(REASON))?;
    let rest = comment[start + 1..].iter().map(|line| line.trim_start_matches('/').trim());
    Some(std::iter::once(comment[start].trim_start_matches(REASON)).chain(rest).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::inventory;

    #[test]
    fn a_reason_is_all_of_the_comment() {
        let text = "// Reads.\n// SAFETY: it is there,\n// and long enough.\nlet byte = unsafe { *pointer };";
        let expected =
            ("let byte = unsafe { *pointer };".to_owned(), "it is there, and long enough.".to_owned());
        assert_eq!(inventory(text).unwrap(), [expected]);
    }

    #[test]
    fn without_a_reason_it_fails() {
        assert!(inventory("let byte = unsafe { *pointer };").is_err());
        assert!(inventory("// It is fine.\nunsafe fn read() {").is_err());
        assert!(inventory("// SAFETY: of another one.\n\nunsafe impl Send for This {}").is_err());
    }

    #[test]
    fn methods_are_argued_for_by_their_implementation() {
        let found =
            inventory("// SAFETY: it only counts.\nunsafe impl Alloc for This {\nunsafe fn alloc() {")
                .unwrap();
        assert_eq!(found[1], ("unsafe fn alloc()".to_owned(), "see `unsafe impl Alloc for This`".to_owned()));
    }

    #[test]
    fn comments_texts_and_longer_words_are_none() {
        assert!(inventory("//! no `unsafe`\n#![forbid(unsafe_code)]\nlet name = 1; // unsafe")
            .unwrap()
            .is_empty());
    }
}
