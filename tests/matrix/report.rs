//! What came of it all.

use {
    crate::{
        changes::{Case, Change},
        exceptions::{Exception, EXCEPTIONS},
    },
    bulkhead_tests::{outcome::TxError, BulkheadError, InstructionError},
    litesvm::types::{FailedTransactionMetadata, TransactionMetadata},
    std::collections::{BTreeMap, BTreeSet},
};

/// How an attack ended.
#[derive(Debug)]
pub enum Outcome {
    /// It went through.
    Success,
    /// Refused with an error of the program.
    Named(BulkheadError),
    /// Refused by Anchor's checks, with its code.
    Framework(u32),
    /// Refused by the runtime, or with one of its errors.
    Runtime(String),
    /// Refused by a program that was called, with its code.
    Called(u32),
    /// Neither: a panic, an exhausted budget, broken books.
    Broken(String),
}

impl From<Result<TransactionMetadata, FailedTransactionMetadata>> for Outcome {
    fn from(result: Result<TransactionMetadata, FailedTransactionMetadata>) -> Self {
        let error = match result.map_err(TxError::from) {
            Ok(_) => return Self::Success,
            Err(error) => error,
        };
        if error.logs.iter().any(|line| line.contains("panicked") || line.contains("SBF program")) {
            return Self::Broken(format!("{error:?}"));
        }
        match (error.named(), error.instruction()) {
            (Some(named @ BulkheadError::InvariantViolated), _) => Self::Broken(format!("{named:?}")),
            (Some(named), _) => Self::Named(named),
            (None, Some(InstructionError::Custom(code @ 2_000..6_000))) => Self::Framework(*code),
            (None, Some(InstructionError::Custom(code @ 0..2_000))) => Self::Called(*code),
            (
                None,
                Some(
                    InstructionError::ProgramFailedToComplete
                    | InstructionError::ComputationalBudgetExceeded
                    | InstructionError::Custom(_),
                ),
            ) => Self::Broken(format!("{error:?}")),
            (None, Some(other)) => Self::Runtime(format!("{other:?}")),
            (None, None) => Self::Runtime(format!("{:?}", error.error)),
        }
    }
}

impl Outcome {
    fn class(&self) -> &'static str {
        match self {
            Self::Success => "succeeded",
            Self::Named(_) => "error of the program",
            Self::Framework(_) => "error of Anchor",
            Self::Runtime(_) => "error of the runtime",
            Self::Called(_) => "error of a called program",
            Self::Broken(_) => "panic",
        }
    }
}

/// Counts, and what must not be.
#[derive(Default)]
pub struct Report {
    seen: BTreeSet<String>,
    accounts: BTreeMap<&'static str, usize>,
    changes: BTreeMap<Change, usize>,
    arguments: BTreeMap<&'static str, usize>,
    used: BTreeSet<(usize, String)>,
    unexplained: Vec<String>,
    broken: Vec<String>,
}

impl Report {
    /// Notes what a bad account has led to.
    pub fn account(&mut self, instruction: &str, case: &Case, outcome: Outcome) {
        self.seen.insert(instruction.into());
        let Case { slot, change, detail, .. } = case;
        *self.accounts.entry(outcome.class()).or_default() += 1;
        *self.changes.entry(*change).or_default() += 1;
        let what = format!("{instruction}, {slot}: {change:?} {detail}");
        match outcome {
            Outcome::Success => {
                let fits = |exception: &Exception| {
                    exception.slot == slot
                        && exception.change == *change
                        && exception.instructions.iter().any(|name| name == &instruction)
                };
                match EXCEPTIONS.iter().position(fits) {
                    Some(exception) => drop(self.used.insert((exception, instruction.into()))),
                    None => self.unexplained.push(what),
                }
            }
            Outcome::Broken(how) => self.broken.push(format!("{what}: {how}")),
            _ => {}
        }
    }

    /// Notes what an extreme argument has led to.
    pub fn argument(&mut self, instruction: &str, name: &str, value: &str, outcome: Outcome) {
        *self.arguments.entry(outcome.class()).or_default() += 1;
        match outcome {
            Outcome::Broken(how) => self.broken.push(format!("{instruction}, {name} = {value}: {how}")),
            Outcome::Framework(_) | Outcome::Runtime(_) => {
                self.broken.push(format!("{instruction}, {name} = {value}: {outcome:?} is no named error"));
            }
            _ => {}
        }
    }

    /// Both together.
    pub fn merge(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        for (class, count) in other.accounts {
            *self.accounts.entry(class).or_default() += count;
        }
        for (change, count) in other.changes {
            *self.changes.entry(change).or_default() += count;
        }
        for (class, count) in other.arguments {
            *self.arguments.entry(class).or_default() += count;
        }
        self.used.extend(other.used);
        self.unexplained.extend(other.unexplained);
        self.broken.extend(other.broken);
        self
    }

    /// Prints the counts; fails on what must not be.
    pub fn conclude(self, instructions: usize) {
        println!("{} instructions", self.seen.len());
        for (title, counts) in [("bad accounts", &self.accounts), ("extreme arguments", &self.arguments)] {
            println!("{title}: {}", counts.values().sum::<usize>());
            for (class, count) in counts {
                println!("    {class}: {count}");
            }
        }
        println!("bad accounts by kind:");
        for (change, count) in &self.changes {
            println!("    {change:?}: {count}");
        }
        let listed: Vec<(usize, String)> = EXCEPTIONS
            .iter()
            .enumerate()
            .flat_map(|(place, exception)| exception.instructions.iter().map(move |name| (place, (*name).to_owned())))
            .collect();
        let unused: Vec<String> = listed
            .iter()
            .filter(|entry| !self.used.contains(entry))
            .map(|(place, name)| format!("{name}, {}: {:?}", EXCEPTIONS[*place].slot, EXCEPTIONS[*place].change))
            .collect();
        println!("exceptions: {}, for {} slots", EXCEPTIONS.len(), listed.len());
        println!("unexplained successes: {}", self.unexplained.len());
        println!("panics: {}", self.broken.len());
        let mut faults = self.unexplained;
        faults.sort();
        faults.extend(self.broken);
        faults.extend(unused.into_iter().map(|entry| format!("unused exception {entry}")));
        assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
        assert_eq!(self.seen.len(), instructions, "every instruction is attacked");
    }
}
