//! The life of governance by multisigs: the real program of Squads v4, from its source on the Rust
//! registry, governs a fund on the local validator.
//!
//! `cargo xtask test --only build` builds it, beside the programs of this repository.

#[allow(dead_code, reason = "the other tests of the deployment need more of it")]
#[path = "../migrate/rig.rs"]
mod rig;
mod squads;

use {
    bulkhead_client::{
        address,
        instruction::{accept_authority, apply_change, queue_change, transfer_authority, veto_change},
        program_id,
        state::{FundChange, Mandate, ParameterChange},
        Instruction,
    },
    bulkhead_migrate::{
        loader::{Buffer, Deployed},
        multisig::{has_vault, Multisig as Read},
    },
    rig::{Rig, DONE},
    solana_keypair::Keypair,
    solana_loader_v3_interface::instruction as loader,
    solana_signer::Signer,
    squads::Multisig,
    std::{cell::Cell, fs},
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// A day, the notice period and the claim window, and a minute.
const TIMELOCK_SECS: i64 = 10 * DAY + 60;
/// Slots in which what a multisig signs may run: two weeks.
const VALID_SLOTS: u64 = 3_024_000;
/// Seconds between the approval of the authority's multisig and the execution.
const TIME_LOCK_SECS: u32 = 86_400;
const SOL: u64 = 1_000_000_000;
/// What Squads says: the time lock is not over.
const LOCKED: &str = "Custom(6021)";
/// What Squads says: the proposal is in another state than approved.
const NOT_APPROVED: &str = "Custom(6008)";

/// A multisig with the keys of its members, of which two of three sign.
struct Council<'r> {
    rig: &'r Rig,
    multisig: Multisig,
    members: [Keypair; 3],
    last: Cell<u64>,
}

impl<'r> Council<'r> {
    fn new(rig: &'r Rig, time_lock_secs: u32) -> Self {
        let (create_key, members) = (Keypair::new(), [Keypair::new(), Keypair::new(), Keypair::new()]);
        for member in &members {
            rig.validator.set_sol(&member.pubkey(), SOL).unwrap();
        }
        let mut keys = members.each_ref().map(Keypair::pubkey);
        keys.sort();
        let payer = rig.payer.pubkey();
        let create = Multisig::create(&create_key.pubkey(), &payer, &keys, 2, time_lock_secs);
        rig.cluster.send(&[create], &[&rig.payer, &create_key]).expect("a multisig");
        let multisig = Multisig::of(&create_key.pubkey());
        // A vault pays for what it opens.
        rig.validator.set_sol(&multisig.vault, SOL).unwrap();
        Self { rig, multisig, members, last: Cell::new(0) }
    }

    /// Proposes an instruction, and lets these members approve it. Returns its number.
    fn agree(&self, instruction: &Instruction, approving: &[usize]) -> u64 {
        let index = self.last.get() + 1;
        self.last.set(index);
        let proposer = &self.members[0];
        let propose = self.multisig.propose(index, &proposer.pubkey(), instruction);
        self.rig.cluster.send(&propose, &[proposer]).expect("a proposal");
        for member in approving {
            let member = &self.members[*member];
            let approve = self.multisig.approve(index, &member.pubkey());
            self.rig.cluster.send(&[approve], &[member]).expect("a vote");
        }
        index
    }

    /// Executes what was approved. Returns the refusal, if there is one.
    fn execute(&self, index: u64, instruction: &Instruction) -> Result<(), String> {
        let member = &self.members[2];
        let execute = self.multisig.execute(index, &member.pubkey(), instruction);
        let sent = self.rig.cluster.send(&[execute], &[member]);
        sent.map(drop).map_err(|error| format!("{error:#}"))
    }

    /// Proposes, approves, waits for the time lock, and executes.
    fn does(&self, instruction: &Instruction, time_lock_secs: i64) {
        let index = self.agree(instruction, &[0, 1]);
        if time_lock_secs > 0 {
            self.rig.wait(time_lock_secs + 60);
        }
        self.execute(index, instruction).expect("it is executed");
    }
}

impl Rig {
    fn mandate(&self) -> Mandate {
        let nonce = self.fund().expect("a fund").governance_nonce;
        Mandate { nonce, last_valid_slot: self.last_valid_slot() }
    }

    fn last_valid_slot(&self) -> u64 {
        self.cluster.clock().expect("it answers").0 + VALID_SLOTS
    }

    fn is_queued(&self, number: u64) -> bool {
        let record = address::queued_change(&self.keys().fund, number);
        self.cluster.account(&record).expect("it answers").is_some_and(|account| account.lamports > 0)
    }
}

/// A fund whose authority has moved to the vault of one multisig, and whose guardian to that of another.
fn governed<'r>(rig: &'r Rig) -> (Council<'r>, Council<'r>) {
    rig.validator.deploy_at(squads::program(), "squads.so").expect("Squads is built");
    rig.local(&[], DONE);
    let (authority, guardian) = (Council::new(rig, TIME_LOCK_SECS), Council::new(rig, 0));
    let (keys, payer) = (rig.keys(), rig.payer.pubkey());

    // What this repository reads of a multisig is what the program has written.
    for (council, time_lock_secs) in [(&authority, TIME_LOCK_SECS), (&guardian, 0)] {
        let account = rig.cluster.account(&council.multisig.address).unwrap().expect("it is there");
        let read = Read::decode(&account.data).unwrap();
        assert_eq!(read, Read { config_authority: None, threshold: 2, time_lock_secs, voters: 3 });
        assert!(read.check().is_ok());
        assert!(has_vault(&council.multisig.address, &account.owner, &council.multisig.vault));
    }

    // The guardian first, while a key can still queue it; then the authority, which the vault takes.
    let number = rig.fund().unwrap().governance_nonce;
    let change = ParameterChange::Guardian(guardian.multisig.vault);
    let queue = queue_change(&keys, payer, payer, change, rig.mandate());
    rig.cluster.send(&[queue], &[&rig.payer]).unwrap();
    rig.wait(TIMELOCK_SECS);
    let apply = apply_change(&keys, payer, payer, number, None, rig.mandate());
    rig.cluster.send(&[apply], &[&rig.payer]).unwrap();

    let offer = transfer_authority(&keys, payer, authority.multisig.vault, rig.mandate());
    rig.cluster.send(&[offer], &[&rig.payer]).unwrap();
    let accept = accept_authority(&keys, authority.multisig.vault, rig.mandate());
    let index = authority.agree(&accept, &[0]);
    let early = authority.execute(index, &accept).unwrap_err();
    assert!(early.contains(NOT_APPROVED), "{early}");
    let approve = authority.multisig.approve(index, &authority.members[1].pubkey());
    rig.cluster.send(&[approve], &[&authority.members[1]]).unwrap();
    let early = authority.execute(index, &accept).unwrap_err();
    assert!(early.contains(LOCKED), "{early}");
    assert_eq!(rig.fund().unwrap().authority, payer, "nothing has moved yet");
    rig.wait(i64::from(TIME_LOCK_SECS) + 60);
    authority.execute(index, &accept).unwrap();
    let fund = rig.fund().unwrap();
    assert_eq!((fund.authority, fund.guardian), (authority.multisig.vault, guardian.multisig.vault));
    (authority, guardian)
}

/// A change of the fund's notice period, which waits for as long as members need to leave.
fn longer_notice(rig: &Rig) -> ParameterChange {
    let now = rig.fund().unwrap().params;
    let mut wanted = now;
    wanted.notice_secs += DAY as u32;
    ParameterChange::Fund(FundChange::between(&now, &wanted))
}

fn queued_by(rig: &Rig, council: &Council) -> (u64, Instruction) {
    let (number, vault) = (rig.fund().unwrap().governance_nonce, council.multisig.vault);
    (number, queue_change(&rig.keys(), vault, vault, longer_notice(rig), rig.mandate()))
}

/// Proposal, approvals, time lock, execution; the fund's own timelock; and the same again to apply it.
/// One of the three keys is lost: two others sign.
#[test]
fn a_multisig_changes_a_parameter_and_another_one_stops_it() {
    let rig = Rig::new();
    let (authority, guardian) = governed(&rig);
    let before = rig.fund().unwrap().params.notice_secs;
    let (keys, vault) = (rig.keys(), authority.multisig.vault);

    // The guardian stops the first one: a multisig of its own, which acts at once.
    let (number, queue) = queued_by(&rig, &authority);
    authority.does(&queue, i64::from(TIME_LOCK_SECS));
    assert!(rig.is_queued(number));
    let guard = guardian.multisig.vault;
    let veto = veto_change(&keys, guard, guard, number, rig.last_valid_slot());
    let index = guardian.agree(&veto, &[0]);
    let early = guardian.execute(index, &veto).unwrap_err();
    assert!(early.contains(NOT_APPROVED), "{early}");
    assert!(rig.is_queued(number));
    guardian.does(&veto, 0);
    assert!(!rig.is_queued(number));
    rig.wait(TIMELOCK_SECS);
    let apply = apply_change(&keys, vault, vault, number, None, rig.mandate());
    let index = authority.agree(&apply, &[0, 1]);
    rig.wait(i64::from(TIME_LOCK_SECS) + 60);
    assert!(authority.execute(index, &apply).is_err(), "what was vetoed is gone");
    assert_eq!(rig.fund().unwrap().params.notice_secs, before);

    // Nobody stops the second one, and the authority has lost a key.
    let (number, queue) = queued_by(&rig, &authority);
    let index = authority.agree(&queue, &[0, 2]);
    rig.wait(i64::from(TIME_LOCK_SECS) + 60);
    authority.execute(index, &queue).unwrap();
    let early = apply_change(&keys, vault, vault, number, None, rig.mandate());
    let index = authority.agree(&early, &[0, 2]);
    rig.wait(i64::from(TIME_LOCK_SECS) + 60);
    let refused = authority.execute(index, &early).unwrap_err();
    assert!(refused.contains("ChangeNotReady"), "{refused}");
    rig.wait(TIMELOCK_SECS);
    let apply = apply_change(&keys, vault, vault, number, None, rig.mandate());
    authority.does(&apply, i64::from(TIME_LOCK_SECS));
    assert_eq!(rig.fund().unwrap().params.notice_secs, before + DAY as u32);
}

/// The vault upgrades the program, and nobody else can.
#[test]
fn a_multisig_upgrades_the_program() {
    let rig = Rig::new();
    rig.validator.deploy_at(squads::program(), "squads.so").expect("Squads is built");
    rig.local(&[], DONE);
    let council = Council::new(&rig, TIME_LOCK_SECS);
    let (payer, vault) = (rig.payer.pubkey(), council.multisig.vault);

    // The checked hand-over: the vault signs for it too, in the transaction that it executes.
    let hand_over = loader::set_upgrade_authority_checked(&program_id(), &payer, &vault);
    let index = council.agree(&hand_over, &[0, 1]);
    rig.wait(i64::from(TIME_LOCK_SECS) + 60);
    let member = &council.members[2];
    let execute = council.multisig.execute(index, &member.pubkey(), &hand_over);
    rig.cluster.send(&[execute], &[member, &rig.payer]).expect("both sign");
    let authority = || Deployed::read(&rig.cluster, &program_id()).unwrap().expect("it is there").authority;
    assert_eq!(authority(), Some(vault));

    // The cheat code has left no room for another build.
    let extend = loader::extend_program(&program_id(), Some(&payer), 10_240);
    rig.wait(10);
    rig.cluster.send(&[extend], &[&rig.payer]).unwrap();
    rig.wait(10);
    let build = fs::read(rig.another_build()).unwrap();
    let buffer = Buffer::new(&rig.cluster, &rig.payer, &build).unwrap();
    buffer.fill(&vault).unwrap();
    let upgrade = loader::upgrade(&program_id(), &buffer.address, &vault, &payer);
    let stolen = loader::upgrade(&program_id(), &buffer.address, &payer, &payer);
    assert!(rig.cluster.send(&[stolen], &[&rig.payer]).is_err(), "the payer has handed it over");
    let index = council.agree(&upgrade, &[0, 1]);
    let early = council.execute(index, &upgrade).unwrap_err();
    assert!(early.contains(LOCKED), "{early}");
    rig.wait(i64::from(TIME_LOCK_SECS) + 60);
    council.execute(index, &upgrade).unwrap();
    let deployed = Deployed::read(&rig.cluster, &program_id()).unwrap().unwrap();
    assert!(deployed.is(&build) && deployed.authority == Some(vault));
    assert!(rig.fund().is_some());
}
