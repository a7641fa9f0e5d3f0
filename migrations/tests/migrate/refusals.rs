//! A deployment that cannot work ends with 1 and names the remedy.

use {
    crate::rig::{told, Rig, BINARY, FAILED},
    solana_keypair::Keypair,
    std::process::Command,
};

#[test]
fn too_little_sol_is_told_with_how_much_is_missing() {
    let rig = Rig::new();
    let poor = Keypair::new();
    let file = rig.write_key("poor.json", &poor);
    rig.validator.set_sol(&solana_signer::Signer::pubkey(&poor), 1_000_000).unwrap();
    let told = rig.local(&["--keypair", &file], FAILED);
    assert!(told.contains("has 0.0010 SOL, this needs about 0.0100: send it at least 0.0090 more"), "{told}");
    assert!(!rig.is_deployed());
}

#[test]
fn a_mistake_in_a_file_is_named_with_its_key() {
    let rig = Rig::new();
    let refused = |file: &str, from: &str, to: &str, says: &str| {
        rig.edit(file, from, to);
        let told = rig.local(&["--dry-run"], FAILED);
        assert!(told.contains(says), "{says}: {told}");
        rig.edit(file, to, from);
    };
    refused("0001_fund.toml", "notice_secs", "notice_days", "notice_days");
    refused("0001_fund.toml", "cover_limit_bps = 5_000", "cover_limit_bps = \"half\"", "cover_limit_bps");
    refused("0001_fund.toml", "cover_limit_bps = 5_000", "cover_limit_bps = 5_001", "cover_limit_bps");
    refused("0002_markets.toml", "initial_bps = 850", "initial_bps = 202", "SOL: initial_bps");
    refused("profiles/localnet.toml", "max_bytes", "most_bytes", "most_bytes");
    refused(
        "profiles/localnet.toml",
        "guardian = \"payer\"",
        "guardian = \"\"",
        "[governance] guardian is empty",
    );
    refused(
        "profiles/localnet.toml",
        "max_bytes = 900_000",
        "max_bytes = 1_000",
        "max_bytes = 1000 is less than",
    );
    refused(
        "profiles/localnet.toml",
        "authority = \"payer\"",
        "authority = \"no.json\"",
        "no key file no.json",
    );
}

#[test]
fn keys_programs_and_clusters_that_are_not_there_are_named() {
    let rig = Rig::new();
    let other = rig.write_key("other.json", &Keypair::new());
    rig.edit("profiles/localnet.toml", "[governance]", &format!("key = {other:?}\n\n[governance]"));
    let refused = rig.local(&[], FAILED);
    assert!(refused.contains("name the addresses of the keys"), "{refused}");
    assert!(rig.local(&["--program", "no.so"], FAILED).contains("run `cargo xtask build`"));
    assert!(rig.local(&["--keypair", "no.json"], FAILED).contains("no key file no.json"));
    assert!(rig.run(&["--profile", "testnet"], FAILED).contains("--profile is localnet, devnet, mainnet"));
    let mut nowhere = Command::new(BINARY);
    nowhere.args(["--profile", "localnet", "--url", "http://127.0.0.1:9", "--program", BINARY]);
    let output = nowhere.arg("--keypair").arg(rig.folder.join("payer.json")).output().unwrap();
    let told = told(&output);
    assert!(told.contains("cannot reach a cluster at http://127.0.0.1:9"), "{told}");
}
