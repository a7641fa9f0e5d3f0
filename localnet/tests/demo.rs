//! The demo end to end: the built program on the embedded validator, with few members.

use bulkhead_localnet::{
    demo::{run, Options},
    progress::Progress,
    report::Report,
};

fn options() -> Options {
    Options { members: 8, seed: 1, scenario: None, prices: None, sample: None, migrations: None, no_comparison: true }
}

fn play(options: &Options) -> Report {
    run(options, &Progress::new(true)).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn a_default_reaches_layer_4_and_every_property_holds() {
    let report = play(&options());
    assert!(report.ok);
    assert!(report.reached_layer_4);
    for property in &report.properties {
        assert!(property.holds && property.checks > 0, "{property:?}");
    }

    for default in &report.defaults {
        let paid = default.from_contribution + default.from_treasury + default.from_survivors + default.residual;
        assert_eq!(paid, default.shortfall, "default {}", default.seq);
        assert!(default.worst_deviation_micro.abs() <= 1_000_000, "default {}", default.seq);
    }
    assert!(report.defaults.iter().any(|default| default.from_survivors > 0 && default.haircut_ppm > 0));
    assert!(report
        .haircuts
        .iter()
        .all(|haircut| haircut.haircut_ppm > 0 && haircut.deviation_micro.abs() <= 1_000_000));

    // Nothing was created or lost: what came in is what left and what the vault keeps.
    let staked: u64 = report.exits.iter().map(|exit| exit.staked).sum();
    let received: u64 = report.exits.iter().map(|exit| exit.received).sum();
    assert_eq!(staked + report.population.treasury, received + report.left.vault);
    assert!(report.exits.iter().all(|exit| exit.is_exact()));
    assert_eq!(report.cost.failed, 0);
}

/// Four linked members lose more than everything there is for it: each layer pays, the fund closes, the vault is empty.
#[test]
fn a_total_loss_reaches_every_layer_and_everybody_leaves() {
    let report = play(&Options { scenario: Some("total-loss".into()), ..options() });
    assert!(report.ok, "{:?}", report.properties);
    for layer in &report.layers {
        assert!(layer.reached, "{layer:?}");
    }
    assert!(report.defaults.iter().all(|default| default.kind == "linked"));
    assert_eq!(report.defaults.len(), 4);
    for default in &report.defaults {
        let paid = default.from_contribution + default.from_treasury + default.from_survivors + default.residual;
        assert_eq!(paid, default.shortfall, "default {}", default.seq);
    }

    // What was cut is taken or lapses; what everybody has borne is pro rata, to a unit.
    assert!(report.assessed.iter().filter(|row| row.paid > 0).all(|row| row.deviation_micro.abs() <= 1_000_000));
    assert!(report.cuts.iter().any(|row| row.taken > 0) && report.cuts.iter().any(|row| row.lapsed > 0));
    assert!(report.cuts.iter().all(|row| row.deviation_micro.abs() <= 1_000_000));
    assert!(report.claims.len() > 1);
    assert!(report.claims.iter().all(|row| row.paid < row.claim && row.deviation_micro.abs() <= 1_000_000));
    let recovered: u64 = report.exits.iter().map(|exit| exit.recovery).sum();
    assert!(recovered > 0 && recovered <= report.repaid.amount);

    // Nothing was created or lost, and nobody is left.
    let staked: u64 = report.exits.iter().map(|exit| exit.staked).sum();
    let received: u64 = report.exits.iter().map(|exit| exit.received).sum();
    assert_eq!(staked + report.population.treasury + report.repaid.amount, received + report.left.vault);
    assert!(report.exits.iter().all(|exit| exit.is_exact()));
    assert_eq!((report.left.members, report.left.unfunded, report.cost.failed), (0, 0, 0));
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let json = |seed| serde_json::to_string(&play(&Options { seed, ..options() })).unwrap();
    let first = json(3);
    assert_eq!(first, json(3));
    assert_ne!(first, json(4));
}

#[test]
fn every_scenario_can_be_replayed() {
    for name in bulkhead_localnet::scenario::names() {
        let report = play(&Options { scenario: Some(name.into()), ..options() });
        assert!(report.ok, "{name}: {:?}", report.properties);
        assert!(!report.defaults.is_empty(), "{name}");
    }
}

#[test]
fn wrong_input_is_explained() {
    let refused = |options: Options| format!("{:#}", run(&options, &Progress::new(true)).unwrap_err());
    assert!(refused(Options { members: 1, ..options() }).contains("at least 2 members"));
    assert!(refused(Options { scenario: Some("2019".into()), ..options() }).contains("choose one of"));
    assert!(refused(Options { prices: Some("/nowhere".into()), ..options() }).contains("cannot open the price folder"));
    assert!(refused(Options { sample: Some(0), ..options() }).contains("--sample 0"));
}
