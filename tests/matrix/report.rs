//! What came of it all.

use {
    crate::{changes::Case, exceptions::Exception},
    bulkhead_tests::{
        bulkhead_client::{claims, error},
        outcome::TxError,
        InstructionError,
    },
    litesvm::types::{FailedTransactionMetadata, TransactionMetadata},
    std::collections::{BTreeMap, BTreeSet},
};

/// How an attack ended.
#[derive(Debug)]
pub enum Outcome {
    /// It went through.
    Success,
    /// Refused.
    Refused {
        /// By whom.
        class: &'static str,
        /// With which error.
        error: String,
    },
    /// Neither: a panic, an exhausted budget, broken books.
    Broken(String),
}

/// Errors of either program itself.
const NAMED: &str = "by a named error";
/// Of both, the error that is a bug.
const BUG: &str = "InvariantViolated";
const FRAMEWORK: &str = "by a check of Anchor";
const RUNTIME: &str = "by an error of the runtime";
const CALLED: &str = "by a program that is called";

/// A CPI with seeds of another address: what the runtime says when a fund is not where its bump says. It stops there.
const BAD_SIGNER_SEEDS: &str = "Could not create program address with signer seeds";

impl From<Result<TransactionMetadata, FailedTransactionMetadata>> for Outcome {
    fn from(result: Result<TransactionMetadata, FailedTransactionMetadata>) -> Self {
        let Err(error) = result.map_err(TxError::from) else { return Self::Success };
        let says = |text: &str| error.logs.iter().any(|line| line.contains(text));
        let refused =
            |class, error: &dyn std::fmt::Debug| Self::Refused { class, error: format!("{error:?}") };
        match (named(&error), error.instruction()) {
            (Some(bug), _) if bug == BUG => Self::Broken(format!("{error:?}")),
            _ if says("panicked") => Self::Broken(format!("{error:?}")),
            (Some(error), _) => Self::Refused { class: NAMED, error },
            (None, Some(InstructionError::Custom(code @ 0..=99))) => refused(CALLED, code),
            (None, Some(InstructionError::Custom(code @ 2_000..=5_999))) => refused(FRAMEWORK, code),
            (None, Some(InstructionError::ProgramFailedToComplete)) if says(BAD_SIGNER_SEEDS) => {
                refused(RUNTIME, &InstructionError::InvalidSeeds)
            }
            (
                None,
                Some(
                    InstructionError::Custom(_)
                    | InstructionError::ProgramFailedToComplete
                    | InstructionError::ComputationalBudgetExceeded,
                ),
            ) => Self::Broken(format!("{error:?}")),
            (None, Some(other)) => refused(RUNTIME, other),
            (None, None) => refused(RUNTIME, &error.error),
        }
    }
}

/// The name of an error of either program.
fn named(error: &TxError) -> Option<String> {
    match error.instruction() {
        Some(InstructionError::Custom(code)) => error::name(*code).or_else(|| claims::error_name(*code)),
        _ => None,
    }
}

type Counts = BTreeMap<String, usize>;

/// Counts, and what must not be.
pub struct Report {
    exceptions: &'static [Exception],
    /// Bad accounts: by who refused, by error, by what was done.
    accounts: [Counts; 3],
    /// Arguments: by who refused, by error.
    arguments: [Counts; 2],
    /// Exceptions used, with scene and slot.
    used: BTreeSet<(usize, String, String)>,
    unexplained: BTreeSet<String>,
    broken: BTreeSet<String>,
}

fn note(counts: &mut [Counts], outcome: &Outcome) {
    match outcome {
        Outcome::Success => *counts[0].entry("succeeded".into()).or_default() += 1,
        Outcome::Refused { class, error } => {
            *counts[0].entry(format!("refused {class}")).or_default() += 1;
            *counts[1].entry(error.clone()).or_default() += 1;
        }
        Outcome::Broken(_) => {}
    }
}

impl Report {
    /// An empty one, of a program with these exceptions.
    pub fn new(exceptions: &'static [Exception]) -> Self {
        Self {
            exceptions,
            accounts: Default::default(),
            arguments: Default::default(),
            used: BTreeSet::new(),
            unexplained: BTreeSet::new(),
            broken: BTreeSet::new(),
        }
    }

    /// Notes what a bad account has led to.
    pub fn account(&mut self, scene: &str, case: &Case, outcome: Outcome) {
        let Case { slot, change, detail, .. } = case;
        note(&mut self.accounts, &outcome);
        *self.accounts[2].entry(format!("{change:?}")).or_default() += 1;
        let what = format!("{scene}, {slot}: {change:?} {detail}");
        match outcome {
            Outcome::Success => match self.exceptions.iter().position(|entry| entry.explains(scene, case)) {
                Some(entry) => drop(self.used.insert((entry, scene.into(), slot.clone()))),
                None => drop(self.unexplained.insert(what)),
            },
            Outcome::Broken(how) => drop(self.broken.insert(format!("{what}: {how}"))),
            Outcome::Refused { .. } => {}
        }
    }

    /// Notes what an extreme argument has led to: success, or an error that says what is wrong.
    pub fn argument(&mut self, scene: &str, name: &str, value: &str, outcome: Outcome) {
        note(&mut self.arguments, &outcome);
        match &outcome {
            Outcome::Success | Outcome::Refused { class: NAMED | CALLED, .. } => {}
            other => drop(self.broken.insert(format!("{scene}, {name} = {value}: {other:?}"))),
        }
    }

    /// Both together.
    pub fn merge(mut self, other: Self) -> Self {
        let counts = self.accounts.iter_mut().chain(&mut self.arguments);
        for (mine, theirs) in counts.zip(other.accounts.into_iter().chain(other.arguments)) {
            for (what, count) in theirs {
                *mine.entry(what).or_default() += count;
            }
        }
        self.used.extend(other.used);
        self.unexplained.extend(other.unexplained);
        self.broken.extend(other.broken);
        self
    }

    /// Prints the counts; fails on what must not be.
    pub fn conclude(self) {
        let [accounts, account_errors, changes] = &self.accounts;
        let [arguments, argument_errors] = &self.arguments;
        print("bad accounts", accounts);
        print("  what was done", changes);
        print("  errors", account_errors);
        print("extreme arguments", arguments);
        print("  errors", argument_errors);
        println!("exceptions: {}, used by {} slots", self.exceptions.len(), self.used.len());
        for exception in self.exceptions {
            println!("    {:?} {}: {}", exception.change, exception.slots.join(", "), exception.why);
        }
        println!("unexplained successes: {}", self.unexplained.len());
        println!("panics, and arguments refused without a name: {}", self.broken.len());
        let unused = self.exceptions.iter().enumerate().flat_map(|(entry, exception)| {
            let used = self.used.iter().filter(move |(used, ..)| *used == entry);
            let used: Vec<[&str; 2]> = used.map(|(_, scene, slot)| [scene.as_str(), slot]).collect();
            let listed = exception.instructions.iter().chain(exception.slots);
            let idle =
                listed.filter(move |name| **name != "*" && !used.iter().any(|pair| pair.contains(name)));
            idle.map(move |name| format!("unused exception {:?} of {name}", exception.change))
        });
        let faults: Vec<String> = unused.chain(self.unexplained.clone()).chain(self.broken.clone()).collect();
        assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    }
}

fn print(title: &str, counts: &Counts) {
    println!("{title}: {}", counts.values().sum::<usize>());
    for (what, count) in counts {
        println!("    {what}: {count}");
    }
}
