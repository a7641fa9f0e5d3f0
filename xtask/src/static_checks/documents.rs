//! Checks that the documentation leads somewhere: relative links, and tests that pages name.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{bail, Context, Result};

use crate::support::{paths, ui};

/// The list of threats.
const THREATS: &str = "docs/threats.md";

/// The tests it may name.
const TESTS: &str = "tests";

/// The tests that it must name, each under the number in the test's name.
const THREAT_TESTS: &str = "tests/threats";

/// A paragraph of tests begins with this word.
const TESTS_PARAGRAPH: &str = "Tests:";

/// The page about the past.
const CHANGELOG: &str = "CHANGELOG.md";

/// The folders of the repository.
const FOLDERS: [&str; 14] = [
    "cli",
    "clients",
    "crates",
    "docs",
    "fuzz",
    "idl",
    "keeper",
    "localnet",
    "migrations",
    "programs",
    "proofs",
    "rehearsal",
    "tests",
    "xtask",
];

/// The ledger's folder. Pages name its table of figures, which is not there before it has been measured.
const LEDGER: &str = "history";

/// Folders that tools write.
const NOT_OURS: [&str; 3] = ["target", "node_modules", "test-ledger"];

/// A document, by its path in the repository, and its text.
struct Page {
    path: PathBuf,
    text: String,
}

/// Checks the links of all pages, and the tests that the list of threats names.
pub fn check() -> Result<()> {
    let root = paths::root();
    let pages = pages(&root)?;
    let exists = |path: &Path| root.join(path).exists();
    let mut faults = broken_links(&pages, exists);
    faults.extend(missing_paths(&pages, exists));
    for (path, text) in sources(&root)? {
        faults.extend(missing_pages(&path, &text, exists));
    }

    let threats = read(&root.join(THREATS))?;
    let named = named_tests(&threats);
    let tests = functions_below(&root.join(TESTS))?;
    faults.extend(missing_tests(&named, &tests));
    faults.extend(missing_citations(&pages, &tests));
    faults.extend(unnamed_tests(&named, &functions_below(&root.join(THREAT_TESTS))?));

    if !faults.is_empty() {
        bail!("the documentation is not what is there:\n  {}", faults.join("\n  "));
    }
    ui::good(format!("links of {} pages, and {} tests in {THREATS}", pages.len(), named.len()));
    Ok(())
}

/// All pages of the repository, without what tools have put into it.
fn pages(root: &Path) -> Result<Vec<Page>> {
    let mut pages = vec![];
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !name.starts_with('.') && !NOT_OURS.contains(&name) {
                    folders.push(path);
                }
            } else if name.ends_with(".md") {
                let text = read(&path)?;
                pages.push(Page { path: path.strip_prefix(root)?.to_path_buf(), text });
            }
        }
    }
    Ok(pages)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = read.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Links that lead to no file (`exists` says which paths of the repository do), or to no heading of a page.
fn broken_links(pages: &[Page], exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut faults = vec![];
    for page in pages {
        for link in links(&page.text) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.path.clone(),
                file => normal(&page.path.parent().unwrap_or(Path::new("")).join(file)),
            };
            let fault = if !exists(&target) {
                "leads to no file"
            } else {
                let lacks = |to: &Page| !anchor.is_empty() && !anchors(&to.text).contains(anchor);
                match pages.iter().find(|page| page.path == target) {
                    Some(to) if lacks(to) => "leads to no heading",
                    _ => continue,
                }
            };
            faults.push(format!("{}: ({link}) {fault}", page.path.display()));
        }
    }
    faults
}

/// Paths of the repository that a page names in code and that lead nowhere. The changelog may name what
/// is gone.
fn missing_paths(pages: &[Page], exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut faults = vec![];
    for page in pages.iter().filter(|page| page.path != Path::new(CHANGELOG)) {
        for path in code(&page.text).filter(|code| is_path(code) && !exists(Path::new(code))) {
            faults.push(format!("{}: there is no `{path}`", page.path.display()));
        }
    }
    faults
}

/// Whether this names one file or folder of the repository; `NAME` stands for any.
fn is_path(code: &str) -> bool {
    let plain = code.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
    let folder = code.split_once('/').map(|(folder, _)| folder);
    plain && !code.contains("NAME") && folder.is_some_and(|folder| FOLDERS.contains(&folder))
}

/// Pages that a source names and that are not there.
fn missing_pages(source: &Path, text: &str, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut faults = vec![];
    for (number, line) in text.lines().enumerate() {
        for part in line.split("docs/").skip(1) {
            let is_of_name = |letter: &char| letter.is_ascii_lowercase() || "-_".contains(*letter);
            let name: String = part.chars().take_while(is_of_name).collect();
            let is_page = !name.is_empty() && part[name.len()..].starts_with(".md");
            if is_page && !exists(&Path::new("docs").join(format!("{name}.md"))) {
                faults.push(format!("{}:{}: there is no page docs/{name}.md", source.display(), number + 1));
            }
        }
    }
    faults
}

/// All Rust files of the repository but this one, whose tests name pages that are not there.
fn sources(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = vec![];
    let folders = FOLDERS.iter().chain([&LEDGER]).map(|folder| root.join(folder));
    let mut folders: Vec<_> = folders.filter(|folder| folder.is_dir()).collect();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !NOT_OURS.contains(&name) {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "documents.rs" {
                let text = read(&path)?;
                found.push((path.strip_prefix(root)?.to_path_buf(), text));
            }
        }
    }
    Ok(found)
}

/// Tests of threats and properties that a page names in code, anywhere, and that no file has.
fn missing_citations(pages: &[Page], functions: &BTreeSet<String>) -> Vec<String> {
    let mut faults = vec![];
    for page in pages.iter().filter(|page| page.path != Path::new(THREATS)) {
        for test in code(&page.text).filter(|test| is_numbered(test) && !functions.contains(*test)) {
            faults.push(format!("{}: there is no test `{test}` in {TESTS}", page.path.display()));
        }
    }
    faults
}

/// Whether this is the name of a test of a threat (`t10_...`) or of a property (`p6_...`).
fn is_numbered(name: &str) -> bool {
    let number = name.strip_prefix(['t', 'p']).and_then(|rest| rest.split_once('_'));
    number.is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// What stands between two ticks in the lines of a text outside fenced code.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    let lines = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    lines.flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The relative links of a text: inline ones, images, and the sources of pictures in HTML. Code is not text.
fn links(text: &str) -> Vec<String> {
    let mut found = vec![];
    for line in prose(text) {
        for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"')] {
            for part in line.split(opening).skip(1) {
                let link = part.split(closing).next().unwrap_or_default();
                if !link.contains("://") && !link.starts_with("mailto:") {
                    found.push(link.to_owned());
                }
            }
        }
    }
    found
}

/// The lines of a text outside fenced code, without code in a line.
fn prose(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut fenced = false;
    text.lines().filter_map(move |line| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        // `[code](link)` keeps its link: only what is between two ticks goes.
        (!fenced).then(|| line.split('`').step_by(2).collect())
    })
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if let (false, Some(heading)) = (fenced, line.strip_prefix('#')) {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            found.insert(kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect());
        }
    }
    found
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(parts.pop()),
            std::path::Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts
}

/// A test, and the number of the threat under whose heading it stands, if that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    threat: Option<u32>,
    test: String,
}

/// The tests that a list of threats names: each is code in a paragraph that begins with `Tests:`.
fn named_tests(text: &str) -> Vec<Named> {
    let mut threat = None;
    let mut listing = false;
    let mut found = vec![];
    for line in text.lines() {
        if line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim();
            threat = heading.split('.').next().and_then(|number| number.parse().ok());
        }
        listing = !line.trim().is_empty() && (listing || line.starts_with(TESTS_PARAGRAPH));
        if listing {
            let code = line.split('`').skip(1).step_by(2);
            found.extend(code.map(|test| Named { threat, test: test.to_owned() }));
        }
    }
    found
}

/// Tests that are named and that no file has.
fn missing_tests(named: &[Named], functions: &BTreeSet<String>) -> Vec<String> {
    let missing = named.iter().filter(|named| !functions.contains(&named.test));
    missing.map(|named| format!("{THREATS}: there is no test `{}` in {TESTS}", named.test)).collect()
}

/// Tests of a threat, by the number in their names, that are not named under it.
fn unnamed_tests(named: &[Named], functions: &BTreeSet<String>) -> Vec<String> {
    let unnamed = functions.iter().filter_map(|test| {
        let threat = threat_of(test)?;
        let wanted = Named { threat: Some(threat), test: test.clone() };
        let fault = || format!("{THREATS}: threat {threat} does not name its test `{test}`");
        (!named.contains(&wanted)).then(fault)
    });
    unnamed.collect()
}

/// 10, of `t10_an_aged_request`.
fn threat_of(test: &str) -> Option<u32> {
    test.strip_prefix('t')?.split_once('_')?.0.parse().ok()
}

/// The names of all functions in the repository's Rust files.
pub fn all_functions(root: &Path) -> Result<BTreeSet<String>> {
    Ok(sources(root)?.iter().flat_map(|(_, text)| functions(text)).collect())
}

/// The names of all functions in Rust files below a folder.
fn functions_below(folder: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(functions_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&path)?;
            found.extend(functions(&text));
        }
    }
    Ok(found)
}

/// The names of the functions in a Rust file.
fn functions(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
    lines.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, text: &str) -> Page {
        Page { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_link_leads_to_a_file_of_its_folder() {
        let pages = [page("docs/a.md", "[there](b.md), [up](../README.md) and [gone](c.md)")];
        let exists = |path: &Path| path == Path::new("docs/b.md") || path == Path::new("README.md");
        assert_eq!(broken_links(&pages, exists), ["docs/a.md: (c.md) leads to no file"]);
    }

    #[test]
    fn a_link_leads_to_a_heading_of_its_page() {
        let text = "# The fund\n## Layer 5: assessments\n[one](#layer-5-assessments) [two](#layer-6)";
        let pages = [page("docs/a.md", text)];
        assert_eq!(broken_links(&pages, |_| true), ["docs/a.md: (#layer-6) leads to no heading"]);
    }

    #[test]
    fn a_link_to_another_site_or_in_code_is_no_link() {
        let text = "[out](https://a.org) `[a](b)`\n```\n[c](d)\n```\n[`code`](e.md) <img src=\"f.svg\">";
        assert_eq!(links(text), ["e.md", "f.svg"]);
    }

    #[test]
    fn a_path_in_code_is_there() {
        let text = "`crates/math/src/gone.rs`, `crates/math/src/NAME.rs`, `either/or` and `tests/src`";
        let missing = missing_paths(&[page("a.md", text)], |path| path == Path::new("tests/src"));
        assert_eq!(missing, ["a.md: there is no `crates/math/src/gone.rs`"]);
    }

    #[test]
    fn a_page_that_a_source_names_is_there() {
        let text = "//! See docs/a.md 4.\n// docs/b.md, docs/assurance/x.csv and docs.rs/c.md";
        let missing = missing_pages(Path::new("x.rs"), text, |path| path == Path::new("docs/a.md"));
        assert_eq!(missing, ["x.rs:2: there is no page docs/b.md"]);
    }

    #[test]
    fn tests_are_code_in_their_paragraph_only() {
        let text = "## 7. A loss\nSays `a`.\n\nTests: `t07_one`,\n`t07_two`.\n\n`b`\n## Open\nTests: `x`";
        let named = |threat, test: &str| Named { threat, test: test.into() };
        let expected = [named(Some(7), "t07_one"), named(Some(7), "t07_two"), named(None, "x")];
        assert_eq!(named_tests(text), expected);
    }

    #[test]
    fn a_test_that_is_not_there_is_told() {
        let there = functions("#[test]\nfn t07_one() {}\n    fn inner(x: u8) {}");
        let named = named_tests("## 7. A loss\nTests: `t07_one`, `t07_two`");
        assert_eq!(missing_tests(&named, &there), ["docs/threats.md: there is no test `t07_two` in tests"]);
    }

    #[test]
    fn a_test_that_a_page_names_is_there() {
        let pages = [page("a.md", "`p6_one` and `p6_two`, not `p6` or `t_three`\n```\n`t07_four`\n```")];
        let missing = missing_citations(&pages, &functions("fn p6_one() {}"));
        assert_eq!(missing, ["a.md: there is no test `p6_two` in tests"]);
    }

    #[test]
    fn a_test_of_a_threat_stands_under_its_number() {
        let named = named_tests("## 7. A loss\nTests: `t07_one`, `t08_two`");
        let there = functions("fn t07_one() {}\nfn t08_two() {}\nfn total() {}\nfn p9_cost() {}");
        let expected = ["docs/threats.md: threat 8 does not name its test `t08_two`"];
        assert_eq!(unnamed_tests(&named, &there), expected);
    }

    #[test]
    fn the_documents_of_this_repository_hold() {
        check().unwrap();
    }
}
