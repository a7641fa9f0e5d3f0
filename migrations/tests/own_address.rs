//! Programs that were built for addresses of one's own are deployed there by the loader, with the keys of
//! these addresses, and compared with the build afterwards.
//!
//! `cargo xtask test --only build` builds these programs, in another folder than the local ones.

#[allow(dead_code, reason = "the other tests of the deployment need more of it")]
#[path = "migrate/rig.rs"]
mod rig;

use {
    bulkhead_client::{
        claims::cover_program_id,
        program::{choose_from_environment, COVER_PROGRAM_VARIABLE, PROGRAM_VARIABLE},
        program_id,
    },
    bulkhead_localnet::validator::{cover_program_file, program_file},
    bulkhead_migrate::loader::Deployed,
    rig::{told, Rig, DONE, FAILED},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{env, fs, path::Path, process::Command},
};

const VERIFY: &str = env!("CARGO_BIN_EXE_bulkhead-verify");
/// The seeds of the keys whose addresses these builds have. Everybody knows them.
const SEEDS: [u8; 2] = [0x42, 0x43];

fn verify(rig: &Rig, arguments: &[&str], code: i32) -> String {
    let mut run = Command::new(VERIFY);
    let output = run
        .args(["--url", rig.validator.rpc_url()])
        .args(arguments)
        .output()
        .expect("the binary of this crate starts");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

#[test]
fn the_loader_deploys_at_addresses_of_ones_own_and_the_bytes_are_verified() {
    let keys = SEEDS.map(|seed| Keypair::new_from_array([seed; 32]));
    for (variable, key) in [PROGRAM_VARIABLE, COVER_PROGRAM_VARIABLE].into_iter().zip(&keys) {
        env::set_var(variable, key.pubkey().to_string());
    }
    choose_from_environment().unwrap();
    env::set_var("SBF_OUT_DIR", program_file().unwrap().parent().unwrap());

    let rig = Rig::new();
    let file = "profiles/localnet.toml";
    let [fund, claims] = ["fund.json", "claims.json"];
    let (fund, claims) = (rig.write_key(fund, &keys[0]), rig.write_key(claims, &keys[1]));
    rig.edit(file, "max_bytes = 900_000", &format!("key = {fund:?}\nmax_bytes = 900_000"));
    rig.edit(file, "max_bytes = 300_000", &format!("key = {claims:?}\nmax_bytes = 300_000"));
    let ran = rig.local(&[], DONE);
    assert!(!ran.contains("cheat code"), "{ran}");
    let payer = rig.payer.pubkey();
    for (address, file) in [(program_id(), program_file()), (cover_program_id(), cover_program_file())] {
        let deployed = Deployed::read(&rig.cluster, &address).unwrap().expect("it is there");
        assert!(deployed.is(&fs::read(file.unwrap()).unwrap()) && deployed.authority == Some(payer));
    }
    let made = rig.fund().expect("a fund");
    assert_eq!(rig.cluster.account(&rig.keys().fund).unwrap().unwrap().owner, keys[0].pubkey());
    assert_eq!(made.market_count, 3);

    let same = verify(&rig, &[], 0);
    assert_eq!(same.matches(": the same").count(), 2, "{same}");
    let own = program_id().to_string();
    let same = verify(&rig, &["--program", &own], 0);
    assert!(
        same.contains(&format!("bulkhead at {own}: the same")) && same.contains("room for 900,000"),
        "{same}"
    );
    let another = rig.another_build();
    let differs = verify(&rig, &["--program", &own, "--build", &another], 3);
    assert!(differs.contains("DIFFERENT from byte "), "{differs}");
    let stranger = verify(&rig, &["--program", &payer.to_string()], FAILED);
    assert!(stranger.contains("this build is for ") && stranger.contains("not for"), "{stranger}");
    // The local build runs at its own address alone.
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sbf/bulkhead.so");
    let refused = rig.local(&["--program", local.to_str().unwrap()], FAILED);
    assert!(refused.contains("the build is for another address than"), "{refused}");
}
