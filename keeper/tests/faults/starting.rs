//! Errors of a keeper that cannot start, and a dry run that sends nothing.

use {
    crate::rig::Rig,
    bulkhead_keeper::{config::Config, start::start_with},
    bulkhead_localnet::population::Kind,
    solana_keypair::Keypair,
    solana_signer::Signer,
};

fn refused(config: Config, payer: &Keypair, members: &[&Keypair]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let members = members.iter().map(|key| key.insecure_clone()).collect();
    match runtime.block_on(start_with(config, payer.insecure_clone(), members, false)) {
        Ok(_) => "it starts".into(),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn every_mistake_has_an_error_of_its_own() {
    let rig = Rig::new();
    let wallets = |kind: Kind| rig.world.wallets.iter().find(|wallet| wallet.kind == kind).unwrap();
    let (own, stranger) = (&wallets(Kind::Keeper).key, Keypair::new());
    let with = |change: &dyn Fn(&mut Config)| {
        let mut config = rig.config();
        change(&mut config);
        config
    };
    assert_eq!(refused(rig.config(), own, &[own]), "it starts");

    let error = refused(
        with(&|config| config.cluster.genesis_hash = Keypair::new().pubkey().to_string()),
        own,
        &[own],
    );
    assert!(error.starts_with("wrong cluster: "), "{error}");
    let error = refused(with(&|config| config.cluster.rpc_url = "http://127.0.0.1:1".into()), own, &[own]);
    assert!(error.starts_with("cannot reach a cluster at cluster.rpc_url = http://127.0.0.1:1"), "{error}");
    let error = refused(with(&|config| config.fund.address = stranger.pubkey().to_string()), own, &[own]);
    assert!(error.contains("does not exist on this cluster"), "{error}");
    let error = refused(with(&|config| config.fund.address = rig.world.keys.mint.to_string()), own, &[own]);
    assert!(error.contains("not to Bulkhead"), "{error}");
    let error =
        refused(with(&|config| config.fund.address = rig.world.keys.market(0).to_string()), own, &[own]);
    assert!(error.contains("is not a fund"), "{error}");
    let error = refused(with(&|config| config.fund.address = "here".into()), own, &[own]);
    assert_eq!(error, "fund.address: `here` is not an address");
    let error = refused(rig.config(), &stranger, &[own]);
    assert!(error.contains("has 0 lamports, fewer than fees.least_lamports"), "{error}");
    let error = refused(rig.config(), own, &[&stranger]);
    assert!(error.contains("has no member account"), "{error}");
    let trader = wallets(Kind::Trader).member;
    let delegated = |config: &mut Config| drop(config.keys.accounts.insert("0".into(), trader.to_string()));
    let error = refused(with(&delegated), own, &[own]);
    assert!(error.contains("is neither owner nor delegate"), "{error}");
}

#[test]
fn a_dry_run_sends_nothing() {
    let rig = Rig::new();
    let keeper = rig.start(&[0, 1, 2], true);
    rig.move_prices(9_200);
    rig.let_prices_last();
    rig.until("somebody would be liquidated", |_| keeper.count("dry") > 0);
    rig.pass(20);
    assert_eq!(keeper.count("landed") + keeper.count("lost"), 0);
    assert!(rig.due() > 0);
    keeper.stop();
}
