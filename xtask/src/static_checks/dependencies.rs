//! Dependencies: where they come from, under which licence, and whether they are used at all.
//!
//! `deny.toml` says what is allowed, in the words of cargo-deny, which reads the same file and takes minutes
//! to compile.

use std::{collections::BTreeSet, fs, path::Path, path::PathBuf};

use anyhow::{bail, ensure, Context, Result};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::support::{
    metadata::{self, Dependency, Member},
    paths, ui,
};

/// Where every dependency comes from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn check() -> Result<()> {
    let members = metadata::members()?;
    versions(&members)?;
    used(&members)?;
    ui::good("every dependency has a version and is used");
    let rules = Rules::read(&paths::root().join("deny.toml"))?;
    let mut bad = vec![];
    let mut seen = BTreeSet::new();
    for target in &rules.graph.targets {
        for package in metadata::packages::<Package>(&["--filter-platform", target])? {
            if seen.insert((package.name.clone(), package.version.clone())) {
                bad.extend(rules.complaint(&package));
            }
        }
    }
    ensure!(bad.is_empty(), "deny.toml says what is allowed and why:\n  {}", bad.join("\n  "));
    ui::good(format!("licences and origins of {} crates", seen.len()));
    Ok(())
}

/// A package as Cargo resolved it.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<PathBuf>,
    manifest_path: PathBuf,
    /// None for our own crates.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licences,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

impl Rules {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
    }

    /// What is wrong with a package, if anything is.
    fn complaint(&self, package: &Package) -> Option<String> {
        let source = package.source.as_deref()?;
        let Package { name, version, .. } = package;
        if source != REGISTRY {
            return Some(format!("{name} {version} comes from {source}"));
        }
        match package.licence() {
            None => Some(format!("{name} {version} states no licence")),
            Some(licence) if self.allows(name, &licence) => None,
            Some(licence) => Some(format!("{name} {version} is under {licence}")),
        }
    }

    fn allows(&self, name: &str, licence: &str) -> bool {
        // Old manifests write \"MIT/Apache-2.0\".
        let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else { return false };
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        let allowed: Vec<&String> =
            self.licenses.allow.iter().chain(exceptions.flat_map(|exception| &exception.allow)).collect();
        expression.evaluate(|required: &LicenseReq| allowed.iter().any(|allowed| is(required, allowed)))
    }
}

/// Whether an allowed licence is the one that is required. \"MPL-2.0+\" is satisfied by MPL-2.0 itself.
fn is(required: &LicenseReq, allowed: &str) -> bool {
    required.to_string().trim_end_matches('+').trim_end_matches("-or-later") == allowed
}

impl Package {
    /// The licence it states, or the one that its file begins with.
    fn licence(&self) -> Option<String> {
        if let Some(licence) = &self.license {
            return Some(licence.clone());
        }
        let text = fs::read_to_string(self.manifest_path.parent()?.join(self.license_file.as_ref()?)).ok()?;
        let mut words = text.split_whitespace();
        let title = ["Apache", "License", "Version", "2.0,"];
        title.iter().all(|word| words.next() == Some(word)).then(|| "Apache-2.0".into())
    }
}

/// A dependency without a version is whatever it is tomorrow.
fn versions(members: &[Member]) -> Result<()> {
    for Member { name, dependencies, .. } in members {
        let wild = dependencies.iter().find(|dependency| dependency.req == "*" && dependency.path.is_none());
        if let Some(wild) = wild {
            bail!("{name} takes any version of {}", wild.name);
        }
    }
    Ok(())
}

/// The code of a member names each of its dependencies.
fn used(members: &[Member]) -> Result<()> {
    for member in members {
        let folder = member.manifest_path.parent().context("a manifest lies in a folder")?;
        let mut code = String::new();
        read(folder, &mut code)?;
        let ignored = ignored(&member.manifest_path)?;
        let unused: Vec<&str> = member
            .dependencies
            .iter()
            .filter(|dependency| {
                !ignored.contains(&dependency.name) && !names(&code, &identifier(dependency))
            })
            .map(|dependency| dependency.name.as_str())
            .collect();
        ensure!(
            unused.is_empty(),
            "{} does not use {}: remove it, or say in [package.metadata.unused] what uses it",
            member.name,
            unused.join(", ")
        );
    }
    Ok(())
}

/// How code names a dependency.
fn identifier(dependency: &Dependency) -> String {
    dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_")
}

/// Whether a text has a word as a whole.
fn names(text: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

/// All Rust code below a folder, but for other members in it.
fn read(folder: &Path, into: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            let other = path.join("Cargo.toml").exists()
                || path.ends_with("target")
                || path.ends_with("node_modules");
            if !other {
                read(&path, into)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Dependencies that no code names, with a reason beside each: `[package.metadata.unused] crate = "reason"`.
fn ignored(manifest: &Path) -> Result<Vec<String>> {
    let manifest: toml::Table = toml::from_str(&fs::read_to_string(manifest)?)?;
    let table = |value: &toml::Value, key: &str| value.get(key).cloned();
    let unused = manifest.get("package").and_then(|package| table(package, "metadata"));
    let unused = unused.and_then(|metadata| table(&metadata, "unused"));
    Ok(unused.and_then(|unused| Some(unused.as_table()?.keys().cloned().collect())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let text =
            "[graph]\ntargets = []\n[licenses]\nallow = [\"MIT\", \"Apache-2.0 WITH LLVM-exception\"]\n\
                    exceptions = [{ crate = \"imbl\", allow = [\"MPL-2.0\"] }]\n";
        toml::from_str(text).unwrap()
    }

    fn package(licence: Option<&str>, source: &str) -> Package {
        Package {
            name: "some".into(),
            version: "1.0.0".into(),
            license: licence.map(str::to_owned),
            license_file: None,
            manifest_path: "Cargo.toml".into(),
            source: Some(source.into()),
        }
    }

    #[test]
    fn licences_are_judged_as_expressions() {
        let rules = rules();
        assert!(rules.allows("a", "MIT OR GPL-3.0-only"));
        assert!(rules.allows("a", "MIT/Apache-2.0"));
        assert!(rules.allows("a", "Apache-2.0 WITH LLVM-exception"));
        assert!(!rules.allows("a", "Apache-2.0"));
        assert!(!rules.allows("a", "MIT AND GPL-3.0-only"));
        assert!(rules.allows("imbl", "MPL-2.0+"));
        assert!(!rules.allows("other", "MPL-2.0+"));
    }

    #[test]
    fn a_package_from_elsewhere_or_without_a_licence_is_refused() {
        let rules = rules();
        assert_eq!(rules.complaint(&package(Some("MIT"), REGISTRY)), None);
        assert!(rules.complaint(&package(None, REGISTRY)).is_some());
        assert!(rules.complaint(&package(Some("MIT"), "git+https://example.com/some")).is_some());
    }

    #[test]
    fn a_dependency_counts_as_used_only_by_its_whole_name() {
        assert!(names("use serde::Deserialize;", "serde"));
        assert!(!names("use serde_json::Value;", "serde"));
        assert!(!names("let preserde = 1;", "serde"));
        assert!(!names("", "serde"));
    }
}
