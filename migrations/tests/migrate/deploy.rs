//! From nothing to a fund, at once and in pieces.

use {
    crate::rig::{sent, Rig, DONE, OPEN},
    bulkhead_client::{program_id, state::FundStatus},
    bulkhead_inspect::migration::Parameters,
    bulkhead_localnet::validator::program_file,
    bulkhead_migrate::{
        loader::{deploy, Buffer, Deployed},
        steps::COUNT,
    },
    solana_keypair::Keypair,
    solana_loader_v3_interface::instruction::set_upgrade_authority,
    solana_signer::Signer,
    std::fs,
};

#[test]
fn an_empty_cluster_gets_a_fund_and_a_second_run_changes_nothing() {
    let rig = Rig::new();
    let told = rig.local(&["--dry-run"], OPEN);
    for expected in [
        "1 program: to do",
        "2 mint: to do",
        "3 fund: to do",
        "clearing_fee_bps = 2",
        "min_contribution = 1,000 tokens",
        "treasury: 0 tokens -> 10,000 tokens",
        "    needs about ",
        "in all about ",
        "market 2 SOL: none",
        "5 treasury: to do",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(told.ends_with("dry run: nothing was sent\n"), "{told}");
    assert!(!rig.is_deployed() && rig.fund().is_none());

    let told = rig.local(&[], DONE);
    assert!(told.ends_with("all steps are done\n"), "{told}");
    // The mint, the fund, three markets and the treasury; the program comes by cheat code.
    assert_eq!(sent(&told), 6, "{told}");
    let (fund, wanted) = (rig.fund().expect("a fund"), Parameters::bundled().unwrap());
    assert_eq!(fund.params, wanted.fund);
    assert_eq!((fund.treasury, fund.market_count, fund.quote_decimals), (10_000_000_000, 3, 6));
    assert!(fund.status == FundStatus::Active && fund.authority == rig.payer.pubkey());
    for (index, market) in wanted.markets.iter().enumerate() {
        let found = rig.market(index as u16);
        assert_eq!((found.terms(), found.oracle), (market.params.terms, market.params.oracle));
    }

    for arguments in [&[][..], &["--dry-run"]] {
        let told = rig.local(arguments, DONE);
        assert_eq!((sent(&told), told.matches(": done, ").count()), (0, COUNT), "{told}");
    }
    assert_eq!(rig.fund().unwrap().governance_nonce, fund.governance_nonce);
}

#[test]
fn a_run_that_was_cut_goes_on_after_every_step() {
    let rig = Rig::new();
    let mut all = 0;
    for step in 1..COUNT {
        let until = step.to_string();
        let told = rig.local(&["--until", &until], OPEN);
        assert!(told.contains(&format!("stopped after step {step}")), "{told}");
        all += sent(&told);
        assert_eq!(sent(&rig.local(&["--until", &until], OPEN)), 0, "step {step} is done twice");
    }
    assert_eq!(all, 6);
    assert_eq!(sent(&rig.local(&[], DONE)), 0);
}

#[test]
fn markets_that_are_missing_are_added_to_those_that_exist() {
    let rig = Rig::new();
    let path = rig.folder.join("0002_markets.toml");
    let all = fs::read_to_string(&path).unwrap();
    let (first, _) = all.split_once("[[market]]\nsymbol = \"SOL\"").expect("SOL is the last market");
    fs::write(&path, first).unwrap();
    rig.local(&["--until", "4"], OPEN);
    assert_eq!(rig.fund().unwrap().market_count, 2);
    fs::write(&path, &all).unwrap();
    let told = rig.local(&["--until", "4"], OPEN); // without a treasury yet, at once
    assert!(
        sent(&told) == 1 && told.contains("market 2 SOL: none") && !told.contains("market 1 ETH"),
        "{told}"
    );
    fs::write(&path, first).unwrap();
    let told = rig.local(&[], crate::rig::FAILED);
    assert!(told.contains("the fund has 3 markets, 0002_markets.toml only 2"), "{told}");
}

/// The loader itself, with a key that is not the program's, which no test has.
#[test]
fn the_loader_takes_the_build_in_chunks_and_it_is_the_one_that_was_built() {
    let rig = Rig::new();
    let program = fs::read(program_file().unwrap()).unwrap();
    let (key, heir, payer) = (Keypair::new(), Keypair::new(), rig.payer.pubkey());
    let buffer = Buffer::new(&rig.cluster, &rig.payer, &program).unwrap();
    buffer.fill(&payer).unwrap();
    buffer.fill(&payer).expect("a complete buffer is left alone");
    let max_bytes = program.len() + 1_000;
    let calls = deploy(&rig.cluster, &payer, &key.pubkey(), &buffer.address, &payer, max_bytes).unwrap();
    rig.cluster.send(&calls, &[&rig.payer, &key]).unwrap();
    let deployed = Deployed::read(&rig.cluster, &key.pubkey()).unwrap().expect("it is there");
    assert!(deployed.is(&program) && deployed.bytes.len() == max_bytes);
    assert_eq!(deployed.authority, Some(payer));
    assert!(rig.cluster.account(&key.pubkey()).unwrap().unwrap().executable);
    assert!(rig.cluster.account(&buffer.address).unwrap().is_none_or(|account| account.lamports == 0));

    let hand_over = set_upgrade_authority(&key.pubkey(), &payer, Some(&heir.pubkey()));
    rig.cluster.send(&[hand_over], &[&rig.payer]).unwrap();
    assert_eq!(Deployed::read(&rig.cluster, &key.pubkey()).unwrap().unwrap().authority, Some(heir.pubkey()));
    assert!(Deployed::read(&rig.cluster, &program_id()).unwrap().is_none());
}
