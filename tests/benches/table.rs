//! The figures as `cu.md` and the README show them.

use {
    crate::{
        binary::Part,
        figures::{Case, Figures, Floors, SIZE_TARGET},
        throughput::{self, Row as Block},
    },
    bulkhead_localnet::format::thousands,
    std::{
        collections::{BTreeMap, BTreeSet},
        fmt::Write as _,
    },
};

const HEAD: &str = "# Compute units

Measured in LiteSVM on the built program, SBPF v3, p-token, fixed addresses; of the instruction alone. Written by
`cargo xtask bench`; `--check` fails when a figure has risen by more than 1%, or an instruction has none.

Best and worst are the extremes of the cases below. In most of them something has written the fund in the same slot before, as in a
fund that is in use; the first call of a slot also moves the exit clock. The floor is what `crates/sbf-floor` takes for the typical case, on the same
accounts: all checks, calls, events, loads and stores, no arithmetic of money and no framework. The floor with arithmetic also takes
the products, divisions and sums that the rules need, in plain code; the benchmark asserts that it writes each word as the program
does. Each ratio is typical to the floor before it.
";

const CROWD: &str = "
## By the number of members (P9)

What a loss costs does not depend on how many bear it: `allocate_loss` writes the same three accounts for one member as for a
million. What differs in a row is the length of the numbers, for those of more than a word take more steps. The fund's state is that of so many contributors beside the defaulter, 20,000 USDC each, with a default and a day of
rewards behind it. `--check` fails when declaring or allocating differs by more than 12%.
";

/// What of a block's cost the README shows.
const SHOWN: [&str; 6] = ["novate", "novate_batch", "settle", "deposit_margin", "crank_market", "liquidate"];

const CONTENTION: &str = "
### By account

Which instructions write an account of which kind, in the typical case, beside accounts that they create. Two transactions that
write the same account run one after the other; those that share none run side by side.

| account | instructions that write it |
| --- | --- |
";

/// `cu.md`. `before` has the committed figures by their paths.
pub fn page(figures: &Figures, parts: &[Part], before: &BTreeMap<String, u64>) -> String {
    let mut text = String::from(HEAD);
    text += "\n| instruction | best | typical | worst | floor | ratio | floor with arithmetic | ratio | target | change |\n";
    text += "| --- |";
    text += &" ---: |".repeat(9);
    text += "\n";
    for row in figures.rows() {
        let typical = row.typical;
        let missed = if row.target.is_some_and(|target| typical.cu > target) { " (missed)" } else { "" };
        let path = format!("instructions/{}/typical", typical.instruction);
        let [floor, above, computing, above_computing] = floors(typical);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {floor} | {above} | {computing} | {above_computing} | {}{missed} | {} |",
            typical.name(),
            thousands(row.best),
            thousands(typical.cu),
            thousands(row.worst),
            row.target.map_or(String::new(), thousands),
            change(before, &path, typical.cu),
        );
    }
    crowds(&mut text, figures);
    blocks(&mut text, figures);
    contention(&mut text, figures);
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

fn blocks(text: &mut String, figures: &Figures) {
    let (account, block) = (thousands(throughput::ACCOUNT_LIMIT), thousands(throughput::BLOCK_LIMIT));
    let _ = write!(
        text,
        "
## Throughput

What the typical case takes of a block, by the cost model of the validator (`solana-cost-model`): signatures, accounts that are
written, bytes of instructions, bytes of loaded accounts with the program's code, and compute units, among them {} of the two
instructions that set a limit and a price. The first wallet that signs pays the fee, or else a keeper.

A block has room for {block} units, and for {account} of them that write the same account. The columns say for how many a second
there is room in slots of {} ms: in one fund or in one market, if the instruction writes it, and on the whole chain.

| instruction | signatures | writes | data | loaded | compute | cost | one fund | one market | chain |
| --- |{}
",
        throughput::BUDGET_UNITS,
        throughput::SLOT_MS,
        " ---: |".repeat(9),
    );
    for block in &figures.blocks {
        let parts = [block.signatures, block.locks, block.data, block.loaded, block.compute, block.cost()];
        let parts = parts.map(thousands).join(" | ");
        let _ = writeln!(text, "| {} | {parts} | {} |", block.instruction, a_second(block).join(" | "));
    }
}

fn a_second(block: &Block) -> [String; 3] {
    let shown = |rate: Option<u64>| rate.map_or(String::new(), thousands);
    [shown(block.per_fund()), shown(block.per_market()), thousands(block.per_chain())]
}

fn contention(text: &mut String, figures: &Figures) {
    *text += CONTENTION;
    let accounts: BTreeSet<&String> = figures.blocks.iter().flat_map(|block| block.writes.keys()).collect();
    for account in accounts {
        let named = |writes: bool| {
            let blocks = figures.blocks.iter().filter(|block| block.writes.contains_key(account) == writes);
            blocks.map(|block| block.instruction).collect::<Vec<_>>()
        };
        let (writers, others) = (named(true), named(false));
        let list = if writers.len() > others.len() {
            format!("all {} but {}", figures.blocks.len(), others.join(", "))
        } else {
            writers.join(", ")
        };
        let _ = writeln!(text, "| {account} | {list} |");
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
        "| instruction | CU | floor | CU / floor | floor with arithmetic | CU / it | target |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for row in figures.rows() {
        let (Some(target), typical) = (row.target, row.typical) else { continue };
        let (name, cu, floors) = (typical.name(), thousands(typical.cu), floors(typical).join(" | "));
        let _ = writeln!(text, "| `{name}` | {cu} | {floors} | {} |", thousands(target));
    }
    let _ = writeln!(
        text,
        "| program, bytes | {} | | | | | {} |",
        thousands(figures.bytes),
        thousands(SIZE_TARGET)
    );
    text
}

/// The README's table of throughput.
pub fn blocks_summary(figures: &Figures) -> String {
    let mut text = String::from(
        "| instruction | cost in a block | a second in one fund | in one market |\n| --- | ---: | ---: | ---: |\n",
    );
    for block in figures.blocks.iter().filter(|block| SHOWN.contains(&block.instruction)) {
        let [fund, market, _] = a_second(block);
        let _ =
            writeln!(text, "| `{}` | {} | {fund} | {market} |", block.instruction, thousands(block.cost()));
    }
    text
}

/// Both floors of a case, each with how many times as much the program takes.
fn floors(case: &Case) -> [String; 4] {
    let Some(Floors { without, with }) = case.floors else { return Default::default() };
    let ratio = |floor: u64| format!("{:.2}", case.cu as f64 / floor as f64);
    [thousands(without), ratio(without), thousands(with), ratio(with)]
}

fn change(before: &BTreeMap<String, u64>, path: &str, now: u64) -> String {
    match before.get(path) {
        None => "new".to_owned(),
        Some(was) if *was == now => String::new(),
        Some(was) => format!("{:+}", now as i64 - *was as i64),
    }
}
