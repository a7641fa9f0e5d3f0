//! The step `proofs`: Coq checks every theorem of `proofs/` from nothing, and evaluates the definitions
//! that they are about on the numbers on which the functions of `bulkhead-math` were just tested.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{bail, ensure, Context, Result};

use crate::support::{apt, paths, process, target::Target, ui};

/// The folder of the theorems, one file for each module of `bulkhead-math` that they are about.
const PROOFS: &str = "proofs";

/// The library that the files are, as they name each other.
const LIBRARY: &str = "Bulkhead";

/// The crate whose functions they are about.
const MATH: &str = "crates/math/src";

/// The page of the properties.
const PROPERTIES: &str = "docs/properties.md";

/// The page that lists the theorems.
const PAGE: &str = "docs/proofs.md";

/// Names the folder to which the tests of `bulkhead-math` write the numbers that they compare.
const CASES: &str = "BULKHEAD_PROOF_CASES";

/// Random inputs of each test. Coq takes longer to read the numbers than Rust to compute with them.
const INPUTS: u32 = 32;

/// Words that make a claim without a proof.
const UNPROVED: [&str; 7] = ["Admitted", "admit", "Axiom", "Axioms", "Parameter", "Parameters", "Conjecture"];

/// A theorem: `FUNCTION_PROPERTY_claim` in the file of the function's module.
#[derive(Clone, Debug, PartialEq)]
struct Theorem {
    module: String,
    name: String,
    function: String,
    property: String,
}

/// Checks all proofs. `count` runs the tests of `bulkhead-math` and counts their results.
pub fn check(target: &Target, count: impl FnOnce(&mut Command) -> Result<()>) -> Result<()> {
    let theorems = theorems()?;
    let coq = Coq::fresh(target.folder.join(PROOFS))?;
    let modules = coq.compile_all()?;
    coq.depends_on_nothing(&modules, &theorems)?;
    ui::good(format!("{} theorems in {} files, without an axiom", theorems.len(), modules.len()));
    coq.refuses_what_is_wrong()?;

    let mut tests = target.cargo();
    tests.args(["test", "--locked", "--package", "bulkhead-math", "--test", PROOFS]);
    tests.env(CASES, &coq.folder).env("PROPTEST_CASES", INPUTS.to_string());
    count(&mut tests)?;
    let cases = coq.evaluate(&modules, &theorems)?;
    ui::good(format!("the proved definitions give what Rust gave in {cases} cases"));
    Ok(())
}

/// Checks that each theorem is about a function and a property that exist, and that the page of proofs
/// lists exactly these theorems.
pub fn check_names() -> Result<()> {
    let theorems = theorems()?;
    let root = paths::root();
    let properties = properties(&read(&root.join(PROPERTIES))?);
    let mut faults = vec![];
    for theorem in &theorems {
        let source = root.join(MATH).join(&theorem.module).with_extension("rs");
        let source = fs::read_to_string(source).unwrap_or_default();
        faults.extend(fault(theorem, &source, &properties));
    }
    let (proved, listed) = (qualified(&theorems), listed(&read(&root.join(PAGE))?));
    faults.extend(proved.difference(&listed).map(|name| format!("{PAGE} does not list `{name}`")));
    faults
        .extend(listed.difference(&proved).map(|name| format!("{PAGE} lists `{name}`, which is no theorem")));
    for file in files()? {
        let text = read(&file)?;
        let words = unproved(&text).into_iter();
        faults.extend(words.map(|word| format!("{}: {word} makes a claim without a proof", file.display())));
    }
    ensure!(faults.is_empty(), "the proofs are not what they say:\n  {}", faults.join("\n  "));
    ui::good(format!("{} theorems name a function and a property", theorems.len()));
    Ok(())
}

/// Why a theorem's name is wrong, if it is.
fn fault(theorem: &Theorem, source: &str, properties: &BTreeSet<String>) -> Option<String> {
    let Theorem { module, name, function, property } = theorem;
    let defines = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub ").trim_start_matches("const ");
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(function.as_str()))
            .is_some_and(|rest| rest.starts_with('(') || rest.starts_with('<'))
    };
    if !source.lines().any(defines) {
        return Some(format!("{module}.{name}: {MATH}/{module}.rs has no function {function}"));
    }
    (!properties.contains(property))
        .then(|| format!("{module}.{name}: {PROPERTIES} has no property {property}"))
}

/// All properties that the page states: "## P4. Pro rata", "- **C1. `K` by definition.**", "- **P13, in
/// part.**".
fn properties(page: &str) -> BTreeSet<String> {
    let names = page.lines().filter_map(|line| {
        let rest = line.strip_prefix("## ").or_else(|| line.strip_prefix("- **"))?;
        let name = rest.split(['.', ',']).next()?;
        is_property(name).then(|| name.to_owned())
    });
    names.collect()
}

fn is_property(word: &str) -> bool {
    let number = word.strip_prefix(['P', 'C']);
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()))
}

/// The theorems that a page lists, in code: `shares.plan_mint_P4_the_share_price_never_falls`.
fn listed(page: &str) -> BTreeSet<String> {
    let code = page.split('`').skip(1).step_by(2);
    let is_name = |code: &&str| code.chars().all(|c| c.is_alphanumeric() || c == '_');
    let names = code.filter(|code| {
        let name = code.split_once('.').filter(|(module, name)| is_name(module) && is_name(name));
        name.is_some_and(|(module, name)| theorem(module, name).is_some())
    });
    names.map(str::to_owned).collect()
}

fn qualified(theorems: &[Theorem]) -> BTreeSet<String> {
    theorems.iter().map(|theorem| format!("{}.{}", theorem.module, theorem.name)).collect()
}

/// Takes a theorem's name apart.
fn theorem(module: &str, name: &str) -> Option<Theorem> {
    let words: Vec<&str> = name.split('_').collect();
    let at = words.iter().position(|word| is_property(word))?;
    let (function, property) = (words[..at].join("_"), words[at].to_owned());
    let is_whole = !function.is_empty() && at + 1 < words.len();
    is_whole.then(|| Theorem { module: module.to_owned(), name: name.to_owned(), function, property })
}

/// The words of a file that make a claim without a proof; comments may use them.
fn unproved(text: &str) -> BTreeSet<&'static str> {
    let code = without_comments(text);
    let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    UNPROVED.into_iter().filter(|word| words.contains(word)).collect()
}

fn without_comments(text: &str) -> String {
    let (mut code, mut depth, mut rest) = (String::new(), 0usize, text);
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("(*") {
            (depth, rest) = (depth + 1, &rest[2..]);
        } else if rest.starts_with("*)") && depth > 0 {
            (depth, rest) = (depth - 1, &rest[2..]);
        } else {
            if depth == 0 {
                code.push(next);
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    code
}

/// All theorems, in the order of their files.
fn theorems() -> Result<Vec<Theorem>> {
    let mut all = vec![];
    for file in files()? {
        let module = stem(&file);
        for line in without_comments(&read(&file)?).lines() {
            let Some(rest) = line.trim_start().strip_prefix("Theorem ") else { continue };
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let theorem = theorem(&module, name)
                .with_context(|| format!("{module}.{name} is not named FUNCTION_PROPERTY_claim"))?;
            all.push(theorem);
        }
    }
    ensure!(!all.is_empty(), "there is no theorem in {PROOFS}");
    Ok(all)
}

fn files() -> Result<Vec<PathBuf>> {
    let folder = paths::root().join(PROOFS);
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "v"));
    files.sort();
    Ok(files)
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// Coq, in a folder of its own.
struct Coq {
    folder: PathBuf,
}

impl Coq {
    /// Begins with nothing but the sources: what an earlier run has compiled proves nothing today.
    fn fresh(folder: PathBuf) -> Result<Self> {
        if process::probe("coqc", &["--version"]).is_none() {
            apt::install(&["coq"], "checking the proofs")?;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        for file in files()? {
            fs::copy(&file, folder.join(stem(&file)).with_extension("v"))?;
        }
        Ok(Self { folder })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = process::command(program);
        command.current_dir(&self.folder).args(["-Q", ".", LIBRARY]);
        command
    }

    /// Compiles all files, each after those that it needs, and returns their names in that order.
    fn compile_all(&self) -> Result<Vec<String>> {
        let mut sort = self.command("coqdep");
        sort.arg("-sort").args(files()?.iter().map(|file| format!("{}.v", stem(file))));
        let sorted = process::output(&mut sort)?;
        let modules: Vec<String> = sorted.split_whitespace().map(|file| stem(Path::new(file))).collect();
        for module in &modules {
            self.compile(module).with_context(|| format!("a proof of {PROOFS}/{module}.v does not hold"))?;
        }
        Ok(modules)
    }

    /// Compiles a file and returns what it prints.
    fn compile(&self, module: &str) -> Result<String> {
        ui::doing(format!("checking {module}"));
        let output = self.command("coqc").args(["-q", &format!("{module}.v")]).output()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ensure!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(text)
    }

    fn compile_text(&self, module: &str, text: &str) -> Result<String> {
        fs::write(self.folder.join(module).with_extension("v"), text)?;
        self.compile(module)
    }

    /// Checks that no theorem rests on an axiom, on an unfinished proof or on a check that was switched off.
    fn depends_on_nothing(&self, modules: &[String], theorems: &[Theorem]) -> Result<()> {
        let names: Vec<String> = qualified(theorems).into_iter().collect();
        self.assumptions("assumptions", modules, &names)
    }

    fn assumptions(&self, module: &str, modules: &[String], names: &[String]) -> Result<()> {
        // One question about all of them: each answer takes as long.
        let all = format!("Definition all := ({}).\nPrint Assumptions all.\n", names.join(", "));
        let text = self.compile_text(module, &(requires("Require", modules) + &all))?;
        ensure!(text == "Closed under the global context", "the proofs assume more than they say: {text}");
        Ok(())
    }

    /// Shows that this step can fail: it refuses a false theorem, an unfinished proof, an axiom and a
    /// false case, and accepts a true theorem and a true case.
    fn refuses_what_is_wrong(&self) -> Result<()> {
        let uses = ["rounding".to_owned()];
        let head = requires("Require Import", &uses);
        let theorem = |claim: &str, proof: &str| format!("{head}Theorem sample : {claim}.\nProof. {proof}\n");
        let claim = |n: u32| format!("forall n d, (0 < d)%Z -> (d * down n d <= n + {n} - 1)%Z");
        let script = "intros n d H. pose proof (down_bounds n d H). lia. Qed.";
        let lia = "From Coq Require Import ZArith Lia List. Import ListNotations.\n";

        self.compile_text("true_theorem", &(lia.to_owned() + &theorem(&claim(1), script)))
            .context("a true theorem is refused")?;
        let wrong = self.compile_text("false_theorem", &(lia.to_owned() + &theorem(&claim(0), script)));
        ensure!(wrong.is_err(), "a false theorem is accepted");

        let modules = |module: &str| [uses[0].clone(), module.to_owned()];
        let assumed = |module: &str| {
            self.assumptions(
                &format!("{module}_assumptions"),
                &modules(module),
                &[format!("{module}.sample")],
            )
        };
        assumed("true_theorem").context("a theorem without assumptions is refused")?;
        self.compile_text("unfinished", &(lia.to_owned() + &theorem(&claim(0), "Admitted.")))?;
        ensure!(assumed("unfinished").is_err(), "an unfinished proof is accepted");
        let axiom = format!("{lia}{head}Axiom trust : False.\n");
        let by_axiom = format!("{axiom}Theorem sample : {}.\nProof. destruct trust. Qed.\n", claim(0));
        self.compile_text("by_axiom", &by_axiom)?;
        ensure!(assumed("by_axiom").is_err(), "an axiom is accepted");

        let case = |quotient: u32| {
            format!("{lia}{head}Goal [down 7 2]%Z = [{quotient}]%Z. Proof. vm_compute. reflexivity. Qed.\n")
        };
        self.compile_text("true_case", &case(3)).context("a true case is refused")?;
        ensure!(self.compile_text("false_case", &case(4)).is_err(), "a false case is accepted");
        ui::good("a false theorem, an unfinished proof, an axiom and a false case are refused");
        Ok(())
    }

    /// Evaluates the definitions on the numbers that the tests have compared, and returns how many cases
    /// there were: at least one for each function that a theorem is about.
    fn evaluate(&self, modules: &[String], theorems: &[Theorem]) -> Result<usize> {
        let mut cases = 0;
        for module in modules {
            let path = self.folder.join(module).with_extension("cases");
            let goals = fs::read_to_string(&path).unwrap_or_default();
            for Theorem { name, function, .. } in theorems.iter().filter(|theorem| theorem.module == *module)
            {
                if !goals.lines().any(|goal| goal.starts_with(&format!("(* {function} *)"))) {
                    bail!("{module}.{name} is about {function}, which no test of {PROOFS} compares");
                }
            }
            // A module's own names last: two modules may use the same for a field.
            let uses: Vec<String> = ["shares", "interval", module].map(str::to_owned).to_vec();
            let head = "From Coq Require Import ZArith List. Import ListNotations.\n".to_owned()
                + &requires("Require Import", &uses)
                + "Open Scope Z_scope.\n";
            self.compile_text(&format!("{module}_cases"), &(head + &goals))
                .with_context(|| format!("a function of {MATH}/{module}.rs is not what was proved"))?;
            cases += goals.lines().count();
        }
        Ok(cases)
    }
}

/// Lines by which a file of Coq uses others.
fn requires(how: &str, modules: &[String]) -> String {
    modules.iter().map(|module| format!("From {LIBRARY} {how} {module}.\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_function_and_property() {
        let of = |name| theorem("shares", name).map(|theorem| (theorem.function, theorem.property));
        let expected = Some(("plan_mint".to_owned(), "P4".to_owned()));
        assert_eq!(of("plan_mint_P4_the_price_never_falls"), expected);
        assert_eq!(of("of_P8_holds"), Some(("of".to_owned(), "P8".to_owned())));
        for wrong in ["plan_mint", "plan_mint_P4", "P4_holds", "plan_mint_P_holds", "plan_mint_Q4_holds"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn function_and_property_must_exist() {
        let known = BTreeSet::from(["P4".to_owned()]);
        let source = "impl ShareBook {\n    pub fn plan_mint(&self) {}\n    pub const fn owed(&self) {}\n}\n";
        let fault = |name| fault(&theorem("shares", name).unwrap(), source, &known);
        assert_eq!(fault("plan_mint_P4_holds"), None);
        assert_eq!(fault("owed_P4_holds"), None);
        assert!(fault("plan_P4_holds").unwrap().contains("no function plan"));
        assert!(fault("plan_mint_P5_holds").unwrap().contains("no property P5"));
    }

    #[test]
    fn properties_are_read_from_their_page() {
        let page = "## P4. Pro rata\n\ntext P5. of\n\n## C1 to C11. Covers\n\
                    - **C3. A settlement.** It\n- **P13, in part.** Any\n";
        let expected = ["C3", "P13", "P4"].map(str::to_owned);
        assert_eq!(properties(page), BTreeSet::from(expected));
    }

    #[test]
    fn a_claim_without_a_proof_is_seen_outside_comments() {
        assert!(
            unproved("(* Admitted (* Axiom *) admit *) Theorem t : True. Proof. exact I. Qed.").is_empty()
        );
        assert_eq!(unproved("Theorem t : False. Proof. Admitted."), BTreeSet::from(["Admitted"]));
        assert_eq!(unproved("Axiom a : False. (* why *)"), BTreeSet::from(["Axiom"]));
    }

    #[test]
    fn a_page_lists_theorems_in_code() {
        let page = "```coq\nTheorem plan_mint_P4_holds b. x\n```\nsee `shares.plan_mint_P4_holds`, `shares.rs`, `a.b_c`\n";
        assert_eq!(listed(page), BTreeSet::from(["shares.plan_mint_P4_holds".to_owned()]));
    }
}
