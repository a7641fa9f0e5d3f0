//! The life of what a multisig signs, with Squads' own program on the validator: from the message that
//! `migrate` prints to its execution by the vault, and what Bulkhead makes of it.

use {
    crate::{
        council::{messages, open, send, Council},
        public::rehearsal,
        rig::{sent, Rig, FAILED, OPEN},
    },
    bulkhead_client::{
        account::decode, address::queued_change, error, instruction as build, program_id,
        state::QueuedChange, Address,
    },
    bulkhead_migrate::loader::Deployed,
    bulkhead_squads::{ConfigAction, Member, Status, VaultMessage},
    solana_keypair::Keypair,
    solana_loader_v3_interface::instruction as loader,
    solana_signer::Signer,
    std::fs,
};

/// The authority's time lock.
const HOUR: u32 = 3_600;
/// A day, the notice period and the claim window.
const TIMELOCK_SECS: i64 = 86_400 + 604_800 + 172_800;
/// The code of a refusal, which the vault's program hands on.
const NOT_GUARDIAN: u32 = 6_023;
const PROFILE: &str = "profiles/devnet.toml";
/// All steps but the program of claims, which needs a key of its own.
const CONFIRMED: [&str; 6] = ["--profile", "devnet", "--confirm", "devnet", "--until", "6"];
/// Program, mint and fund.
const FUND: [&str; 6] = ["--profile", "devnet", "--confirm", "devnet", "--until", "3"];

/// An authority and a guardian, in a devnet profile on a validator where program and mint are.
fn founded(rig: &Rig) -> [Council<'_>; 2] {
    open(rig);
    let councils = [Council::found(rig, HOUR), Council::found(rig, 0)];
    let [authority, guardian] = &councils;
    for (key, party) in [("upgrade_authority", authority), ("authority", authority), ("guardian", guardian)] {
        rig.edit(PROFILE, &format!("\n{key} = \"\""), &format!("\n{key} = \"{}\"", party.vault()));
    }
    let listed = format!("multisigs = [\"{}\", \"{}\"]", authority.keys.multisig, guardian.keys.multisig);
    rig.edit(PROFILE, "multisigs = []", &listed);
    let treasury = 1_000_000_000;
    rig.validator.set_tokens(&rig.payer.pubkey(), &rig.mint(), treasury).expect("tokens");
    councils
}

/// A run that leaves something to propose. Returns the messages.
fn proposed(rig: &Rig, count: usize) -> Vec<String> {
    let told = rig.run(&CONFIRMED, OPEN);
    let messages = messages(&told);
    assert_eq!(messages.len(), count, "{told}");
    messages
}

fn upgrade_authority(rig: &Rig) -> Option<Address> {
    Deployed::read(&rig.cluster, &program_id()).unwrap().unwrap().authority
}

/// Everything until the fund is as the files say, by the authority's vault.
fn set_up(rig: &Rig, authority: &Council) {
    let [hand_over] = &proposed(rig, 1)[..] else { unreachable!("counted") };
    authority.carry(hand_over, &[&rig.payer]);
    assert_eq!(upgrade_authority(rig), Some(authority.vault()));
    let [fund] = &proposed(rig, 1)[..] else { unreachable!("counted") };
    authority.carry(fund, &[]);
    assert!(rig.run(&FUND, OPEN).contains("3 fund: done"));
}

#[test]
fn a_change_goes_through_the_vaults_of_two_multisigs() {
    let rig = rehearsal("", "");
    let [authority, guardian] = &founded(&rig);
    set_up(&rig, authority);
    let markets = proposed(&rig, 3);
    markets.iter().for_each(|message| authority.carry(message, &[]));
    rig.run(&CONFIRMED, OPEN); // the treasury
    let fund = rig.fund_of(authority.vault());
    assert_eq!((fund.authority, fund.guardian), (authority.vault(), guardian.vault()));

    // A change: from the files to the message, through votes and both waits, until it is in force.
    rig.edit("0001_fund.toml", "clearing_fee_bps = 2", "clearing_fee_bps = 1");
    let [queue] = &proposed(&rig, 1)[..] else { unreachable!("counted") };
    let index = authority.import(queue);
    let early = authority.execute(index, &[]).unwrap_err();
    assert!(early.contains("InvalidProposalStatus"), "nobody has voted: {early}");
    authority.approve(index, &authority.members[0]).unwrap();
    assert!(authority.execute(index, &[]).unwrap_err().contains("InvalidProposalStatus"), "one is too few");
    let stranger = authority.approve(index, &guardian.members[0]).unwrap_err();
    assert!(stranger.contains("NotAMember"), "{stranger}");
    authority.approve(index, &authority.members[1]).unwrap();
    assert!(authority.execute(index, &[]).unwrap_err().contains("TimeLockNotReleased"));
    assert_eq!(queued(&rig, authority, 3), None, "nothing has reached the fund");
    authority.wait();
    authority.execute(index, &[]).unwrap();
    assert!(queued(&rig, authority, 3).is_some());

    let told = rig.run(&CONFIRMED, OPEN);
    assert!(
        sent(&told) == 0 && told.contains("6 parameters: waits, change 3 (fund) can be applied"),
        "{told}"
    );
    assert_eq!(rig.fund_of(authority.vault()).params.clearing_fee_bps, 2);
    rig.wait(TIMELOCK_SECS + 60);
    let [apply] = &proposed(&rig, 1)[..] else { unreachable!("counted") };
    authority.carry(apply, &[]);
    assert_eq!(rig.fund_of(authority.vault()).params.clearing_fee_bps, 1);
    assert_eq!(queued(&rig, authority, 3), None);

    vetoed(&rig, authority, guardian);
}

/// A second change: the guardian's multisig stops it before it is in force, and the authority's cannot.
fn vetoed(rig: &Rig, authority: &Council, guardian: &Council) {
    rig.edit("0001_fund.toml", "bounty_bps = 50", "bounty_bps = 40");
    let [queue] = &proposed(rig, 1)[..] else { unreachable!("counted") };
    authority.carry(queue, &[]);
    let record = queued(rig, authority, 5);
    let change: QueuedChange = decode(record.as_ref().expect("it waits")).unwrap();
    let keys = rig.keys_of(authority.vault());
    let veto = |vault: Address| {
        let last_valid_slot = rig.cluster.clock().unwrap().0 + 10_000;
        let veto = build::veto_change(&keys, vault, change.payer, change.number, last_valid_slot);
        VaultMessage::compile(&vault, &[veto]).unwrap()
    };

    // A third multisig has no say.
    let strangers = Council::found(rig, 0);
    let index = strangers.propose(&veto(strangers.vault()));
    strangers.approve_all(index);
    let refused = strangers.execute(index, &[]).unwrap_err();
    assert_eq!(error::name(NOT_GUARDIAN).as_deref(), Some("NotGuardian"));
    assert!(refused.contains(&format!("Custom({NOT_GUARDIAN})")), "{refused}");
    assert_eq!(queued(rig, authority, 5), record);

    // Two members against one: the threshold decides, and a rejected veto is none.
    let rejected = guardian.propose(&veto(guardian.vault()));
    guardian.approve(rejected, &guardian.members[0]).unwrap();
    guardian.reject(rejected, &guardian.members[1]).unwrap();
    guardian.reject(rejected, &guardian.members[2]).unwrap();
    assert!(matches!(guardian.proposal(rejected).status, Status::Rejected(_)));
    assert!(guardian.execute(rejected, &[]).unwrap_err().contains("InvalidProposalStatus"));
    assert_eq!(queued(rig, authority, 5), record);

    let index = guardian.propose(&veto(guardian.vault()));
    guardian.approve_all(index);
    guardian.execute(index, &[]).unwrap(); // it has no time lock
    assert_eq!(queued(rig, authority, 5), None);
    rig.wait(TIMELOCK_SECS + 60);
    rig.edit("0001_fund.toml", "bounty_bps = 40", "bounty_bps = 50");
    rig.run(&CONFIRMED, OPEN);
    assert_eq!(rig.fund_of(authority.vault()).params.bounty_bps, 50);
}

/// The bytes of a queued change; none if there is no such change.
fn queued(rig: &Rig, authority: &Council, number: u64) -> Option<Vec<u8>> {
    rig.cluster.own(&queued_change(&rig.keys_of(authority.vault()).fund, number)).unwrap()
}

/// Program and fund move only to an account that has signed for it.
#[test]
fn a_power_moves_only_to_a_vault_that_has_signed() {
    let rig = rehearsal("", "");
    let [authority, _guardian] = &founded(&rig);
    let (payer, vault) = (rig.payer.pubkey(), authority.vault());
    let [hand_over] = &proposed(&rig, 1)[..] else { unreachable!("counted") };
    assert_eq!(upgrade_authority(&rig), Some(payer), "the vault has not signed");

    // Accounts that cannot sign: the multisig itself, its proposal, a token account.
    let index = authority.import(hand_over);
    let tokens = Address::new_from_array([83; 32]);
    for silent in [authority.keys.multisig, authority.keys.proposal(index), tokens] {
        let checked = loader::set_upgrade_authority_checked(&program_id(), &payer, &silent);
        let unsigned = send(&rig, std::slice::from_ref(&checked), &[&rig.payer]).unwrap_err();
        assert!(unsigned.contains("the keys do not sign it"), "{unsigned}");
        let by_vault = authority.propose(&VaultMessage::compile(&vault, &[checked]).unwrap());
        authority.approve_all(by_vault);
        authority.wait();
        assert!(authority.execute(by_vault, &[&rig.payer]).is_err());
        assert_eq!(upgrade_authority(&rig), Some(payer));
    }

    // The vault signs. So must the key that gives the program away.
    authority.approve_all(index);
    authority.wait();
    let alone = authority.execute(index, &[]).unwrap_err();
    assert!(alone.contains("the keys do not sign it"), "{alone}");
    authority.execute(index, &[&rig.payer]).unwrap();
    assert_eq!(upgrade_authority(&rig), Some(vault));

    let [fund] = &proposed(&rig, 1)[..] else { unreachable!("counted") };
    authority.carry(fund, &[]);
    moves(&rig, authority);
}

/// The fund's authority goes to another multisig: it is offered, and stays until the other has accepted.
fn moves(rig: &Rig, authority: &Council) {
    let successor = Council::found(rig, HOUR);
    let from = authority.vault();
    rig.edit(
        PROFILE,
        &format!("\nauthority = \"{from}\""),
        &format!("\nauthority = \"{}\"\ncreator = \"{from}\"", successor.vault()),
    );
    rig.edit(PROFILE, "multisigs = [", &format!("multisigs = [\"{}\", ", successor.keys.multisig));
    let [offer, accept] = &messages(&rig.run(&FUND, OPEN))[..] else { panic!("an offer and an answer") };
    authority.carry(offer, &[]);
    let fund = rig.fund_of(from);
    assert_eq!((fund.authority, fund.pending_authority), (from, successor.vault()));
    assert_eq!(messages(&rig.run(&FUND, OPEN)).len(), 1, "the answer is left");
    successor.carry(accept, &[]);
    let fund = rig.fund_of(from);
    assert_eq!((fund.authority, fund.pending_authority), (successor.vault(), Address::default()));
    let told = rig.run(&FUND, OPEN);
    assert!(told.contains(&format!("is governed by {}", successor.vault())), "{told}");

    // Without the creator the profile means a fund that does not exist, and nobody wants to make.
    rig.edit(PROFILE, &format!("\ncreator = \"{from}\""), "");
    let told = rig.run(&FUND, FAILED);
    assert!(told.contains(&format!("name it under [governance], creator = \"{from}\"")), "{told}");
    assert_eq!(sent(&told), 0);
}

/// A second build: the payer writes it, and the vault puts it in force.
#[test]
fn an_upgrade_is_put_in_force_by_the_vault() {
    let rig = rehearsal("", "");
    let [authority, _guardian] = &founded(&rig);
    let [hand_over] = &proposed(&rig, 1)[..] else { unreachable!("counted") };
    authority.carry(hand_over, &[&rig.payer]);

    let file = rig.another_build();
    let build = fs::read(&file).unwrap();
    let is_in_force = || Deployed::read(&rig.cluster, &program_id()).unwrap().unwrap().is(&build);
    let told = rig.run(&[&CONFIRMED[..], &["--program", &file]].concat(), OPEN);
    let [upgrade] = &messages(&told)[..] else { panic!("one proposal: {told}") };
    let index = authority.import(upgrade);
    authority.approve_all(index);
    assert!(authority.execute(index, &[]).unwrap_err().contains("TimeLockNotReleased"));
    assert!(!is_in_force(), "everybody sees for an hour what will be done");
    authority.wait();
    authority.execute(index, &[]).unwrap();
    assert!(is_in_force());
    assert_eq!(upgrade_authority(&rig), Some(authority.vault()));
}

/// A member's key is lost: the others reach the threshold, replace it, and go on.
#[test]
fn a_lost_key_is_replaced_by_the_others() {
    let rig = rehearsal("", "");
    open(&rig);
    let mut council = Council::found(&rig, HOUR);
    let lost = council.members.remove(1);
    let heir = Keypair::new();
    rig.validator.set_sol(&heir.pubkey(), 1_000_000_000).unwrap();
    council.members.push(heir);
    // The last member of the list executes: an old one, until the new one is in.
    council.members.swap(1, 2);
    let [first, new, other] = &council.members[..] else { unreachable!("three") };
    let index = council.propose_config(&[
        ConfigAction::RemoveMember(lost.pubkey()),
        ConfigAction::AddMember(Member::full(new.pubkey())),
    ]);
    council.approve(index, first).unwrap();
    assert!(council.approve(index, new).unwrap_err().contains("NotAMember"));
    council.approve(index, other).unwrap();
    assert!(council.execute_config(index).unwrap_err().contains("TimeLockNotReleased"));
    council.wait();
    council.execute_config(index).unwrap();
    let members: Vec<Address> = council.multisig().members.iter().map(|member| member.key).collect();
    assert!(members.len() == 3 && members.contains(&new.pubkey()) && !members.contains(&lost.pubkey()));

    // The lost key has no vote any more, and the new one has.
    let gift = VaultMessage::compile(&council.vault(), &[]).unwrap();
    let index = council.propose(&gift);
    assert!(council.approve(index, &lost).unwrap_err().contains("NotAMember"));
    council.approve(index, new).unwrap();
    assert_eq!(council.proposal(index).approved, [new.pubkey()]);
}
