//! A fund whose two programs were built for addresses of one's own, which the environment names:
//! wallets, keeper and command line find it there, and nowhere else.
//!
//! `cargo xtask test --only build` builds these programs, in another folder than the local ones.

#[allow(dead_code, reason = "the other tests of the command line need more of it")]
#[path = "cli/rig.rs"]
mod rig;

use {
    bulkhead_client::{
        claims::cover_program_id,
        program::{
            choose_from_environment, COVER_PROGRAM_VARIABLE, LOCAL_COVER_PROGRAM_ID, LOCAL_PROGRAM_ID,
            PROGRAM_VARIABLE,
        },
        program_id,
    },
    rig::with_rig,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::env,
};

/// The seeds of the keys whose addresses these builds have. Everybody knows them.
const SEEDS: [u8; 2] = [0x42, 0x43];

#[test]
fn a_fund_trades_at_addresses_of_ones_own() {
    let own = SEEDS.map(|seed| Keypair::new_from_array([seed; 32]).pubkey());
    for (variable, address) in [PROGRAM_VARIABLE, COVER_PROGRAM_VARIABLE].into_iter().zip(own) {
        env::set_var(variable, address.to_string());
    }
    choose_from_environment().unwrap();
    assert_eq!([program_id(), cover_program_id()], own);

    with_rig(|rig| {
        // The Rust client has made the fund and its members, who have traded.
        let fund = rig.rpc.get_account(&rig.world.keys.fund).unwrap();
        assert_eq!(fund.owner, own[0]);
        for nobody in [LOCAL_PROGRAM_ID, LOCAL_COVER_PROGRAM_ID] {
            assert!(rig.rpc.get_account(&nobody).is_err(), "there is a program at {nobody}");
        }
        // Two newcomers trade by the command line.
        let (other, owner) = rig.wallet("other", 5_000 * rig::TOKEN);
        let with = ["--keypair", other.as_str()];
        rig.does(&["open-member"], "MemberOpened");
        rig.does(&["contribute", "2000"], "Contributed");
        rig.does(&["deposit", "500"], "MarginMoved");
        rig.does(&[&["open-member"][..], &with].concat(), "MemberOpened");
        rig.does(&[&["contribute", "2000"][..], &with].concat(), "Contributed");
        rig.does(&["deposit", "500", "--for", &owner.to_string()], "MarginMoved");
        let traded =
            rig.does(&["novate", "buy", "ETH", "3", "mark", "--counterparty-keypair", &other], "Novated");
        assert_eq!(traded["lots"], "3");
        // Whoever does not know the addresses is told what is wrong.
        let mut lost = rig.bare(&["fund", "--fund", &rig.fund, "--url", rig.world.validator.rpc_url()]);
        lost.env_remove(PROGRAM_VARIABLE).env_remove(COVER_PROGRAM_VARIABLE);
        let output = lost.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains("BULKHEAD_PROGRAM_ID"), "{told}");
    });
}
