//! What was measured, as `cu.json` keeps it, and how it compares with what is committed there.
//!
//! ```text
//! { "instructions": { NAME: { "best", "typical", "worst", "floor"?, "floor_with_arithmetic"?, "target"?,
//!                             "cases": { CASE: CU } } },
//!   "members": { NAME: { "1", "1000", "1000000" } },
//!   "blocks": { NAME: COST },
//!   "program_bytes" }
//! ```

use {
    crate::throughput::Row as Block,
    serde_json::{json, Map, Value},
    std::collections::BTreeMap,
};

/// Largest program, in bytes (`protocol.md`, section 10).
pub const SIZE_TARGET: u64 = 150_000;

/// Targets of `protocol.md`, section 10.
pub const TARGETS: [(&str, u64); 10] = [
    ("deposit_margin", 2_600),
    ("contribute", 2_800),
    ("claim_withdrawal", 3_000),
    ("novate", 4_000),
    ("settle", 1_500),
    ("crank_market", 1_500),
    ("liquidate", 4_500),
    ("declare_default", 5_500),
    ("allocate_loss", 2_000),
    ("take_over", 3_500),
];

/// What P9 is about, and by how much its costs may differ between a fund of one and a fund of a million: the steps that longer
/// numbers take.
const P9: [&str; 2] = ["declare_default", "allocate_loss"];
const SPREAD_PERCENT: u64 = 12;

/// One measured call.
pub struct Case {
    pub instruction: &'static str,
    /// What is special about it; may be nothing.
    pub case: &'static str,
    /// Compute units of the instruction alone.
    pub cu: u64,
    /// Whether this is what target and floor are compared with.
    pub typical: bool,
    /// What `crates/sbf-floor` takes for the same.
    pub floors: Option<Floors>,
}

/// Compute units that an instruction takes at least.
#[derive(Clone, Copy)]
pub struct Floors {
    /// All checks, calls, events, loads and stores, and no arithmetic of money.
    pub without: u64,
    /// The same with the products, divisions and sums that the rules need, in plain code.
    pub with: u64,
}

impl Case {
    /// Instruction and case.
    pub fn name(&self) -> String {
        match self.case {
            "" => self.instruction.to_owned(),
            case => format!("{}, {case}", self.instruction),
        }
    }
}

/// An instruction over all its cases.
pub struct Row<'a> {
    pub typical: &'a Case,
    pub best: u64,
    pub worst: u64,
    pub target: Option<u64>,
}

/// Everything that was measured.
pub struct Figures {
    pub cases: Vec<Case>,
    /// By instruction, in funds of so many members.
    pub crowds: Vec<(&'static str, Vec<u64>)>,
    pub members: &'static [u64],
    /// What the typical cases take of a block.
    pub blocks: Vec<Block>,
    pub bytes: u64,
}

impl Figures {
    /// Instructions with a typical case, in the order these were measured.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.cases.iter().filter(|case| case.typical).map(move |typical| {
            let all = || {
                self.cases.iter().filter(|case| case.instruction == typical.instruction).map(|case| case.cu)
            };
            let target = TARGETS.iter().find(|(name, _)| *name == typical.instruction).map(|(_, cu)| *cu);
            Row { typical, best: all().min().unwrap_or(0), worst: all().max().unwrap_or(0), target }
        })
    }

    /// As it is written.
    pub fn document(&self) -> Value {
        let instructions: Map<_, _> = self.rows().map(|row| self.instruction(&row)).collect();
        let crowds = self.crowds.iter().map(|(name, figures)| {
            let sizes = self.members.iter().map(u64::to_string);
            let row: Map<_, _> = sizes.zip(figures.iter().map(|cu| json!(cu))).collect();
            ((*name).to_owned(), Value::Object(row))
        });
        let blocks = self.blocks.iter().map(|block| (block.instruction.to_owned(), json!(block.cost())));
        json!({
            "instructions": instructions,
            "members": crowds.collect::<Map<_, _>>(),
            "blocks": blocks.collect::<Map<_, _>>(),
            "program_bytes": self.bytes,
        })
    }

    fn instruction(&self, row: &Row) -> (String, Value) {
        let name = row.typical.instruction;
        let cases = self.cases.iter().filter(|case| case.instruction == name);
        let cases: Map<_, _> = cases.map(|case| (case.case.to_owned(), json!(case.cu))).collect();
        let mut figures =
            json!({ "best": row.best, "typical": row.typical.cu, "worst": row.worst, "cases": cases });
        let floors = row.typical.floors;
        for (key, figure) in [
            ("floor", floors.map(|floors| floors.without)),
            ("floor_with_arithmetic", floors.map(|floors| floors.with)),
            ("target", row.target),
        ] {
            if let Some(figure) = figure {
                figures[key] = figure.into();
            }
        }
        (name.to_owned(), figures)
    }

    /// What is wrong with the figures themselves: an instruction of the program without any, a target without a floor, a cost
    /// that grows with the number of members.
    pub fn problems(&self, instructions: &[String]) -> Vec<String> {
        let measured = |name: &str| self.rows().any(|row| row.typical.instruction == name);
        let unmeasured =
            instructions.iter().filter(|name| !measured(name)).map(|name| format!("{name} has no figure"));
        let unknown =
            self.cases.iter().filter(|case| !instructions.iter().any(|name| name == case.instruction));
        let unknown = unknown.map(|case| format!("{} is no instruction of the program", case.instruction));
        let floorless = self.rows().filter(|row| row.target.is_some() && row.typical.floors.is_none());
        let floorless = floorless.map(|row| format!("{} has a target and no floor", row.typical.instruction));
        let growing = self
            .crowds
            .iter()
            .filter(|(name, figures)| P9.contains(name) && spread(figures) > SPREAD_PERCENT);
        let growing =
            growing.map(|(name, figures)| format!("P9: {name} costs {figures:?} by the number of members"));
        unmeasured.chain(unknown).chain(floorless).chain(growing).collect()
    }
}

/// By how much the largest exceeds the least, in percent, rounded up.
fn spread(figures: &[u64]) -> u64 {
    let (least, most) = (figures.iter().min().unwrap_or(&0), figures.iter().max().unwrap_or(&0));
    ((most - least) * 100).div_ceil(*least.max(&1))
}

/// Every figure of a document by its path, targets left out.
pub fn flat(document: &Value) -> BTreeMap<String, u64> {
    fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, u64>) {
        match value {
            Value::Object(entries) => {
                entries.iter().filter(|(key, _)| *key != "target").for_each(|(key, value)| {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}/{key}") };
                    walk(&path, value, found);
                })
            }
            _ => found.extend(value.as_u64().map(|figure| (path.to_owned(), figure))),
        }
    }
    let mut found = BTreeMap::new();
    walk("", document, &mut found);
    found
}

/// What has risen by more than 1%, come without being committed, or gone.
pub fn risen(now: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> Vec<String> {
    let worse = now.iter().filter_map(|(path, now)| match before.get(path) {
        None => Some(format!("{path} is not in cu.json")),
        Some(was) if now * 100 > was * 101 => Some(format!("{path}: {was} -> {now}")),
        Some(_) => None,
    });
    let gone = before.keys().filter(|path| !now.contains_key(*path)).map(|path| format!("{path} is gone"));
    worse.chain(gone).collect()
}
