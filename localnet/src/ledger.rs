//! The cost of transactions: compute units by instruction, read from their logs.

use {
    bulkhead_client::{
        claims::{self, cover_program_id},
        program_id, Instruction,
    },
    serde::Serialize,
    std::collections::BTreeMap,
};

/// Cost of one instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Runs that succeeded.
    pub count: u64,
    /// Runs that the program refused.
    pub failed: u64,
    /// Compute units of all successful runs.
    pub units: u64,
    /// Compute units of the dearest run.
    pub units_max: u64,
}

/// The cost of a series of transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Number of transactions sent.
    pub transactions: u64,
    /// Number of them that failed.
    pub failed: u64,
    /// Compute units of all transactions.
    pub units: u64,
    /// Cost of each instruction of the two programs, by name. Their names differ.
    pub instructions: BTreeMap<&'static str, Cost>,
}

impl Ledger {
    /// Adds a transaction.
    pub fn record(&mut self, instructions: &[Instruction], logs: &[String], units: u64, failed: bool) {
        self.transactions += 1;
        self.failed += u64::from(failed);
        self.units += units;
        for (instruction, run) in instructions.iter().zip(runs(logs)) {
            let name = match instruction.program_id {
                program if program == program_id() => name(&instruction.data),
                program if program == cover_program_id() => {
                    claims::name(&instruction.data).unwrap_or("other")
                }
                _ => continue,
            };
            let cost = self.instructions.entry(name).or_default();
            if run.failed {
                cost.failed += 1;
            } else {
                cost.count += 1;
                cost.units += run.units;
                cost.units_max = cost.units_max.max(run.units);
            }
        }
    }

    /// Number of transactions since `earlier`.
    pub fn transactions_since(&self, earlier: &Self) -> u64 {
        self.transactions - earlier.transactions
    }
}

/// One instruction of a transaction, as the logs show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    units: u64,
    failed: bool,
}

/// Reads the runs of a transaction's own instructions, in order. A call by an instruction is part
/// of its run.
fn runs(logs: &[String]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut depth = 0;
    for line in logs {
        let mut words = line.split(' ');
        let (Some("Program"), Some(program), Some(verb)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        if program.ends_with(':') {
            continue; // what a program says, not what is said about it
        }
        match verb {
            "invoke" => {
                depth += 1;
                if depth == 1 {
                    runs.push(Run::default());
                }
            }
            "consumed" if depth == 1 => {
                let units = words.next().and_then(|units| units.parse().ok());
                if let (Some(run), Some(units)) = (runs.last_mut(), units) {
                    run.units = units;
                }
            }
            "success" => depth -= 1,
            "failed:" => {
                depth -= 1;
                if let (Some(run), 0) = (runs.last_mut(), depth) {
                    run.failed = true;
                }
            }
            _ => {}
        }
    }
    runs
}

/// Returns the name of an instruction by its data, from the program's IDL.
fn name(data: &[u8]) -> &'static str {
    bulkhead_client::instruction::name(data).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_client::{instruction::FundKeys, Address};

    fn logs(lines: &[&str]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn calls_of_an_instruction_are_part_of_it() {
        let logs = logs(&[
            "Program A invoke [1]",
            "Program B invoke [2]",
            "Program B consumed 100 of 1 compute units",
            "Program B success",
            "Program data: failed: consumed",
            "Program A consumed 1500 of 1 compute units",
            "Program A success",
            "Program A invoke [1]",
            "Program A consumed 900 of 1 compute units",
            "Program A failed: custom program error: 0x1797",
        ]);
        assert_eq!(runs(&logs), [Run { units: 1500, failed: false }, Run { units: 900, failed: true }]);
    }

    #[test]
    fn instructions_are_named_by_the_client_that_builds_them() {
        use bulkhead_client::instruction as build;
        let (a, b) = (Address::new_from_array([1; 32]), Address::new_from_array([2; 32]));
        let keys = FundKeys::new(&a, a, b, 0);
        for (instruction, expected) in [
            (build::crank_market(&keys, 0, b), "crank_market"),
            (build::settle(&keys, 0, a, None, &[]), "settle"),
            (build::declare_default(&keys, a, b, None, 0, &[]), "declare_default"),
            (build::allocate_loss(&keys, a, b, None, 0), "allocate_loss"),
            (build::allocate_residual(&keys, a, 0), "allocate_residual"),
            (build::claim_withdrawal(&keys, a, b, &[]), "claim_withdrawal"),
            (build::open_member(&keys, a, b, 0, 0), "open_member"),
            (build::close_default(&keys, b, a), "close_default"),
            (build::claim_recovery(&keys, a, b), "claim_recovery"),
            (build::enforce_call(&keys, a, &[]), "enforce_call"),
            (build::open_gains_cut(&keys, &[]), "open_gains_cut"),
            (build::register_gains(&keys, a, &[]), "register_gains"),
            (build::cut_gains(&keys), "cut_gains"),
            (build::pay_claim(&keys, a), "pay_claim"),
            (build::close_out(&keys, a, &[]), "close_out"),
            (build::pay_out(&keys, a), "pay_out"),
            (build::collect_premium(&keys, 0), "collect_premium"),
            (build::report_exposure(&keys, a, &[]), "report_exposure"),
            (build::open_watch(&keys, a, &[]), "open_watch"),
            (build::end_watch(&keys, a, &[]), "end_watch"),
            (build::book_house(&keys, 0), "book_house"),
        ] {
            assert_eq!(name(&instruction.data), expected);
        }
    }
}
