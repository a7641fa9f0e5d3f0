//! The demo end to end: the built program on the embedded validator, with few members.

use bulkhead_localnet::{
    demo::{run, Options},
    progress::Progress,
    report::Report,
};

fn options() -> Options {
    Options { members: 8, seed: 1, scenario: None, prices: None, sample: None, migrations: None }
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
