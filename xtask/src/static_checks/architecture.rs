//! The architecture invariants of the programs, as `docs/architecture.md` states them:
//!
//! - no instruction imports another;
//! - rules know no accounts and emit nothing;
//! - state knows one account, and neither rules nor instructions.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{bail, Context, Result};

use crate::support::{paths, ui};

mod source;

use source::Source;

const PROGRAMS: [&str; 2] = ["programs/bulkhead/src", "programs/cover/src"];

/// Types of Anchor that a rule must not know: each stands for an account, or for a list of them.
const ACCOUNT_TYPES: [&str; 10] = [
    "Account",
    "AccountInfo",
    "AccountView",
    "Accounts",
    "Context",
    "CpiContext",
    "InterfaceAccount",
    "Nested",
    "Signer",
    "UncheckedAccount",
];

/// A file of the program: its path below `src`, and its code.
struct File {
    path: String,
    source: Source,
}

pub fn check() -> Result<()> {
    let mut violations = Vec::new();
    for program in PROGRAMS {
        let root = paths::root().join(program);
        let mut files = Vec::new();
        for file in super::sources(&root)? {
            let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let path = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            files.push(File { path, source: Source::read(&text) });
        }
        violations.extend(self::violations(&files));
    }
    if !violations.is_empty() {
        bail!(
            "architecture invariants are violated (see docs/architecture.md):\n  {}",
            violations.join("\n  ")
        );
    }
    ui::good("instructions, rules and state import what they may");
    Ok(())
}

/// One sentence for each violation.
fn violations(files: &[File]) -> Vec<String> {
    let mut violations = instructions(&below(files, "instructions/"));
    violations.extend(rules(&below(files, "rules/")));
    violations.extend(state(&below(files, "state/")));
    violations
}

fn below<'f>(files: &'f [File], folder: &str) -> Vec<&'f File> {
    files.iter().filter(|file| file.path.starts_with(folder)).collect()
}

/// No instruction imports another. A file is an instruction if it has a `handler`; the others are
/// shared by all.
fn instructions(files: &[&File]) -> Vec<String> {
    let handlers: Vec<&&File> =
        files.iter().filter(|file| file.source.has("handler") && stem(&file.path) != "mod").collect();
    let names: BTreeSet<&str> = handlers.iter().map(|file| stem(&file.path)).collect();
    let types: BTreeSet<String> = names.iter().map(|name| camel(name)).collect();
    let mut violations = Vec::new();
    for file in handlers {
        let own = stem(&file.path);
        for path in file.source.paths() {
            let is_instructions =
                path[0] == "super" || path.starts_with(&["crate".into(), "instructions".into()]);
            let is_other = |part: &String| {
                part == "*" && !path.iter().any(|part| is_shared(files, part))
                    || part != own && names.contains(part.as_str())
                    || *part != camel(own) && types.contains(part)
            };
            if is_instructions && path[1..].iter().any(is_other) {
                violations.push(format!("{} imports another instruction: {}", file.path, path.join("::")));
            }
        }
    }
    violations
}

/// Whether a module of `instructions/`, a file or a folder, has no instruction in it, so that everything
/// in it may be imported.
fn is_shared(files: &[&File], module: &str) -> bool {
    let is_in = |file: &&&File| stem(&file.path) == module || file.path.contains(&format!("/{module}/"));
    let mut inside = files.iter().filter(is_in).peekable();
    inside.peek().is_some() && inside.all(|file| !file.source.has("handler"))
}

/// Rules know no accounts, emit nothing, and are called by instructions, never the other way round.
fn rules(files: &[&File]) -> Vec<String> {
    let mut violations = Vec::new();
    for File { path, source } in files {
        for name in ACCOUNT_TYPES.iter().filter(|name| source.has(name)) {
            violations.push(format!("{path} is a rule and knows an account: {name}"));
        }
        for name in ["log", "emit", "emit_cpi"].iter().filter(|name| source.calls(name)) {
            violations.push(format!("{path} is a rule and emits an event: {name}!"));
        }
        for import in imports(source, &["instructions", "events"]) {
            violations.push(format!("{path} is a rule and imports {import}"));
        }
    }
    violations
}

/// State knows one account: a file of it names the account of its own folder, or one at most if
/// that declares none.
fn state(files: &[&File]) -> Vec<String> {
    let accounts: BTreeSet<String> = files.iter().flat_map(|file| file.source.accounts()).collect();
    let mut violations = Vec::new();
    for File { path, source } in files.iter().filter(|file| stem(&file.path) != "mod") {
        let room = room(path);
        let declared = files.iter().filter(|file| self::room(&file.path) == room);
        let mut known: BTreeSet<String> = declared.flat_map(|file| file.source.accounts()).collect();
        known.extend(accounts.iter().filter(|name| source.names_type(name)).cloned());
        if known.len() > 1 {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            violations.push(format!("{path} is state and knows more than one account: {}", names.join(", ")));
        }
        for import in imports(source, &["rules", "instructions"]) {
            violations.push(format!("{path} is state and imports {import}"));
        }
    }
    violations
}

/// The paths of a file into one of these modules of the program.
fn imports(source: &Source, modules: &[&str]) -> Vec<String> {
    let into = |path: &Vec<String>| {
        path[0] == "crate" && path.get(1).is_some_and(|part| modules.contains(&part.as_str()))
    };
    source.paths().into_iter().filter(into).map(|path| path.join("::")).collect()
}

/// `state/fund.rs` and `state/fund/losses.rs` are in one room: `fund`.
fn room(path: &str) -> &str {
    let below = path.split('/').nth(1).unwrap_or_default();
    below.trim_end_matches(".rs")
}

fn stem(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

/// The type of an instruction: `take_over` is `TakeOver`.
fn camel(name: &str) -> String {
    let mut camel = String::new();
    for part in name.split('_') {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let read = |(path, text): &(&str, &str)| File { path: path.to_string(), source: Source::read(text) };
        violations(&files.iter().map(read).collect::<Vec<_>>())
    }

    const HANDLER: &str = "pub fn handler(ctx: &mut Context<Self>) -> Result<()> { Ok(()) }";

    #[test]
    fn instructions_that_import_shared_modules_and_rules_are_fine() {
        let settle = format!("use crate::{{instructions::vault::*, rules::gains, state::*}};\n{HANDLER}");
        let files = [
            ("instructions/markets/settle.rs", settle.as_str()),
            ("instructions/vault.rs", "pub struct Custody;"),
        ];
        assert!(found(&files).is_empty(), "{:?}", found(&files));
    }

    #[test]
    fn an_instruction_that_imports_another_is_found() {
        for import in [
            "use crate::{error::*, instructions::trading::novate::require_covered};",
            "use super::novate::require_covered;",
            "use crate::instructions::Novate;",
            "use crate::instructions::trading::*;",
            "fn f() { super::super::trading::novate::go() }",
        ] {
            let settle = format!("{import}\n{HANDLER}");
            let files = [
                ("instructions/markets/settle.rs", settle.as_str()),
                ("instructions/trading/novate.rs", HANDLER),
            ];
            assert_eq!(found(&files).len(), 1, "{import}");
        }
    }

    #[test]
    fn a_rule_that_imports_an_instruction_is_found() {
        let rule = "use crate::instructions::trading::novate::require_covered;";
        let expected =
            "rules/gains.rs is a rule and imports crate::instructions::trading::novate::require_covered"
                .to_owned();
        assert_eq!(found(&[("rules/gains.rs", rule)]), [expected]);
    }

    #[test]
    fn a_rule_that_knows_an_account_or_emits_is_found() {
        let knows = "pub fn settle(member: &mut Account<Member>) {}";
        let emits = "pub fn settle(member: &mut Member) { log!(Settled { member }) }";
        let is_fine =
            "//! Emits nothing: see `log!`.\npub fn settle(member: &mut Member, fund: &mut Fund) {}";
        assert_eq!(
            found(&[("rules/gains.rs", knows)]),
            ["rules/gains.rs is a rule and knows an account: Account"]
        );
        assert_eq!(
            found(&[("rules/gains.rs", emits)]),
            ["rules/gains.rs is a rule and emits an event: log!"]
        );
        assert!(found(&[("rules/gains.rs", is_fine)]).is_empty());
    }

    #[test]
    fn state_that_knows_two_accounts_or_a_rule_is_found() {
        let fund = ("state/fund.rs", "#[account]\npub struct Fund { members: u64 }");
        let member = ("state/member.rs", "#[account]\npub struct Member { shares: u64 }");
        let both = ("state/fund/losses.rs", "impl Fund { fn bear(&mut self, member: &mut Member) {} }");
        let one = ("state/markets.rs", "pub fn load(fund: &Fund) {}");
        let variants =
            ("state/change.rs", "enum Change { Fund(u8), Member(u8) } fn f() { Change::Fund(1); }");
        let rule = ("state/fund/exposure.rs", "use crate::rules::cover;");
        let all = ("state/mod.rs", "pub use {fund::Fund, member::Member};");
        assert!(found(&[fund, member, one, variants, all]).is_empty());
        assert_eq!(
            found(&[fund, member, both]),
            ["state/fund/losses.rs is state and knows more than one account: Fund, Member"]
        );
        assert_eq!(
            found(&[fund, member, rule]),
            ["state/fund/exposure.rs is state and imports crate::rules::cover"]
        );
    }
}
