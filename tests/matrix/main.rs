//! The attack matrix, generated from the IDL: every instruction with every account slot bent in every way, and every
//! scalar argument at its extremes.
//!
//! - A bad account is refused with an error, and nothing changes; what succeeds is one of the [`exceptions`], with a reason.
//! - An extreme argument is refused with an error, or succeeds with every invariant holding.
//! - Nothing panics.
//! - Twice in one transaction is the same as in two.

mod changes;
mod exceptions;
mod idl;
mod report;
mod scenes;
mod state;
mod twice;

use {
    bulkhead_client::address::vault,
    bulkhead_tests::{bulkhead, invariants, keypair, Address, Call, Instruction, Signer, World},
    changes::Case,
    idl::{Interface, Scalar, Seed, Slot},
    litesvm::LiteSVM,
    report::{Outcome, Report},
    solana_account::Account,
    solana_message::Message,
    solana_transaction::Transaction,
    std::{
        panic::{catch_unwind, AssertUnwindSafe},
        sync::atomic::{AtomicUsize, Ordering},
    },
};

/// As many as machines that run this have cores.
const WORKERS: usize = 2;

#[test]
fn every_account_slot_and_every_scalar_argument_is_attacked() {
    let instructions = idl::instructions();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut report = Report::default();
        while let Some(interface) = instructions.get(next.fetch_add(1, Ordering::Relaxed)) {
            attack(interface, &mut report);
        }
        report
    };
    let report = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker ends")).reduce(Report::merge)
    });
    report.expect("there are workers").conclude();
}

fn attack(interface: &Interface, report: &mut Report) {
    let name = &interface.name;
    let scene = scenes::scene(name).unwrap_or_else(|| panic!("{name} has no scene"));
    let mut arena = Arena::new(scene);
    let slots = slots(interface, &arena.good);
    assert!(
        matches!(arena.attempt(&arena.good.clone()), Outcome::Success),
        "the scene of {name} is not good"
    );
    arena.reset();
    for case in changes::cases(&arena.world, &slots, &arena.good) {
        let outcome = arena.attack(&case);
        report.account(name, &case, outcome);
    }
    for scalar in &interface.scalars {
        for (value, bytes) in scalar.extremes() {
            let outcome = arena.argue(&with_argument(&arena, &slots, scalar, &bytes));
            report.argument(name, &scalar.name, value, outcome);
        }
    }
}

/// The good call with another argument, and the addresses that follow from it.
fn with_argument(arena: &Arena, slots: &[Slot], scalar: &Scalar, bytes: &[u8]) -> Instruction {
    let mut bent = arena.good.clone();
    bent.data[scalar.offset..][..scalar.size].copy_from_slice(bytes);
    for (place, slot) in slots.iter().enumerate() {
        if !slot.seeds.iter().any(|seed| matches!(seed, Seed::Arg(name) if *name == scalar.name)) {
            continue;
        }
        let part = |seed: &Seed| match seed {
            Seed::Const(bytes) => bytes.clone(),
            Seed::Arg(_) => bytes.to_vec(),
            Seed::Account(name) => {
                let place = slots.iter().position(|slot| slot.name == *name).expect("a slot of this name");
                bent.accounts[place].pubkey.to_bytes().to_vec()
            }
        };
        let seeds: Vec<Vec<u8>> = slot.seeds.iter().map(part).collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        let (old, new) =
            (bent.accounts[place].pubkey, Address::find_program_address(&seeds, &bulkhead::ID).0);
        for meta in &mut bent.accounts {
            match meta.pubkey {
                key if key == old => meta.pubkey = new,
                key if key == vault(&old) => meta.pubkey = vault(&new),
                _ => {}
            }
        }
    }
    bent
}

/// The slots of the IDL, which the call must have filled as it says, and those of remaining accounts.
fn slots(interface: &Interface, good: &Instruction) -> Vec<Slot> {
    let name = &interface.name;
    assert_eq!(good.data.len(), interface.data_len, "arguments of {name}");
    assert!(good.accounts.len() >= interface.slots.len(), "accounts of {name}");
    let named = interface.slots.iter().cloned();
    let rest = good.accounts[interface.slots.len()..].iter();
    let rest = rest.map(|meta| Slot {
        // What is given to read is a market, where makers are given to write.
        name: if name == "novate_batch" && meta.is_writable { "maker" } else { "market" }.into(),
        writable: meta.is_writable,
        signer: false,
        remaining: true,
        seeds: Vec::new(),
    });
    let slots: Vec<Slot> = named.chain(rest).collect();
    for (slot, meta) in slots.iter().zip(&good.accounts) {
        assert_eq!((meta.is_writable, meta.is_signer), (slot.writable, slot.signer), "{name}, {}", slot.name);
    }
    slots
}

/// A scene that is put back after every attack.
struct Arena {
    world: World,
    good: Instruction,
    fee_payer: Address,
    fresh: LiteSVM,
}

impl Arena {
    fn new((mut world, call): (World, Call)) -> Self {
        let [good]: [Instruction; 1] = call.instructions.try_into().expect("one instruction");
        // Not the payer of the scene, which would sign and be writable whatever the instruction says.
        let fee_payer = keypair("fee payer").pubkey();
        let signers = good.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey);
        for wallet in signers.chain([fee_payer]) {
            world.give_lamports(wallet, 1_000_000_000_000);
        }
        Self { fresh: world.svm.clone(), world, good, fee_payer }
    }

    fn reset(&mut self) {
        self.world.svm = self.fresh.clone();
    }

    /// A bad account: after a refusal every account is as it was.
    fn attack(&mut self, case: &Case) -> Outcome {
        let was: Vec<_> =
            case.puts.iter().map(|(address, _)| (*address, self.world.account(address))).collect();
        for (address, account) in &case.puts {
            self.world.put(*address, account.clone());
        }
        let before = self.snapshot(case);
        let outcome = self.attempt(&case.instruction);
        if matches!(outcome, Outcome::Success) {
            self.reset();
            return outcome;
        }
        assert!(self.snapshot(case) == before, "refused, and something has changed");
        for (address, account) in was {
            self.world.put(address, account.unwrap_or_default());
        }
        outcome
    }

    /// An extreme argument: after a success every invariant holds.
    fn argue(&mut self, instruction: &Instruction) -> Outcome {
        let outcome = self.attempt(instruction);
        if !matches!(outcome, Outcome::Success) {
            return outcome;
        }
        let holds = catch_unwind(AssertUnwindSafe(|| invariants::check(&self.world))).is_ok();
        self.reset();
        if holds {
            outcome
        } else {
            Outcome::Broken("an invariant".into())
        }
    }

    fn attempt(&mut self, instruction: &Instruction) -> Outcome {
        let message = Message::new(std::slice::from_ref(instruction), Some(&self.fee_payer));
        let signatures = vec![Default::default(); usize::from(message.header.num_required_signatures)];
        let mut transaction = Transaction { signatures, message }; // signatures are not verified here
        transaction.message.recent_blockhash = self.world.svm.latest_blockhash();
        Outcome::from(self.world.svm.send_transaction(transaction))
    }

    /// Every account of the good call and of the bad one.
    fn snapshot(&self, case: &Case) -> Vec<Option<Account>> {
        let metas = self.good.accounts.iter().chain(&case.instruction.accounts);
        metas.map(|meta| self.world.account(&meta.pubkey)).collect()
    }
}
