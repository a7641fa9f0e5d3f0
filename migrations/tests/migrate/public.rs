//! Profiles of public clusters, rehearsed on a local validator.

use {
    crate::rig::{sent, Rig, FAILED, OPEN},
    bulkhead_client::{program_id, Address},
    bulkhead_localnet::validator::program_file,
    bulkhead_migrate::loader::Deployed,
    bulkhead_squads::{vault, Multisig, PROGRAM},
    solana_signer::Signer,
    std::fs,
};

const MULTISIG: Address = Address::new_from_array([5; 32]);
const GUARDIANS: Address = Address::new_from_array([15; 32]);
const DAY: u32 = 86_400;

/// A multisig's account as Squads writes it.
#[derive(Clone, Copy)]
struct Account {
    config_authority: [u8; 32],
    threshold: u16,
    time_lock: u32,
    members: u32,
    /// The first byte of the first member's key.
    first: u8,
}

/// Two of three, with a day between approval and execution.
const GOOD: Account =
    Account { config_authority: [0; 32], threshold: 2, time_lock: DAY, members: 3, first: 1 };
/// Others, without a wait: a guardian acts at once.
const QUICK: Account = Account { time_lock: 0, first: 11, ..GOOD };

impl Account {
    fn bytes(&self) -> Vec<u8> {
        let mut data = [&Multisig::DISCRIMINATOR[..], &[1; 32], &self.config_authority].concat();
        data.extend(self.threshold.to_le_bytes());
        data.extend(self.time_lock.to_le_bytes());
        data.extend([0; 16]);
        data.extend([0, 254]);
        data.extend(self.members.to_le_bytes());
        for member in 0..self.members {
            data.extend([member as u8 + self.first; 32]);
            data.push(7);
        }
        data
    }
}

/// A rig with program and mint, and a devnet profile with these governors.
pub fn rehearsal(authority: &str, guardian: &str) -> Rig {
    let rig = Rig::new();
    rig.local(&["--until", "2"], OPEN);
    let profile = "profiles/devnet.toml";
    rig.edit(profile, "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", &rig.mint().to_string());
    for (key, party) in [("upgrade_authority", authority), ("authority", authority), ("guardian", guardian)] {
        rig.edit(profile, &format!("\n{key} = \"\""), &format!("\n{key} = \"{party}\""));
    }
    rig
}

fn list(rig: &Rig) {
    let listed = format!("multisigs = [\"{MULTISIG}\", \"{GUARDIANS}\"]");
    rig.edit("profiles/devnet.toml", "multisigs = []", &listed);
}

/// A rig that two multisigs govern: the authority's is `authority`, the guardian's is `guardian`.
fn governed(authority: Account, guardian: Account) -> Rig {
    let owner = vault(&MULTISIG, &PROGRAM, 3).to_string();
    let rig = rehearsal(&owner, &vault(&GUARDIANS, &PROGRAM, 0).to_string());
    list(&rig);
    rig.put(&MULTISIG, &PROGRAM, &authority.bytes());
    rig.put(&GUARDIANS, &PROGRAM, &guardian.bytes());
    rig
}

#[test]
fn a_public_cluster_wants_to_be_confirmed() {
    let rig = rehearsal("payer", "payer");
    let told = rig.run(&["--profile", "devnet"], FAILED);
    assert!(told.contains("repeat it with --confirm devnet"), "{told}");
    let told = rig.run(&["--profile", "devnet", "--confirm", "mainnet"], FAILED);
    assert!(told.contains("`mainnet` does not confirm devnet"), "{told}");
}

#[test]
fn a_single_key_does_not_govern_a_public_cluster() {
    // A wallet, and an address without a key that is not a multisig either.
    let nobody = vault(&MULTISIG, &PROGRAM, 0).to_string();
    for authority in ["payer", &nobody] {
        let rig = rehearsal(authority, authority);
        let told = rig.run(&["--profile", "devnet", "--confirm", "devnet"], FAILED);
        assert!(
            told.contains("[governance] authority: ")
                && told.contains(" is no vault of a listed multisig. On devnet one lost"),
            "{told}"
        );
        assert!(rig.fund().is_none());
    }
    let rig = rehearsal(&nobody, &nobody);
    rig.edit("profiles/devnet.toml", "multisigs = []", &format!("multisigs = [\"{MULTISIG}\"]"));
    let told = rig.run(&["--profile", "devnet", "--dry-run"], FAILED);
    assert!(told.contains("does not exist on this cluster"), "{told}");
    rig.put(&MULTISIG, &Address::new_from_array([6; 32]), &GOOD.bytes());
    let told = rig.run(&["--profile", "devnet", "--dry-run"], FAILED);
    assert!(told.contains("which is not in multisig_programs"), "{told}");
}

/// What a listed multisig is has to be read, for a vault of one that a single key controls is a single
/// key.
#[test]
fn a_multisig_that_one_key_controls_or_stops_does_not_govern() {
    let rig = governed(GOOD, QUICK);
    let told = rig.run(&["--profile", "devnet", "--dry-run", "--until", "3"], OPEN);
    for (key, address, says) in [
        ("[governance] authority", MULTISIG, "2 of 3 sign, time lock 86400 s"),
        ("[program] upgrade_authority", MULTISIG, "2 of 3 sign, time lock 86400 s"),
        ("[governance] guardian", GUARDIANS, "2 of 3 sign, time lock 0 s"),
    ] {
        assert!(told.contains(&format!("{key}: a vault of {address}, {says}")), "{told}");
    }
    let cases = [
        (Account { threshold: 1, ..GOOD }, QUICK, "authority: multisig", "1 member is enough to sign"),
        (Account { members: 2, ..GOOD }, QUICK, "authority: multisig", "one lost key stops it for ever"),
        (Account { config_authority: [3; 32], ..GOOD }, QUICK, "authority: multisig", "alone can change"),
        (Account { time_lock: 1, ..GOOD }, QUICK, "[governance] authority: multisig", "a time lock of 1 s"),
        (GOOD, Account { first: 2, ..QUICK }, "guardian: 2 of its voters", "would veto nothing"),
        (GOOD, Account { threshold: 1, ..QUICK }, "guardian: multisig", "1 member is enough to sign"),
        (GOOD, Account { time_lock: DAY, ..QUICK }, "guardian: multisig", "waits 86400 s before it acts"),
    ];
    for (authority, guardian, key, says) in cases {
        rig.put(&MULTISIG, &PROGRAM, &authority.bytes());
        rig.put(&GUARDIANS, &PROGRAM, &guardian.bytes());
        let told = rig.run(&["--profile", "devnet", "--confirm", "devnet"], FAILED);
        assert!(told.contains(key) && told.contains(says), "{says}: {told}");
        assert_eq!(sent(&told), 0);
    }
}

/// A guardian that is a vault of the authority's own multisig stops nothing that the authority wants.
#[test]
fn the_guardian_is_another_multisig_than_the_authority() {
    let authority = vault(&MULTISIG, &PROGRAM, 0).to_string();
    let rig = rehearsal(&authority, &vault(&MULTISIG, &PROGRAM, 1).to_string());
    list(&rig);
    // A wait that both may have, so that nothing else is wrong.
    rig.put(&MULTISIG, &PROGRAM, &Account { time_lock: 3_600, ..GOOD }.bytes());
    rig.put(&GUARDIANS, &PROGRAM, &QUICK.bytes());
    let told = rig.run(&["--profile", "devnet", "--confirm", "devnet"], FAILED);
    assert!(told.contains("guardian: it is the multisig of the authority too"), "{told}");
    assert_eq!(sent(&told), 0);
}

#[test]
fn what_a_multisig_governs_is_left_to_it() {
    let owner = vault(&MULTISIG, &PROGRAM, 3);
    let rig = governed(GOOD, QUICK);
    let confirmed = ["--profile", "devnet", "--confirm", "devnet"];

    // The program goes to the vault when the vault has signed for it, together with the payer.
    let authority = || Deployed::read(&rig.cluster, &program_id()).unwrap().unwrap().authority;
    let told = rig.run(&confirmed, OPEN);
    for expected in [
        "1 program: to do",
        &format!("-> {owner}, which has to accept"),
        &format!("signers {owner}, and beside it {}", rig.payer.pubkey()),
        "1 program: waits, propose 1 above",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert_eq!((sent(&told), authority()), (0, Some(rig.payer.pubkey())), "{told}");

    // Then only the multisig can make the fund.
    let program = fs::read(program_file().unwrap()).unwrap();
    rig.cluster.write_program(&program_id(), &program, &owner).unwrap();
    assert_eq!(authority(), Some(owner));
    let told = rig.run(&confirmed, OPEN);
    assert_eq!(sent(&told), 0, "{told}");
    for expected in [
        "3 fund: to do",
        "to propose, 1:",
        &format!("program {}", program_id()),
        &format!("{owner} writable signer"),
        "3 fund: waits, propose 1 above",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(!told.contains("4 markets") && rig.fund().is_none());

    // An upgrade: the payer writes the buffer and hands it over.
    let build = rig.another_build();
    let told = rig.run(&[&confirmed[..], &["--program", &build]].concat(), OPEN);
    assert!(told.contains("program BPFLoaderUpgradeab1e11111111111111111111111"), "{told}");
    assert!(told.contains("data 03000000"), "{told}");
    let told = rig.run(&[&confirmed[..], &["--program", &build]].concat(), OPEN);
    assert!(!told.contains(" chunks"), "the buffer is complete: {told}");
}

/// S6: the multisig's own account, and a stranger's proposal account, belong to the multisig program,
/// and neither can ever sign. Only a vault of a multisig that is listed can be an authority.
#[test]
fn s6_only_a_vault_of_a_listed_multisig_can_be_an_authority() {
    let proposal = Address::new_from_array([8; 32]);
    for authority in [MULTISIG, proposal] {
        let rig = rehearsal(&authority.to_string(), &vault(&GUARDIANS, &PROGRAM, 0).to_string());
        list(&rig);
        rig.put(&MULTISIG, &PROGRAM, &GOOD.bytes());
        rig.put(&GUARDIANS, &PROGRAM, &QUICK.bytes());
        rig.put(&proposal, &PROGRAM, &GOOD.bytes());
        let told = rig.run(&["--profile", "devnet", "--confirm", "devnet", "--until", "1"], FAILED);
        assert!(told.contains(" is no vault of a listed multisig. On devnet one lost"), "{told}");
        assert_eq!(sent(&told), 0);
    }
}

/// What is deployed where real money is has to be what others have built too: its hash is in the
/// profile.
#[test]
fn only_the_released_build_is_deployed() {
    let rig = Rig::new();
    let file = "profiles/localnet.toml";
    rig.edit(file, "max_bytes = 900_000", "sha256 = \"00\"\nmax_bytes = 900_000");
    let told = rig.local(&[], FAILED);
    assert!(told.contains("[program] sha256 names 00: it is not the released one"), "{told}");
    assert!(!rig.is_deployed());
    let own = told.split("the build has the SHA-256 ").nth(1).expect("it names its own")[..64].to_owned();
    rig.edit(file, "sha256 = \"00\"", &format!("sha256 = \"{own}\""));
    rig.local(&["--until", "1"], OPEN);
    assert!(rig.is_deployed());
}

#[test]
fn a_fund_is_set_up_without_a_build_when_the_program_is_skipped() {
    let rig = Rig::new();
    let told = rig.local(&["--skip-program"], FAILED);
    assert!(told.contains("there is no program at") && told.contains("to skip"), "{told}");
    rig.local(&["--until", "1"], OPEN);
    let output = {
        let mut run = rig.command(&["--profile", "localnet", "--skip-program"]);
        run.env("SBF_OUT_DIR", rig.folder.join("nothing-is-built")).output().expect("it starts")
    };
    let told = crate::rig::told(&output);
    // The program of claims is in the profile too, and not deployed yet.
    assert!(told.contains("1 program: done, skipped: ") && told.contains("5 treasury: done"), "{told}");
    assert!(told.contains("step 7 claims: there is no program at"), "{told}");
    assert!(rig.fund().is_some());
}
