//! The attack matrix, generated from the IDLs of both programs: every instruction with every account
//! slot bent in every way, and every scalar argument at its extremes.
//!
//! - A bad account is refused with an error, and nothing changes; what succeeds is one of the [`exceptions`], with a reason.
//! - An extreme argument is refused with an error, or succeeds with every invariant holding.
//! - Nothing panics.
//! - Twice in one transaction is the same as in two.

mod changes;
mod cover_exceptions;
mod cover_scenes;
mod cover_state;
mod exceptions;
mod idl;
mod report;
mod scenes;
mod stage;
mod state;
mod twice;

use {
    bulkhead_tests::{
        bulkhead_client::{address, claims, cover_program_id, program_id},
        keypair, Address, Instruction, Signer,
    },
    changes::Case,
    exceptions::Exception,
    idl::{Interface, Scalar, Seed, Slot},
    litesvm::LiteSVM,
    report::{Outcome, Report},
    solana_account::Account,
    solana_message::Message,
    solana_transaction::Transaction,
    stage::Stage,
    std::{
        panic::{catch_unwind, AssertUnwindSafe},
        sync::atomic::{AtomicUsize, Ordering},
    },
};

/// As many as machines that run this have cores.
const WORKERS: usize = 2;

#[test]
fn every_account_slot_and_every_scalar_argument_is_attacked() {
    FUND.attack();
}

#[test]
fn every_account_slot_and_every_scalar_argument_of_claims_and_policies_is_attacked() {
    COVER.attack();
}

/// A program whose interface is attacked.
pub struct Subject {
    /// Its address.
    pub program: fn() -> Address,
    /// Its IDL.
    pub idl: &'static str,
    /// The vault of an account whose address has seeds in the IDL.
    vault: fn(&Address) -> Address,
    /// The scene of this name: that of an instruction has its name.
    scene: fn(&str) -> Option<Scene>,
    /// Scenes of instructions that have more than one: the name of the instruction, a comma, and what is
    /// different.
    more_scenes: &'static [&'static str],
    /// What a call may survive.
    exceptions: &'static [Exception],
}

/// A world in which an instruction succeeds, and that instruction.
pub type Scene = (Box<dyn Stage>, Instruction);

/// The fund's program.
pub static FUND: Subject = Subject {
    program: program_id,
    idl: include_str!("../../idl/bulkhead.json"),
    vault: address::vault,
    scene: scenes::scene,
    more_scenes: &[],
    exceptions: exceptions::EXCEPTIONS,
};

/// The program of claims and policies.
pub static COVER: Subject = Subject {
    program: cover_program_id,
    idl: include_str!("../../idl/bulkhead_cover.json"),
    vault: claims::panel_vault, // a book's has the same seeds
    scene: cover_scenes::scene,
    more_scenes: cover_scenes::MORE,
    exceptions: cover_exceptions::EXCEPTIONS,
};

impl Subject {
    /// Every scene, with its instruction.
    fn scenes(&self) -> Vec<(String, Interface)> {
        let mut all = Vec::new();
        for interface in idl::instructions(self.idl) {
            let is_of = |scene: &&&str| scene.split(',').next() == Some(&interface.name);
            let more = self.more_scenes.iter().filter(is_of).map(|scene| (*scene).to_owned());
            let names: Vec<String> = more.chain([interface.name.clone()]).collect();
            all.extend(names.into_iter().map(|name| (name, interface.clone())));
        }
        all
    }

    /// The scene of this name.
    fn arena(&self, scene: &str) -> Arena {
        Arena::new((self.scene)(scene).unwrap_or_else(|| panic!("{scene} has no scene")))
    }

    /// Attacks everything.
    fn attack(&'static self) {
        let scenes = self.scenes();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut report = Report::new(self.exceptions);
            while let Some((scene, interface)) = scenes.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.attack_scene(scene, interface, &mut report);
            }
            report
        };
        let report = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().expect("a worker ends")).reduce(Report::merge)
        });
        report.expect("there are workers").conclude();
    }

    fn attack_scene(&self, scene: &str, interface: &Interface, report: &mut Report) {
        let mut arena = self.arena(scene);
        let slots = slots(interface, &arena.good);
        let outcome = arena.attempt(&arena.good.clone());
        assert!(matches!(outcome, Outcome::Success), "the scene of {scene} is not good: {outcome:?}");
        arena.reset();
        for case in changes::cases(self, &*arena.stage, &slots, &arena.good) {
            let outcome = arena.attack(&case);
            report.account(scene, &case, outcome);
        }
        for scalar in &interface.scalars {
            for (value, bytes) in scalar.extremes() {
                let outcome = arena.argue(&self.with_argument(&arena, &slots, scalar, &bytes));
                report.argument(scene, &scalar.name, value, outcome);
            }
        }
    }

    /// The good call with another argument, and the addresses that follow from it.
    fn with_argument(&self, arena: &Arena, slots: &[Slot], scalar: &Scalar, bytes: &[u8]) -> Instruction {
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
                    let place =
                        slots.iter().position(|slot| slot.name == *name).expect("a slot of this name");
                    bent.accounts[place].pubkey.to_bytes().to_vec()
                }
            };
            let seeds: Vec<Vec<u8>> = slot.seeds.iter().map(part).collect();
            let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
            let (new, _) = Address::find_program_address(&seeds, &(self.program)());
            let old = bent.accounts[place].pubkey;
            for meta in &mut bent.accounts {
                match meta.pubkey {
                    key if key == old => meta.pubkey = new,
                    key if key == (self.vault)(&old) => meta.pubkey = (self.vault)(&new),
                    _ => {}
                }
            }
        }
        bent
    }
}

/// The slots of the IDL, which the call must have filled as it says, and those of remaining accounts.
fn slots(interface: &Interface, good: &Instruction) -> Vec<Slot> {
    let name = &interface.name;
    let is_whole = match interface.ends_in_bytes {
        true => good.data.len() >= interface.data_len,
        false => good.data.len() == interface.data_len,
    };
    assert!(is_whole, "arguments of {name}");
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
    stage: Box<dyn Stage>,
    good: Instruction,
    fee_payer: Address,
    fresh: LiteSVM,
}

impl Arena {
    fn new((mut stage, good): Scene) -> Self {
        // Not the payer of the scene, which would sign and be writable whatever the instruction says.
        let fee_payer = keypair("fee payer").pubkey();
        let signers = good.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey);
        for wallet in signers.chain([fee_payer]) {
            let mut account = stage.account(&wallet).unwrap_or_default();
            account.lamports += 1_000_000_000_000;
            stage.put(wallet, account);
        }
        Self { fresh: stage.chain().clone(), stage, good, fee_payer }
    }

    fn reset(&mut self) {
        *self.stage.chain_mut() = self.fresh.clone();
    }

    /// A bad account: after a refusal every account is as it was.
    fn attack(&mut self, case: &Case) -> Outcome {
        let was: Vec<_> =
            case.puts.iter().map(|(address, _)| (*address, self.stage.account(address))).collect();
        for (address, account) in &case.puts {
            self.stage.put(*address, account.clone());
        }
        let before = self.snapshot(case);
        let outcome = self.attempt(&case.instruction);
        if matches!(outcome, Outcome::Success) {
            self.reset();
            return outcome;
        }
        assert!(self.snapshot(case) == before, "refused, and something has changed");
        for (address, account) in was {
            self.stage.put(address, account.unwrap_or_default());
        }
        outcome
    }

    /// An extreme argument: after a success every invariant holds.
    fn argue(&mut self, instruction: &Instruction) -> Outcome {
        let outcome = self.attempt(instruction);
        if !matches!(outcome, Outcome::Success) {
            return outcome;
        }
        let holds = catch_unwind(AssertUnwindSafe(|| self.stage.check())).is_ok();
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
        transaction.message.recent_blockhash = self.stage.chain().latest_blockhash();
        Outcome::from(self.stage.chain_mut().send_transaction(transaction))
    }

    /// Every account of the good call and of the bad one.
    fn snapshot(&self, case: &Case) -> Vec<Option<Account>> {
        let metas = self.good.accounts.iter().chain(&case.instruction.accounts);
        metas.map(|meta| self.stage.account(&meta.pubkey)).collect()
    }
}
