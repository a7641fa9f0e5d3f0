//! The figures as `cu.md` and the README show them.

use {
    crate::{
        binary::Part,
        figures::{Case, Figures, SIZE_TARGET},
    },
    bulkhead_localnet::format::thousands,
    std::{collections::BTreeMap, fmt::Write as _},
};

const HEAD: &str = "# Compute units

Measured in LiteSVM on the built program, SBPF v3, p-token, fixed addresses; of the instruction alone. Written by
`cargo xtask bench`; `--check` fails when a figure has risen by more than 1%, or an instruction has none.

Best and worst are the extremes of the cases below. The floor is what `crates/sbf-floor` takes for the typical case, on the same
accounts: all checks, calls, events, loads and stores, no arithmetic of money and no framework. The ratio is typical to floor.
";

const CROWD: &str = "
## By the number of members (P9)

What a loss costs does not depend on how many bear it: `allocate_loss` writes the same three accounts for one member as for a
million. What differs in a row is the length of the numbers, for those of more than a word take more steps. The fund's state is that of so many contributors beside the defaulter, 20,000 USDC each, with a default and a day of
rewards behind it. `--check` fails when declaring or allocating differs by more than 12%.
";

/// `cu.md`. `before` has the committed figures by their paths.
pub fn page(figures: &Figures, parts: &[Part], before: &BTreeMap<String, u64>) -> String {
    let mut text = String::from(HEAD);
    text += "\n| instruction | best | typical | worst | floor | ratio | target | change |\n";
    text += "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for row in figures.rows() {
        let typical = row.typical;
        let missed = if row.target.is_some_and(|target| typical.cu > target) { " (missed)" } else { "" };
        let path = format!("instructions/{}/typical", typical.instruction);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {}{missed} | {} |",
            typical.name(),
            thousands(row.best),
            thousands(typical.cu),
            thousands(row.worst),
            typical.floor.map_or(String::new(), thousands),
            ratio(typical),
            row.target.map_or(String::new(), thousands),
            change(before, &path, typical.cu),
        );
    }
    crowds(&mut text, figures);
    cases(&mut text, figures, before);
    size(&mut text, figures, parts, before);
    text
}

fn crowds(text: &mut String, figures: &Figures) {
    *text += CROWD;
    let sizes: Vec<String> = figures.members.iter().map(|members| thousands(*members)).collect();
    let _ =
        writeln!(text, "\n| instruction | {} |\n| --- |{}", sizes.join(" | "), " ---: |".repeat(sizes.len()));
    for (name, costs) in &figures.crowds {
        let costs: Vec<String> = costs.iter().map(|cu| thousands(*cu)).collect();
        let _ = writeln!(text, "| {name} | {} |", costs.join(" | "));
    }
}

fn cases(text: &mut String, figures: &Figures, before: &BTreeMap<String, u64>) {
    *text += "\n## All cases\n\n| instruction and case | CU | change |\n| --- | ---: | ---: |\n";
    for case in &figures.cases {
        let path = format!("instructions/{}/cases/{}", case.instruction, case.case);
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            case.name(),
            thousands(case.cu),
            change(before, &path, case.cu)
        );
    }
}

fn size(text: &mut String, figures: &Figures, parts: &[Part], before: &BTreeMap<String, u64>) {
    let missed = if figures.bytes > SIZE_TARGET { " (missed)" } else { "" };
    let change = match change(before, "program_bytes", figures.bytes).as_str() {
        "" => "unchanged".to_owned(),
        change => change.to_owned(),
    };
    let (bytes, target) = (thousands(figures.bytes), thousands(SIZE_TARGET));
    let _ = writeln!(text, "\n## Size\n\nThe program has {bytes} bytes, target {target}{missed}, {change}.");
    *text += "\n| part | bytes |\n| --- | ---: |\n";
    for part in parts {
        let _ = writeln!(text, "| {} | {} |", part.name, thousands(part.bytes));
    }
}

/// The README's table: the instructions that have a target.
pub fn summary(figures: &Figures) -> String {
    let mut text = String::from(
        "| instruction | CU | floor | CU / floor | target |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    for row in figures.rows() {
        let (Some(target), typical) = (row.target, row.typical) else { continue };
        let floor = typical.floor.map_or(String::new(), thousands);
        let (name, cu, ratio) = (typical.name(), thousands(typical.cu), ratio(typical));
        let _ = writeln!(text, "| `{name}` | {cu} | {floor} | {ratio} | {} |", thousands(target));
    }
    let _ =
        writeln!(text, "| program, bytes | {} | | | {} |", thousands(figures.bytes), thousands(SIZE_TARGET));
    text
}

fn ratio(case: &Case) -> String {
    case.floor.map_or(String::new(), |floor| format!("{:.2}", case.cu as f64 / floor as f64))
}

fn change(before: &BTreeMap<String, u64>, path: &str, now: u64) -> String {
    match before.get(path) {
        None => "new".to_owned(),
        Some(was) if *was == now => String::new(),
        Some(was) => format!("{:+}", now as i64 - *was as i64),
    }
}
