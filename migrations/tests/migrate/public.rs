//! Profiles of public clusters, rehearsed on a local validator.

use {
    crate::rig::{sent, Rig, FAILED, OPEN},
    bulkhead_client::{Address, PROGRAM_ID},
    bulkhead_migrate::{guard::vault, loader::Deployed},
    std::str::FromStr,
};

const SQUADS: &str = "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf";
const MULTISIG: Address = Address::new_from_array([5; 32]);

fn squads() -> Address {
    Address::from_str(SQUADS).unwrap()
}

/// A rig with program and mint, and a devnet profile governed by `authority`.
fn rehearsal(authority: &str) -> Rig {
    let rig = Rig::new();
    rig.local(&["--until", "2"], OPEN);
    let profile = "profiles/devnet.toml";
    rig.edit(profile, "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", &rig.mint().to_string());
    for key in ["upgrade_authority", "authority", "guardian"] {
        rig.edit(profile, &format!("\n{key} = \"\""), &format!("\n{key} = \"{authority}\""));
    }
    rig
}

#[test]
fn a_public_cluster_wants_to_be_confirmed() {
    let rig = rehearsal("payer");
    let told = rig.run(&["--profile", "devnet"], FAILED);
    assert!(told.contains("repeat it with --confirm devnet"), "{told}");
    let told = rig.run(&["--profile", "devnet", "--confirm", "mainnet"], FAILED);
    assert!(told.contains("`mainnet` does not confirm devnet"), "{told}");
}

#[test]
fn a_single_key_does_not_govern_a_public_cluster() {
    // A wallet, and an address without a key that is not a multisig either.
    let nobody = vault(&MULTISIG, &squads(), 0).to_string();
    for authority in ["payer", &nobody] {
        let rig = rehearsal(authority);
        let told = rig.run(&["--profile", "devnet", "--confirm", "devnet"], FAILED);
        assert!(
            told.contains("[governance] authority: ")
                && told.contains(" is no vault of a listed multisig. On devnet one lost"),
            "{told}"
        );
        assert!(rig.fund().is_none());
    }
    let rig = rehearsal(&nobody);
    rig.edit("profiles/devnet.toml", "multisigs = []", &format!("multisigs = [\"{MULTISIG}\"]"));
    let told = rig.run(&["--profile", "devnet", "--dry-run"], FAILED);
    assert!(told.contains("does not exist on this cluster"), "{told}");
    rig.put(&MULTISIG, &Address::new_from_array([6; 32]), &[0; 8]);
    let told = rig.run(&["--profile", "devnet", "--dry-run"], FAILED);
    assert!(told.contains("which is not in multisig_programs"), "{told}");
}

#[test]
fn what_a_multisig_governs_is_left_to_it() {
    let owner = vault(&MULTISIG, &squads(), 3);
    let rig = rehearsal(&owner.to_string());
    rig.edit("profiles/devnet.toml", "multisigs = []", &format!("multisigs = [\"{MULTISIG}\"]"));
    rig.put(&MULTISIG, &squads(), &[0; 8]);
    let confirmed = ["--profile", "devnet", "--confirm", "devnet"];

    // The payer hands the program over; then only the multisig can make the fund.
    let told = rig.run(&confirmed, OPEN);
    assert_eq!(sent(&told), 1, "{told}");
    assert_eq!(Deployed::read(&rig.cluster, &PROGRAM_ID).unwrap().unwrap().authority, Some(owner));
    for expected in [
        "3 fund: to do",
        "to propose, 1:",
        &format!("program {PROGRAM_ID}"),
        &format!("{owner} writable signer"),
        "3 fund: waits, propose 1 above",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(!told.contains("4 markets") && rig.fund().is_none());
    assert_eq!(sent(&rig.run(&confirmed, OPEN)), 0, "it waits");

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
        let rig = rehearsal(&authority.to_string());
        rig.edit("profiles/devnet.toml", "multisigs = []", &format!("multisigs = [\"{MULTISIG}\"]"));
        rig.put(&MULTISIG, &squads(), &[0; 8]);
        rig.put(&proposal, &squads(), &[0; 8]);
        let told = rig.run(&["--profile", "devnet", "--confirm", "devnet", "--until", "1"], FAILED);
        assert!(told.contains(" is no vault of a listed multisig. On devnet one lost"), "{told}");
        assert_eq!(sent(&told), 0);
    }
}
