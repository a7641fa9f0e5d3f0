//! Does the tool chain that built the programs compile integers right?
//!
//! `crates/sbf-conformance` runs some hundred operations in the SVM on the operands of an account; here the same source
//! runs on the host, and every result must agree: on all pairs of a list of edges, and on random pairs.
//!
//! `CONFORMANCE_SEED=<number>` repeats a run, `CONFORMANCE_RANDOM=<number>` sets how many random pairs.

use std::path::PathBuf;

use litesvm::{types::TransactionResult, LiteSVM};
use sbf_conformance::{
    operations::{COUNT, NAMES},
    panics, run, OPERANDS, RECORD, RESULT,
};
use solana_account::Account;
use solana_address::Address;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

/// What a transaction may spend, and how many records fit into that at worst.
const COMPUTE_LIMIT: u32 = 1_400_000;
const BATCH: usize = 64;
const RANDOM_PAIRS: usize = 100_000;

type Pair = (u128, u128);

#[test]
fn every_pair_of_edges_agrees_with_the_host() {
    let edges = edges();
    let pairs: Vec<Pair> = edges.iter().flat_map(|&a| edges.iter().map(move |&b| (a, b))).collect();
    Bench::new().check(&pairs);
    println!("{COUNT} operations on {} pairs of edges agree", pairs.len());
}

#[test]
fn random_pairs_agree_with_the_host() {
    let seed = setting("CONFORMANCE_SEED").unwrap_or_else(time_seed);
    let count = setting("CONFORMANCE_RANDOM").unwrap_or(RANDOM_PAIRS as u64);
    println!("seed {seed} (CONFORMANCE_SEED={seed} repeats this run)");
    let mut random = Random(seed);
    let pairs: Vec<Pair> = (0..count).map(|_| random.pair()).collect();
    Bench::new().check(&pairs);
    println!("{COUNT} operations on {count} random pairs agree");
}

#[test]
fn a_panic_ends_the_transaction() {
    let mut bench = Bench::new();
    for (kind, name) in panics::KINDS.iter().enumerate() {
        let result = bench.send(vec![1; 16], vec![kind as u8]).1;
        match (kind, result) {
            (0, Ok(_)) => {}
            (0, Err(failure)) => panic!("without a panic: {:?} {:?}", failure.err, failure.meta.logs),
            // Not by an error code of the program's own: that is what comes back if it runs on.
            (_, Err(failure)) => assert!(
                failure.meta.logs.iter().any(|line| line.contains("panicked")),
                "{name}: ended by {:?}, not by a panic",
                failure.err
            ),
            (_, Ok(_)) => panic!("{name}: the program ran on"),
        }
    }
}

/// The comparison itself notices one wrong bit in any operation.
#[test]
fn one_wrong_bit_is_noticed_and_named() {
    let mut record = record((7, 5));
    run(&mut record, None);
    assert_eq!(differences(&record), Vec::<String>::new());
    for (index, name) in NAMES.iter().enumerate() {
        let mut wrong = record.clone();
        wrong[OPERANDS + index * RESULT + 1] ^= 1;
        let found = differences(&wrong);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(name), "{}", found[0]);
    }
}

/// The program, deployed, and somebody to pay.
struct Bench {
    svm: LiteSVM,
    payer: Keypair,
    program: Address,
    account: Address,
}

impl Bench {
    fn new() -> Self {
        let (payer, program) = (Keypair::new(), Address::new_unique());
        // No history: equal transactions may repeat.
        let mut svm = LiteSVM::new().with_transaction_history(0).with_sigverify(false);
        svm.airdrop(&payer.pubkey(), u32::MAX as u64 * 1_000).unwrap();
        let path = artifact();
        svm.add_program_from_file(program, &path)
            .unwrap_or_else(|error| panic!("{}: {error}\n`cargo xtask build` makes it", path.display()));
        Self { svm, payer, program, account: Address::new_unique() }
    }

    /// Runs the pairs in the SVM and compares every result with the host's.
    fn check(&mut self, pairs: &[Pair]) {
        let mut most = 0;
        for batch in pairs.chunks(BATCH) {
            let (records, result) = self.send(batch.iter().flat_map(|&pair| record(pair)).collect(), vec![]);
            let Ok(meta) = result else { panic!("{}", self.culprit(batch)) };
            most = most.max(meta.compute_units_consumed);
            for (record, pair) in records.chunks(RECORD).zip(batch) {
                let found = differences(record);
                assert!(found.is_empty(), "{pair:#x?}: {} differ\n{}", found.len(), found.join("\n"));
            }
        }
        println!("at most {most} CU for {BATCH} pairs");
    }

    /// The operation and the operands on which the program ends instead of answering.
    fn culprit(&mut self, batch: &[Pair]) -> String {
        for &pair in batch {
            for (index, name) in NAMES.iter().enumerate() {
                let result = self.send(record(pair), (index as u16).to_le_bytes().to_vec()).1;
                if let Err(failure) = result {
                    return format!("{name} on {pair:#x?} ends: {:?} {:#?}", failure.err, failure.meta.logs);
                }
            }
        }
        "the batch fails, and none of its operations alone".into()
    }

    /// Sends one transaction on an account of this data; the account's data afterwards, and the result.
    fn send(&mut self, records: Vec<u8>, data: Vec<u8>) -> (Vec<u8>, TransactionResult) {
        let account =
            Account { lamports: u32::MAX as u64, data: records, owner: self.program, ..Account::default() };
        self.svm.set_account(self.account, account).unwrap();
        let instructions = [
            ComputeBudgetInstruction::set_compute_unit_limit(COMPUTE_LIMIT),
            Instruction::new_with_bytes(self.program, &data, vec![AccountMeta::new(self.account, false)]),
        ];
        let message = Message::new(&instructions, Some(&self.payer.pubkey()));
        let transaction = Transaction::new(&[&self.payer], message, self.svm.latest_blockhash());
        let result = self.svm.send_transaction(transaction);
        (self.svm.get_account(&self.account).unwrap().data, result)
    }
}

/// Built by `cargo xtask build`; `SBF_OUT_DIR` points elsewhere, as it does for `solana-program-test`.
fn artifact() -> PathBuf {
    let folder = std::env::var_os("SBF_OUT_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/sbf"), PathBuf::from);
    folder.join("sbf_conformance.so")
}

fn record((a, b): Pair) -> Vec<u8> {
    let mut record = vec![0; RECORD];
    record[..16].copy_from_slice(&a.to_le_bytes());
    record[16..OPERANDS].copy_from_slice(&b.to_le_bytes());
    record
}

/// A line per operation whose result is not the host's.
fn differences(record: &[u8]) -> Vec<String> {
    let mut expected = record.to_vec();
    run(&mut expected, None);
    NAMES
        .iter()
        .zip(record[OPERANDS..].chunks(RESULT).zip(expected[OPERANDS..].chunks(RESULT)))
        .filter(|(_, (got, want))| got != want)
        .map(|(name, (got, want))| format!("{name}: SVM {}, host {}", show(got), show(want)))
        .collect()
}

fn show(result: &[u8]) -> String {
    let value = u128::from_le_bytes(result[1..].try_into().unwrap());
    match result[0] {
        0 => "none".into(),
        1 => format!("{value:#x}"),
        flag => format!("flag {flag} and {value:#x}"),
    }
}

/// Where carries, signs, widths and the corrections of a division change.
fn edges() -> Vec<u128> {
    let powers = [7, 8, 15, 16, 31, 32, 33, 48, 63, 64, 65, 80, 95, 96, 97, 112, 126, 127];
    let around = powers.iter().flat_map(|&bit| {
        let power = 1u128 << bit;
        [power - 1, power, power + 1, power.wrapping_neg(), !power]
    });
    let mut edges: Vec<u128> = around
        .chain([0, 1, 2, 3, 7, 10, 1_000_000_000, 1_000_000_000_000_000_000])
        .chain([u128::MAX, u128::MAX - 1, u128::MAX - 2, u128::MAX - 9])
        .chain([
            0x8000_0000_0000_0000_0000_0000_ffff_ffff,
            0x7fff_ffff_ffff_ffff_0000_0000_0000_0001,
            0xffff_ffff_0000_0000_ffff_ffff_0000_0000,
            0x0000_0000_ffff_ffff_0000_0000_ffff_ffff,
            0xaaaa_aaaa_aaaa_aaaa_5555_5555_5555_5555,
        ])
        .collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn wide(&mut self) -> u128 {
        (self.next() as u128) << 64 | self.next() as u128
    }

    /// Of a random width and sign: uniform ones would nearly all be above 2^120.
    fn number(&mut self) -> u128 {
        let value = self.wide() >> (self.next() % 128);
        if self.next().is_multiple_of(4) {
            value.wrapping_neg()
        } else {
            value
        }
    }

    fn pair(&mut self) -> Pair {
        let (a, b) = (self.number(), self.number());
        match self.next() % 4 {
            // Near a multiple, where a division's estimate is corrected.
            0 => (a.wrapping_mul(b).wrapping_add((self.next() % 3) as u128).wrapping_sub(1), b),
            // Near one another, where comparisons and borrows turn.
            1 => (a, a.wrapping_add((self.next() % 3) as u128).wrapping_sub(1)),
            _ => (a, b),
        }
    }
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn time_seed() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64)
}
